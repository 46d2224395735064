/* SPDX-License-Identifier: MIT */
/* What every kind of source must do alike; each test runs for each of them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/canvas.h"
#include "tests/unit/v4l2_fake.h"
#include "tests/unit/vcam_listener.h"

#define WIDTH 64
#define HEIGHT 48
#define RATE_HZ 100
#define CLIP_FRAMES 30
#define HELD 4

/* A kind, and how its device is made, goes and comes back; only some can. */
struct kind {
	const struct vcam_source_ops *ops;
	void (*set_up)(struct vcam_source_config *config);
	void (*tear_down)(void);
	void (*lose)(void);
	void (*bring_back)(void);
};

static struct {
	const struct kind *kind;
	struct vcam_source_config config;
	struct vcam_source *source;
} now;

/* ---- the kinds ---- */

static char clip[64];

static void write_clip(void)
{
	FILE *file = fopen(clip, "we");
	uint8_t frame[WIDTH * HEIGHT * 3 / 2];

	assert_non_null(file);
	fprintf(file, "YUV4MPEG2 W%d H%d F%d:1 Ip C420jpeg\n", WIDTH, HEIGHT, RATE_HZ);
	for (unsigned i = 0; i < CLIP_FRAMES; i++) {
		memset(frame, (int)i, sizeof(frame));
		fprintf(file, "FRAME\n");
		assert_int_equal(fwrite(frame, sizeof(frame), 1, file), 1);
	}
	assert_int_equal(fclose(file), 0);
}

static void file_set_up(struct vcam_source_config *config)
{
	int fd;

	strcpy(clip, "/tmp/vcam_kinds_test.XXXXXX");
	fd = mkstemp(clip);
	assert_true(fd >= 0);
	close(fd);
	write_clip();
	config->path = clip;
}

static void file_tear_down(void)
{
	unlink(clip);
}

static void file_lose(void)
{
	assert_int_equal(truncate(clip, 100), 0);
}

static const struct v4l2_fake_way ways[] = {
	{V4L2_PIX_FMT_YUYV, WIDTH, HEIGHT, {{1, RATE_HZ}}},
	{0},
};
static const struct v4l2_fake_setup camera = {.ways = ways, .padding = 24, .num_controls = 4};

static void v4l2_set_up(struct vcam_source_config *config)
{
	static char node[] = V4L2_FAKE_NODE;

	config->device = node;
	v4l2_fake_reset(&camera, RATE_HZ);
}

static void v4l2_tear_down(void)
{
	assert_int_equal(v4l2_fake_state().open, 0);
	v4l2_fake_finish();
}

static void v4l2_bring_back(void)
{
	v4l2_fake_plug(&camera);
}

static const struct kind pattern_kind = {.ops = &vcam_source_pattern};
static const struct kind stamp_kind = {.ops = &vcam_source_stamp};
static const struct kind file_kind = {
	&vcam_source_file, file_set_up, file_tear_down, file_lose, write_clip};
static const struct kind v4l2_kind = {
	&vcam_source_v4l2, v4l2_set_up, v4l2_tear_down, v4l2_fake_unplug, v4l2_bring_back};

static int set_up(void **state)
{
	now.kind = *state;
	now.config = small(now.kind->ops, (struct pv_fraction){RATE_HZ, 1});
	if (now.kind->set_up != NULL)
		now.kind->set_up(&now.config);
	now.source = make_source(&now.config);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	vcam_source_destroy(now.source);
	if (now.kind->tear_down != NULL)
		now.kind->tear_down();
	return 0;
}

/* ---- what they do ---- */

static struct listener start(void)
{
	struct listener listener = listen_to(now.source);

	assert_int_equal(vcam_tap_start(listener.tap, vcam_source_mode(now.source).rate), 0);
	return listener;
}

static void test_its_mode_is_a_picture(void **state)
{
	struct vcam_source_mode mode = vcam_source_mode(now.source);
	struct vcam_colours colours = vcam_source_colours(now.source);
	struct pv_layout layout;

	(void)state;
	assert_int_equal(pv_pixfmt_layout(mode.picture.fourcc, mode.picture.width,
				 mode.picture.height, &layout),
		0);
	assert_int_equal(mode.picture.width, WIDTH);
	assert_int_equal(mode.picture.height, HEIGHT);
	assert_int_equal(pv_fraction_compare(mode.rate, (struct pv_fraction){RATE_HZ, 1}), 0);
	assert_int_not_equal(colours.colorspace, XENCAMERA_COLORSPACE_DEFAULT);
	assert_int_not_equal(colours.quantization, XENCAMERA_QUANTIZATION_DEFAULT);
	assert_string_equal(vcam_source_type(now.source), now.kind->ops->type);
	assert_false(stat_of(now.source).running);
	assert_false(stat_of(now.source).lost);
}

static void test_frames_are_whole_and_numbered(void **state)
{
	struct vcam_source_mode mode = vcam_source_mode(now.source);
	uint64_t began_ns = pv_now_ns(), filled_ns = 0, captured_ns = 0, number = 0;
	struct listener listener = start();
	struct pv_layout layout;

	(void)state;
	pv_pixfmt_layout(mode.picture.fourcc, mode.picture.width, mode.picture.height, &layout);
	for (unsigned i = 0; i < 40; i++) {
		struct vcam_tap_frame taken = take(&listener);

		assert_int_equal(taken.frame->size_bytes, layout.size_bytes);
		assert_true(i == 0 || taken.frame->number > number);
		assert_int_equal(taken.frame->number, taken.seq);
		/* V4L2 tells microseconds. */
		assert_true(taken.frame->captured_ns + 1000 >= began_ns);
		assert_true(taken.frame->captured_ns > captured_ns);
		assert_true(taken.frame->filled_ns >= taken.frame->captured_ns);
		assert_true(taken.frame->filled_ns > filled_ns);
		number = taken.frame->number;
		captured_ns = taken.frame->captured_ns;
		filled_ns = taken.frame->filled_ns;
		give_back(&listener, taken);
	}
	assert_true(stat_of(now.source).frames > number);
	leave(&listener);
}

static uint64_t checksum(const struct vcam_frame *frame)
{
	const uint8_t *bytes = frame->pixels;
	uint64_t sum = 0;

	for (size_t i = 0; i < frame->size_bytes; i++)
		sum = sum * 31 + bytes[i];
	return sum;
}

static void test_a_delivered_frame_never_changes(void **state)
{
	struct listener listener = start();
	struct vcam_tap_frame held[HELD];
	uint64_t sums[HELD];

	(void)state;
	for (unsigned i = 0; i < HELD; i++) {
		held[i] = take(&listener);
		sums[i] = checksum(held[i].frame);
	}
	for (unsigned i = 0; i < 60; i++)
		give_back(&listener, take(&listener));
	for (unsigned i = 0; i < HELD; i++) {
		assert_int_equal(checksum(held[i].frame), sums[i]);
		give_back(&listener, held[i]);
	}
	leave(&listener);
}

static void test_one_capture_for_all(void **state)
{
	struct listener first = start(), second = start();
	struct vcam_tap_frame a = take(&first), b = take(&second);
	unsigned same = 0;

	(void)state;
	assert_int_equal(stat_of(now.source).taps, 2);
	for (unsigned i = 0; i < 20; i++) {
		if (a.frame->number == b.frame->number) {
			assert_ptr_equal(a.frame, b.frame);
			same++;
		}
		if (a.frame->number <= b.frame->number) {
			give_back(&first, a);
			a = take(&first);
		} else {
			give_back(&second, b);
			b = take(&second);
		}
	}
	assert_true(same > 0);
	give_back(&first, a);
	give_back(&second, b);
	leave(&first);
	leave(&second);
}

static void test_half_the_rate_is_every_second_frame(void **state)
{
	struct listener listener = listen_to(now.source);
	struct vcam_tap_frame taken;
	uint64_t first;

	(void)state;
	assert_int_equal(vcam_tap_start(listener.tap, (struct pv_fraction){RATE_HZ, 2}), 0);
	taken = take(&listener);
	first = taken.frame->number;
	for (unsigned i = 0; i < 15; i++) {
		assert_int_equal(taken.frame->number, first + 2 * taken.seq);
		give_back(&listener, taken);
		taken = take(&listener);
	}
	give_back(&listener, taken);
	leave(&listener);
}

static void test_stops_and_starts(void **state)
{
	struct listener listener = listen_to(now.source);
	struct vcam_tap_frame taken;

	(void)state;
	for (unsigned i = 0; i < 15; i++) {
		assert_int_equal(
			vcam_tap_start(listener.tap, vcam_source_mode(now.source).rate), 0);
		if (i % 3 != 0)
			give_back(&listener, take(&listener));
		vcam_tap_stop(listener.tap);
		assert_int_equal(vcam_tap_take(listener.tap, &taken), -EAGAIN);
		assert_false(stat_of(now.source).running);
	}
	leave(&listener);
}

static void test_may_go_before_its_taps(void **state)
{
	struct listener listener = start();
	struct vcam_tap_frame held = take(&listener), taken;

	(void)state;
	vcam_source_destroy(now.source);
	now.source = NULL;
	assert_int_equal(vcam_tap_take(listener.tap, &taken), -EAGAIN);
	vcam_tap_stop(listener.tap);
	assert_int_equal(vcam_tap_start(listener.tap, (struct pv_fraction){1, 1}), -ENODEV);
	leave(&listener);
	vcam_frame_put(held.frame);
}

static void check_control(const struct vcam_control *control, struct listener *other)
{
	struct vcam_source *source = now.source;
	int64_t value, target = control->max;
	uint8_t type;

	assert_true(control->type < XENCAMERA_MAX_CTRL);
	assert_true(control->min <= control->def && control->def <= control->max);
	assert_true(control->step > 0);
	assert_int_equal(vcam_source_get_control(source, control->type, &value), 0);
	assert_true(control->min <= value && value <= control->max);
	assert_int_equal(
		vcam_source_set_control(source, control->type, control->max + 1, NULL), -EINVAL);
	assert_int_equal(
		vcam_source_set_control(source, control->type, control->min - 1, NULL), -EINVAL);
	target -= (control->max - control->min) % control->step;
	assert_int_equal(vcam_source_set_control(source, control->type, target, NULL), 0);
	assert_int_equal(vcam_tap_control_changed(other->tap, &type, &value), 0);
	assert_int_equal(type, control->type);
	assert_int_equal(value, target);
}

static void test_controls_are_kept(void **state)
{
	struct listener listener = start();
	struct vcam_control control;
	int64_t value;

	(void)state;
	for (unsigned i = 0; vcam_source_control(now.source, i, &control) == 0; i++)
		check_control(&control, &listener);
	for (unsigned i = 0; i < 5; i++)
		give_back(&listener, take(&listener));
	vcam_tap_stop(listener.tap);
	assert_int_equal(vcam_tap_start(listener.tap, vcam_source_mode(now.source).rate), 0);
	give_back(&listener, take(&listener));
	for (unsigned i = 0; vcam_source_control(now.source, i, &control) == 0; i++) {
		assert_int_equal(vcam_source_get_control(now.source, control.type, &value), 0);
		assert_int_equal(value, control.max - (control.max - control.min) % control.step);
	}
	leave(&listener);
}

static bool is_placeholder(const struct vcam_frame *frame)
{
	uint8_t *expected = malloc(frame->size_bytes);
	bool same;

	assert_non_null(expected);
	pv_canvas_notice(vcam_source_mode(now.source).picture, "NO SIGNAL", expected);
	same = memcmp(expected, frame->pixels, frame->size_bytes) == 0;
	free(expected);
	return same;
}

/* Takes frames until the placeholder comes, or goes; seq and number never falter. */
static void wait_for(struct listener *listener, bool placeholder, int64_t *last)
{
	uint64_t until_ns = pv_now_ns() + PATIENCE_MS * 1000000ull;
	bool seen = !placeholder;

	while (seen != placeholder) {
		struct vcam_tap_frame taken = take(listener);

		assert_true(pv_now_ns() < until_ns);
		assert_true((int64_t)taken.seq > *last);
		assert_int_equal(taken.frame->number, taken.seq);
		*last = taken.seq;
		seen = is_placeholder(taken.frame);
		give_back(listener, taken);
	}
}

static void test_goes_and_comes_back(void **state)
{
	struct listener listener;
	int64_t last = -1;

	(void)state;
	listener = start();
	for (unsigned i = 0; i < 2; i++) {
		wait_for(&listener, false, &last);
		assert_false(stat_of(now.source).lost);
		now.kind->lose();
		wait_for(&listener, true, &last);
		assert_true(stat_of(now.source).lost);
		/* The placeholder goes on. */
		for (unsigned j = 0; j < 5; j++)
			wait_for(&listener, true, &last);
		now.kind->bring_back();
	}
	wait_for(&listener, false, &last);
	leave(&listener);
}

#define FOR_KIND(test, kind)                                                                       \
	{                                                                                          \
#test ": " #kind, test, set_up, tear_down, (void *)&(kind)                         \
	}
#define FOR_ALL(test)                                                                              \
	FOR_KIND(test, pattern_kind), FOR_KIND(test, stamp_kind), FOR_KIND(test, file_kind),       \
		FOR_KIND(test, v4l2_kind)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FOR_ALL(test_its_mode_is_a_picture),
		FOR_ALL(test_frames_are_whole_and_numbered),
		FOR_ALL(test_a_delivered_frame_never_changes),
		FOR_ALL(test_one_capture_for_all),
		FOR_ALL(test_half_the_rate_is_every_second_frame),
		FOR_ALL(test_stops_and_starts),
		FOR_ALL(test_may_go_before_its_taps),
		FOR_ALL(test_controls_are_kept),
		FOR_KIND(test_goes_and_comes_back, file_kind),
		FOR_KIND(test_goes_and_comes_back, v4l2_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
