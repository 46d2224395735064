/* SPDX-License-Identifier: MIT */
/* A source `v4l2` on the camera of v4l2_fake.h, and somebody who listens to it. Include cmocka.h
 * first. */
#ifndef TESTS_UNIT_VCAM_V4L2_H
#define TESTS_UNIT_VCAM_V4L2_H

#include "tests/unit/v4l2_fake.h"
#include "tests/unit/vcam_listener.h"

static char node[] = V4L2_FAKE_NODE;
static struct vcam_source_config config;
static struct vcam_source *source;
static struct listener listener;

static inline void begin(const struct v4l2_fake_setup *setup, unsigned rate_hz)
{
	v4l2_fake_reset(setup, rate_hz);
	config = (struct vcam_source_config){
		.name = "test", .ops = &vcam_source_v4l2, .device = node};
	source = make_source(&config);
	listener = listen_to(source);
	assert_int_equal(vcam_tap_start(listener.tap, vcam_source_mode(source).rate), 0);
}

static inline void end(void)
{
	leave(&listener);
	vcam_source_destroy(source);
	assert_int_equal(v4l2_fake_state().open, 0);
	v4l2_fake_finish();
}

static inline bool is_streaming(void)
{
	return v4l2_fake_state().streaming;
}

static inline bool is_lost(void)
{
	return stat_of(source).lost;
}

static inline bool is_back(void)
{
	return !stat_of(source).lost;
}

static inline void wait_until(bool (*done)(void))
{
	uint64_t until_ns = pv_now_ns() + PATIENCE_MS * 1000000ull;

	while (!done()) {
		assert_true(pv_now_ns() < until_ns);
		poll(NULL, 0, 2);
	}
}

#endif
