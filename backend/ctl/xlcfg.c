/* SPDX-License-Identifier: MIT */
#include "backend/ctl/xlcfg.h"

#include <errno.h>
#include <fcntl.h>
#include <libxlutil.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/ctl/ctl.h"

#define STRINGS_MAX (VCAM_OFFER_MODES + 1)

struct reading {
	const char *path;
	XLU_Config *config;
	FILE *stream; /* where libxlutil complains */
	char *report; /* what it wrote there */
	size_t report_bytes;
	struct pvctl_xlcfg cfg;
	char *error;
	size_t error_bytes;
};

/* "PATH: …", or with the line when there is one. -EINVAL. */
static int fail(struct reading *reading, unsigned long line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(struct reading *reading, unsigned long line, const char *format, ...)
{
	int used = snprintf(reading->error, reading->error_bytes,
		line ? "%s:%lu: " : "%s: ", reading->path, line);
	va_list args;

	if (used < 0 || (size_t)used >= reading->error_bytes)
		return -EINVAL;
	va_start(args, format);
	vsnprintf(reading->error + used, reading->error_bytes - (size_t)used, format, args);
	va_end(args);
	return -EINVAL;
}

/* The line in the complaint that begins at report + from, "PATH:LINE…"; 0: none. */
static unsigned long complaint_line(struct reading *reading, size_t from)
{
	size_t path_length = strlen(reading->path);

	fflush(reading->stream);
	if (reading->report_bytes <= from + path_length + 1 ||
		strncmp(reading->report + from, reading->path, path_length) != 0)
		return 0;
	return strtoul(reading->report + from + path_length + 1, NULL, 10);
}

/* libxlutil knows where a value stands and tells only who takes it for what it is not. */
static unsigned long value_line(struct reading *reading, XLU_ConfigValue *value)
{
	XLU_ConfigList *list;
	char *string;
	size_t from;

	fflush(reading->stream);
	from = reading->report_bytes;
	if (xlu_cfg_value_type(value) == XLU_LIST)
		xlu_cfg_value_get_string(reading->config, value, &string, 0);
	else
		xlu_cfg_value_get_list(reading->config, value, &list, 0);
	return complaint_line(reading, from);
}

static int add_configs(struct reading *reading, const struct pvctl_config *configs, unsigned count)
{
	struct pvctl_xlcfg *cfg = &reading->cfg;
	struct pvctl_config *grown = NULL;

	if (cfg->count + count > PVCTL_XLCFG_DEVICES)
		return fail(reading, 0, "more than %d devices", PVCTL_XLCFG_DEVICES);
	grown = reallocarray(cfg->configs, cfg->count + count, sizeof(*configs));
	if (!grown) {
		fail(reading, 0, "out of memory");
		return -ENOMEM;
	}
	memcpy(grown + cfg->count, configs, count * sizeof(*configs));
	cfg->configs = grown;
	cfg->count += count;
	return 0;
}

/* One inner list: the words of one camera or sound card. The strings stay the config's. */
static int take_device(struct reading *reading, const char *key, XLU_ConfigValue *device)
{
	const char *words[STRINGS_MAX], *word;
	struct pvctl_config *configs;
	XLU_ConfigList *list;
	unsigned count = 0, num_configs;
	char error[256];
	int status;

	if (xlu_cfg_value_get_list(reading->config, device, &list, 1) != 0)
		return fail(reading, value_line(reading, device),
			"%s: not a list of lists: %s = [ [ 'unique-id=…' ], … ]", key, key);
	for (XLU_ConfigValue *value; (value = xlu_cfg_get_listitem2(list, (int)count));) {
		word = xlu_cfg_get_listitem(list, (int)count);
		if (!word)
			return fail(reading, value_line(reading, value),
				"%s: a list in a list in a list", key);
		if (count == STRINGS_MAX)
			return fail(reading, value_line(reading, value),
				"%s: one with more than %u strings", key, count);
		words[count++] = word;
	}
	status =
		pvctl_attach_parse(key, words, count, &configs, &num_configs, error, sizeof(error));
	if (status < 0) {
		fail(reading, value_line(reading, device), "%s: %s", key, error);
		return status;
	}
	status = add_configs(reading, configs, num_configs);
	free(configs);
	return status;
}

static int take_key(struct reading *reading, const char *key)
{
	XLU_ConfigList *devices;
	XLU_ConfigValue *device;
	size_t from;
	int status;

	fflush(reading->stream);
	from = reading->report_bytes;
	status = xlu_cfg_get_list(reading->config, key, &devices, NULL, 0);
	if (status == ESRCH)
		return 0;
	if (status)
		return fail(reading, complaint_line(reading, from),
			"%s: not a list of lists: %s = [ [ 'unique-id=…' ], … ]", key, key);
	for (int i = 0; !status && (device = xlu_cfg_get_listitem2(devices, i)); i++)
		status = take_device(reading, key, device);
	return status;
}

static int take_all(struct reading *reading)
{
	const char *name = NULL;
	int status;

	if (xlu_cfg_get_string(reading->config, "name", &name, 1) == 0) {
		reading->cfg.name = strdup(name);
		if (!reading->cfg.name)
			return -ENOMEM;
	}
	status = take_key(reading, PVCTL_KEY_CAMERA);
	return status ? status : take_key(reading, PVCTL_KEY_SOUND);
}

/* The parser writes a line for each mistake, with its place; the first one says enough. */
static int parse(struct reading *reading, const char *text, size_t bytes)
{
	int error = xlu_cfg_readdata(reading->config, text, (int)bytes);

	if (!error)
		return take_all(reading);
	fflush(reading->stream);
	if (error == EINVAL && reading->report_bytes)
		snprintf(reading->error, reading->error_bytes, "%.*s",
			(int)strcspn(reading->report, "\n"), reading->report);
	else
		fail(reading, 0, "%s", strerror(error));
	return -error;
}

static int parse_text(struct reading *reading, const char *text, size_t bytes)
{
	int status = -ENOMEM;

	reading->stream = open_memstream(&reading->report, &reading->report_bytes);
	reading->config = reading->stream ? xlu_cfg_init(reading->stream, reading->path) : NULL;
	if (reading->config) {
		status = parse(reading, text, bytes);
		xlu_cfg_destroy(reading->config);
	}
	if (reading->stream)
		fclose(reading->stream);
	free(reading->report);
	if (status == -ENOMEM)
		fail(reading, 0, "out of memory");
	return status;
}

/* Up to bytes of a file; the number read, or -errno. */
static ssize_t read_bytes(int fd, char *buffer, size_t bytes)
{
	size_t used = 0;

	while (used < bytes) {
		ssize_t got = read(fd, buffer + used, bytes - used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		used += (size_t)got;
	}
	return (ssize_t)used;
}

static int read_file(struct reading *reading, int fd)
{
	struct stat st;
	char *text;
	ssize_t bytes;
	int status;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return fail(reading, 0, "not a regular file");
	text = malloc(PVCTL_XLCFG_BYTES + 1);
	if (!text) {
		fail(reading, 0, "out of memory");
		return -ENOMEM;
	}
	bytes = read_bytes(fd, text, PVCTL_XLCFG_BYTES + 1);
	if (bytes < 0) {
		status = (int)bytes;
		fail(reading, 0, "%s", strerror(-status));
	} else if (bytes > (ssize_t)PVCTL_XLCFG_BYTES) {
		status = fail(reading, 0, "more than %u bytes", PVCTL_XLCFG_BYTES);
	} else {
		status = parse_text(reading, text, (size_t)bytes);
	}
	free(text);
	return status;
}

int pvctl_xlcfg_read(const char *path, struct pvctl_xlcfg *ret, char *error, size_t error_bytes)
{
	struct reading reading = {.path = path, .error = error, .error_bytes = error_bytes};
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), status;

	if (fd < 0) {
		status = -errno;
		fail(&reading, 0, "%s", strerror(-status));
		return status;
	}
	status = read_file(&reading, fd);
	close(fd);
	if (status == 0)
		*ret = reading.cfg;
	else
		pvctl_xlcfg_free(&reading.cfg);
	return status;
}

void pvctl_xlcfg_free(struct pvctl_xlcfg *cfg)
{
	free(cfg->name);
	free(cfg->configs);
}

unsigned pvctl_xlcfg_one(const struct pvctl_xlcfg *cfg, unsigned first)
{
	unsigned count = 1;

	while (first + count < cfg->count && cfg->configs[first + count].joins)
		count++;
	return count;
}
