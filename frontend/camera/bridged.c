/* SPDX-License-Identifier: MIT */
#include "frontend/camera/bridged.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/parse.h"
#include "frontend/camera/tool.h"

#define LOOK_SECONDS .25
#define LOOKS_FOR_SECONDS 1.5 /* after an event */
#define LINGER_SECONDS 1.     /* who closes may open again at once */

static void log_sum(const struct pvcam_bridged *bridged, const struct pvcam_feed_sum *sum)
{
	pv_info("%s: nobody reads any more; %" PRIu64 " frames, %" PRIu64 " repeated, %" PRIu64
		" placeholders were shown",
		bridged->entry.name, sum->frames, sum->repeats, sum->notices);
}

static void set_tick(struct pvcam_bridged *bridged, uint64_t at_ns)
{
	uint64_t now_ns = pv_now_ns();

	ev_timer_stop(bridged->loop, &bridged->tick);
	ev_now_update(bridged->loop);
	ev_timer_set(&bridged->tick, at_ns > now_ns ? (double)(at_ns - now_ns) / 1e9 : 0., 0.);
	ev_timer_start(bridged->loop, &bridged->tick);
}

static void on_tick(struct ev_loop *loop, ev_timer *watcher, int events)
{
	struct pvcam_bridged *bridged = watcher->data;
	int error;

	(void)loop;
	(void)events;
	set_tick(bridged, pvcam_feed_tick(bridged->feed, pv_now_ns()));
	error = pvcam_feed_error(bridged->feed);
	if (error == 0)
		return;
	pv_error("%s: cannot write to %s: %s", bridged->entry.name,
		pvcam_loopback_path(bridged->loopback), strerror(-error));
	bridged->failed(bridged->ctx);
}

static void begin_to_read(struct pvcam_bridged *bridged, unsigned count)
{
	bridged->read = true;
	pv_info("%s: %s is open (%u)", bridged->entry.name, pvcam_loopback_path(bridged->loopback),
		count);
	pvcam_feed_wake(bridged->feed, pv_now_ns());
	pvcam_capture_want(bridged->capture, bridged->feed);
	set_tick(bridged, pvcam_feed_tick(bridged->feed, pv_now_ns()));
}

static void end_to_read(struct pvcam_bridged *bridged)
{
	struct pvcam_feed_sum sum;

	bridged->read = false;
	ev_timer_stop(bridged->loop, &bridged->tick);
	pvcam_capture_want(bridged->capture, NULL);
	pvcam_feed_rest(bridged->feed, &sum);
	log_sum(bridged, &sum);
}

static void look_who_reads(struct pvcam_bridged *bridged)
{
	ev_tstamp now = ev_now(bridged->loop);
	unsigned count;

	if (pvcam_readers_count(bridged->readers, &count) < 0)
		return;
	if (count || bridged->has_readers)
		bridged->read_at = now;
	bridged->has_readers = count;
	if (count && !bridged->read)
		begin_to_read(bridged, count);
	else if (!count && bridged->read && now - bridged->read_at >= LINGER_SECONDS)
		end_to_read(bridged);
}

static void on_look(struct ev_loop *loop, ev_timer *watcher, int events)
{
	struct pvcam_bridged *bridged = watcher->data;

	(void)events;
	look_who_reads(bridged);
	if (ev_now(loop) - bridged->event_at > LOOKS_FOR_SECONDS &&
		bridged->read == bridged->has_readers)
		ev_timer_stop(loop, watcher);
}

static void on_opened(struct ev_loop *loop, ev_io *watcher, int events)
{
	struct pvcam_bridged *bridged = watcher->data;

	(void)events;
	pvcam_readers_drain(bridged->readers);
	bridged->event_at = ev_now(loop);
	look_who_reads(bridged);
	ev_timer_start(loop, &bridged->look);
}

int pvcam_bridged_create(struct ev_loop *loop, const struct pvcam_bridge_entry *entry,
	int changed_fd, void (*failed)(void *ctx), void *ctx, struct pvcam_bridged **ret)
{
	struct pvcam_bridged *bridged;
	int r;

	bridged = calloc(1, sizeof(*bridged));
	if (!bridged)
		return -ENOMEM;
	bridged->entry = *entry;
	bridged->loop = loop;
	bridged->failed = failed;
	bridged->ctx = ctx;
	r = pvcam_capture_create(entry->name, &entry->wish, changed_fd, &bridged->capture);
	if (r < 0) {
		free(bridged);
		return r;
	}
	*ret = bridged;
	return 0;
}

static void stop_watching(struct pvcam_bridged *bridged)
{
	ev_io_stop(bridged->loop, &bridged->opened);
	ev_timer_stop(bridged->loop, &bridged->look);
	ev_timer_stop(bridged->loop, &bridged->tick);
}

void pvcam_bridged_destroy(struct pvcam_bridged *bridged)
{
	char path[PVCAM_DEVICE_BYTES] = "";

	if (bridged->feed)
		stop_watching(bridged);
	pvcam_capture_destroy(bridged->capture);
	if (bridged->feed)
		pvcam_feed_rest(bridged->feed, NULL);
	pvcam_readers_destroy(bridged->readers);
	pvcam_feed_destroy(bridged->feed);
	if (bridged->loopback)
		snprintf(path, sizeof(path), "%.*s", PVCAM_DEVICE_BYTES - 1,
			pvcam_loopback_path(bridged->loopback));
	if (pvcam_loopback_close(bridged->loopback) < 0)
		pv_warning("%s: %s stays: it is still open", bridged->entry.name, path);
	free(bridged);
}

static int make_device(struct pvcam_bridged *bridged, const struct pvcam_settings *settings,
	const struct pvcam_colorimetry *colorimetry, char *why, size_t why_bytes)
{
	const struct pvcam_loopback_wish wish = {
		.device = *bridged->entry.device ? bridged->entry.device : NULL,
		.label = bridged->entry.label,
		.settings = *settings,
		.colorimetry = *colorimetry,
	};
	int r;

	r = pvcam_loopback_open(&wish, &bridged->loopback, why, why_bytes);
	if (r < 0)
		return r;
	r = pvcam_readers_create(pvcam_loopback_path(bridged->loopback), &bridged->readers);
	if (r == 0)
		r = pvcam_feed_create(bridged->loopback, settings, &bridged->feed);
	if (r < 0)
		snprintf(why, why_bytes, "%s: %s", pvcam_loopback_path(bridged->loopback),
			strerror(-r));
	return r;
}

static void watch(struct pvcam_bridged *bridged)
{
	ev_io_init(&bridged->opened, on_opened, pvcam_readers_fd(bridged->readers), EV_READ);
	ev_timer_init(&bridged->look, on_look, LOOK_SECONDS, LOOK_SECONDS);
	ev_timer_init(&bridged->tick, on_tick, 0., 0.);
	bridged->opened.data = bridged->look.data = bridged->tick.data = bridged;
	ev_io_start(bridged->loop, &bridged->opened);
	look_who_reads(bridged); /* somebody may have waited for us */
}

int pvcam_bridged_look(struct pvcam_bridged *bridged, char *why, size_t why_bytes)
{
	struct pvcam_settings settings;
	struct pvcam_colorimetry colorimetry;
	int r;

	if (bridged->loopback || !pvcam_capture_target(bridged->capture, &settings, &colorimetry))
		return 0;
	r = make_device(bridged, &settings, &colorimetry, why, why_bytes);
	if (r < 0)
		return r;
	pvcam_feed_rest(bridged->feed, NULL);
	pv_info("%s: is %s, %s %ux%u at %u/%u", bridged->entry.name,
		pvcam_loopback_path(bridged->loopback), pvcam_tool_format(settings.fourcc),
		settings.width, settings.height, settings.rate_numer, settings.rate_denom);
	watch(bridged);
	return 0;
}
