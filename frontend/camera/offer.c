/* SPDX-License-Identifier: MIT */
/* The settings on offer, as dom0 wrote them into the frontend's directory. */
#include "frontend/camera/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/parse.h"

#define NODE_BYTES_MAX 2048 /* xenstore's own bound */

struct adding {
	struct pvcam_offer *offer;
	struct pvcam_settings settings;
};

static int add_rate(const char *text, void *ctx)
{
	struct adding *adding = ctx;
	struct pvcam_offer *offer = adding->offer;
	struct pvcam_settings *grown;
	struct pv_fraction rate;

	if (pv_parse_fraction(text, &rate) < 0)
		return 0;
	if (offer->num_settings == PVCAM_SETTINGS_MAX)
		return -E2BIG;
	grown = realloc(offer->settings, (offer->num_settings + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	offer->settings = grown;
	adding->settings.rate_numer = rate.numer;
	adding->settings.rate_denom = rate.denom;
	grown[offer->num_settings++] = adding->settings;
	return 0;
}

int pvcam_offer_add(
	struct pvcam_offer *offer, const char *format, const char *size, const char *rates)
{
	const struct pv_pixfmt *pixfmt = pv_pixfmt_find_name(format);
	struct adding adding = {.offer = offer};
	struct pv_layout layout;
	uint32_t width, height;

	if (!pixfmt || !pixfmt->for_guests || pv_parse_size(size, &width, &height) < 0 ||
		pv_pixfmt_layout(pixfmt->fourcc, width, height, &layout) < 0 ||
		layout.size_bytes > PVCAM_FRAME_BYTES_MAX)
		return 0;
	adding.settings.fourcc = pixfmt->fourcc;
	adding.settings.width = width;
	adding.settings.height = height;
	return pv_split(rates, XENCAMERA_LIST_SEPARATOR, add_rate, &adding);
}

static int compare_settings(const void *left, const void *right)
{
	const struct pvcam_settings *a = left, *b = right;
	const struct pv_pixfmt *a_format = pv_pixfmt_find(a->fourcc);
	const struct pv_pixfmt *b_format = pv_pixfmt_find(b->fourcc);
	uint32_t a_area = a->width * a->height, b_area = b->width * b->height;
	struct pv_fraction a_rate = {a->rate_numer, a->rate_denom};
	struct pv_fraction b_rate = {b->rate_numer, b->rate_denom};

	if (a_format != b_format) /* the table is in order of preference */
		return a_format < b_format ? -1 : 1;
	if (a_area != b_area)
		return a_area > b_area ? -1 : 1;
	if (a->width != b->width)
		return a->width > b->width ? -1 : 1;
	return pv_fraction_compare(b_rate, a_rate);
}

void pvcam_offer_sort(struct pvcam_offer *offer)
{
	if (offer->num_settings)
		qsort(offer->settings, offer->num_settings, sizeof(*offer->settings),
			compare_settings);
}

static int read_size(struct xb_store *store, const char *dir, const char *format, const char *size,
	struct pvcam_offer *offer)
{
	char path[XB_PATH_BYTES];
	char *rates;
	int r;

	if (snprintf(path, sizeof(path), "%s/%s", dir, size) >= (int)sizeof(path))
		return 0;
	r = xb_store_read(
		store, XBT_NULL, path, XENCAMERA_FIELD_FRAME_RATES, NODE_BYTES_MAX, &rates);
	if (r == -ENOENT || r == -E2BIG || r == -EINVAL)
		return 0;
	if (r < 0)
		return r;
	r = pvcam_offer_add(offer, format, size, rates);
	free(rates);
	return r;
}

static int read_format(
	struct xb_store *store, const char *dir, const char *format, struct pvcam_offer *offer)
{
	char path[XB_PATH_BYTES];
	char **sizes;
	unsigned count;
	int r;

	if (snprintf(path, sizeof(path), "%s/%s", dir, format) >= (int)sizeof(path))
		return 0;
	r = xb_store_list(store, XBT_NULL, path, &sizes, &count);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	for (unsigned i = 0; i < count && r == 0; i++)
		r = read_size(store, path, format, sizes[i], offer);
	free(sizes);
	return r;
}

static int read_formats(struct xb_store *store, const char *dir, struct pvcam_offer *offer)
{
	char path[XB_PATH_BYTES];
	char **formats;
	unsigned count;
	int r;

	if (snprintf(path, sizeof(path), "%s/%s", dir, XENCAMERA_FIELD_FORMATS) >=
		(int)sizeof(path))
		return -ENODEV;
	r = xb_store_list(store, XBT_NULL, path, &formats, &count);
	if (r < 0)
		return r == -ENOENT ? -ENODEV : r;
	for (unsigned i = 0; i < count && r == 0; i++)
		r = read_format(store, path, formats[i], offer);
	free(formats);
	return r;
}

int pvcam_offer_read(struct xb_store *store, const char *dir, struct pvcam_offer *ret)
{
	struct pvcam_offer offer = {0};
	int r;

	r = xb_store_read_u32(
		store, XBT_NULL, dir, XENCAMERA_FIELD_MAX_BUFFERS, 1, 255, &offer.max_buffers);
	if (r < 0)
		return r == -EIO ? r : -ENODEV;
	if (offer.max_buffers > PVCAM_BUFFERS_MAX)
		offer.max_buffers = PVCAM_BUFFERS_MAX;
	r = read_formats(store, dir, &offer);
	if (r == 0 && !offer.num_settings)
		r = -ENODEV;
	if (r < 0) {
		pvcam_offer_finish(&offer);
		return r;
	}
	pvcam_offer_sort(&offer);
	*ret = offer;
	return 0;
}

void pvcam_offer_finish(struct pvcam_offer *offer)
{
	free(offer->settings);
	*offer = (struct pvcam_offer){0};
}

bool pvcam_offer_has(const struct pvcam_offer *offer, const struct pvcam_settings *settings)
{
	struct pv_fraction wanted = {settings->rate_numer, settings->rate_denom};

	for (unsigned i = 0; i < offer->num_settings; i++) {
		const struct pvcam_settings *have = &offer->settings[i];
		struct pv_fraction rate = {have->rate_numer, have->rate_denom};

		if (have->fourcc == settings->fourcc && have->width == settings->width &&
			have->height == settings->height && wanted.denom &&
			pv_fraction_compare(rate, wanted) == 0)
			return true;
	}
	return false;
}
