/* SPDX-License-Identifier: MIT */
#include "frontend/camera/feed.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/canvas.h"
#include "common/parse.h"

#define NEAR_PERCENT 5 /* rates that are as good as the same */
#define REST_WORDS "IDLE"
#define WAKE_WORDS "STARTING"

struct pvcam_feed {
	struct pvcam_loopback *loopback;
	struct pvcam_settings settings;
	uint64_t period_ns;
	void *card; /* a whole frame with the notice */
	size_t size_bytes;

	pthread_mutex_t lock; /* for what follows, and writing */
	const void *pixels;   /* the camera's last; NULL: the notice is shown */
	bool fresh;           /* it was not written yet */
	bool follows;         /* each frame is written as it comes */
	bool resting;
	uint64_t due_ns; /* when the next frame should be there */
	struct pvcam_feed_sum sum;
	int error;
};

static void draw(struct pvcam_feed *feed, const char *words)
{
	struct pv_picture picture = {
		feed->settings.fourcc, feed->settings.width, feed->settings.height};

	pv_canvas_notice(picture, words, feed->card);
}

int pvcam_feed_create(struct pvcam_loopback *loopback, const struct pvcam_settings *settings,
	struct pvcam_feed **ret)
{
	struct pv_fraction rate = {settings->rate_numer, settings->rate_denom};
	struct pvcam_feed *feed;
	struct pv_layout layout;
	int r;

	r = pv_pixfmt_layout(settings->fourcc, settings->width, settings->height, &layout);
	if (r < 0)
		return r;
	feed = calloc(1, sizeof(*feed));
	if (!feed)
		return -ENOMEM;
	feed->card = calloc(1, layout.size_bytes);
	if (!feed->card) {
		free(feed);
		return -ENOMEM;
	}
	feed->loopback = loopback;
	feed->settings = *settings;
	feed->size_bytes = layout.size_bytes;
	feed->period_ns = pv_fraction_period_ns(rate);
	feed->resting = true;
	pthread_mutex_init(&feed->lock, NULL);
	*ret = feed;
	return 0;
}

void pvcam_feed_destroy(struct pvcam_feed *feed)
{
	if (!feed)
		return;
	pthread_mutex_destroy(&feed->lock);
	free(feed->card);
	free(feed);
}

const struct pvcam_settings *pvcam_feed_settings(const struct pvcam_feed *feed)
{
	return &feed->settings;
}

/* With the lock. */
static void write_frame(struct pvcam_feed *feed, const void *pixels)
{
	int r = pvcam_loopback_write(feed->loopback, pixels, feed->size_bytes);

	if (r < 0 && feed->error == 0)
		feed->error = r;
}

void pvcam_feed_begin(struct pvcam_feed *feed, uint32_t rate_numer, uint32_t rate_denom)
{
	uint64_t camera_ns = pv_fraction_period_ns((struct pv_fraction){rate_numer, rate_denom});
	uint64_t apart_ns = camera_ns > feed->period_ns ? camera_ns - feed->period_ns
							: feed->period_ns - camera_ns;

	pthread_mutex_lock(&feed->lock);
	feed->follows = apart_ns <= feed->period_ns * NEAR_PERCENT / 100;
	pthread_mutex_unlock(&feed->lock);
}

void pvcam_feed_frame(struct pvcam_feed *feed, const void *pixels, uint64_t now_ns)
{
	pthread_mutex_lock(&feed->lock);
	feed->pixels = pixels;
	feed->fresh = true;
	if (feed->follows && !feed->resting) {
		write_frame(feed, pixels);
		feed->fresh = false;
		feed->sum.frames++;
		feed->due_ns = now_ns + feed->period_ns;
	}
	pthread_mutex_unlock(&feed->lock);
}

void pvcam_feed_notice(struct pvcam_feed *feed, const char *words)
{
	pthread_mutex_lock(&feed->lock);
	feed->pixels = NULL;
	draw(feed, words);
	pthread_mutex_unlock(&feed->lock);
}

/* With the lock: the one frame that is due. */
static void write_due(struct pvcam_feed *feed)
{
	write_frame(feed, feed->pixels ? feed->pixels : feed->card);
	if (!feed->pixels)
		feed->sum.notices++;
	else if (feed->fresh)
		feed->sum.frames++;
	else
		feed->sum.repeats++;
	feed->fresh = false;
}

void pvcam_feed_wake(struct pvcam_feed *feed, uint64_t now_ns)
{
	pthread_mutex_lock(&feed->lock);
	feed->resting = false;
	feed->pixels = NULL;
	feed->sum = (struct pvcam_feed_sum){0};
	draw(feed, WAKE_WORDS);
	write_due(feed);
	feed->due_ns = now_ns + feed->period_ns;
	pthread_mutex_unlock(&feed->lock);
}

/* A camera that is followed gets half a period of grace: its frames do not come to the dot. */
static uint64_t latest_ns(const struct pvcam_feed *feed)
{
	return feed->due_ns + (feed->pixels && feed->follows ? feed->period_ns / 2 : 0);
}

uint64_t pvcam_feed_tick(struct pvcam_feed *feed, uint64_t now_ns)
{
	uint64_t next_ns;

	pthread_mutex_lock(&feed->lock);
	if (now_ns >= latest_ns(feed)) {
		write_due(feed);
		feed->due_ns += feed->period_ns;
		if (feed->due_ns + feed->period_ns < now_ns) /* it slept too long to make up for */
			feed->due_ns = now_ns;
	}
	next_ns = latest_ns(feed);
	pthread_mutex_unlock(&feed->lock);
	return next_ns;
}

void pvcam_feed_rest(struct pvcam_feed *feed, struct pvcam_feed_sum *ret)
{
	pthread_mutex_lock(&feed->lock);
	feed->resting = true;
	if (ret)
		*ret = feed->sum;
	draw(feed, REST_WORDS);
	write_frame(feed, feed->card);
	pthread_mutex_unlock(&feed->lock);
}

int pvcam_feed_error(struct pvcam_feed *feed)
{
	int error;

	pthread_mutex_lock(&feed->lock);
	error = feed->error;
	pthread_mutex_unlock(&feed->lock);
	return error;
}
