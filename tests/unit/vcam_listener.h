/* SPDX-License-Identifier: MIT */
/* A small source and somebody who listens to it, for the tests of both. Include cmocka.h first. */
#ifndef TESTS_UNIT_VCAM_LISTENER_H
#define TESTS_UNIT_VCAM_LISTENER_H

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "backend/camera/source.h"
#include "common/pixfmt.h"

#define PATIENCE_MS 20000 /* only a broken source waits so long */

struct listener {
	struct vcam_tap *tap;
	int wake_fd;
};

static inline struct vcam_source_config small(
	const struct vcam_source_ops *ops, struct pv_fraction rate)
{
	return (struct vcam_source_config){.name = "test",
		.ops = ops,
		.fourcc = PV_FOURCC_YUYV,
		.width = 64,
		.height = 48,
		.rate = rate};
}

static inline struct vcam_source *make_source(const struct vcam_source_config *config)
{
	struct vcam_source *source;
	char error[256] = "";

	if (vcam_source_create(config, &source, error, sizeof(error)) < 0)
		fail_msg("%s", error);
	return source;
}

static inline struct listener listen_to(struct vcam_source *source)
{
	struct listener listener = {.wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};

	assert_true(listener.wake_fd >= 0);
	assert_int_equal(vcam_tap_create(source, listener.wake_fd, &listener.tap), 0);
	return listener;
}

static inline void leave(struct listener *listener)
{
	vcam_tap_destroy(listener->tap);
	close(listener->wake_fd);
}

/* -EAGAIN when nothing came in time. */
static inline int take_within(struct listener *listener, int timeout_ms, struct vcam_tap_frame *ret)
{
	struct pollfd poll_fd = {.fd = listener->wake_fd, .events = POLLIN};
	uint64_t until_ns = pv_now_ns() + (uint64_t)timeout_ms * 1000000;
	eventfd_t count;

	while (vcam_tap_take(listener->tap, ret) == -EAGAIN) {
		if (pv_now_ns() >= until_ns)
			return -EAGAIN;
		poll(&poll_fd, 1, 10);
		eventfd_read(listener->wake_fd, &count);
	}
	return 0;
}

static inline struct vcam_tap_frame take(struct listener *listener)
{
	struct vcam_tap_frame taken;

	assert_int_equal(take_within(listener, PATIENCE_MS, &taken), 0);
	return taken;
}

static inline void give_back(struct listener *listener, struct vcam_tap_frame taken)
{
	vcam_frame_put(taken.frame);
	vcam_tap_done(listener->tap);
}

static inline struct vcam_source_stat stat_of(struct vcam_source *source)
{
	struct vcam_source_stat stat;

	vcam_source_stat(source, &stat);
	return stat;
}

#endif
