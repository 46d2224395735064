/* SPDX-License-Identifier: MIT */
/* The alsa card on a PCM that has a clock, a buffer that runs dry or full, and ways of its own of
 * counting and waking: tests/unit/pcm_clocked.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <alsa/asoundlib.h>
#include <cmocka.h>

#include "common/parse.h"
#include "tests/unit/vsnd_alsa_card.h"
#include "tests/unit/vsnd_player.h"

#define STALL_MS 300u
#define FRAMES_PER_MS 48u
#define NS_PER_MS 1000000u

static char config_path[] = "/tmp/vsnd_clocked_test.XXXXXX";

static int make_config(void **state)
{
	const char *build = getenv("top_builddir");
	char here[256] = ".";
	int fd = mkstemp(config_path);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	(void)state;
	if (file == NULL)
		return -1;
	fprintf(file,
		"pcm_type.clocked { lib \"%s/tests/unit/.libs/pcm_clocked.so\" }\n"
		"pcm.sleepy { type clocked wake_ms 8 }\n"
		"pcm.looped { type clocked step 192 wake_ms 8 }\n"
		"pcm.coarse { type clocked step 192 stall_at_ms 2000 stall_ms 40 }\n"
		"pcm.dry { type clocked stall_at_ms 100 stall_ms 100 }\n"
		"pcm.halted { type clocked halt_at_ms 100 }\n"
		"pcm.full { type clocked stall_at_ms 500 stall_ms %u }\n",
		build != NULL ? build : getcwd(here, sizeof(here)), STALL_MS);
	fclose(file);
	return setenv("ALSA_CONFIG_PATH", config_path, 1);
}

static int remove_config(void **state)
{
	(void)state;
	snd_config_update_free_global();
	return unlink(config_path);
}

static const struct vsnd_format stereo16 = {XENSND_PCM_FORMAT_S16_LE, 2, 48000};

static struct vsnd_card_stat stat_of(struct vsnd_card *card)
{
	struct vsnd_card_stat stat;

	vsnd_card_stat(card, &stat);
	return stat;
}

/* A busy machine may keep us from looking, but not each time. */
static void check_that(bool (*holds)(void))
{
	for (unsigned i = 0; i < 5; i++)
		if (holds())
			return;
	fail_msg("it does not hold");
}

/* Who looks too late takes several steps for one. */
static bool is_step(uint32_t frames)
{
	return frames >= 192 && frames % 192 == 0;
}

static bool is_deep(const struct vsnd_card_depth_stat *depth)
{
	/* Not so deep at first. */
	return is_step(depth->device_step_frames) &&
	       depth->floor_frames == 2 * 128 + depth->device_step_frames &&
	       depth->now_frames >= depth->device_step_frames + 6 * 128 &&
	       depth->now_frames <= 4800;
}

static bool goes_deeper(void)
{
	struct vsnd_card *card = make_card("coarse");
	struct player player = open_on(card, VSND_PLAYBACK, &stereo16, 1024);
	struct vsnd_card_depth_stat depth = {0};

	vsnd_stream_start(player.stream);
	for (unsigned i = 0; i < 1000 && depth.dropouts == 0; i++) {
		usleep(10000);
		depth = stat_of(card).depth;
	}
	assert_true(stat_of(card).here[VSND_PLAYBACK].is_there);
	assert_int_equal(stat_of(card).format[VSND_PLAYBACK].rate_hz, 48000);
	assert_int_equal(stat_of(card).quantum_frames[VSND_PLAYBACK], 128);
	assert_int_equal(depth.rate_hz, 48000);
	assert_int_equal(depth.step_frames, 128);
	assert_true(depth.dropouts >= 1);
	assert_true(stat_of(card).xruns >= 1);
	leave(&player);
	vsnd_card_destroy(card);
	return is_deep(&depth);
}

/* A device that counts in steps of 4 ms, and is looked at 40 ms too late. */
static void test_depth_of_a_device_with_a_clock(void **state)
{
	(void)state;
	check_that(goes_deeper);
}

static void play_until_told(const char *name, struct vsnd_card_depth_stat *ret)
{
	struct vsnd_card *card = make_card(name);
	struct player player = open_on(card, VSND_PLAYBACK, &stereo16, 1024);

	ret->rate_hz = 0;
	vsnd_stream_start(player.stream);
	for (unsigned i = 0; i < 1000 && ret->rate_hz == 0; i++) {
		usleep(10000);
		*ret = stat_of(card).depth;
	}
	assert_int_equal(ret->rate_hz, 48000);
	leave(&player);
	vsnd_card_destroy(card);
}

/* It wakes each 8 ms: what it has played by then is its floor, and no miss of the thread's. */
static void test_depth_of_a_device_that_wakes_late(void **state)
{
	struct vsnd_card_depth_stat depth;

	(void)state;
	play_until_told("sleepy", &depth);
	assert_true(depth.floor_frames >= 384 + 128);
	/* A machine that is busy may add to it. */
	assert_true(depth.estimate.miss.is < 0.3);
}

static bool is_not_waited_for(void)
{
	struct vsnd_card_depth_stat depth;

	play_until_told("looped", &depth);
	return is_step(depth.device_step_frames) &&
	       depth.floor_frames < depth.device_step_frames + 3 * 128 &&
	       depth.estimate.miss.is < 0.3;
}

/* As snd-aloop: it counts in 4 ms and wakes in 8. */
static void test_depth_of_a_device_that_counts_in_steps(void **state)
{
	(void)state;
	check_that(is_not_waited_for);
}

static bool is_in_time(enum vsnd_direction direction)
{
	struct vsnd_card *card = make_card("looped");
	struct player player = open_on(card, direction, &stereo16, 256);
	struct vsnd_card_stat stat;

	vsnd_stream_start(player.stream);
	wait_for(&player, 900 * 64);
	stat = stat_of(card);
	assert_int_equal(stat.quantum_frames[direction], 64);
	assert_true(stat.wake.wakes >= 100);
	leave(&player);
	vsnd_card_destroy(card);
	return stat.wake.p50_ns < 2 * NS_PER_MS && stat.late_quanta * 10 < stat.quanta;
}

static bool plays_in_time(void)
{
	return is_in_time(VSND_PLAYBACK);
}

static bool captures_in_time(void)
{
	return is_in_time(VSND_CAPTURE);
}

/* A device's step is nobody's lateness: a third of all quanta wait for one, for three quanta's
 * time. */
static void test_a_step_is_no_lateness(void **state)
{
	(void)state;
	check_that(plays_in_time);
	check_that(captures_in_time);
}

/* The buffer is as large as the depth that was asked for. */
static void check_room(const struct vsnd_card_config *config, uint32_t min_ms, uint32_t max_ms)
{
	uint32_t quantum_frames = 128;
	struct vsnd_fill *fill;
	void *device;

	vsnd_card_alsa.prepare();
	assert_int_equal(vsnd_card_alsa.open(config, "sleepy", VSND_PLAYBACK, &stereo16,
				 &quantum_frames, &device),
		0);
	fill = vsnd_card_alsa.fill(device);
	assert_non_null(fill);
	assert_in_range(fill->target_frames, min_ms * FRAMES_PER_MS, max_ms * FRAMES_PER_MS);
	vsnd_card_alsa.close(device);
}

static void test_a_depth_has_room(void **state)
{
	const struct vsnd_card_config fixed = {.name = "main", .depth_us = 500000};
	const struct vsnd_card_config least = {.name = "main", .depth_min_us = 300000};

	(void)state;
	check_room(&fixed, 500, 500);
	check_room(&least, 300, 310);
}

/* ---- underrun ---- */

/* What a device that ran dry gets first is silence, and not what guests have not brought yet. */
static void test_a_dry_device_is_filled_up_with_silence(void **state)
{
	const struct vsnd_card_config config = {.name = "main", .depth_us = 40000};
	static uint8_t samples[128 * 4];
	uint32_t quantum_frames = 128;
	struct vsnd_told told;
	void *device;
	int xruns = 0;

	(void)state;
	vsnd_card_alsa.prepare();
	assert_int_equal(vsnd_card_alsa.open(&config, "dry", VSND_PLAYBACK, &stereo16,
				 &quantum_frames, &device),
		0);
	assert_int_equal(quantum_frames, 128);
	for (unsigned i = 0; i < 1000 && xruns == 0; i++) {
		xruns = vsnd_card_alsa.transfer(device, samples, 128, true);
		vsnd_card_alsa.told(device, &told);
	}
	assert_true(xruns > 0);
	assert_int_equal(told.inside_ns, 40 * NS_PER_MS);
	/* All that guests will be later by, and it was looked at late by that: a quantum after. */
	assert_true(told.missed_ns >= 97 * NS_PER_MS);
	assert_true(told.delay_ns >= told.missed_ns);
	vsnd_card_alsa.close(device);
}

/* ---- a device that stands still, and goes on waking whoever waits ---- */

static void check_halted(enum vsnd_direction direction)
{
	struct vsnd_card *card = make_card("halted");
	struct player player = open_on(card, direction, &stereo16, 1024);
	uint64_t began_ns = pv_now_ns(), position;

	vsnd_stream_start(player.stream);
	for (unsigned i = 0; i < 1000 && stat_of(card).lost == 0; i++)
		usleep(10000);
	assert_true(stat_of(card).lost > 0);
	/* And nobody stays behind. */
	position = (pv_now_ns() - began_ns) / NS_PER_MS * FRAMES_PER_MS;
	wait_for(&player, position);
	leave(&player);
	vsnd_card_destroy(card);
}

static void test_a_device_that_stands_still_is_lost(void **state)
{
	(void)state;
	check_halted(VSND_PLAYBACK);
	check_halted(VSND_CAPTURE);
}

/* ---- overrun ---- */

/* Reads all that is there: numbers in a row. Returns how often they began anew. */
static unsigned read_all(struct player *player, uint32_t *last)
{
	static uint32_t frames[65536];
	struct vsnd_stream_counts counts;
	unsigned anew = 0;

	vsnd_stream_counts(player->stream, &counts);
	assert_int_equal(vsnd_stream_read(player->stream, frames, (uint32_t)counts.fill_frames), 0);
	for (uint32_t i = 0; i < counts.fill_frames; i++) {
		if (*last != UINT32_MAX && frames[i] != *last + 1) {
			assert_int_equal(frames[i], 0);
			anew++;
		}
		*last = frames[i];
	}
	return anew;
}

static struct vsnd_stream_counts check_overrun_counts(const struct player *player)
{
	struct vsnd_stream_counts counts;

	vsnd_stream_counts(player->stream, &counts);
	assert_int_equal(counts.guest_frames + counts.fill_frames, counts.position_frames);
	assert_int_equal(counts.device_frames, counts.position_frames + counts.missed_frames);
	/* Nobody else was late, and nothing stands for what was lost. */
	assert_int_equal(counts.lost_frames + counts.stopped_frames + counts.overruns, 0);
	for (unsigned i = 0; i < VSND_SILENCES; i++)
		assert_int_equal(counts.silence[i], 0);
	return counts;
}

/* What came while nobody looked is lost with what was inside. */
static void test_an_overrun_is_counted(void **state)
{
	struct vsnd_card *card = make_card("full");
	struct player player = open_on(card, VSND_CAPTURE, &stereo16, 1024);
	struct vsnd_stream_counts counts;
	uint64_t began_ns = pv_now_ns(), gone_frames;
	unsigned anew = 0;
	uint32_t last = UINT32_MAX;

	(void)state;
	vsnd_stream_start(player.stream);
	for (uint64_t position = 2048; anew == 0; position += 2048) {
		assert_true(position < 10 * 48000);
		wait_for(&player, position);
		anew += read_all(&player, &last);
	}
	counts = check_overrun_counts(&player);
	gone_frames = (pv_now_ns() - began_ns) * FRAMES_PER_MS / NS_PER_MS;
	assert_true(stat_of(card).xruns >= anew);
	assert_true(stat_of(card).wake.max_ns >= STALL_MS * NS_PER_MS);
	assert_in_range(counts.missed_frames, STALL_MS * FRAMES_PER_MS,
		gone_frames - counts.position_frames);
	leave(&player);
	vsnd_card_destroy(card);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_depth_of_a_device_with_a_clock),
		cmocka_unit_test(test_depth_of_a_device_that_wakes_late),
		cmocka_unit_test(test_depth_of_a_device_that_counts_in_steps),
		cmocka_unit_test(test_a_step_is_no_lateness),
		cmocka_unit_test(test_a_depth_has_room),
		cmocka_unit_test(test_a_dry_device_is_filled_up_with_silence),
		cmocka_unit_test(test_a_device_that_stands_still_is_lost),
		cmocka_unit_test(test_an_overrun_is_counted),
	};

	return cmocka_run_group_tests(tests, make_config, remove_config);
}
