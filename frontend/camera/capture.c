/* SPDX-License-Identifier: MIT */
#include "frontend/camera/capture.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

#include "common/log.h"
#include "common/pixfmt.h"
#include "frontend/camera/shot.h"

#define RETRY_NS 500000000ull

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

/* ---- orders ---- */

static struct pvcam_feed *wanted(struct pvcam_capture *capture)
{
	struct pvcam_feed *feed;

	pthread_mutex_lock(&capture->lock);
	feed = capture->ending ? NULL : capture->wanted;
	pthread_mutex_unlock(&capture->lock);
	return feed;
}

/* Of a capture for somebody: there is no other feed than the one. */
static bool goes_on(void *ctx)
{
	return wanted(ctx) != NULL;
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

/* ---- work ---- */

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
	r = pvcam_shot_set_up(camera, &capture->wish, &target, &settings);
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

/* Says each reason once, and again after it went away. */
static void log_failure(
	const struct pvcam_capture *capture, int error, const char *why, int *ret_last)
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
			r = pvcam_shot_run(capture->name, feed, goes_on, capture, why, sizeof(why));
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
