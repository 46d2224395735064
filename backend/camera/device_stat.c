/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "backend/camera/device_list.h"
#include "common/pixfmt.h"

/* "30/1" as a new reference. */
static json_t *rate_json(struct pv_fraction rate)
{
	return json_sprintf("%u/%u", rate.numer, rate.denom);
}

static const char *format_name(uint32_t fourcc)
{
	const struct pv_pixfmt *format = pv_pixfmt_find(fourcc);

	return format ? format->name : "";
}

static json_t *source_json(struct vcam_source *source)
{
	struct vcam_source_mode mode = vcam_source_mode(source);
	struct vcam_source_stat stat;

	vcam_source_stat(source, &stat);
	return json_pack("{s:s, s:s, s:s, s:I, s:I, s:o, s:b, s:b, s:I, s:I, s:I, s:I, s:I, "
			 "s:{s:I, s:I, s:I, s:I}}",
		"name", vcam_source_name(source), "type", vcam_source_type(source), "format",
		format_name(mode.picture.fourcc), "width", (json_int_t)mode.picture.width, "height",
		(json_int_t)mode.picture.height, "rate", rate_json(mode.rate), "running",
		stat.running, "lost", stat.lost, "taps", (json_int_t)stat.taps, "frames",
		(json_int_t)stat.frames, "conversions", (json_int_t)stat.conversions, "late",
		(json_int_t)stat.late, "pool_empty", (json_int_t)stat.pool_empty, "dropped",
		"missed", (json_int_t)stat.missed, "short", (json_int_t)stat.spoiled[VCAM_SHORT],
		"damaged", (json_int_t)stat.spoiled[VCAM_DAMAGED], "undecodable",
		(json_int_t)stat.spoiled[VCAM_UNDECODABLE]);
}

static json_t *session_json(const struct vcam_device *device)
{
	const struct xb_back_device *xb = device->xb;
	struct vcam_stream_stat stat;
	struct vb_session_counts counts;
	json_t *dropped;

	vcam_stream_stat(device->stream, &stat);
	vb_session_counts(device->session, &counts);
	dropped = json_pack("{s:I, s:I, s:I, s:I}", "late", (json_int_t)stat.dropped_late,
		"no_buffer", (json_int_t)stat.dropped_no_buffer, "no_event",
		(json_int_t)stat.dropped_no_event, "stopped", (json_int_t)stat.dropped_stopped);
	return json_pack("{s:s, s:I, s:I, s:s, s:s, s:b, s:s, s:I, s:I, s:o, s:I, s:I, s:I, s:o, "
			 "s:I, s:I, s:I, s:I, s:I}",
		"guest", xb->guest, "domid", (json_int_t)xb->domid, "device",
		(json_int_t)xb->device, "class", xb->device_class, "source",
		vcam_source_name(device->source), "streaming", stat.streaming, "format",
		format_name(stat.picture.fourcc), "width", (json_int_t)stat.picture.width, "height",
		(json_int_t)stat.picture.height, "rate", rate_json(stat.rate), "buffers",
		(json_int_t)stat.buffers, "offered", (json_int_t)stat.offered, "delivered",
		(json_int_t)stat.delivered, "dropped", dropped, "copied_bytes",
		(json_int_t)stat.copied_bytes, "copy_ns", (json_int_t)stat.copy_ns, "latency_ns",
		(json_int_t)stat.latency_ns, "requests", (json_int_t)counts.requests, "refused",
		(json_int_t)counts.refused);
}

json_t *vcam_devices_stat(struct vcam_devices *devices)
{
	json_t *sources = json_array(), *sessions = json_array();

	for (unsigned i = 0; i < devices->num_sources; i++)
		json_array_append_new(sources, source_json(devices->sources[i]));
	for (struct vcam_device *device = devices->list; device; device = device->next)
		if (device->session)
			json_array_append_new(sessions, session_json(device));
	return json_pack("{s:o, s:o}", "sources", sources, "sessions", sessions);
}
