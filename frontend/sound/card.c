/* SPDX-License-Identifier: MIT */
#include "frontend/sound/card.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xen/io/sndif.h>

#include "common/parse.h"
#include "frontend/sound/format.h"
#include "frontend/sound/wire.h"

#define NODE_BYTES_MAX 1024 /* longer is no value that we could use */
#define RATE_MAX_HZ 768000

struct listing {
	struct xb_store *store;
	struct pvsnd_stream *streams;
	size_t count;
};

/* Names end up on terminals. */
static void copy_name(char to[PVSND_NAME_BYTES], const char *from)
{
	size_t length = strnlen(from, PVSND_NAME_BYTES - 1);

	for (size_t i = 0; i < length; i++)
		to[i] = isprint((unsigned char)from[i]) ? from[i] : '?';
	to[length] = '\0';
}

/* A value of the stream, or else of its PCM, or else of its card. Caller frees; NULL: none. */
static char *read_value(struct xb_store *store, uint32_t device, const char *node)
{
	static const char *const levels[] = {"/0/0", "/0", ""};
	char dir[XB_PATH_BYTES], *value;

	for (unsigned i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		snprintf(dir, sizeof(dir), "device/" PVSND_CLASS "/%u%s", device, levels[i]);
		if (xb_store_read(store, XBT_NULL, dir, node, NODE_BYTES_MAX, &value) == 0)
			return value;
	}
	return NULL;
}

static void read_name(struct xb_store *store, uint32_t device, const char *node, const char *other,
	char ret[PVSND_NAME_BYTES])
{
	char *value = read_value(store, device, node);

	copy_name(ret, value && *value ? value : other);
	free(value);
}

static void read_number(
	struct xb_store *store, uint32_t device, const char *node, uint32_t max, uint32_t *number)
{
	char *value = read_value(store, device, node);

	if (value)
		pv_parse_u32(value, 1, max, number);
	free(value);
}

static int add_format(const char *name, void *ctx)
{
	uint64_t *formats = ctx;

	*formats |= pvsnd_format_parse(name);
	return 0;
}

static int add_rate(const char *text, void *ctx)
{
	struct pvsnd_stream *stream = ctx;
	uint32_t rate;

	if (stream->num_rates < PVSND_RATES_MAX && pv_parse_u32(text, 1, RATE_MAX_HZ, &rate) == 0)
		stream->rates[stream->num_rates++] = rate;
	return 0;
}

static void read_offer(struct xb_store *store, struct pvsnd_stream *stream)
{
	char *value = read_value(store, stream->device, XENSND_FIELD_SAMPLE_FORMATS);

	if (value)
		pv_split(value, ",;", add_format, &stream->formats);
	free(value);
	if (stream->formats == 0)
		stream->formats = PVSND_FORMATS_ALL;
	value = read_value(store, stream->device, XENSND_FIELD_SAMPLE_RATES);
	if (value)
		pv_split(value, ",;", add_rate, stream);
	free(value);
	stream->channels_min = 1;
	stream->channels_max = PVSND_CHANNELS_MAX;
	read_number(store, stream->device, XENSND_FIELD_CHANNELS_MIN, PVSND_CHANNELS_MAX,
		&stream->channels_min);
	read_number(store, stream->device, XENSND_FIELD_CHANNELS_MAX, PVSND_CHANNELS_MAX,
		&stream->channels_max);
	if (stream->channels_max < stream->channels_min)
		stream->channels_max = stream->channels_min;
	read_number(
		store, stream->device, XENSND_FIELD_BUFFER_SIZE, UINT32_MAX, &stream->buffer_bytes);
}

/* -ENOENT: the device has no stream. */
static int read_stream(struct xb_store *store, uint32_t device, struct pvsnd_stream *ret)
{
	struct pvsnd_stream stream = {.device = device};
	char number[16], *type;

	type = read_value(store, device, XENSND_FIELD_TYPE);
	if (!type)
		return -ENOENT;
	stream.capture = strcasecmp(type, XENSND_STREAM_TYPE_CAPTURE) == 0;
	free(type);
	snprintf(number, sizeof(number), "%u", device);
	read_name(store, device, XENSND_FIELD_VCARD_SHORT_NAME, number, stream.short_name);
	read_name(store, device, XENSND_FIELD_VCARD_LONG_NAME, stream.short_name, stream.long_name);
	read_name(store, device, "card", stream.short_name, stream.card_key);
	read_offer(store, &stream);
	*ret = stream;
	return 0;
}

/* As the first device of the same card, or the next number. */
static unsigned card_number(const struct pvsnd_stream *streams, size_t count, const char *card_key)
{
	unsigned next = 0;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(streams[i].card_key, card_key) == 0)
			return streams[i].card;
		if (streams[i].card >= next)
			next = streams[i].card + 1;
	}
	return next;
}

static int add_device(uint32_t device, void *ctx)
{
	struct listing *listing = ctx;
	struct pvsnd_stream stream, *grown;

	if (read_stream(listing->store, device, &stream) < 0)
		return 0;
	grown = realloc(listing->streams, (listing->count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	stream.card = card_number(grown, listing->count, stream.card_key);
	grown[listing->count++] = stream;
	listing->streams = grown;
	return 0;
}

int pvsnd_card_list(struct xb_store *store, struct pvsnd_stream **ret, size_t *ret_count)
{
	struct listing listing = {.store = store};
	int r = xb_front_list(store, PVSND_CLASS, add_device, &listing);

	if (r < 0) {
		free(listing.streams);
		return r;
	}
	*ret = listing.streams;
	*ret_count = listing.count;
	return 0;
}

static bool has_name(const struct pvsnd_stream *stream, const char *name)
{
	return strcmp(stream->card_key, name) == 0 || strcmp(stream->short_name, name) == 0;
}

bool pvsnd_card_match(const struct pvsnd_stream *streams, size_t count, const char *card,
	const struct pvsnd_stream *stream)
{
	uint32_t number;

	for (size_t i = 0; i < count; i++)
		if (has_name(&streams[i], card))
			return streams[i].card == stream->card;
	return pv_parse_u32(card, 0, UINT32_MAX, &number) == 0 && number == stream->card;
}

int pvsnd_card_stream(struct xb_store *store, const char *card, bool capture, unsigned index,
	struct pvsnd_stream *ret)
{
	struct pvsnd_stream *streams;
	size_t count;
	int r = pvsnd_card_list(store, &streams, &count);

	if (r < 0)
		return r;
	r = -ENODEV;
	for (size_t i = 0; r < 0 && i < count; i++) {
		if (streams[i].capture != capture ||
			!pvsnd_card_match(streams, count, card, &streams[i]))
			continue;
		if (index-- > 0)
			continue;
		*ret = streams[i];
		r = 0;
	}
	free(streams);
	return r;
}

static const struct {
	int error;
	const char *sentence;
} sentences[] = {
	{-ENOENT, "no xenstore here: this works in a Xen guest, where /dev/xen/xenbus is"},
	{-EACCES, "no permission on the Xen devices: run as root or join the group pvmedia (see "
		  "pvsnd(7))"},
	{-ENODEV, "no such sound card, or none in this direction: dom0 adds one with pvctl attach"},
	{-EBUSY, "another process of this guest has this stream open"},
	{-ETIMEDOUT, "no backend answers: is pvsndd running in dom0?"},
	{-ECONNREFUSED, "the backend refused the stream: pvsndd's log in dom0 tells why"},
	{-ENOSPC, "too few grantable pages: write a higher number to "
		  "/sys/module/xen_gntalloc/parameters/limit, or take a smaller buffer"},
};

const char *pvsnd_card_error(int error)
{
	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++)
		if (sentences[i].error == error)
			return sentences[i].sentence;
	return NULL;
}
