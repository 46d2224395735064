/* SPDX-License-Identifier: MIT */
/*
 * An ALSA program that does what aplay does not, mono S16_LE at 48 kHz, and says whether it came
 * out right: each run plays 9600 frames of 1000 and 9600 frames of 2000.
 *
 *	sound_client pause PCM		pauses in between
 *	sound_client xrun PCM		lets it run dry in between, and recovers
 *	sound_client poll PCM		never blocks, waits by poll; wakes up no more than needed
 *	sound_client again PCM		drops, prepares and closes in between, many times
 * One does not:
 *	sound_client delay PCM		plays 9600 frames of 1000, pauses before they are over,
 *prints how many ALSA says are to come, and drops them
 */
#include <alsa/asoundlib.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FRAMES 9600
#define PERIOD 1200
#define BUFFER (4 * PERIOD)

static snd_pcm_t *pcm;

static void check(int r, const char *what)
{
	if (r >= 0)
		return;
	fprintf(stderr, "sound_client: %s: %s\n", what, snd_strerror(r));
	exit(1);
}

static void expect(int right, const char *what)
{
	if (right)
		return;
	fprintf(stderr, "sound_client: not so: %s\n", what);
	exit(1);
}

#define CHECK(call) check(call, #call)
#define EXPECT(condition) expect(condition, #condition)

static void open_pcm(const char *name, int mode)
{
	snd_pcm_hw_params_t *hw;
	snd_pcm_sw_params_t *sw;

	CHECK(snd_pcm_open(&pcm, name, SND_PCM_STREAM_PLAYBACK, mode));
	snd_pcm_hw_params_alloca(&hw);
	CHECK(snd_pcm_hw_params_any(pcm, hw));
	CHECK(snd_pcm_hw_params_set_access(pcm, hw, SND_PCM_ACCESS_RW_INTERLEAVED));
	CHECK(snd_pcm_hw_params_set_format(pcm, hw, SND_PCM_FORMAT_S16_LE));
	CHECK(snd_pcm_hw_params_set_channels(pcm, hw, 1));
	CHECK(snd_pcm_hw_params_set_rate(pcm, hw, 48000, 0));
	CHECK(snd_pcm_hw_params_set_period_size(pcm, hw, PERIOD, 0));
	CHECK(snd_pcm_hw_params_set_buffer_size(pcm, hw, BUFFER));
	CHECK(snd_pcm_hw_params(pcm, hw));
	snd_pcm_sw_params_alloca(&sw);
	CHECK(snd_pcm_sw_params_current(pcm, sw));
	CHECK(snd_pcm_sw_params_set_start_threshold(pcm, sw, BUFFER));
	CHECK(snd_pcm_sw_params(pcm, sw));
}

static const short *tone(short value)
{
	static short samples[FRAMES];

	for (unsigned i = 0; i < FRAMES; i++)
		samples[i] = value;
	return samples;
}

static void play(short value)
{
	snd_pcm_sframes_t frames = snd_pcm_writei(pcm, tone(value), FRAMES);

	check((int)frames, "snd_pcm_writei");
	EXPECT(frames == FRAMES);
}

static void nap_ms(long ms)
{
	struct timespec nap = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&nap, NULL);
}

static snd_pcm_sframes_t delay(void)
{
	snd_pcm_sframes_t frames = 0;

	CHECK(snd_pcm_delay(pcm, &frames));
	return frames;
}

static void pause_between(const char *name)
{
	snd_pcm_sframes_t before;

	open_pcm(name, 0);
	play(1000);
	CHECK(snd_pcm_pause(pcm, 1));
	EXPECT(snd_pcm_state(pcm) == SND_PCM_STATE_PAUSED);
	before = delay();
	EXPECT(before > 0 && before <= BUFFER);
	nap_ms(100);
	EXPECT(delay() == before);
	CHECK(snd_pcm_pause(pcm, 0));
	play(2000);
	CHECK(snd_pcm_drain(pcm));
	EXPECT(snd_pcm_state(pcm) == SND_PCM_STATE_SETUP);
}

static void run_dry_between(const char *name)
{
	open_pcm(name, 0);
	play(1000);
	nap_ms(300);
	EXPECT(snd_pcm_writei(pcm, tone(7), 1) == -EPIPE);
	EXPECT(snd_pcm_state(pcm) == SND_PCM_STATE_XRUN);
	CHECK(snd_pcm_recover(pcm, -EPIPE, 1));
	EXPECT(snd_pcm_avail(pcm) == BUFFER);
	play(2000);
	EXPECT(delay() > 0 && delay() <= BUFFER);
	CHECK(snd_pcm_drain(pcm));
}

/* Sleeps until poll has something for this PCM; the number of times it woke. */
static unsigned wait_for_space(void)
{
	struct pollfd pfds[4];
	unsigned short events = 0;
	int count = snd_pcm_poll_descriptors(pcm, pfds, 4);
	unsigned woken = 0;

	while (events == 0) {
		EXPECT(poll(pfds, (nfds_t)count, 2000) > 0);
		CHECK(snd_pcm_poll_descriptors_revents(pcm, pfds, (unsigned)count, &events));
		woken++;
	}
	return woken;
}

static unsigned play_without_blocking(short value)
{
	unsigned woken = 0;

	for (snd_pcm_uframes_t at = 0; at < FRAMES;) {
		snd_pcm_sframes_t frames = snd_pcm_writei(pcm, tone(value), FRAMES - at);

		if (frames == -EAGAIN)
			woken += wait_for_space();
		else
			check((int)frames, "snd_pcm_writei");
		at += frames > 0 ? (snd_pcm_uframes_t)frames : 0;
	}
	return woken;
}

static void never_block(const char *name)
{
	unsigned woken;
	int r;

	open_pcm(name, SND_PCM_NONBLOCK);
	woken = play_without_blocking(1000) + play_without_blocking(2000);
	/* Two events and one answer a period are what there is to wake up for. */
	EXPECT(woken <= 6 * (2 * FRAMES / PERIOD));
	while ((r = snd_pcm_drain(pcm)) == -EAGAIN)
		wait_for_space();
	check(r, "snd_pcm_drain");
	EXPECT(snd_pcm_state(pcm) == SND_PCM_STATE_SETUP);
}

/* What was dropped is not heard; only the last round counts. */
static void again_and_again(const char *name)
{
	for (unsigned round = 0; round < 10; round++) {
		open_pcm(name, 0);
		EXPECT(snd_pcm_writei(pcm, tone(3000), BUFFER / 2) == BUFFER / 2);
		CHECK(snd_pcm_drop(pcm));
		CHECK(snd_pcm_prepare(pcm));
		EXPECT(snd_pcm_writei(pcm, tone(4000), BUFFER / 2) == BUFFER / 2);
		CHECK(snd_pcm_prepare(pcm));
		CHECK(snd_pcm_close(pcm));
	}
	open_pcm(name, 0);
	play(1000);
	play(2000);
	CHECK(snd_pcm_drain(pcm));
}

static void delay_at_pause(const char *name)
{
	snd_pcm_sframes_t left;

	open_pcm(name, 0);
	play(1000);
	CHECK(snd_pcm_pause(pcm, 1));
	left = delay();
	EXPECT(left > 0 && left <= BUFFER);
	nap_ms(50);
	EXPECT(delay() == left);
	CHECK(snd_pcm_drop(pcm));
	printf("%ld\n", left);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(const char *name);
	} words[] = {
		{"pause", pause_between},
		{"xrun", run_dry_between},
		{"poll", never_block},
		{"again", again_and_again},
		{"delay", delay_at_pause},
	};

	for (size_t i = 0; argc == 3 && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(argv[1], words[i].name) == 0) {
			words[i].run(argv[2]);
			CHECK(snd_pcm_close(pcm));
			return 0;
		}
	fputs("usage: see tests/e2e/sound_client.c\n", stderr);
	return 2;
}
