/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "backend/camera/pool.h"
#include "common/pixfmt.h"

#define NUM_THREADS 8
#define NUM_ROUNDS 50

#define BIG_WIDTH 1280u
#define BIG_HEIGHT 720u

static const struct pv_picture native = {PV_FOURCC_YUYV, 64, 48};
/* Takes long enough to convert for the threads to meet. */
static const struct pv_picture big = {PV_FOURCC_YUYV, BIG_WIDTH, BIG_HEIGHT};

static struct vcam_pool *make_pool(unsigned max_frames)
{
	struct vcam_pool *pool;

	assert_int_equal(vcam_pool_create(native, max_frames, &pool), 0);
	return pool;
}

static struct vcam_frame *take(struct vcam_pool *pool)
{
	struct vcam_frame *frame;

	assert_int_equal(vcam_pool_take(pool, &frame), 0);
	return frame;
}

static uint64_t conversions(struct vcam_pool *pool)
{
	struct vcam_pool_counts counts;

	vcam_pool_counts(pool, &counts);
	return counts.conversions;
}

struct asker {
	pthread_t thread;
	pthread_barrier_t *barrier;
	struct vcam_frame *frame;
	struct pv_picture picture;
	const void *pixels;
	size_t bytes;
	int err;
	uint8_t last; /* byte of the picture, at once */
};

static void *ask(void *arg)
{
	struct asker *asker = arg;

	pthread_barrier_wait(asker->barrier);
	asker->err = vcam_frame_as(asker->frame, asker->picture, &asker->pixels, &asker->bytes);
	if (asker->err == 0)
		asker->last = ((const uint8_t *)asker->pixels)[asker->bytes - 1];
	return NULL;
}

/* Every second thread asks for NV12, the others for GREY. */
static void ask_all(struct vcam_frame *frame, struct asker *askers)
{
	pthread_barrier_t barrier;

	pthread_barrier_init(&barrier, NULL, NUM_THREADS);
	for (unsigned i = 0; i < NUM_THREADS; i++) {
		askers[i] = (struct asker){.barrier = &barrier, .frame = frame, .err = -1};
		askers[i].picture = (struct pv_picture){
			i % 2 ? PV_FOURCC_GREY : PV_FOURCC_NV12, BIG_WIDTH, BIG_HEIGHT};
		assert_int_equal(pthread_create(&askers[i].thread, NULL, ask, &askers[i]), 0);
	}
	for (unsigned i = 0; i < NUM_THREADS; i++)
		pthread_join(askers[i].thread, NULL);
	pthread_barrier_destroy(&barrier);
}

static void test_one_conversion_for_all_who_ask(void **state)
{
	const size_t luma_bytes = BIG_WIDTH * BIG_HEIGHT;
	struct asker askers[NUM_THREADS];
	struct vcam_pool *pool;

	(void)state;
	assert_int_equal(vcam_pool_create(big, 4, &pool), 0);
	for (unsigned round = 0; round < NUM_ROUNDS; round++) {
		struct vcam_frame *frame = take(pool);

		memset(frame->pixels, (int)round + 20, frame->size_bytes);
		ask_all(frame, askers);
		for (unsigned i = 0; i < NUM_THREADS; i++) {
			assert_int_equal(askers[i].err, 0);
			assert_ptr_equal(askers[i].pixels, askers[i % 2].pixels);
			assert_int_equal(askers[i].bytes, i % 2 ? luma_bytes : luma_bytes * 3 / 2);
			assert_int_equal(askers[i].last, round + 20);
		}
		assert_int_equal(conversions(pool), 2 * (round + 1));
		vcam_frame_put(frame);
	}
	vcam_pool_destroy(pool);
}

static void test_native_is_the_frame_itself(void **state)
{
	struct vcam_pool *pool = make_pool(1);
	struct vcam_frame *frame = take(pool);
	const void *pixels;
	size_t bytes;

	(void)state;
	assert_int_equal(vcam_frame_as(frame, native, &pixels, &bytes), 0);
	assert_ptr_equal(pixels, frame->pixels);
	assert_int_equal(bytes, 64 * 48 * 2);
	assert_int_equal((uintptr_t)pixels % 4096, 0);
	assert_int_equal(conversions(pool), 0);
	vcam_frame_put(frame);
	vcam_pool_destroy(pool);
}

static void test_held_frames_are_not_reused(void **state)
{
	struct vcam_pool *pool = make_pool(2);
	struct vcam_frame *first = take(pool);
	struct vcam_frame *second = take(pool);
	struct vcam_frame *third;

	(void)state;
	assert_ptr_not_equal(first, second);
	vcam_frame_hold(first);
	vcam_frame_put(first);
	assert_int_equal(vcam_pool_take(pool, &third), -EAGAIN);
	vcam_frame_put(first);
	assert_int_equal(vcam_pool_take(pool, &third), 0);
	assert_ptr_equal(third, first);
	vcam_frame_put(third);
	vcam_frame_put(second);
	vcam_pool_destroy(pool);
}

static void test_recycled_frame_is_converted_anew(void **state)
{
	static const struct pv_picture grey = {PV_FOURCC_GREY, 64, 48};
	struct vcam_pool *pool = make_pool(1);
	const void *before, *after;
	size_t bytes;

	(void)state;
	for (unsigned round = 0; round < 3; round++) {
		struct vcam_frame *frame = take(pool);

		memset(frame->pixels, 50 + (int)round, frame->size_bytes);
		assert_int_equal(vcam_frame_as(frame, grey, &after, &bytes), 0);
		assert_int_equal(*(const uint8_t *)after, 50 + round);
		if (round > 0)
			assert_ptr_equal(before, after); /* its memory is used again */
		before = after;
		vcam_frame_put(frame);
	}
	assert_int_equal(conversions(pool), 3);
	vcam_pool_destroy(pool);
}

static void test_longest_unused_comes_first(void **state)
{
	struct vcam_pool *pool = make_pool(3);
	struct vcam_frame *seen[3];

	(void)state;
	assert_int_equal(vcam_pool_reserve(pool, 3), 0);
	assert_int_equal(vcam_pool_reserve(pool, 4), -EAGAIN);
	for (unsigned i = 0; i < 9; i++) {
		struct vcam_frame *frame = take(pool);

		if (i >= 3)
			assert_ptr_equal(frame, seen[i % 3]);
		else
			assert_int_equal(*(uint8_t *)frame->pixels, 0);
		seen[i % 3] = frame;
		vcam_frame_put(frame);
	}
	assert_ptr_not_equal(seen[0], seen[1]);
	assert_ptr_not_equal(seen[1], seen[2]);
	vcam_pool_destroy(pool);
}

static void test_held_frame_outlives_the_pool(void **state)
{
	static const struct pv_picture half = {PV_FOURCC_YU12, 32, 24};
	struct vcam_pool *pool = make_pool(2);
	struct vcam_frame *frame = take(pool);
	struct vcam_frame *other = take(pool);
	const void *pixels;
	size_t bytes;

	(void)state;
	memset(frame->pixels, 99, frame->size_bytes);
	vcam_pool_destroy(pool);
	vcam_frame_put(other);
	assert_int_equal(vcam_frame_as(frame, half, &pixels, &bytes), 0);
	assert_int_equal(*(const uint8_t *)pixels, 99);
	assert_int_equal(bytes, 32 * 24 * 3 / 2);
	vcam_frame_put(frame);
	vcam_pool_destroy(NULL);
}

static int ask_width(struct vcam_frame *frame, uint32_t width)
{
	struct pv_picture picture = {PV_FOURCC_GREY, width, 16};
	const void *pixels;
	size_t bytes;

	return vcam_frame_as(frame, picture, &pixels, &bytes);
}

static void test_sixteen_pictures_at_once(void **state)
{
	struct vcam_pool *pool = make_pool(1);
	struct vcam_frame *frame = take(pool);

	(void)state;
	for (uint32_t i = 1; i <= 16; i++)
		assert_int_equal(ask_width(frame, 2 * i), 0);
	assert_int_equal(ask_width(frame, 2 * 17), -ENOSPC);
	assert_int_equal(ask_width(frame, 2), 0);
	vcam_frame_put(frame);
	/* Nobody holds one now: a new guest's picture takes an old one's place. */
	frame = take(pool);
	for (uint32_t i = 17; i <= 32; i++)
		assert_int_equal(ask_width(frame, 2 * i), 0);
	assert_int_equal(ask_width(frame, 2), -ENOSPC);
	vcam_frame_put(frame);
	/* Forgotten, because long not asked for. */
	for (unsigned i = 0; i < 300; i++)
		vcam_frame_put(take(pool));
	frame = take(pool);
	assert_int_equal(ask_width(frame, 2), 0);
	vcam_frame_put(frame);
	vcam_pool_destroy(pool);
}

static void test_nonsense_is_refused(void **state)
{
	static const struct pv_picture unknown = {0x21212121, 64, 48};
	static const struct pv_picture empty = {PV_FOURCC_YUYV, 0, 48};
	struct vcam_pool *pool = make_pool(1);
	struct vcam_frame *frame = take(pool);
	struct vcam_pool *none;
	const void *pixels;
	size_t bytes;

	(void)state;
	assert_int_equal(vcam_frame_as(frame, unknown, &pixels, &bytes), -EINVAL);
	assert_int_equal(vcam_frame_as(frame, empty, &pixels, &bytes), -EINVAL);
	assert_int_equal(vcam_pool_create(empty, 1, &none), -EINVAL);
	assert_int_equal(vcam_pool_create(native, 0, &none), -EINVAL);
	vcam_frame_put(frame);
	vcam_pool_destroy(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_conversion_for_all_who_ask),
		cmocka_unit_test(test_native_is_the_frame_itself),
		cmocka_unit_test(test_held_frames_are_not_reused),
		cmocka_unit_test(test_recycled_frame_is_converted_anew),
		cmocka_unit_test(test_longest_unused_comes_first),
		cmocka_unit_test(test_held_frame_outlives_the_pool),
		cmocka_unit_test(test_sixteen_pictures_at_once),
		cmocka_unit_test(test_nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
