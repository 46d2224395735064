/* SPDX-License-Identifier: MIT */
#include "backend/sound/offer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/parse.h"

#define STREAMS_PER_PCM 8
#define PCMS_MAX 16
#define NODE_BYTES_MAX 1024 /* longer is no value that we could use */

/* A value's list while it is read. */
struct rates {
	unsigned count;
	uint32_t rate[VSND_OFFER_RATES];
};

static uint32_t at_most(uint32_t value, uint32_t limit)
{
	return value < limit ? value : limit;
}

static uint32_t at_least(uint32_t value, uint32_t limit)
{
	return value > limit ? value : limit;
}

static int add_format(const char *name, void *ctx)
{
	uint64_t *formats = ctx;
	uint8_t format;

	if (vsnd_format_parse(name, &format) == 0)
		*formats |= UINT64_C(1) << format;
	return 0;
}

/* Keeps the list ascending and free of doubles. */
static int add_rate(const char *text, void *ctx)
{
	struct rates *rates = ctx;
	unsigned at = 0;
	uint32_t rate;

	if (pv_parse_u32(text, VSND_RATE_MIN_HZ, VSND_RATE_MAX_HZ, &rate) != 0)
		return 0;
	while (at < rates->count && rates->rate[at] < rate)
		at++;
	if (rates->count == VSND_OFFER_RATES || (at < rates->count && rates->rate[at] == rate))
		return 0;
	memmove(&rates->rate[at + 1], &rates->rate[at], (rates->count - at) * sizeof(rate));
	rates->rate[at] = rate;
	rates->count++;
	return 0;
}

/* -EINVAL: there is a list, and nothing in it that the layers above left. */
static int take_rates(struct vsnd_offer *offer, const char *text)
{
	struct rates rates = {0};
	unsigned kept = 0;

	pv_split(text, XENSND_LIST_SEPARATOR ";", add_rate, &rates);
	for (unsigned i = 0; i < rates.count; i++) {
		bool above = offer->num_rates == 0;

		for (unsigned j = 0; j < offer->num_rates; j++)
			above |= offer->rates[j] == rates.rate[i];
		if (above)
			rates.rate[kept++] = rates.rate[i];
	}
	if (kept == 0)
		return -EINVAL;
	memcpy(offer->rates, rates.rate, kept * sizeof(rates.rate[0]));
	offer->num_rates = kept;
	return 0;
}

/* One layer (card, PCM or stream) on top of those above it. */
static int take_layer(
	const struct xb_back_device *device, const char *dir, struct vsnd_offer *offer)
{
	struct xb_store *store = device->store;
	uint64_t formats = 0;
	uint32_t number;
	char *text;
	int error = 0;

	if (xb_store_read(store, XBT_NULL, dir, XENSND_FIELD_SAMPLE_FORMATS, NODE_BYTES_MAX,
		    &text) == 0) {
		pv_split(text, XENSND_LIST_SEPARATOR ";", add_format, &formats);
		offer->formats &= formats;
		free(text);
	}
	if (xb_store_read(store, XBT_NULL, dir, XENSND_FIELD_SAMPLE_RATES, NODE_BYTES_MAX, &text) ==
		0) {
		error = take_rates(offer, text);
		free(text);
	}
	if (xb_store_read_u32(store, XBT_NULL, dir, XENSND_FIELD_CHANNELS_MIN, 1, VSND_CHANNELS_MAX,
		    &number) == 0)
		offer->channels_min = at_least(offer->channels_min, number);
	if (xb_store_read_u32(
		    store, XBT_NULL, dir, XENSND_FIELD_CHANNELS_MAX, 1, UINT8_MAX, &number) == 0)
		offer->channels_max = at_most(offer->channels_max, number);
	if (xb_store_read_u32(
		    store, XBT_NULL, dir, XENSND_FIELD_BUFFER_SIZE, 1, UINT32_MAX, &number) == 0)
		offer->buffer_bytes_max = at_most(number, VSND_BUFFER_BYTES_MAX);
	if (offer->formats == 0 || offer->channels_min > offer->channels_max)
		error = -EINVAL;
	return error;
}

static int take_type(const struct xb_back_device *device, const char *dir, struct vsnd_offer *offer)
{
	char *type;
	int error = xb_store_read(device->store, XBT_NULL, dir, XENSND_FIELD_TYPE, 1, &type);

	if (error)
		return error == -ENOENT ? error : -EINVAL;
	if (strcmp(type, XENSND_STREAM_TYPE_PLAYBACK) == 0)
		offer->direction = VSND_PLAYBACK;
	else if (strcmp(type, XENSND_STREAM_TYPE_CAPTURE) == 0)
		offer->direction = VSND_CAPTURE;
	else
		error = -EINVAL;
	free(type);
	return error;
}

/* -ENOENT: there is no such stream. */
static int read_stream(const struct xb_back_device *device, const char *dir,
	const struct vsnd_offer *above, struct vsnd_offer *ret)
{
	struct vsnd_offer offer = *above;
	char *id;
	int error = take_type(device, dir, &offer);

	if (error)
		return error;
	error = xb_store_read(device->store, XBT_NULL, dir, XENSND_FIELD_STREAM_UNIQUE_ID,
		VSND_NAME_BYTES - 1, &id);
	if (error)
		return -EINVAL;
	snprintf(offer.unique_id, sizeof(offer.unique_id), "%s", id);
	free(id);
	error = take_layer(device, dir, &offer);
	if (!error)
		*ret = offer;
	return error;
}

static int read_pcm(const struct xb_back_device *device, const char *dir,
	const struct vsnd_offer *above, struct vsnd_offer *ret, unsigned *count)
{
	char path[XB_PATH_BYTES + 32];
	struct vsnd_offer offer = *above;
	int error = take_layer(device, dir, &offer);

	for (offer.stream = 0; !error && offer.stream < STREAMS_PER_PCM; offer.stream++) {
		struct vsnd_offer stream;

		snprintf(path, sizeof(path), "%s/%u", dir, offer.stream);
		error = read_stream(device, path, &offer, &stream);
		if (error == -ENOENT)
			return 0;
		if (!error && *count == VSND_OFFER_STREAMS)
			return -E2BIG;
		if (!error)
			ret[(*count)++] = stream;
	}
	return error;
}

int vsnd_offer_read(
	const struct xb_back_device *device, struct vsnd_offer *ret, unsigned *ret_count)
{
	const char *card = xb_back_wishes(device, "0/0/" XENSND_FIELD_STREAM_UNIQUE_ID);
	struct vsnd_offer offer = {
		.formats = VSND_FORMATS_ALL,
		.channels_min = 1,
		.channels_max = VSND_CHANNELS_MAX,
		.buffer_bytes_max = VSND_BUFFER_BYTES_DEFAULT,
	};
	unsigned count = 0;
	int error = take_layer(device, card, &offer);

	for (offer.pcm = 0; !error && offer.pcm < PCMS_MAX; offer.pcm++) {
		char path[XB_PATH_BYTES + 16], *there;

		snprintf(path, sizeof(path), "%s/%u", card, offer.pcm);
		if (xb_store_read(device->store, XBT_NULL, path, NULL, NODE_BYTES_MAX, &there) != 0)
			break;
		free(there);
		error = read_pcm(device, path, &offer, ret, &count);
	}
	if (!error && count == 0)
		error = -ENOENT;
	if (!error)
		*ret_count = count;
	return error;
}

/* To the outermost listed rates inside; empty (min over max) when there is none. */
static void narrow_rates(const struct vsnd_offer *offer, struct vsnd_ranges *ranges)
{
	uint32_t min = UINT32_MAX, max = 0;

	ranges->rate_min = at_least(ranges->rate_min, VSND_RATE_MIN_HZ);
	ranges->rate_max = at_most(ranges->rate_max, VSND_RATE_MAX_HZ);
	if (offer->num_rates == 0)
		return;
	for (unsigned i = 0; i < offer->num_rates; i++) {
		uint32_t rate = offer->rates[i];

		if (rate < ranges->rate_min || rate > ranges->rate_max)
			continue;
		min = at_most(min, rate);
		max = at_least(max, rate);
	}
	ranges->rate_min = min;
	ranges->rate_max = max;
}

/* Bytes of the smallest frame left; 0: no format is left. */
static uint32_t smallest_frame_bytes(const struct vsnd_ranges *ranges)
{
	uint32_t smallest = 0;

	for (uint8_t format = 0; format <= XENSND_PCM_FORMAT_F64_BE; format++) {
		uint32_t bytes = vsnd_format_sample_bytes(format) * ranges->channels_min;

		if (ranges->formats >> format & 1 && (smallest == 0 || bytes < smallest))
			smallest = bytes;
	}
	return smallest;
}

int vsnd_offer_narrow(const struct vsnd_offer *offer, struct vsnd_ranges *ranges)
{
	struct vsnd_ranges narrow = *ranges;
	uint32_t frame_bytes;

	narrow.formats &= offer->formats & VSND_FORMATS_ALL;
	narrow_rates(offer, &narrow);
	narrow.channels_min = at_least(narrow.channels_min, offer->channels_min);
	narrow.channels_max = at_most(narrow.channels_max, offer->channels_max);
	frame_bytes = smallest_frame_bytes(&narrow);
	if (frame_bytes == 0)
		return -EINVAL;
	narrow.buffer_min = at_least(narrow.buffer_min, 1);
	narrow.buffer_max = at_most(narrow.buffer_max, offer->buffer_bytes_max / frame_bytes);
	narrow.period_min = at_least(narrow.period_min, 1);
	narrow.period_max = at_most(narrow.period_max, narrow.buffer_max);
	if (narrow.rate_min > narrow.rate_max || narrow.channels_min > narrow.channels_max ||
		narrow.buffer_min > narrow.buffer_max || narrow.period_min > narrow.period_max)
		return -EINVAL;
	*ranges = narrow;
	return 0;
}
