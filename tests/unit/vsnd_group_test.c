/* SPDX-License-Identifier: MIT */
/* Streams of one rate, which are converted together: what each of them hears and is heard of. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/vsnd_desk.h"

static const struct vsnd_format float48 = {XENSND_PCM_FORMAT_F32_LE, 2, 48000};
static const struct vsnd_format cd = {XENSND_PCM_FORMAT_F32_LE, 2, 44100};
static const struct vsnd_format cd_mono = {XENSND_PCM_FORMAT_F32_LE, 1, 44100};
static const struct vsnd_format stereo16 = {XENSND_PCM_FORMAT_S16_LE, 2, 48000};

static void capture(struct device *device, const void *from, uint32_t frames)
{
	for (unsigned k = 0; k < GUESTS; k++)
		if (device->feeds[k] != NULL)
			vsnd_feed_arm(device->feeds[k]);
	vsnd_desk_begin(device->desk, from, frames);
	for (unsigned k = 0; k < GUESTS; k++)
		if (device->feeds[k] != NULL)
			device->ran[k] = vsnd_feed_take(device->feeds[k]);
	vsnd_desk_end(device->desk, NULL);
}

static void fill(float *samples, size_t count, uint32_t seed)
{
	for (size_t i = 0; i < count; i++)
		samples[i] = (float)dice(&seed) / 16777216.0f / 4 - 0.125f;
}

/* ---- playback ---- */

/* Each with its own volume; against each alone at a device of its own, added up here. */
static void test_a_group_is_the_sum(void **state)
{
	static float in[GUESTS][20000 * 2], together[QUANTUM * 2], alone[QUANTUM * 2];
	struct device all = make(VSND_PLAYBACK, &float48), one[GUESTS];
	uint32_t dice_state = 1;

	(void)state;
	for (unsigned k = 0; k < GUESTS; k++) {
		const struct vsnd_format *format = k == 3 ? &cd_mono : &cd;
		const float gain[] = {0.25f * (float)(k + 1), 0.5f};

		fill(in[k], 20000 * 2, k + 1);
		one[k] = make(VSND_PLAYBACK, &float48);
		join(&all, k, VSND_PLAYBACK, format);
		join(&one[k], 0, VSND_PLAYBACK, format);
		vsnd_stream_set_gain(all.streams[k], gain);
		vsnd_stream_set_gain(one[k].streams[0], gain);
		vsnd_stream_write(all.streams[k], in[k], 20000);
		vsnd_stream_write(one[k].streams[0], in[k], 20000);
		vsnd_stream_start(all.streams[k]);
		vsnd_stream_start(one[k].streams[0]);
	}
	for (unsigned turn = 0; turn < 150; turn++) {
		uint32_t frames = 1 + dice(&dice_state) % QUANTUM;
		double sum[QUANTUM * 2] = {0};

		play(&all, together, frames);
		for (unsigned k = 0; k < GUESTS; k++) {
			play(&one[k], alone, frames);
			for (unsigned i = 0; i < 2 * frames; i++)
				sum[i] += (double)alone[i];
			assert_int_equal(vsnd_stream_position(all.streams[k]),
				vsnd_stream_position(one[k].streams[0]));
		}
		for (unsigned i = 0; i < 2 * frames; i++)
			assert_true(fabs(sum[i] - (double)together[i]) < 1e-6);
	}
	unmake(&all);
	for (unsigned k = 0; k < GUESTS; k++)
		unmake(&one[k]);
}

/* How long the filter takes, in the device's frames. */
static uint32_t delay_frames(void)
{
	struct vsnd_rate *rate;
	uint32_t frames;

	assert_int_equal(vsnd_rate_create(2, 44100, 48000, VSND_RATE_USUAL, QUANTUM, &rate), 0);
	frames = vsnd_rate_delay_out_frames(rate);
	vsnd_rate_destroy(rate);
	return frames;
}

/* Its first frame is heard where it would be alone, and its position is its own. */
static void test_who_joins_begins_in_its_place(void **state)
{
	static float click[4000 * 2], out[(40 + 40) * QUANTUM * 2];
	struct device device = make(VSND_PLAYBACK, &float48);
	uint32_t peak = 0, dice_state = 2, done = 0, began;

	(void)state;
	join(&device, 0, VSND_PLAYBACK, &cd);
	vsnd_stream_start(device.streams[0]);
	for (unsigned turn = 0; turn < 40; turn++) {
		uint32_t frames = 1 + dice(&dice_state) % QUANTUM;

		play(&device, out + 2 * (size_t)done, frames);
		done += frames;
	}
	join(&device, 1, VSND_PLAYBACK, &cd);
	click[0] = click[1] = 1;
	vsnd_stream_write(device.streams[1], click, 4000);
	vsnd_stream_start(device.streams[1]);
	began = done;
	for (unsigned turn = 0; turn < 40; turn++) {
		uint32_t frames = 1 + dice(&dice_state) % QUANTUM;

		play(&device, out + 2 * (size_t)done, frames);
		done += frames;
		assert_true(fabs((double)vsnd_stream_position(device.streams[1]) -
				    (done - began) * 44100.0 / 48000) <= 1);
	}
	for (uint32_t i = 0; i < done; i++)
		if (fabsf(out[2 * i]) > fabsf(out[2 * peak]))
			peak = i;
	assert_in_range(peak, began + delay_frames() - 2, began + delay_frames() + 1);
	unmake(&device);
}

/* Who comes and goes leaves the positions of those who stay alone: a million frames. */
static void test_a_million_frames(void **state)
{
	static float out[QUANTUM * 2];
	struct device device = make(VSND_PLAYBACK, &float48);
	uint32_t dice_state = 4, done = 0;

	(void)state;
	join(&device, 0, VSND_PLAYBACK, &cd);
	vsnd_stream_start(device.streams[0]);
	while (done < 1000000) {
		uint32_t frames = dice(&dice_state) % (QUANTUM + 1);

		if (dice(&dice_state) % 100 == 0 && device.feeds[1] == NULL) {
			join(&device, 1, VSND_PLAYBACK, &cd);
			vsnd_stream_start(device.streams[1]);
		} else if (dice(&dice_state) % 100 == 0 && device.feeds[1] != NULL) {
			leave(&device, 1);
		}
		play(&device, out, frames);
		done += frames;
	}
	assert_true(fabs((double)vsnd_stream_position(device.streams[0]) -
			    done * 44100.0 / 48000) <= 1);
	unmake(&device);
}

/* When all had stopped, what is inside goes out, a quantum at a time; then the next run is bit for
 * bit as at a new device. */
static void test_no_old_tail(void **state)
{
	uint32_t rang_frames = 0;
	static float in[8000 * 2], out[QUANTUM * 2], fresh[QUANTUM * 2];
	struct device used = make(VSND_PLAYBACK, &float48), new = make(VSND_PLAYBACK, &float48);

	(void)state;
	fill(in, 8000 * 2, 3);
	for (unsigned k = 0; k < 2; k++) {
		join(&used, k, VSND_PLAYBACK, &cd);
		vsnd_stream_write(used.streams[k], in, 1000);
		vsnd_stream_start(used.streams[k]);
	}
	play(&used, out, 100);
	assert_true(out[199] != 0);
	vsnd_stream_stop(used.streams[0]);
	play(&used, out, 77);
	assert_true(out[99] != 0);
	vsnd_stream_stop(used.streams[1]);
	for (unsigned i = 0; i < 1000; i++) {
		play(&used, out, 1);
		if (out[0] != 0)
			rang_frames = i + 1;
	}
	assert_in_range(rang_frames, delay_frames(), 3 * delay_frames());
	join(&new, 0, VSND_PLAYBACK, &cd);
	vsnd_stream_write(new.streams[0], in + 2000, 3000);
	vsnd_stream_write(used.streams[0], in + 2000, 3000);
	vsnd_stream_start(new.streams[0]);
	vsnd_stream_start(used.streams[0]);
	for (unsigned turn = 0; turn < 20; turn++) {
		play(&used, out, QUANTUM);
		play(&new, fresh, QUANTUM);
		assert_memory_equal(out, fresh, sizeof(out));
	}
	assert_true(out[0] != 0);
	unmake(&used);
	unmake(&new);
}

/* A quarter of the device's last bit is heard on average, and hidden to its end in the filter,
 * which is a while after the stream is mute; then all is still. */
static void test_what_rounds_is_dithered(void **state)
{
	static const float mute[] = {0, 0};
	static float in[20000 * 2];
	static int16_t out[QUANTUM * 2];
	struct device device = make(VSND_PLAYBACK, &stereo16);
	struct vsnd_group *group;
	uint32_t rounded_frames = 0;
	double sum = 0;

	(void)state;
	for (unsigned i = 0; i < 20000 * 2; i++)
		in[i] = 0.25f / 32768;
	join(&device, 0, VSND_PLAYBACK, &cd);
	assert_int_equal(vsnd_desk_join(device.desk, &cd, 0, &group), 0);
	vsnd_stream_write(device.streams[0], in, 20000);
	vsnd_stream_start(device.streams[0]);
	for (unsigned turn = 0; turn < 100; turn++) {
		play(&device, out, QUANTUM);
		for (unsigned i = 0; i < 2 * QUANTUM; i++)
			sum += turn < 2 ? 0 : out[i];
	}
	assert_true(fabs(sum / (98 * 2 * QUANTUM) - 0.25) < 0.03);
	vsnd_stream_set_gain(device.streams[0], mute);
	for (unsigned turn = 0; turn < 200; turn++) {
		play(&device, out, 16);
		rounded_frames += group->rounds ? 16 : 0;
		for (unsigned i = 0; i < 32 && !group->rounds; i++)
			assert_int_equal(out[i], 0);
	}
	assert_false(group->rounds);
	assert_in_range(rounded_frames, 480 + delay_frames(), 480 + 3 * delay_frames());
	vsnd_desk_leave(device.desk, group);
	unmake(&device);
}

/* As few conversions as there are rates, of as few channels as there are. */
static void test_who_shares_a_group(void **state)
{
	static const struct vsnd_format wide = {XENSND_PCM_FORMAT_S16_LE, 8, 48000};
	static const struct vsnd_format rough = {XENSND_PCM_FORMAT_U8, 2, 44100};
	static const struct vsnd_format six = {XENSND_PCM_FORMAT_S16_LE, 6, 44100};
	struct device device = make(VSND_PLAYBACK, &wide), small = make(VSND_PLAYBACK, &stereo16);
	struct vsnd_group *a, *b, *c, *d;

	(void)state;
	assert_int_equal(vsnd_desk_join(device.desk, &cd, 0, &a), 0);
	assert_int_equal(vsnd_desk_join(device.desk, &rough, 0, &b), 0);
	assert_int_equal(vsnd_desk_join(device.desk, &cd_mono, 0, &c), 0);
	assert_int_equal(vsnd_desk_join(device.desk, &float48, 0, &d), 0);
	assert_ptr_equal(a, b);
	assert_ptr_not_equal(a, c);
	assert_ptr_not_equal(a, d);
	assert_int_equal(a->channels, 2);
	assert_int_equal(c->channels, 1);
	vsnd_desk_leave(device.desk, a);
	vsnd_desk_leave(device.desk, b);
	vsnd_desk_leave(device.desk, c);
	vsnd_desk_leave(device.desk, d);
	assert_int_equal(vsnd_desk_join(small.desk, &cd, 0, &a), 0);
	assert_int_equal(vsnd_desk_join(small.desk, &six, 0, &b), 0);
	assert_ptr_equal(a, b);
	vsnd_desk_leave(small.desk, a);
	vsnd_desk_leave(small.desk, b);
	unmake(&device);
	unmake(&small);
}

/* What a conversion keeps is known of its streams. */
static void test_filters_take_time(void **state)
{
	struct device plays = make(VSND_PLAYBACK, &float48), records = make(VSND_CAPTURE, &float48);
	struct vsnd_stream_counts counts;

	(void)state;
	join(&plays, 0, VSND_PLAYBACK, &cd);
	join(&plays, 1, VSND_PLAYBACK, &float48);
	join(&records, 0, VSND_CAPTURE, &cd);
	vsnd_stream_counts(plays.streams[0], &counts);
	assert_in_range(counts.filter_frames, 44100 / 1000, 44100 * 3 / 1000);
	assert_in_range(counts.filter_frames * 48000 / 44100, delay_frames() - 2, delay_frames());
	vsnd_stream_counts(records.streams[0], &counts);
	assert_in_range(counts.filter_frames, 44100 / 1000, 44100 * 3 / 1000);
	vsnd_stream_counts(plays.streams[1], &counts);
	assert_int_equal(counts.filter_frames, 0);
	unmake(&plays);
	unmake(&records);
}

/* Who has many rates has them converted as well as his share allows, and the others as ever. */
static void test_a_share_for_each(void **state)
{
	struct device device = make(VSND_PLAYBACK, &stereo16);
	struct vsnd_group *groups[16], *other, *same;
	const uint64_t coarse = vsnd_rate_cost(2, 191999, 48000, VSND_RATE_COARSE);
	uint64_t cost = 0;

	(void)state;
	for (unsigned i = 0; i < 16; i++) {
		const struct vsnd_format odd = {XENSND_PCM_FORMAT_S16_LE, 2, 191999 - i};

		assert_int_equal(vsnd_desk_join(device.desk, &odd, 1, &groups[i]), 0);
		cost += groups[i]->cost;
	}
	assert_in_range(cost, VSND_DESK_SHARE / 2, VSND_DESK_SHARE + 16 * coarse);
	assert_string_equal(vsnd_group_quality(groups[0]), "usual");
	assert_string_equal(vsnd_group_quality(groups[15]), "coarse");
	assert_int_equal(vsnd_desk_join(device.desk, &cd, 2, &other), 0);
	assert_string_equal(vsnd_group_quality(other), "usual");
	/* What is there costs nothing more. */
	assert_int_equal(vsnd_desk_join(device.desk, &cd, 1, &same), 0);
	assert_ptr_equal(same, other);
	vsnd_desk_leave(device.desk, same);
	vsnd_desk_leave(device.desk, other);
	/* Nobody else is led to what is coarse. */
	assert_int_equal(
		vsnd_desk_join(device.desk,
			&(struct vsnd_format){XENSND_PCM_FORMAT_S16_LE, 2, 191984}, 2, &other),
		0);
	assert_string_equal(vsnd_group_quality(other), "usual");
	vsnd_desk_leave(device.desk, other);
	/* And what is left may be had again. */
	vsnd_desk_leave(device.desk, groups[0]);
	vsnd_desk_leave(device.desk, groups[1]);
	assert_int_equal(vsnd_desk_join(device.desk, &cd, 1, &groups[0]), 0);
	assert_int_equal(vsnd_desk_join(device.desk, &cd, 1, &groups[1]), 0);
	assert_string_equal(vsnd_group_quality(groups[0]), "usual");
	for (unsigned i = 0; i < 16; i++)
		vsnd_desk_leave(device.desk, groups[i]);
	unmake(&device);
}

/* ---- capture ---- */

/* The same bits for all who run, none lost; and for who comes later nothing of what was before. */
static void test_all_hear_the_same(void **state)
{
	static float in[QUANTUM * 2], first[30000 * 2], second[30000 * 2];
	struct device device = make(VSND_CAPTURE, &float48);
	uint32_t dice_state = 6, done = 0, old, got;
	uint64_t began;

	(void)state;
	join(&device, 0, VSND_CAPTURE, &cd);
	join(&device, 1, VSND_CAPTURE, &cd);
	vsnd_stream_start(device.streams[0]);
	for (unsigned turn = 0; turn < 200; turn++) {
		uint32_t frames = 1 + dice(&dice_state) % QUANTUM;

		if (turn == 50)
			vsnd_stream_start(device.streams[1]);
		if (turn == 50)
			done = 0;
		fill(in, sizeof(in) / sizeof(*in), turn + 1);
		capture(&device, in, frames);
		done += frames;
	}
	got = (uint32_t)vsnd_stream_position(device.streams[1]);
	assert_true(fabs(got - done * 44100.0 / 48000) <= 1);
	began = vsnd_stream_position(device.streams[0]) - got;
	assert_int_equal(vsnd_stream_read(device.streams[0], first, (uint32_t)began), 0);
	assert_int_equal(vsnd_stream_read(device.streams[0], first, got), 0);
	assert_int_equal(vsnd_stream_read(device.streams[1], second, got), 0);
	for (old = 0; old < got && second[2 * old] == 0; old++)
		;
	assert_in_range(old, 44100 / 1000, 44100 * 3 / 1000);
	assert_memory_equal(first + 2 * (size_t)old, second + 2 * (size_t)old, 8ul * (got - old));
	unmake(&device);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_group_is_the_sum),
		cmocka_unit_test(test_who_joins_begins_in_its_place),
		cmocka_unit_test(test_a_million_frames),
		cmocka_unit_test(test_no_old_tail),
		cmocka_unit_test(test_what_rounds_is_dithered),
		cmocka_unit_test(test_who_shares_a_group),
		cmocka_unit_test(test_filters_take_time),
		cmocka_unit_test(test_a_share_for_each),
		cmocka_unit_test(test_all_hear_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
