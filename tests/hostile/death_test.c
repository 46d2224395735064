/* SPDX-License-Identifier: MIT */
/* Frontends that are killed at each step of their way, and come back. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/hostile/raw_camera.h"

#define PAGES 38

enum step {
	OPENED,
	INITIALISING,
	SHARED,
	HALF_PUBLISHED,
	PUBLISHED, /* without waiting for an answer */
	BACKEND_CONNECTED,
	CONNECTED,
	ASKED, /* requests in the ring, nobody takes the answers */
	CREATED,
	STREAMING,
	STOPPING,
	CLOSING,
	STEPS
};

static void stream(struct raw *raw)
{
	struct raw_pages frame, directory;

	raw_pages_share(raw, PAGES, true, &frame);
	raw_pages_share(raw, 1, true, &directory);
	raw_directory(&directory, frame.refs, PAGES, 0);
	raw_config(raw, XENCAMERA_OP_CONFIG_SET, "YUYV", 320, 240);
	raw_buffers(raw, 2);
	raw_create(raw, 0, directory.refs[0]);
	raw_index(raw, XENCAMERA_OP_BUF_QUEUE, 0);
}

/* Goes so far, and no farther. */
static void live_until(const char *device, enum step last)
{
	struct raw raw;
	struct xencamera_evt event;

	for (enum step step = OPENED; step <= last; step++) {
		switch (step) {
		case OPENED:
			raw_open(&raw, device);
			break;
		case INITIALISING:
			raw_start_over(&raw);
			break;
		case SHARED:
			raw_share(&raw);
			break;
		case HALF_PUBLISHED:
			raw_write(&raw, XENCAMERA_FIELD_REQ_RING_REF, "%u", raw.link.req_ref);
			raw_write(&raw, XENCAMERA_FIELD_REQ_CHANNEL, "%u", raw.link.req_port);
			break;
		case PUBLISHED:
			raw_publish(&raw);
			raw_state(&raw, XenbusStateInitialised);
			break;
		case BACKEND_CONNECTED:
			raw_wait_backend(&raw, XenbusStateConnected, RAW_TIMEOUT_MS);
			break;
		case CONNECTED:
			raw_state(&raw, XenbusStateConnected);
			break;
		case ASKED:
			for (int i = 0; i < 16; i++)
				raw_send(&raw, &(struct xencamera_req){.id = 9,
						       .operation = XENCAMERA_OP_CONFIG_GET});
			for (int i = 0; i < 16; i++)
				raw_response(&raw, &(struct xencamera_resp){0}, RAW_TIMEOUT_MS);
			break;
		case CREATED:
			stream(&raw);
			break;
		case STREAMING:
			raw_op(&raw, XENCAMERA_OP_STREAM_START);
			raw_event(&raw, &event, RAW_TIMEOUT_MS);
			break;
		case STOPPING:
			raw_op(&raw, XENCAMERA_OP_STREAM_STOP);
			break;
		default:
			raw_state(&raw, XenbusStateClosing);
		}
	}
}

/* Whether a child got there; it is dead then. */
static bool die_at(const char *device, enum step step)
{
	int ready[2], status;
	char byte = 0;
	pid_t child;

	if (pipe(ready) < 0)
		return false;
	child = fork();
	if (child == 0) {
		close(ready[0]);
		live_until(device, step);
		if (write(ready[1], "!", 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		byte = 0;
	close(ready[0]);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return byte == '!';
}

static void works(const char *device)
{
	struct xencamera_evt event;
	struct raw raw;

	raw_open(&raw, device);
	assert_true(raw_connect(&raw));
	stream(&raw);
	assert_int_equal(raw_op(&raw, XENCAMERA_OP_STREAM_START), 0);
	assert_true(raw_event(&raw, &event, RAW_TIMEOUT_MS));
	raw_state(&raw, XenbusStateClosing);
	raw_close(&raw);
}

static void dies_everywhere(const char *device)
{
	for (enum step step = OPENED; step < STEPS; step++) {
		if (!die_at(device, step))
			fail_msg("no step %d", step);
		works(device);
	}
	for (enum step step = OPENED; step < STEPS; step++)
		assert_true(die_at(device, step)); /* one after the other */
	works(device);
}

static void a_user_space_frontend(void **state)
{
	(void)state;
	dies_everywhere(RAW_CAMERA);
}

static void one_without_life_bytes(void **state)
{
	(void)state;
	dies_everywhere(RAW_KERNEL);
}

/* Its death alone, without a word in xenstore, closes the device. */
static void a_death_is_noticed(void **state)
{
	struct raw raw;

	(void)state;
	assert_true(die_at(RAW_CAMERA, STREAMING));
	raw_open(&raw, RAW_CAMERA);
	assert_true(raw_wait_backend(&raw, XenbusStateClosed, RAW_TIMEOUT_MS));
	raw_close(&raw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_death_is_noticed),
		cmocka_unit_test(a_user_space_frontend),
		cmocka_unit_test(one_without_life_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
