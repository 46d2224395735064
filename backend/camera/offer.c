/* SPDX-License-Identifier: MIT */
#include "backend/camera/offer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/pixfmt.h"

#define NODE_BYTES_MAX 1024 /* of a configuration value; longer is no wish we can meet */

/* What is being made, and what bounds it. */
struct making {
	struct vcam_offer *offer;
	struct vcam_source_mode native;
	const struct vcam_guest_config *guest;
	struct xb_store *store;
	struct pv_picture picture; /* the mode whose rates are being read */
};

static bool picture_allowed(const struct making *making, struct pv_picture picture)
{
	const struct vcam_guest_config *guest = making->guest;
	const struct pv_pixfmt *format = pv_pixfmt_find(picture.fourcc);
	struct pv_layout layout;
	bool listed = guest->fourccs == NULL;

	for (unsigned i = 0; guest->fourccs && guest->fourccs[i]; i++)
		listed |= guest->fourccs[i] == picture.fourcc;
	return listed && format && format->for_guests &&
	       (!guest->max_width || picture.width <= guest->max_width) &&
	       (!guest->max_height || picture.height <= guest->max_height) &&
	       pv_pixfmt_layout(picture.fourcc, picture.width, picture.height, &layout) == 0;
}

static struct vcam_offer_mode *add_mode(const struct making *making, struct pv_picture picture)
{
	struct vcam_offer *offer = making->offer;
	struct vcam_offer_mode *mode;

	if (offer->num_modes == VCAM_OFFER_MODES || !picture_allowed(making, picture) ||
		vcam_offer_find(offer, picture))
		return NULL;
	mode = &offer->modes[offer->num_modes++];
	*mode = (struct vcam_offer_mode){.picture = picture};
	return mode;
}

/* Keeps the list fastest first and free of doubles. */
static void add_rate(struct vcam_offer_mode *mode, struct pv_fraction rate)
{
	unsigned at = 0;

	while (at < mode->num_rates && pv_fraction_compare(mode->rates[at], rate) > 0)
		at++;
	if (mode->num_rates == VCAM_OFFER_RATES ||
		(at < mode->num_rates && pv_fraction_compare(mode->rates[at], rate) == 0))
		return;
	memmove(&mode->rates[at + 1], &mode->rates[at],
		(mode->num_rates - at) * sizeof(mode->rates[0]));
	mode->rates[at] = rate;
	mode->num_rates++;
}

/* The source's rate, its half and its quarter. */
static void add_default_rates(const struct making *making, struct vcam_offer_mode *mode)
{
	struct pv_fraction rate = making->native.rate;

	for (uint32_t divisor = 1; divisor <= 4; divisor *= 2)
		if (rate.denom <= UINT32_MAX / divisor)
			add_rate(mode, (struct pv_fraction){rate.numer, rate.denom * divisor});
}

/* The source's own size, then the common ones below it; in this format, or in all with 0. */
static void add_default_sizes(const struct making *making, uint32_t only_fourcc)
{
	static const uint16_t sizes[][2] = {
		{1920, 1080}, {1280, 720}, {640, 480}, {640, 360}, {320, 240}};
	struct pv_picture native = making->native.picture, picture;
	struct vcam_offer_mode *mode;

	for (unsigned size = 0; size <= sizeof(sizes) / sizeof(sizes[0]); size++) {
		uint32_t width = size ? sizes[size - 1][0] : native.width;
		uint32_t height = size ? sizes[size - 1][1] : native.height;

		if (width > native.width || height > native.height)
			continue;
		for (unsigned i = 0; pv_pixfmts[i].fourcc; i++) {
			if (only_fourcc && pv_pixfmts[i].fourcc != only_fourcc)
				continue;
			picture = (struct pv_picture){pv_pixfmts[i].fourcc, width, height};
			mode = add_mode(making, picture);
			if (mode)
				add_default_rates(making, mode);
		}
	}
}

static void add_default_modes(const struct making *making)
{
	struct vcam_offer_mode *mode = add_mode(making, making->native.picture);

	if (mode)
		add_default_rates(making, mode);
	add_default_sizes(making, 0);
}

static int add_wished_rate(const char *part, void *ctx)
{
	struct making *making = ctx;
	struct pv_fraction rate;
	struct vcam_offer_mode *mode;

	if (pv_parse_fraction(part, &rate) != 0 ||
		pv_fraction_compare(rate, making->native.rate) > 0)
		return 0;
	mode = (struct vcam_offer_mode *)vcam_offer_find(making->offer, making->picture);
	if (!mode)
		mode = add_mode(making, making->picture);
	if (mode)
		add_rate(mode, rate);
	return 0;
}

/* formats/FOURCC/WxH/frame-rates; a size without rates gets the source's. */
static void read_size(struct making *making, const char *dir, const char *size)
{
	char path[2 * XB_PATH_BYTES];
	struct vcam_offer_mode *mode;
	char *rates;

	if (pv_parse_size(size, &making->picture.width, &making->picture.height) != 0)
		return;
	snprintf(path, sizeof(path), "%s/%s", dir, size);
	if (xb_store_read(making->store, XBT_NULL, path, XENCAMERA_FIELD_FRAME_RATES,
		    NODE_BYTES_MAX, &rates) != 0) {
		mode = add_mode(making, making->picture);
		if (mode)
			add_default_rates(making, mode);
		return;
	}
	pv_split(rates, XENCAMERA_LIST_SEPARATOR ";", add_wished_rate, making);
	free(rates);
}

/* A format without sizes gets the source's. */
static void read_format(struct making *making, const char *wishes, const char *name)
{
	const struct pv_pixfmt *format = pv_pixfmt_find_name(name);
	char dir[XB_PATH_BYTES];
	char **sizes;
	unsigned count;

	snprintf(dir, sizeof(dir), "%s/" XENCAMERA_FIELD_FORMATS "/%s", wishes, name);
	if (!format || xb_store_list(making->store, XBT_NULL, dir, &sizes, &count) != 0)
		return;
	making->picture.fourcc = format->fourcc;
	for (unsigned i = 0; i < count; i++)
		read_size(making, dir, sizes[i]);
	free(sizes);
	if (count == 0)
		add_default_sizes(making, format->fourcc);
}

/* True: there are wishes for modes, met or not. */
static bool read_modes(struct making *making, const char *wishes)
{
	char dir[XB_PATH_BYTES];
	char **formats;
	unsigned count;

	snprintf(dir, sizeof(dir), "%s/" XENCAMERA_FIELD_FORMATS, wishes);
	if (xb_store_list(making->store, XBT_NULL, dir, &formats, &count) != 0)
		return false;
	for (unsigned i = 0; i < count; i++)
		read_format(making, wishes, formats[i]);
	free(formats);
	return count > 0;
}

static const char *const control_names[XENCAMERA_MAX_CTRL] = {
	[XENCAMERA_CTRL_BRIGHTNESS] = XENCAMERA_CTRL_BRIGHTNESS_STR,
	[XENCAMERA_CTRL_CONTRAST] = XENCAMERA_CTRL_CONTRAST_STR,
	[XENCAMERA_CTRL_SATURATION] = XENCAMERA_CTRL_SATURATION_STR,
	[XENCAMERA_CTRL_HUE] = XENCAMERA_CTRL_HUE_STR,
};

static int add_wished_control(const char *part, void *ctx)
{
	uint8_t *mask = ctx;

	for (unsigned i = 0; i < XENCAMERA_MAX_CTRL; i++)
		if (strcmp(part, control_names[i]) == 0)
			*mask |= (uint8_t)(1u << i);
	return 0;
}

static void read_controls(struct making *making, const char *wishes, struct vcam_source *source)
{
	struct vcam_offer *offer = making->offer;
	uint8_t there = 0, wished = 0;
	char *names;

	for (uint8_t type = 0; type < XENCAMERA_MAX_CTRL; type++)
		if (vcam_source_may_have_control(source, type))
			there |= (uint8_t)(1u << type);
	if (xb_store_read(making->store, XBT_NULL, wishes, XENCAMERA_FIELD_CONTROLS, NODE_BYTES_MAX,
		    &names) == 0) {
		pv_split(names, XENCAMERA_LIST_SEPARATOR ";", add_wished_control, &wished);
		free(names);
	} else {
		wished = there;
	}
	offer->controls = making->guest->controls;
	offer->control_mask = offer->controls == VCAM_CONTROLS_NONE ? 0 : there & wished;
}

int vcam_offer_create(struct xb_back_device *device, struct vcam_source *source,
	const struct vcam_guest_config *guest, struct vcam_offer **ret)
{
	const char *wishes = xb_back_wishes(device, XENCAMERA_FIELD_UNIQUE_ID);
	struct vcam_offer *offer = calloc(1, sizeof(*offer));
	struct making making = {
		.offer = offer,
		.native = vcam_source_mode(source),
		.guest = guest,
		.store = device->store,
	};

	if (!offer)
		return -ENOMEM;
	if (!read_modes(&making, wishes))
		add_default_modes(&making);
	offer->max_buffers = guest->max_buffers;
	xb_store_read_u32(device->store, XBT_NULL, wishes, XENCAMERA_FIELD_MAX_BUFFERS, 1,
		guest->max_buffers, &offer->max_buffers);
	read_controls(&making, wishes, source);
	if (offer->num_modes == 0) {
		free(offer);
		return -EINVAL;
	}
	*ret = offer;
	return 0;
}

struct publishing {
	struct xb_back_device *device;
	const struct vcam_offer *offer;
};

static int write_mode(struct xb_store *store, xs_transaction_t txn, const char *front_path,
	const struct vcam_offer_mode *mode)
{
	char node[64], rates[VCAM_OFFER_RATES * 24] = "";
	size_t used = 0;

	for (unsigned i = 0; i < mode->num_rates && used < sizeof(rates); i++)
		used += (size_t)snprintf(rates + used, sizeof(rates) - used,
			"%s%u" XENCAMERA_FRACTION_SEPARATOR "%u", i ? XENCAMERA_LIST_SEPARATOR : "",
			mode->rates[i].numer, mode->rates[i].denom);
	snprintf(node, sizeof(node),
		XENCAMERA_FIELD_FORMATS "/%s/%u" XENCAMERA_RESOLUTION_SEPARATOR
					"%u/" XENCAMERA_FIELD_FRAME_RATES,
		pv_pixfmt_find(mode->picture.fourcc)->name, mode->picture.width,
		mode->picture.height);
	return xb_store_write(store, txn, front_path, node, "%s", rates);
}

static int write_offer(struct xb_store *store, xs_transaction_t txn, void *ctx)
{
	const struct publishing *publishing = ctx;
	const struct vcam_offer *offer = publishing->offer;
	const char *front_path = publishing->device->front_path;
	char names[64] = "", *back;
	/* The tools may remove the directory at any time; our writes would bring it back. */
	int error = xb_store_read(store, txn, front_path, "backend", XB_PATH_BYTES - 1, &back);

	if (error)
		return error;
	free(back);
	error = xb_store_remove(store, txn, front_path, XENCAMERA_FIELD_FORMATS);

	for (unsigned i = 0; i < XENCAMERA_MAX_CTRL; i++)
		if (offer->control_mask & (1u << i)) {
			strcat(names, *names ? XENCAMERA_LIST_SEPARATOR : "");
			strcat(names, control_names[i]);
		}
	if (!error)
		error = xb_store_write(store, txn, front_path, XENCAMERA_FIELD_MAX_BUFFERS, "%u",
			offer->max_buffers);
	if (!error)
		error = xb_store_write(
			store, txn, front_path, XENCAMERA_FIELD_CONTROLS, "%s", names);
	for (unsigned i = 0; i < offer->num_modes && !error; i++)
		error = write_mode(store, txn, front_path, &offer->modes[i]);
	return error;
}

int vcam_offer_publish(struct xb_back_device *device, const struct vcam_offer *offer)
{
	struct publishing publishing = {device, offer};

	return xb_store_transaction(device->store, write_offer, &publishing);
}

const struct vcam_offer_mode *vcam_offer_find(
	const struct vcam_offer *offer, struct pv_picture picture)
{
	for (unsigned i = 0; i < offer->num_modes; i++) {
		const struct pv_picture *have = &offer->modes[i].picture;

		if (have->fourcc == picture.fourcc && have->width == picture.width &&
			have->height == picture.height)
			return &offer->modes[i];
	}
	return NULL;
}

bool vcam_offer_has_rate(const struct vcam_offer_mode *mode, struct pv_fraction rate)
{
	for (unsigned i = 0; rate.denom && i < mode->num_rates; i++)
		if (pv_fraction_compare(mode->rates[i], rate) == 0)
			return true;
	return false;
}
