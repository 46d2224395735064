/* SPDX-License-Identifier: MIT */
/*
 * The first thesis's scheme (Result, figure 4): for each 4 KiB page the guest asks, waits for dom0
 * to copy it into the one shared page, and copies it out. One synchronous round trip a page.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <xenevtchn.h>
#include <xengnttab.h>

#include "common/parse.h"
#include "tests/bench/cold.h"
#include "tests/bench/worker.h"

#define PAGE_BYTES 4096u

/* The first of two shared pages; the second holds a page of pixels. */
struct desk {
	_Atomic uint32_t asked; /* pages, ever */
	_Atomic uint32_t served;
};

struct visit {
	xenevtchn_handle *event;
	evtchn_port_t port;
	xengntshr_handle *gntshr; /* the guest's */
	xengnttab_handle *gnttab; /* dom0's */
	struct desk *desk;
	char *pixels;
	struct pvbench_ring frames;
	void *walk; /* the guest's */
	size_t cold_bytes;
	uint32_t pages; /* asked and served so far */
	uint64_t number;
};

static int last_error(void)
{
	return errno > 0 ? -errno : -EIO;
}

static void visit_close(void *state)
{
	struct visit *visit = state;

	if (visit->desk != NULL && visit->gntshr != NULL)
		xengntshr_unshare(visit->gntshr, visit->desk, 2);
	if (visit->desk != NULL && visit->gnttab != NULL)
		xengnttab_unmap(visit->gnttab, visit->desk, 2);
	if (visit->gntshr != NULL)
		xengntshr_close(visit->gntshr);
	if (visit->gnttab != NULL)
		xengnttab_close(visit->gnttab);
	if (visit->event != NULL)
		xenevtchn_close(visit->event);
	pvbench_ring_destroy(&visit->frames);
	pvbench_walk_destroy(visit->walk, visit->cold_bytes);
	free(visit);
}

static int visit_create(const struct pvbench_place *place, unsigned frames, struct visit **ret)
{
	struct visit *visit = calloc(1, sizeof(*visit));
	int error;

	if (visit == NULL)
		return -ENOMEM;
	visit->cold_bytes = place->cold_bytes;
	visit->event = xenevtchn_open(NULL, 0);
	error = visit->event == NULL ? last_error() : 0;
	if (error == 0)
		error = pvbench_ring_create(place->frame_bytes, frames, &visit->frames);
	if (error < 0) {
		visit_close(visit);
		return error;
	}
	*ret = visit;
	return 0;
}

/* Sleeps until the other end has moved its counter on to `count`. */
static int wait_for(struct visit *visit, const _Atomic uint32_t *counter, uint32_t count)
{
	while (atomic_load_explicit(counter, memory_order_acquire) != count) {
		xenevtchn_port_or_error_t port = xenevtchn_pending(visit->event);

		if (port < 0 || xenevtchn_unmask(visit->event, (evtchn_port_t)port) < 0)
			return last_error();
	}
	return 0;
}

static int tell(struct visit *visit, _Atomic uint32_t *counter, uint32_t count)
{
	atomic_store_explicit(counter, count, memory_order_release);
	return xenevtchn_notify(visit->event, visit->port) < 0 ? last_error() : 0;
}

static size_t page_bytes(const struct visit *visit, size_t offset_bytes)
{
	size_t left_bytes = visit->frames.frame_bytes - offset_bytes;

	return left_bytes < PAGE_BYTES ? left_bytes : PAGE_BYTES;
}

/* ---- dom0 ---- */

/* words: both references and the port, as the guest's "ready" told them. */
static int attach(struct visit *visit, const struct pvbench_place *place)
{
	uint32_t refs[2], port;
	xenevtchn_port_or_error_t bound;

	if (place->num_words != 3 || pv_parse_u32(place->words[0], 1, UINT32_MAX, &refs[0]) < 0 ||
		pv_parse_u32(place->words[1], 1, UINT32_MAX, &refs[1]) < 0 ||
		pv_parse_u32(place->words[2], 1, UINT32_MAX, &port) < 0)
		return -EINVAL;
	visit->gnttab = xengnttab_open(NULL, 0);
	if (visit->gnttab == NULL)
		return last_error();
	visit->desk = xengnttab_map_domain_grant_refs(
		visit->gnttab, 2, place->peer, refs, PROT_READ | PROT_WRITE);
	if (visit->desk == NULL)
		return last_error();
	visit->pixels = (char *)visit->desk + PAGE_BYTES;
	bound = xenevtchn_bind_interdomain(visit->event, place->peer, port);
	if (bound < 0)
		return last_error();
	visit->port = (evtchn_port_t)bound;
	return 0;
}

static int send_open(const struct pvbench_place *place, char *ready, void **ret_state)
{
	unsigned frames = pvbench_source_count(place->frame_bytes, place->cold_bytes);
	struct visit *visit;
	int error = visit_create(place, frames, &visit);

	(void)ready;
	if (error < 0)
		return error;
	error = attach(visit, place);
	if (error < 0) {
		visit_close(visit);
		return error;
	}
	*ret_state = visit;
	return 0;
}

static int send_one(struct visit *visit, struct pvbench_pace *pace)
{
	char *frame = pvbench_ring_next(&visit->frames);
	int error = 0;

	for (size_t at = 0; at < visit->frames.frame_bytes && error == 0; at += PAGE_BYTES) {
		error = wait_for(visit, &visit->desk->asked, ++visit->pages);
		if (error < 0)
			break;
		if (at == 0) {
			pvbench_pace_wait(pace);
			pvbench_stamp_write(frame, visit->number++);
		}
		memcpy(visit->pixels, frame + at, page_bytes(visit, at));
		error = tell(visit, &visit->desk->served, visit->pages);
	}
	return error;
}

static int send_run(void *state, const struct pvbench_job *job, struct pvbench_sample *samples)
{
	struct pvbench_pace pace = pvbench_pace_start(job->period_ns);
	int error = 0;

	(void)samples;
	for (unsigned i = 0; i < job->frames && error == 0; i++)
		error = send_one(state, &pace);
	return error;
}

/* ---- guest ---- */

static int offer(struct visit *visit, const struct pvbench_place *place, char *ready)
{
	xenevtchn_port_or_error_t port;
	uint32_t refs[2];

	visit->gntshr = xengntshr_open(NULL, 0);
	if (visit->gntshr == NULL)
		return last_error();
	visit->desk = xengntshr_share_pages(visit->gntshr, place->peer, 2, refs, 1);
	if (visit->desk == NULL)
		return last_error();
	visit->pixels = (char *)visit->desk + PAGE_BYTES;
	port = xenevtchn_bind_unbound_port(visit->event, place->peer);
	if (port < 0)
		return last_error();
	visit->port = (evtchn_port_t)port;
	visit->walk = pvbench_walk_create(place->cold_bytes);
	if (visit->walk == NULL)
		return -ENOMEM;
	snprintf(ready, PVBENCH_LINE_BYTES, "%u %u %u", refs[0], refs[1], visit->port);
	return 0;
}

static int receive_open(const struct pvbench_place *place, char *ready, void **ret_state)
{
	unsigned frames = pvbench_dest_count(place->frame_bytes, place->cold_bytes);
	struct visit *visit;
	int error = visit_create(place, frames, &visit);

	if (error < 0)
		return error;
	error = offer(visit, place, ready);
	if (error < 0) {
		visit_close(visit);
		return error;
	}
	*ret_state = visit;
	return 0;
}

static int receive_one(struct visit *visit, struct pvbench_sample *ret)
{
	char *frame = pvbench_ring_next(&visit->frames);
	struct pvbench_stamp stamp;
	int error = 0;

	for (size_t at = 0; at < visit->frames.frame_bytes && error == 0; at += PAGE_BYTES) {
		error = tell(visit, &visit->desk->asked, ++visit->pages);
		if (error == 0)
			error = wait_for(visit, &visit->desk->served, visit->pages);
		if (error == 0)
			memcpy(frame + at, visit->pixels, page_bytes(visit, at));
	}
	ret->ready_ns = pv_now_ns();
	stamp = pvbench_stamp_read(frame);
	ret->number = stamp.number;
	ret->time_ns = ret->ready_ns - stamp.filled_ns;
	return error;
}

static int receive_run(void *state, const struct pvbench_job *job, struct pvbench_sample *samples)
{
	struct visit *visit = state;
	int error = 0;

	pvbench_ring_use(
		&visit->frames, job->period_ns > 0 ? PVBENCH_DEST_PACED : visit->frames.count);
	for (unsigned i = 0; i < job->frames && error == 0; i++) {
		error = receive_one(visit, &samples[i]);
		if (job->period_ns > 0)
			pvbench_walk(visit->walk, visit->cold_bytes);
	}
	return error;
}

const struct pvbench_role pvbench_role_pages_send = {
	.name = "pages-send",
	.open = send_open,
	.run = send_run,
	.close = visit_close,
};

const struct pvbench_role pvbench_role_pages_receive = {
	.name = "pages-receive",
	.open = receive_open,
	.run = receive_run,
	.close = visit_close,
	.measures = true,
};
