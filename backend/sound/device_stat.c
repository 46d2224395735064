/* SPDX-License-Identifier: MIT */
#include "backend/sound/device_list.h"

static json_t *wake_delay(const struct vsnd_lateness *wake)
{
	return json_pack("{s:I, s:f, s:f, s:f}", "wakes", (json_int_t)wake->wakes, "p50_us",
		(double)wake->p50_ns / 1000, "p99_us", (double)wake->p99_ns / 1000, "max_us",
		(double)wake->max_ns / 1000);
}

/* Where the device of a direction is, if it was ever opened. */
static void add_place(json_t *card, const char *key, const struct vsnd_here *here)
{
	json_t *place;

	if (here->since_s == 0)
		return;
	place = json_pack("{s:b, s:s, s:I, s:I, s:I}", "there", here->is_there, "pcm", here->place,
		"since", (json_int_t)here->since_s, "generation", (json_int_t)here->generation,
		"lost", (json_int_t)here->lost);
	if (here->is_there && here->driven.access != NULL) {
		json_object_set_new(place, "access", json_string(here->driven.access));
		json_object_set_new(place, "driven", json_string(here->driven.by));
	}
	json_object_set_new(card, key, place);
}

static json_t *card_json(const struct vsnd_card_config *config, struct vsnd_card *card)
{
	struct vsnd_card_stat stat;
	json_t *ret;

	vsnd_card_stat(card, &stat);
	ret = json_pack("{s:s, s:s, s:b, s:b, s:b, s:I, s:I, s:I, s:I, s:o}", "name", config->name,
		"type", config->ops->type, "playing", stat.open[VSND_PLAYBACK], "capturing",
		stat.open[VSND_CAPTURE], "real_time", stat.real_time, "quanta",
		(json_int_t)stat.quanta, "late_quanta", (json_int_t)stat.late_quanta, "xruns",
		(json_int_t)stat.xruns, "lost", (json_int_t)stat.lost, "wake_delay",
		wake_delay(&stat.wake));
	add_place(ret, "playback_place", &stat.here[VSND_PLAYBACK]);
	add_place(ret, "capture_place", &stat.here[VSND_CAPTURE]);
	vsnd_add_depth_json(ret, &stat);
	return ret;
}

static json_t *frames(uint64_t count)
{
	return json_integer((json_int_t)count);
}

/* By cause: what stands in for sound, and what was thrown away. */
static void add_causes(json_t *stream, const struct vsnd_stream_counts *counts)
{
	json_t *silence = json_object(), *dropped = json_object();

	for (unsigned i = 0; i < VSND_SILENCES; i++)
		json_object_set_new(silence, vsnd_silence_names[i], frames(counts->silence[i]));
	json_object_set_new(dropped, "late", frames(counts->late_frames + counts->lost_frames));
	json_object_set_new(dropped, "stopped", frames(counts->stopped_frames));
	json_object_set_new(dropped, "device_xrun", frames(counts->missed_frames));
	json_object_set_new(dropped, "device_gone", frames(counts->gone_frames));
	json_object_set_new(stream, "silence", silence);
	json_object_set_new(stream, "dropped", dropped);
}

static void add_counts(json_t *stream, const struct vsnd_stream_counts *counts)
{
	const struct {
		const char *key;
		uint64_t value;
	} entries[] = {
		{"position_frames", counts->position_frames},
		{"guest_frames", counts->guest_frames},
		{"device_frames", counts->device_frames},
		{"fill_frames", counts->fill_frames},
		{"silence_frames", counts->silence_frames},
		{"underruns", counts->underruns},
		{"late_frames", counts->late_frames},
		{"overruns", counts->overruns},
		{"lost_frames", counts->lost_frames},
	};

	for (unsigned i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
		json_object_set_new(stream, entries[i].key, frames(entries[i].value));
	add_causes(stream, counts);
}

/* What is known while the device is connected. Takes no reference. */
static void add_session(json_t *stream, const struct vsnd_seat *seat)
{
	struct vb_session_counts session;
	struct vsnd_pcm_stat stat;
	uint32_t rate_hz;
	json_t *more;

	vsnd_pcm_stat(seat->pcm, &stat);
	vb_session_counts(seat->session, &session);
	rate_hz = stat.format.rate_hz;
	more = json_pack("{s:b, s:b, s:I, s:I, s:I, s:I, s:I, s:f, s:I, s:I, s:I}", "open",
		stat.open, "running", stat.running, "rate", (json_int_t)rate_hz, "channels",
		(json_int_t)stat.format.channels, "period_frames", (json_int_t)stat.period_frames,
		"buffer_frames", (json_int_t)stat.buffer_frames, "latency_frames",
		(json_int_t)stat.latency_frames, "latency_ms",
		rate_hz > 0 ? (double)stat.latency_frames * 1000 / rate_hz : 0.0, "lost_events",
		(json_int_t)stat.lost_events, "requests", (json_int_t)session.requests, "refused",
		(json_int_t)session.refused);
	if (stat.format.channels)
		json_object_set_new(
			more, "format", json_string(vsnd_format_name(stat.format.pcm_format)));
	json_object_set_new(more, "conversion",
		stat.counts.quality ? json_string(stat.counts.quality) : json_null());
	json_object_set_new(more, "wake_delay", wake_delay(&stat.wake));
	add_counts(more, &stat.counts);
	json_object_update(stream, more);
	json_decref(more);
}

json_t *vsnd_seat_json(const struct vsnd_device *device, const struct vsnd_seat *seat)
{
	const struct xb_back_device *xb = device->xb;
	char volume[VSND_LEVELS_TEXT_BYTES], mute[VSND_LEVELS_TEXT_BYTES];
	char guest_volume[VSND_LEVELS_TEXT_BYTES], guest_mute[VSND_LEVELS_TEXT_BYTES];
	json_t *stream;

	vsnd_levels_volume_text(&seat->dom0_levels, volume);
	vsnd_levels_mute_text(&seat->dom0_levels, mute);
	vsnd_levels_volume_text(&seat->levels, guest_volume);
	vsnd_levels_mute_text(&seat->levels, guest_mute);
	stream = json_pack("{s:s, s:I, s:I, s:s, s:I, s:I, s:s, s:s, s:b, s:s, s:s, s:s, s:s}",
		"guest", xb->guest, "domid", (json_int_t)xb->domid, "device",
		(json_int_t)xb->device, "class", xb->device_class, "pcm",
		(json_int_t)seat->offer.pcm, "stream", (json_int_t)seat->offer.stream, "card",
		seat->offer.unique_id, "direction",
		seat->offer.direction == VSND_CAPTURE ? "capture" : "playback", "connected",
		seat->session != NULL, "volume", volume, "mute", mute, "guest_volume", guest_volume,
		"guest_mute", guest_mute);
	if (seat->offer.direction == VSND_CAPTURE)
		json_object_set_new(
			stream, "record", json_string(seat->record_denied ? "deny" : "allow"));
	if (seat->session)
		add_session(stream, seat);
	return stream;
}

json_t *vsnd_devices_stat(struct vsnd_devices *devices)
{
	const struct vsnd_card_config *config = devices->config->cards;
	json_t *cards = json_array(), *streams = json_array();

	for (unsigned i = 0; i < devices->num_cards; i++, config = config->next)
		json_array_append_new(cards, card_json(config, devices->cards[i]));
	for (struct vsnd_device *device = devices->list; device; device = device->next)
		for (unsigned i = 0; i < device->num_seats; i++)
			if (device->seats[i].session)
				json_array_append_new(
					streams, vsnd_seat_json(device, &device->seats[i]));
	return json_pack("{s:o, s:o}", "devices", cards, "streams", streams);
}
