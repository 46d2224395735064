/* SPDX-License-Identifier: MIT */
#include "frontend/camera/pages.h"

#include <stdio.h>

#include "xenbus/grant.h"

#define LIMIT_PATH "/sys/module/xen_gntalloc/parameters/limit"
#define BUFFERS_DEFAULT 4
#define WANTED_MIN 4096    /* to be proposed */
#define CONNECTION_PAGES 2 /* the ring and the event page */

size_t pvcam_pages_needed(const struct pvcam_layout *layout, unsigned num_buffers)
{
	size_t pages = xb_pages(layout->size_bytes);
	size_t directory_pages = (pages + XB_GRANTDIR_REFS - 1) / XB_GRANTDIR_REFS;

	return CONNECTION_PAGES + num_buffers * (pages + directory_pages);
}

/* 0: not known here. */
static unsigned long read_limit(void)
{
	FILE *file = fopen(LIMIT_PATH, "re");
	unsigned long limit = 0;

	if (file) {
		if (fscanf(file, "%lu", &limit) != 1)
			limit = 0;
		fclose(file);
	}
	return limit;
}

void pvcam_pages_explain(struct pvcam *camera, unsigned num_buffers, char *ret, size_t ret_bytes)
{
	struct pvcam_layout layout = {0};
	size_t needed = CONNECTION_PAGES, wanted = WANTED_MIN;
	unsigned long limit = read_limit();
	char what[64] = "a connection needs", in_force[64] = "";

	if (!num_buffers)
		num_buffers = BUFFERS_DEFAULT;
	if (camera) {
		pvcam_get_layout(camera, &layout);
		needed = pvcam_pages_needed(&layout, num_buffers);
		snprintf(what, sizeof(what), "%u frames of %zu bytes need", num_buffers,
			layout.size_bytes);
	}
	while (wanted < limit + needed)
		wanted *= 2;
	if (limit)
		snprintf(in_force, sizeof(in_force), ", all programs together may have %lu", limit);
	snprintf(ret, ret_bytes,
		"too few grantable pages: %s %zu%s; raise the limit: echo %zu > " LIMIT_PATH
		" (or modprobe xen-gntalloc limit=%zu)",
		what, needed, in_force, wanted, wanted);
}
