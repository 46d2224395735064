/* SPDX-License-Identifier: MIT */
/*
 * The control plugin: volume and mute of a card, through xenstore alone, so that it works beside
 * whoever has the streams open. The guest writes what it wants into its own directory; what is in
 * force is what the backend says.
 */
#include <alsa/asoundlib.h>
#include <alsa/control_external.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/parse.h"
#include "frontend/sound/card.h"
#include "frontend/sound/levels.h"
#include "frontend/sound/options.h"
#include "frontend/sound/wire.h"

#define DEVICES_MAX 16 /* of one card in one direction */
#define IN_FORCE_NS UINT64_C(300000000) /* how long a change may take until the backend has it */
#define LOOK_MS 1000 /* a store that died does not make its descriptor readable */

enum { VOLUME, MUTE, KINDS };

/* A direction of the card. All its devices get the same; the first one tells what is in force. */
struct lane {
	unsigned num_devices; /* 0: the card has no such direction */
	uint32_t devices[DEVICES_MAX];
	unsigned channels;
	char backend[XB_PATH_BYTES]; /* empty: none */
	struct xb_watch *watches[KINDS];
	struct pvsnd_levels now;
	struct pvsnd_levels told; /* as the subscriber knows it */
};

struct control {
	snd_ctl_ext_t ext;
	struct xb_store *store;
	struct lane lanes[2]; /* playback, capture */
};

static const char *const node_names[KINDS] = { "volume", "mute" };
static const char *const element_names[2][KINDS] = {
	{ "Master Playback Volume", "Master Playback Switch" },
	{ "Capture Volume", "Capture Switch" },
};

static const unsigned db_scale[] = {
	SND_CTL_TLVT_DB_SCALE, 2 * sizeof(unsigned), (unsigned)PVSND_VOLUME_MIN_CENTIDB, 1,
};

/* ---- what is in force ---- */

static int read_node(struct control *control, const char *dir, unsigned kind,
	struct pvsnd_levels *levels)
{
	char *text;
	int r = xb_store_read(control->store, XBT_NULL, dir, node_names[kind],
		PVSND_LEVELS_TEXT_BYTES, &text);

	if (r < 0)
		return r;
	r = kind == VOLUME ? pvsnd_levels_parse_volume(text, levels)
			   : pvsnd_levels_parse_mute(text, levels);
	free(text);
	return r;
}

/* Without a backend's word: what was wished last, or else as it is. */
static void look(struct control *control, struct lane *lane)
{
	static const struct pvsnd_levels full = { .volume = {
		PVSND_VOLUME_STEPS, PVSND_VOLUME_STEPS, PVSND_VOLUME_STEPS, PVSND_VOLUME_STEPS,
		PVSND_VOLUME_STEPS, PVSND_VOLUME_STEPS, PVSND_VOLUME_STEPS, PVSND_VOLUME_STEPS,
	} };
	char own[XB_PATH_BYTES];

	lane->now = full;
	snprintf(own, sizeof(own), "device/" PVSND_CLASS "/%u", lane->devices[0]);
	for (unsigned kind = 0; kind < KINDS; kind++)
		if (!*lane->backend || read_node(control, lane->backend, kind, &lane->now) < 0)
			read_node(control, own, kind, &lane->now);
}

static bool same(const struct lane *lane, unsigned kind, const struct pvsnd_levels *a,
	const struct pvsnd_levels *b)
{
	if (kind == MUTE)
		return a->mute == b->mute;
	return memcmp(a->volume, b->volume, lane->channels * sizeof(a->volume[0])) == 0;
}

/* ---- elements: numbered through, a volume and a mute for each direction there is ---- */

static int elem_count(snd_ctl_ext_t *ext)
{
	const struct control *control = ext->private_data;

	return KINDS * ((control->lanes[0].num_devices > 0) + (control->lanes[1].num_devices > 0));
}

static struct lane *lane_of(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, unsigned *ret_kind)
{
	struct control *control = ext->private_data;
	unsigned direction = (unsigned)key / KINDS;

	if (control->lanes[0].num_devices == 0)
		direction = 1;
	*ret_kind = (unsigned)key % KINDS;
	return &control->lanes[direction];
}

static int elem_list(snd_ctl_ext_t *ext, unsigned offset, snd_ctl_elem_id_t *id)
{
	struct control *control = ext->private_data;
	unsigned kind;
	const struct lane *lane;

	if ((int)offset >= elem_count(ext))
		return -EINVAL;
	lane = lane_of(ext, offset, &kind);
	snd_ctl_elem_id_set_interface(id, SND_CTL_ELEM_IFACE_MIXER);
	snd_ctl_elem_id_set_name(id, element_names[lane - control->lanes][kind]);
	return 0;
}

static snd_ctl_ext_key_t find_elem(snd_ctl_ext_t *ext, const snd_ctl_elem_id_t *id)
{
	struct control *control = ext->private_data;

	for (int key = 0; key < elem_count(ext); key++) {
		unsigned kind;
		const struct lane *lane = lane_of(ext, (snd_ctl_ext_key_t)key, &kind);

		if (strcmp(snd_ctl_elem_id_get_name(id),
			    element_names[lane - control->lanes][kind]) == 0)
			return (snd_ctl_ext_key_t)key;
	}
	return SND_CTL_EXT_KEY_NOT_FOUND;
}

static int get_attribute(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, int *type, unsigned *acc,
	unsigned *count)
{
	unsigned kind;
	const struct lane *lane = lane_of(ext, key, &kind);

	*type = kind == VOLUME ? SND_CTL_ELEM_TYPE_INTEGER : SND_CTL_ELEM_TYPE_BOOLEAN;
	*acc = SND_CTL_EXT_ACCESS_READWRITE | (kind == VOLUME ? SND_CTL_EXT_ACCESS_TLV_READ : 0);
	*count = kind == VOLUME ? lane->channels : 1;
	return 0;
}

static int get_integer_info(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *min, long *max,
	long *step)
{
	(void)ext;
	(void)key;
	*min = 0;
	*max = PVSND_VOLUME_STEPS;
	*step = 1;
	return 0;
}

static int read_integer(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *value)
{
	unsigned kind;
	struct lane *lane = lane_of(ext, key, &kind);

	look(ext->private_data, lane);
	if (kind == VOLUME)
		memcpy(value, lane->now.volume, lane->channels * sizeof(*value));
	else
		*value = !lane->now.mute; /* a switch is on when sound comes */
	return 0;
}

static int wish(struct control *control, const struct lane *lane, unsigned kind,
	const struct pvsnd_levels *levels)
{
	char text[PVSND_LEVELS_TEXT_BYTES] = "", dir[XB_PATH_BYTES];
	int r = 0;

	if (kind == VOLUME)
		pvsnd_levels_volume_text(levels, lane->channels, text);
	else
		snprintf(text, sizeof(text), "%d", levels->mute);
	for (unsigned i = 0; r == 0 && i < lane->num_devices; i++) {
		snprintf(dir, sizeof(dir), "device/" PVSND_CLASS "/%u", lane->devices[i]);
		r = xb_store_write(control->store, XBT_NULL, dir, node_names[kind], "%s", text);
	}
	return r;
}

/* So that who reads right after writing reads what it wrote; a backend that has it otherwise, or is
 * not there, is not waited for for long. */
static void await(struct control *control, struct lane *lane, unsigned kind,
	const struct pvsnd_levels *levels)
{
	const struct timespec nap = { .tv_nsec = 1000000 };
	uint64_t until_ns = pv_now_ns() + IN_FORCE_NS;

	for (;;) {
		look(control, lane);
		if (same(lane, kind, &lane->now, levels) || pv_now_ns() >= until_ns)
			return;
		nanosleep(&nap, NULL);
	}
}

static int write_integer(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *value)
{
	struct control *control = ext->private_data;
	struct pvsnd_levels levels;
	unsigned kind;
	struct lane *lane = lane_of(ext, key, &kind);
	int r;

	look(control, lane);
	levels = lane->now;
	if (kind == VOLUME)
		memcpy(levels.volume, value, lane->channels * sizeof(*value));
	else
		levels.mute = !*value;
	/* Also what is in force already: dom0's word may be, and ours another one. */
	r = wish(control, lane, kind, &levels);
	if (r < 0 || same(lane, kind, &lane->now, &levels))
		return r;
	await(control, lane, kind, &levels);
	return 1;
}

/* ---- events ---- */

static void backend_changed(const char *path, void *ctx)
{
	struct control *control = ctx;

	(void)path;
	for (unsigned i = 0; i < 2; i++)
		if (control->lanes[i].num_devices)
			look(control, &control->lanes[i]);
}

/* The first element whose value the subscriber does not know. */
static int next_event(snd_ctl_ext_t *ext, snd_ctl_elem_id_t *id, unsigned *event_mask)
{
	for (int key = 0; key < elem_count(ext); key++) {
		unsigned kind;
		struct lane *lane = lane_of(ext, (snd_ctl_ext_key_t)key, &kind);

		if (same(lane, kind, &lane->now, &lane->told))
			continue;
		if (kind == VOLUME)
			memcpy(lane->told.volume, lane->now.volume, sizeof(lane->told.volume));
		else
			lane->told.mute = lane->now.mute;
		elem_list(ext, (unsigned)key, id);
		snd_ctl_elem_id_set_numid(id, (unsigned)key + 1);
		*event_mask = SND_CTL_EVENT_MASK_VALUE;
		return 1;
	}
	return -EAGAIN;
}

static int read_event(snd_ctl_ext_t *ext, snd_ctl_elem_id_t *id, unsigned *event_mask)
{
	struct control *control = ext->private_data;
	struct pollfd ready = { .fd = xb_store_fd(control->store), .events = POLLIN };
	int r;

	for (;;) {
		r = xb_store_dispatch(control->store);
		if (r < 0)
			return -ENODEV;
		r = next_event(ext, id, event_mask);
		if (r != -EAGAIN || ext->nonblock)
			return r;
		if (poll(&ready, 1, LOOK_MS) < 0)
			return -errno;
	}
}

static void subscribe_events(snd_ctl_ext_t *ext, int subscribe)
{
	struct control *control = ext->private_data;

	if (!subscribe)
		return;
	backend_changed(NULL, control);
	for (unsigned i = 0; i < 2; i++)
		control->lanes[i].told = control->lanes[i].now;
}

/* ---- coming and going ---- */

static void control_free(struct control *control)
{
	for (unsigned i = 0; i < 2; i++)
		for (unsigned kind = 0; kind < KINDS; kind++)
			if (control->lanes[i].watches[kind])
				xb_watch_remove(control->lanes[i].watches[kind]);
	if (control->store)
		xb_store_close(control->store);
	free(control);
}

static void control_close(snd_ctl_ext_t *ext)
{
	control_free(ext->private_data);
}

static const snd_ctl_ext_callback_t callbacks = {
	.close = control_close,
	.elem_count = elem_count,
	.elem_list = elem_list,
	.find_elem = find_elem,
	.get_attribute = get_attribute,
	.get_integer_info = get_integer_info,
	.read_integer = read_integer,
	.write_integer = write_integer,
	.subscribe_events = subscribe_events,
	.read_event = read_event,
};

static void add_stream(struct control *control, const struct pvsnd_stream *stream)
{
	struct lane *lane = &control->lanes[stream->capture];

	if (lane->num_devices == DEVICES_MAX)
		return;
	lane->devices[lane->num_devices++] = stream->device;
	if (lane->channels < stream->channels_max)
		lane->channels = stream->channels_max;
}

static int watch_lane(struct control *control, struct lane *lane)
{
	char dir[XB_PATH_BYTES], path[XB_PATH_BYTES + 8], *backend;
	int r = 0;

	snprintf(dir, sizeof(dir), "device/" PVSND_CLASS "/%u", lane->devices[0]);
	if (xb_store_read(control->store, XBT_NULL, dir, "backend", XB_PATH_BYTES - 1, &backend) == 0) {
		snprintf(lane->backend, sizeof(lane->backend), "%s", backend);
		free(backend);
	}
	for (unsigned kind = 0; r == 0 && kind < KINDS; kind++) {
		snprintf(path, sizeof(path), "%s/%s", *lane->backend ? lane->backend : dir,
			node_names[kind]);
		r = xb_watch_add(control->store, path, backend_changed, control,
			&lane->watches[kind]);
	}
	look(control, lane);
	lane->told = lane->now;
	return r;
}

static void name_card(snd_ctl_ext_t *ext, const struct pvsnd_stream *stream)
{
	ext->card_idx = (int)stream->card;
	snprintf(ext->id, sizeof(ext->id), "%.15s", stream->card_key);
	snprintf(ext->driver, sizeof(ext->driver), "pvsnd");
	snprintf(ext->name, sizeof(ext->name), "%.31s", stream->short_name);
	snprintf(ext->longname, sizeof(ext->longname), "%s", stream->long_name);
	snprintf(ext->mixername, sizeof(ext->mixername), "%s", stream->short_name);
}

static int find_card(struct control *control, const char *card)
{
	struct pvsnd_stream *streams;
	size_t count;
	int r = pvsnd_card_list(control->store, &streams, &count);

	if (r < 0)
		return r;
	r = -ENODEV;
	for (size_t i = 0; i < count; i++) {
		if (!pvsnd_card_match(streams, count, card, &streams[i]))
			continue;
		if (r < 0)
			name_card(&control->ext, &streams[i]);
		add_stream(control, &streams[i]);
		r = 0;
	}
	free(streams);
	for (unsigned i = 0; r == 0 && i < 2; i++)
		if (control->lanes[i].num_devices)
			r = watch_lane(control, &control->lanes[i]);
	return r;
}

static int create(struct control *control, const char *name, int mode)
{
	snd_ctl_ext_t *ext = &control->ext;

	ext->version = SND_CTL_EXT_VERSION;
	ext->poll_fd = xb_store_fd(control->store);
	ext->callback = &callbacks;
	ext->private_data = control;
	ext->nonblock = (mode & SND_CTL_NONBLOCK) != 0;
	ext->tlv.p = db_scale;
	return snd_ctl_ext_create(ext, name, mode);
}

static int open_card(struct control *control, const char *card)
{
	const char *why = NULL;
	int r = xb_store_open(&control->store);

	if (r < 0)
		why = xb_store_open_error(r);
	else
		r = find_card(control, card);
	if (r < 0 && !why)
		why = pvsnd_card_error(r);
	if (why)
		SNDERR("pvsnd, card %s: %s", card, why);
	return r;
}

__attribute__((visibility("default"))) SND_CTL_PLUGIN_DEFINE_FUNC(pvsnd);

SND_CTL_PLUGIN_DEFINE_FUNC(pvsnd)
{
	struct pvsnd_options options;
	struct control *control;
	int r = pvsnd_options_read(conf, &options);

	(void)root;
	if (r < 0)
		return r;
	control = calloc(1, sizeof(*control));
	if (!control)
		return -ENOMEM;
	r = open_card(control, options.card);
	if (r == 0)
		r = create(control, name, mode);
	if (r < 0)
		control_free(control);
	else
		*handlep = control->ext.handle;
	return r;
}

/* The symbol by which alsa-lib tells that the plugin fits. */
__attribute__((visibility("default"))) SND_CTL_PLUGIN_SYMBOL(pvsnd)
