/* SPDX-License-Identifier: MIT */
/* `pvctl attach GUEST.cfg`: the key pvcam of a domain's xl config, which xl itself passes over. */
#include <errno.h>
#include <libxlutil.h>
#include <stdlib.h>
#include <string.h>

#include "backend/ctl/ctl.h"

/* One inner list: the words of one camera. The strings stay the config's. */
static enum pv_exit attach_camera(struct xb_store *store, const struct pvctl_options *options,
	const XLU_Config *config, XLU_ConfigValue *camera, const char *guest)
{
	const char *words[VCAM_OFFER_MODES + 1];
	XLU_ConfigList *list;
	unsigned count = 0;
	const char *word;

	if (xlu_cfg_value_get_list(config, camera, &list, 1) != 0)
		return pvctl_fail("pvcam: not a list of lists: pvcam = [ [ 'unique-id=…' ], … ]");
	while ((word = xlu_cfg_get_listitem(list, (int)count))) {
		if (count == sizeof(words) / sizeof(words[0]))
			return pvctl_fail("pvcam: a camera with more than %u strings", count);
		words[count++] = word;
	}
	return pvctl_attach(store, options, guest, words, count);
}

static enum pv_exit attach_all(struct xb_store *store, const struct pvctl_options *options,
	const XLU_Config *config, const char *path)
{
	XLU_ConfigList *cameras;
	XLU_ConfigValue *camera;
	const char *guest;
	enum pv_exit exit = PV_EXIT_DONE;

	if (xlu_cfg_get_string(config, "name", &guest, 1) != 0)
		return pvctl_fail("%s: no name = \"…\": which domain?", path);
	if (xlu_cfg_get_list(config, "pvcam", &cameras, NULL, 1) != 0)
		return pvctl_fail("%s: no pvcam = [ [ … ] ]: nothing to attach", path);
	for (int i = 0; exit == PV_EXIT_DONE && (camera = xlu_cfg_get_listitem2(cameras, i)); i++)
		exit = attach_camera(store, options, config, camera, guest);
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
