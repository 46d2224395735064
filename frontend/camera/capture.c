/* SPDX-License-Identifier: MIT */
#include "frontend/camera/capture.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

#include "common/log.h"
#include "common/parse.h"
#include "common/pixfmt.h"
#include "frontend/camera/choose.h"
#include "frontend/camera/pages.h"
#include "frontend/camera/tool.h"

#define RETRY_NS 500000000ull
#define LOOK_MS 100 /* at what main wants */
/* Without a frame for so long, and some periods: ask whether the backend lives; give up. */
#define ASK_NS 1000000000ull
#define SILENCE_NS 3000000000ull
#define SILENCE_PERIODS 3

struct pvcam_capture {
	char name[PVCAM_NAME_BYTES];
	struct pvcam_settings wish;
	int changed_fd;
	pthread_t thread;

	pthread_mutex_t lock; /* for what follows */
	pthread_cond_t changed;
	bool ending;
	bool seen; /* target is known */
	bool tried;
	struct pvcam_settings target;
	struct pvcam_colorimetry colorimetry;
	struct pvcam_feed *wanted; /* NULL: not */
};

/* What the thread has while a camera is open. */
struct shot {
	struct pvcam_capture *capture;
	struct pvcam_feed *feed;
	struct pvcam *camera;
	struct pvcam_settings settings;
	size_t size_bytes; /* of a frame of the device */
	struct pvcam_view *view; /* NULL: frames go as they are */
	void *converted[2]; /* one may be shown while the other is filled */
	unsigned next;
	struct pvcam_frame held; /* the one that is shown; pixels NULL: none */
};

/* ---- orders ---- */

static struct pvcam_feed *wanted(struct pvcam_capture *capture)
{
	struct pvcam_feed *feed;

	pthread_mutex_lock(&capture->lock);
	feed = capture->ending ? NULL : capture->wanted;
	pthread_mutex_unlock(&capture->lock);
	return feed;
}

static bool has_work(const struct pvcam_capture *capture)
{
	return capture->ending || !capture->seen || capture->wanted;
}

/* Sleeps until there is something to do; after a failure at least a while, unless it is the end. */
static bool wait_for_work(struct pvcam_capture *capture, bool failed)
{
	struct timespec until;
	bool ending;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += RETRY_NS;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&capture->lock);
	while (failed && !capture->ending)
		if (pthread_cond_timedwait(&capture->changed, &capture->lock, &until) == ETIMEDOUT)
			break;
	while (!has_work(capture))
		pthread_cond_wait(&capture->changed, &capture->lock);
	ending = capture->ending;
	pthread_mutex_unlock(&capture->lock);
	return !ending;
}

static void tell_main(struct pvcam_capture *capture)
{
	bool first;

	pthread_mutex_lock(&capture->lock);
	first = !capture->tried;
	capture->tried = true;
	pthread_mutex_unlock(&capture->lock);
	if (first || capture->seen)
		eventfd_write(capture->changed_fd, 1);
}

/* ---- looking at what a camera offers ---- */

static int offered(struct pvcam *camera, struct pvcam_settings **ret, unsigned *ret_count)
{
	struct pvcam_settings *list, settings;
	unsigned count = 0;

	while (pvcam_enum_settings(camera, count, &settings) == 0)
		count++;
	list = calloc(count ? count : 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	for (unsigned i = 0; i < count; i++)
		pvcam_enum_settings(camera, i, &list[i]);
	*ret = list;
	*ret_count = count;
	return 0;
}

/* Puts the camera into the settings that serve target (parts may be 0) best; ret_target: whole. */
static int set_up(struct pvcam *camera, const struct pvcam_settings *wish,
	struct pvcam_settings *ret_target, struct pvcam_settings *ret_settings)
{
	struct pvcam_settings *list, target, settings;
	unsigned count;
	int r;

	r = offered(camera, &list, &count);
	if (r < 0)
		return r;
	r = pvcam_choose_target(list, count, wish, &target);
	if (r == 0)
		r = pvcam_choose_capture(list, count, &target, &settings);
	free(list);
	if (r == 0)
		r = pvcam_set_settings(camera, &settings);
	if (r < 0)
		return r;
	*ret_target = target;
	*ret_settings = settings;
	return 0;
}

static int see_camera(struct pvcam_capture *capture)
{
	struct pvcam_settings target, settings;
	struct pvcam_colorimetry colorimetry;
	struct pvcam *camera;
	struct pv_layout layout;
	int r;

	r = pvcam_open(capture->name, &camera);
	if (r < 0)
		return r;
	r = set_up(camera, &capture->wish, &target, &settings);
	pvcam_get_colorimetry(camera, &colorimetry);
	pvcam_close(camera);
	if (r == 0)
		r = pv_pixfmt_layout(target.fourcc, target.width, target.height, &layout);
	if (r < 0)
		return r;
	pthread_mutex_lock(&capture->lock);
	capture->target = target;
	capture->colorimetry = colorimetry;
	capture->seen = true;
	pthread_mutex_unlock(&capture->lock);
	return 0;
}

/* ---- streaming ---- */

static int make_view(struct shot *shot, const struct pvcam_settings *target)
{
	struct pvcam_layout layout, tight;
	int r;

	r = pvcam_view_create(shot->camera, target->fourcc, target->width, target->height,
		&shot->view);
	if (r < 0)
		return r;
	pvcam_get_layout(shot->camera, &layout);
	pvcam_view_layout(shot->view, &tight);
	shot->size_bytes = tight.size_bytes;
	if (shot->settings.fourcc == target->fourcc && shot->settings.width == target->width &&
		shot->settings.height == target->height &&
		layout.stride_bytes[0] == tight.stride_bytes[0]) {
		pvcam_view_destroy(shot->view);
		shot->view = NULL;
		return 0;
	}
	for (unsigned i = 0; i < 2; i++) {
		shot->converted[i] = malloc(tight.size_bytes);
		if (!shot->converted[i])
			return -ENOMEM;
	}
	return 0;
}

static int show_converted(struct shot *shot, const struct pvcam_frame *frame)
{
	void *to = shot->converted[shot->next];

	if (pvcam_view_convert(shot->view, frame, to) == 0) {
		pvcam_feed_frame(shot->feed, to, pv_now_ns());
		shot->next = !shot->next;
	}
	return pvcam_give_back(shot->camera, frame);
}

/* The frame that is shown stays borrowed: it may be due again. What is not whole is left out. */
static int show(struct shot *shot, const struct pvcam_frame *frame)
{
	struct pvcam_frame before = shot->held;

	if (shot->view)
		return show_converted(shot, frame);
	if (frame->size_bytes < shot->size_bytes)
		return pvcam_give_back(shot->camera, frame);
	pvcam_feed_frame(shot->feed, frame->pixels, pv_now_ns());
	shot->held = *frame;
	return before.pixels ? pvcam_give_back(shot->camera, &before) : 0;
}

/* 0: bear it still. */
static int bear_silence(struct shot *shot, uint64_t silence_ns, bool *asked)
{
	uint64_t allowed_ns = SILENCE_PERIODS *
		pv_fraction_period_ns((struct pv_fraction) {
			shot->settings.rate_numer, shot->settings.rate_denom });

	if (silence_ns >= SILENCE_NS + allowed_ns)
		return -ETIMEDOUT;
	if (*asked || silence_ns < ASK_NS + allowed_ns)
		return 0;
	*asked = true;
	return pvcam_try_settings(shot->camera, &shot->settings);
}

static int stream(struct shot *shot)
{
	uint64_t heard_ns = pv_now_ns();
	struct pvcam_frame frame;
	bool asked = false;
	int r = 0;

	while (r == 0 && wanted(shot->capture) == shot->feed) {
		r = pvcam_get_frame(shot->camera, LOOK_MS, &frame);
		if (r == -EAGAIN || r == -EINTR) {
			r = bear_silence(shot, pv_now_ns() - heard_ns, &asked);
		} else if (r == 0) {
			heard_ns = pv_now_ns();
			asked = false;
			r = show(shot, &frame);
		}
	}
	return r;
}

static const char *words_for(int error)
{
	switch (error) {
	case 0:
		return "STARTING";
	case -ENODEV:
		return "NO CAMERA";
	case -EBUSY:
		return "CAMERA BUSY";
	case -ENOSPC:
		return "TOO FEW PAGES";
	case -EPIPE:
	case -ETIMEDOUT:
		return "NO BACKEND";
	default:
		return "NO SIGNAL";
	}
}

static int open_and_stream(struct shot *shot)
{
	const struct pvcam_settings *target = pvcam_feed_settings(shot->feed);
	struct pvcam_settings same;
	int r;

	r = pvcam_open(shot->capture->name, &shot->camera);
	if (r == 0)
		r = set_up(shot->camera, target, &same, &shot->settings);
	if (r == 0)
		r = make_view(shot, target);
	if (r == 0)
		r = pvcam_start(shot->camera, 0);
	if (r < 0)
		return r;
	pv_info("%s: captures %s %ux%u at %u/%u", shot->capture->name,
		pvcam_tool_format(shot->settings.fourcc), shot->settings.width,
		shot->settings.height, shot->settings.rate_numer, shot->settings.rate_denom);
	pvcam_feed_begin(shot->feed, shot->settings.rate_numer, shot->settings.rate_denom);
	return stream(shot);
}

/* Until it is not wanted any more (0) or fails. */
static int capture_for(struct pvcam_capture *capture, struct pvcam_feed *feed, char *why,
	size_t why_bytes)
{
	struct shot shot = { .capture = capture, .feed = feed };
	int r;

	r = open_and_stream(&shot);
	pvcam_feed_notice(feed, words_for(r)); /* before the pixels go */
	if (r == -ENOSPC)
		pvcam_pages_explain(shot.camera, 0, why, why_bytes);
	pvcam_view_destroy(shot.view);
	free(shot.converted[0]);
	free(shot.converted[1]);
	pvcam_close(shot.camera);
	return r;
}

/* Says each reason once, and again after it went away. */
static void log_failure(const struct pvcam_capture *capture, int error, const char *why,
	int *ret_last)
{
	if (error < 0 && error != *ret_last)
		pv_warning("%s: %s; trying on", capture->name, *why ? why : pvcam_strerror(error));
	*ret_last = error;
}

static void *run(void *ctx)
{
	struct pvcam_capture *capture = ctx;
	int r = 0, last = 0;

	while (wait_for_work(capture, r < 0)) {
		struct pvcam_feed *feed = wanted(capture);
		char why[320] = "";

		r = 0;
		if (!capture->seen) {
			r = see_camera(capture);
			tell_main(capture);
		} else if (feed) {
			r = capture_for(capture, feed, why, sizeof(why));
		}
		log_failure(capture, r, why, &last);
	}
	return NULL;
}

/* ---- the main loop's side ---- */

int pvcam_capture_create(const char *name, const struct pvcam_settings *wish, int changed_fd,
	struct pvcam_capture **ret)
{
	struct pvcam_capture *capture;
	pthread_condattr_t monotonic;
	int r;

	capture = calloc(1, sizeof(*capture));
	if (!capture)
		return -ENOMEM;
	strncpy(capture->name, name, sizeof(capture->name) - 1);
	capture->wish = *wish;
	capture->changed_fd = changed_fd;
	pthread_mutex_init(&capture->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&capture->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	r = pthread_create(&capture->thread, NULL, run, capture);
	if (r) {
		free(capture);
		return -r;
	}
	*ret = capture;
	return 0;
}

void pvcam_capture_end(struct pvcam_capture *capture)
{
	pthread_mutex_lock(&capture->lock);
	capture->ending = true;
	pthread_cond_signal(&capture->changed);
	pthread_mutex_unlock(&capture->lock);
}

void pvcam_capture_destroy(struct pvcam_capture *capture)
{
	if (!capture)
		return;
	pvcam_capture_end(capture);
	pthread_join(capture->thread, NULL);
	pthread_cond_destroy(&capture->changed);
	pthread_mutex_destroy(&capture->lock);
	free(capture);
}

bool pvcam_capture_target(struct pvcam_capture *capture, struct pvcam_settings *ret,
	struct pvcam_colorimetry *ret_colorimetry)
{
	bool seen;

	pthread_mutex_lock(&capture->lock);
	seen = capture->seen;
	if (seen) {
		*ret = capture->target;
		*ret_colorimetry = capture->colorimetry;
	}
	pthread_mutex_unlock(&capture->lock);
	return seen;
}

bool pvcam_capture_tried(struct pvcam_capture *capture)
{
	bool tried;

	pthread_mutex_lock(&capture->lock);
	tried = capture->tried;
	pthread_mutex_unlock(&capture->lock);
	return tried;
}

void pvcam_capture_want(struct pvcam_capture *capture, struct pvcam_feed *feed)
{
	pthread_mutex_lock(&capture->lock);
	capture->wanted = feed;
	pthread_cond_signal(&capture->changed);
	pthread_mutex_unlock(&capture->lock);
}
