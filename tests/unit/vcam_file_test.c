/* SPDX-License-Identifier: MIT */
/* A file as a camera: the same bytes, in order, looped; and one that goes away and comes back. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/camera/source.h"
#include "common/pixfmt.h"

#define WIDTH 32
#define HEIGHT 24
#define NUM_FRAMES 7
#define FRAME_BYTES (WIDTH * HEIGHT * 3 / 2)
#define PATIENCE_NS 20000000000ull

static const struct pv_fraction hz25 = {25, 1};

struct player {
	char directory[64], path[96];
	struct vcam_source_config config;
	struct vcam_source *source;
	struct vcam_tap *tap;
	int wake_fd;
};

/* Every byte tells its frame and place. */
static void expected_frame(unsigned index, uint8_t *bytes)
{
	for (unsigned i = 0; i < FRAME_BYTES; i++)
		bytes[i] = (uint8_t)(index * 31 + i * 7 + i / 251);
}

static void write_file(const char *path, unsigned frames)
{
	FILE *file = fopen(path, "we");
	uint8_t bytes[FRAME_BYTES];

	assert_non_null(file);
	fprintf(file, "YUV4MPEG2 W%d H%d F25:1 Ip C420jpeg\n", WIDTH, HEIGHT);
	for (unsigned i = 0; i < frames; i++) {
		expected_frame(i, bytes);
		fprintf(file, "FRAME\n");
		assert_int_equal(fwrite(bytes, sizeof(bytes), 1, file), 1);
	}
	assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
	struct player *player = calloc(1, sizeof(*player));
	char error[256] = "";

	if (player == NULL)
		return -1;
	strcpy(player->directory, "/tmp/vcam_file_test.XXXXXX");
	assert_non_null(mkdtemp(player->directory));
	snprintf(player->path, sizeof(player->path), "%s/clip.y4m", player->directory);
	write_file(player->path, NUM_FRAMES);
	player->config = (struct vcam_source_config){
		.name = "clip", .ops = &vcam_source_file, .path = player->path};
	if (vcam_source_create(&player->config, &player->source, error, sizeof(error)) < 0)
		fail_msg("%s", error);
	player->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	assert_int_equal(vcam_tap_create(player->source, player->wake_fd, &player->tap), 0);
	*state = player;
	return 0;
}

static int tear_down(void **state)
{
	struct player *player = *state;

	vcam_tap_destroy(player->tap);
	vcam_source_destroy(player->source);
	close(player->wake_fd);
	unlink(player->path);
	rmdir(player->directory);
	free(player);
	return 0;
}

static struct vcam_tap_frame take(struct player *player)
{
	struct pollfd poll_fd = {.fd = player->wake_fd, .events = POLLIN};
	uint64_t until_ns = pv_now_ns() + PATIENCE_NS;
	struct vcam_tap_frame taken;
	eventfd_t count;

	while (vcam_tap_take(player->tap, &taken) < 0) {
		assert_true(pv_now_ns() < until_ns);
		poll(&poll_fd, 1, 10);
		eventfd_read(player->wake_fd, &count);
	}
	return taken;
}

static struct vcam_source_stat stat_of(struct player *player)
{
	struct vcam_source_stat stat;

	vcam_source_stat(player->source, &stat);
	return stat;
}

static void test_mode_is_the_files(void **state)
{
	struct player *player = *state;
	struct vcam_source_mode mode = vcam_source_mode(player->source);
	struct vcam_control control;

	assert_int_equal(mode.picture.fourcc, PV_FOURCC_YU12);
	assert_int_equal(mode.picture.width, WIDTH);
	assert_int_equal(mode.picture.height, HEIGHT);
	assert_int_equal(mode.rate.numer, 25);
	assert_string_equal(vcam_source_name(player->source), "clip");
	assert_string_equal(vcam_source_type(player->source), "file");
	assert_true(vcam_source_control(player->source, 0, &control) < 0);
}

static void test_same_bytes_in_order_from_the_first(void **state)
{
	struct player *player = *state;
	uint8_t bytes[FRAME_BYTES];

	for (unsigned run = 0; run < 3; run++) {
		uint64_t first = stat_of(player).frames;

		assert_int_equal(vcam_tap_start(player->tap, hz25), 0);
		for (unsigned i = 0; i < 2 * NUM_FRAMES + 3; i++) {
			struct vcam_tap_frame taken = take(player);

			expected_frame((unsigned)(taken.frame->number - first) % NUM_FRAMES, bytes);
			assert_int_equal(taken.frame->size_bytes, FRAME_BYTES);
			assert_memory_equal(taken.frame->pixels, bytes, FRAME_BYTES);
			vcam_frame_put(taken.frame);
			vcam_tap_done(player->tap);
		}
		vcam_tap_stop(player->tap);
	}
	assert_int_equal(stat_of(player).late, 0);
}

static void test_quick_restart_begins_at_the_first(void **state)
{
	struct player *player = *state;
	struct vcam_tap_counts counts;
	uint8_t bytes[FRAME_BYTES];

	for (unsigned i = 0; i < 100; i++) {
		struct vcam_tap_frame taken;

		vcam_tap_counts(player->tap, &counts);
		assert_int_equal(vcam_tap_start(player->tap, hz25), 0);
		taken = take(player);
		expected_frame((taken.seq - (unsigned)counts.offered) % NUM_FRAMES, bytes);
		assert_memory_equal(taken.frame->pixels, bytes, FRAME_BYTES);
		vcam_frame_put(taken.frame);
		vcam_tap_stop(player->tap);
	}
}

/* Takes frames until the placeholder is, or is no more, what comes; seq and number never falter. */
static void wait_until_lost(struct player *player, bool lost, struct vcam_tap_frame *last)
{
	uint64_t until_ns = pv_now_ns() + PATIENCE_NS;
	const uint8_t dark_grey[8] = {48, 48, 48, 48, 48, 48, 48, 48};
	bool seen = !lost;

	while (seen != lost) {
		struct vcam_tap_frame taken = take(player);

		assert_true(pv_now_ns() < until_ns);
		assert_true(taken.seq > last->seq);
		assert_int_equal(taken.frame->number, taken.seq);
		seen = memcmp(taken.frame->pixels, dark_grey, sizeof(dark_grey)) == 0;
		vcam_frame_put(last->frame);
		*last = taken;
		vcam_tap_done(player->tap);
	}
	assert_int_equal(stat_of(player).lost, lost);
}

static void test_cut_short_and_mended(void **state)
{
	struct player *player = *state;
	struct vcam_tap_frame last;
	uint8_t bytes[FRAME_BYTES];

	assert_int_equal(vcam_tap_start(player->tap, hz25), 0);
	last = take(player);
	assert_int_equal(truncate(player->path, 100), 0);
	wait_until_lost(player, true, &last);
	write_file(player->path, NUM_FRAMES);
	wait_until_lost(player, false, &last);
	expected_frame(0, bytes);
	assert_memory_equal(last.frame->pixels, bytes, FRAME_BYTES);
	vcam_frame_put(last.frame);
}

static void test_missing_at_start_and_then_there(void **state)
{
	struct player *player = *state;
	struct vcam_tap_frame last;

	assert_int_equal(unlink(player->path), 0);
	assert_int_equal(vcam_tap_start(player->tap, hz25), 0);
	last = take(player);
	wait_until_lost(player, true, &last);
	/* A file of another size is not what the guests were offered. */
	FILE *other = fopen(player->path, "we");

	assert_non_null(other);
	fprintf(other, "YUV4MPEG2 W2 H2 F25:1 Cmono\nFRAME\nabcd");
	assert_int_equal(fclose(other), 0);
	for (unsigned i = 0; i < 30; i++)
		wait_until_lost(player, true, &last);
	write_file(player->path, NUM_FRAMES);
	wait_until_lost(player, false, &last);
	vcam_frame_put(last.frame);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_mode_is_the_files, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_same_bytes_in_order_from_the_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_quick_restart_begins_at_the_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cut_short_and_mended, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_missing_at_start_and_then_there, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
