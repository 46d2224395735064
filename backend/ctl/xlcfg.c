/* SPDX-License-Identifier: MIT */
/* `pvctl attach GUEST.cfg`: the keys pvcam and pvsnd of a domain's xl config, which xl itself passes over. */
#include <errno.h>
#include <libxlutil.h>
#include <stdlib.h>
#include <string.h>

#include "backend/ctl/ctl.h"

#define STRINGS_MAX (VCAM_OFFER_MODES + 1)

/* One inner list: the words of one camera or sound card. The strings stay the config's. */
static enum pv_exit attach_one(struct xb_store *store, const struct pvctl_options *options,
	const XLU_Config *config, XLU_ConfigValue *device, const char *key, const char *guest)
{
	const char *words[STRINGS_MAX];
	XLU_ConfigList *list;
	unsigned count = 0;
	const char *word;

	if (xlu_cfg_value_get_list(config, device, &list, 1) != 0)
		return pvctl_fail("%s: not a list of lists: %s = [ [ 'unique-id=…' ], … ]", key,
			key);
	while ((word = xlu_cfg_get_listitem(list, (int)count))) {
		if (count == STRINGS_MAX)
			return pvctl_fail("%s: one with more than %u strings", key, count);
		words[count++] = word;
	}
	return pvctl_attach(store, options, guest, key, words, count);
}

static enum pv_exit attach_all(struct xb_store *store, const struct pvctl_options *options,
	const XLU_Config *config, const char *path)
{
	static const char *const keys[] = {PVCTL_KEY_CAMERA, PVCTL_KEY_SOUND};
	const char *guest;
	enum pv_exit exit = PV_EXIT_DONE;
	unsigned found = 0;

	if (xlu_cfg_get_string(config, "name", &guest, 1) != 0)
		return pvctl_fail("%s: no name = \"…\": which domain?", path);
	for (unsigned k = 0; k < 2; k++) {
		XLU_ConfigList *devices;
		XLU_ConfigValue *device;

		if (xlu_cfg_get_list(config, keys[k], &devices, NULL, 1) != 0)
			continue;
		found++;
		for (int i = 0; exit == PV_EXIT_DONE &&
			(device = xlu_cfg_get_listitem2(devices, i)); i++)
			exit = attach_one(store, options, config, device, keys[k], guest);
	}
	if (!found)
		return pvctl_fail("%s: no pvcam = [ [ … ] ] and no pvsnd: nothing to attach", path);
	return exit;
}

/* report: what the parser wrote, a line for each mistake; the first one says enough. */
static enum pv_exit fail_to_read(const char *path, int error, char *report)
{
	if (error != EINVAL || !report[0])
		return pvctl_fail("%s: %s", path, strerror(error));
	report[strcspn(report, "\n")] = '\0';
	return pvctl_fail("%s", report);
}

enum pv_exit pvctl_attach_file(struct xb_store *store, const struct pvctl_options *options,
	const char *path)
{
	char *report = NULL;
	size_t report_bytes;
	FILE *stream = open_memstream(&report, &report_bytes);
	XLU_Config *config = stream ? xlu_cfg_init(stream, path) : NULL;
	enum pv_exit exit = PV_EXIT_FAILED;
	int error;

	if (!config) {
		pvctl_fail("%s: out of memory", path);
		goto out;
	}
	error = xlu_cfg_readfile(config, path);
	fflush(stream);
	exit = error ? fail_to_read(path, error, report) :
		       attach_all(store, options, config, path);
	xlu_cfg_destroy(config);
out:
	if (stream)
		fclose(stream);
	free(report);
	return exit;
}
