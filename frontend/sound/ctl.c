/* SPDX-License-Identifier: MIT */
/*
 * The control plugin: the guest's volume and mute of a card, through xenstore alone, so that it
 * works beside whoever has the streams open. When devices of the card come and go, it goes on as
 * long as the card has the same directions; otherwise it is another card: -ENODEV from then on.
 */
#include <alsa/asoundlib.h>
#include <alsa/control_external.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/sound/ctl_lane.h"
#include "frontend/sound/options.h"
#include "frontend/sound/wire.h"

#define DEVICES_DIR "device/" PVSND_CLASS
#define LOOK_MS 1000 /* a store that died does not make its descriptor readable */

struct control {
	snd_ctl_ext_t ext;
	struct xb_store *store;
	char card_key[PVSND_NAME_BYTES];
	struct pvsnd_lane lanes[2]; /* playback, capture */
	struct xb_watch *devices_watch;
	bool gone;
};

static const char *const element_names[2][PVSND_KINDS] = {
	{"Master Playback Volume", "Master Playback Switch"},
	{"Capture Volume", "Capture Switch"},
};

static const unsigned db_scale[] = {
	SND_CTL_TLVT_DB_SCALE,
	2 * sizeof(unsigned),
	(unsigned)PVSND_VOLUME_MIN_CENTIDB,
	1,
};

/* ---- elements: numbered through, a volume and a mute for each direction there is ---- */

static int elem_count(snd_ctl_ext_t *ext)
{
	const struct control *control = ext->private_data;

	return PVSND_KINDS *
	       ((control->lanes[0].num_devices > 0) + (control->lanes[1].num_devices > 0));
}

static struct pvsnd_lane *lane_of(
	snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, enum pvsnd_kind *ret_kind)
{
	struct control *control = ext->private_data;
	unsigned direction = (unsigned)key / PVSND_KINDS;

	if (control->lanes[0].num_devices == 0)
		direction = 1;
	*ret_kind = (enum pvsnd_kind)(key % PVSND_KINDS);
	return &control->lanes[direction];
}

static int elem_list(snd_ctl_ext_t *ext, unsigned offset, snd_ctl_elem_id_t *id)
{
	struct control *control = ext->private_data;
	enum pvsnd_kind kind;
	const struct pvsnd_lane *lane;

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
		enum pvsnd_kind kind;
		const struct pvsnd_lane *lane = lane_of(ext, (snd_ctl_ext_key_t)key, &kind);

		if (strcmp(snd_ctl_elem_id_get_name(id),
			    element_names[lane - control->lanes][kind]) == 0)
			return (snd_ctl_ext_key_t)key;
	}
	return SND_CTL_EXT_KEY_NOT_FOUND;
}

static int get_attribute(
	snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, int *type, unsigned *acc, unsigned *count)
{
	enum pvsnd_kind kind;
	const struct pvsnd_lane *lane = lane_of(ext, key, &kind);

	*type = kind == PVSND_VOLUME ? SND_CTL_ELEM_TYPE_INTEGER : SND_CTL_ELEM_TYPE_BOOLEAN;
	*acc = SND_CTL_EXT_ACCESS_READWRITE |
	       (kind == PVSND_VOLUME ? SND_CTL_EXT_ACCESS_TLV_READ : 0);
	*count = kind == PVSND_VOLUME ? lane->channels : 1;
	return 0;
}

static int get_integer_info(
	snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *min, long *max, long *step)
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
	enum pvsnd_kind kind;
	struct pvsnd_lane *lane = lane_of(ext, key, &kind);

	if (((struct control *)ext->private_data)->gone)
		return -ENODEV;
	pvsnd_lane_look(lane);
	if (kind == PVSND_VOLUME)
		memcpy(value, lane->now.volume, lane->channels * sizeof(*value));
	else
		*value = !lane->now.mute; /* a switch is on when sound comes */
	return 0;
}

static int write_integer(snd_ctl_ext_t *ext, snd_ctl_ext_key_t key, long *value)
{
	struct pvsnd_levels levels;
	enum pvsnd_kind kind;
	struct pvsnd_lane *lane = lane_of(ext, key, &kind);
	bool changes;
	int r;

	if (((struct control *)ext->private_data)->gone)
		return -ENODEV;
	pvsnd_lane_look(lane);
	levels = lane->now;
	if (kind == PVSND_VOLUME)
		memcpy(levels.volume, value, lane->channels * sizeof(*value));
	else
		levels.mute = !*value;
	changes = !pvsnd_lane_same(lane, kind, &lane->now, &levels);
	/* Also what the first device has already: the others of the lane may not. */
	r = pvsnd_lane_wish(lane, kind, &levels);
	return r < 0 ? r : changes;
}

/* ---- events ---- */

static void backend_changed(const char *path, void *ctx)
{
	struct control *control = ctx;

	(void)path;
	for (unsigned i = 0; i < 2; i++)
		if (control->lanes[i].num_devices)
			pvsnd_lane_look(&control->lanes[i]);
}

/* The first element whose value the subscriber does not know. */
static int next_event(snd_ctl_ext_t *ext, snd_ctl_elem_id_t *id, unsigned *event_mask)
{
	for (int key = 0; key < elem_count(ext); key++) {
		enum pvsnd_kind kind;
		struct pvsnd_lane *lane = lane_of(ext, (snd_ctl_ext_key_t)key, &kind);

		if (pvsnd_lane_same(lane, kind, &lane->now, &lane->told))
			continue;
		if (kind == PVSND_VOLUME)
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
	struct pollfd ready = {.fd = xb_store_fd(control->store), .events = POLLIN};
	int r;

	for (;;) {
		r = xb_store_dispatch(control->store);
		if (r < 0 || control->gone)
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
		pvsnd_lane_end(&control->lanes[i]);
	xb_watch_remove(control->devices_watch);
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

static void name_card(struct control *control, const struct pvsnd_stream *stream)
{
	snd_ctl_ext_t *ext = &control->ext;

	snprintf(control->card_key, sizeof(control->card_key), "%s", stream->card_key);
	ext->card_idx = (int)stream->card;
	snprintf(ext->id, sizeof(ext->id), "%.15s", stream->card_key);
	snprintf(ext->driver, sizeof(ext->driver), "pvsnd");
	snprintf(ext->name, sizeof(ext->name), "%.31s", stream->short_name);
	snprintf(ext->longname, sizeof(ext->longname), "%s", stream->long_name);
	snprintf(ext->mixername, sizeof(ext->mixername), "%s", stream->short_name);
}

/* -ENODEV: there is no such card. */
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
			name_card(control, &streams[i]);
		pvsnd_lane_add(&control->lanes[streams[i].capture], &streams[i]);
		r = 0;
	}
	free(streams);
	for (unsigned i = 0; r == 0 && i < 2; i++)
		if (control->lanes[i].num_devices)
			r = pvsnd_lane_begin(
				&control->lanes[i], control->store, backend_changed, control);
	return r;
}

/* Whether a device came or went, and not a node of one. */
static bool is_device(const char *path)
{
	const char *below = path + strlen(DEVICES_DIR);

	return strncmp(path, DEVICES_DIR, strlen(DEVICES_DIR)) == 0 &&
	       (*below == '\0' || strchr(below + 1, '/') == NULL);
}

static void devices_changed(const char *path, void *ctx)
{
	struct control *control = ctx;
	unsigned channels[2];

	if (control->gone || !is_device(path))
		return;
	for (unsigned i = 0; i < 2; i++) {
		channels[i] = control->lanes[i].channels;
		pvsnd_lane_end(&control->lanes[i]);
	}
	control->gone = find_card(control, control->card_key) < 0 ||
			channels[0] != control->lanes[0].channels ||
			channels[1] != control->lanes[1].channels;
}

static int begin(struct control *control, const char *card)
{
	int r = find_card(control, card);

	for (unsigned i = 0; i < 2; i++)
		control->lanes[i].told = control->lanes[i].now;
	if (r == 0)
		r = xb_watch_add(control->store, DEVICES_DIR, devices_changed, control,
			&control->devices_watch);
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
		r = begin(control, card);
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
