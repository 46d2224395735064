/* SPDX-License-Identifier: MIT */
/* An open camera on the fake backend, for each test anew. After cmocka.h. */
#ifndef TESTS_UNIT_PVCAM_FIXTURE_H
#define TESTS_UNIT_PVCAM_FIXTURE_H

#include <poll.h>
#include <stdbool.h>

#include "frontend/camera/pvcam.h"
#include "tests/unit/camera_fake.h"

static struct pvcam *camera;

static inline int open_camera(void **state)
{
	(void)state;
	camera_fake_reset();
	camera = NULL;
	return pvcam_open("front", &camera);
}

static inline int close_camera(void **state)
{
	(void)state;
	pvcam_close(camera);
	assert_int_equal(front_fake.shared, 0);
	assert_false(front_fake.connected);
	return 0;
}

static inline bool is_readable(void)
{
	struct pollfd pfd = {.fd = pvcam_fd(camera), .events = POLLIN};

	return poll(&pfd, 1, 0) == 1;
}

#define with_camera(test) cmocka_unit_test_setup_teardown(test, open_camera, close_camera)

#endif
