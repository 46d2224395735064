/* SPDX-License-Identifier: MIT */
#include "frontend/camera/shot.h"

#include <errno.h>
#include <stdlib.h>

#include "common/log.h"
#include "common/parse.h"
#include "frontend/camera/choose.h"
#include "frontend/camera/pages.h"
#include "frontend/camera/tool.h"

#define LOOK_MS 100 /* at whether it goes on */
/* Without a frame for so long, and some periods: ask whether the backend lives; give up. */
#define ASK_NS 1000000000ull
#define SILENCE_NS 3000000000ull
#define SILENCE_PERIODS 3

struct shot {
	const char *name;
	bool (*goes_on)(void *ctx);
	void *ctx;
	struct pvcam_feed *feed;
	struct pvcam *camera;
	struct pvcam_settings settings;
	size_t size_bytes;       /* of a frame of the device */
	struct pvcam_view *view; /* NULL: frames go as they are */
	void *converted[2];      /* one may be shown while the other is filled */
	unsigned next;
	struct pvcam_frame held; /* the one that is shown; pixels NULL: none */
};

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

int pvcam_shot_set_up(struct pvcam *camera, const struct pvcam_settings *wish,
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

static int make_view(struct shot *shot, const struct pvcam_settings *target)
{
	struct pvcam_layout layout, tight;
	int r;

	r = pvcam_view_create(
		shot->camera, target->fourcc, target->width, target->height, &shot->view);
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
	uint64_t allowed_ns =
		SILENCE_PERIODS * pv_fraction_period_ns((struct pv_fraction){
					  shot->settings.rate_numer, shot->settings.rate_denom});

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

	while (r == 0 && shot->goes_on(shot->ctx)) {
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

	r = pvcam_open(shot->name, &shot->camera);
	if (r == 0)
		r = pvcam_shot_set_up(shot->camera, target, &same, &shot->settings);
	if (r == 0)
		r = make_view(shot, target);
	if (r == 0)
		r = pvcam_start(shot->camera, 0);
	if (r < 0)
		return r;
	pv_info("%s: captures %s %ux%u at %u/%u", shot->name,
		pvcam_tool_format(shot->settings.fourcc), shot->settings.width,
		shot->settings.height, shot->settings.rate_numer, shot->settings.rate_denom);
	pvcam_feed_begin(shot->feed, shot->settings.rate_numer, shot->settings.rate_denom);
	return stream(shot);
}

int pvcam_shot_run(const char *name, struct pvcam_feed *feed, bool (*goes_on)(void *ctx), void *ctx,
	char *why, size_t why_bytes)
{
	struct shot shot = {.name = name, .goes_on = goes_on, .ctx = ctx, .feed = feed};
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
