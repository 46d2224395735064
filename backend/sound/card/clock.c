/* SPDX-License-Identifier: MIT */
/*
 * A perfect card, paced by a timer. What it plays goes nowhere, or with loop = yes into its own
 * capture, LOOP latency later; otherwise it captures a tone.
 *
 * Both directions of a loop count frames of one clock, and frame x lies in slot x mod size of a
 * ring: playback writes what begins to sound now, capture reads what sounded. They are kept apart
 * by more than either may lag: see loop_read.
 */
#include "backend/sound/card/card.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backend/sound/card/pace.h"
#include "common/parse.h"

#define TONE_HZ 440u
#define TONE_AMPLITUDE 0.251188643150958 /* -12 dBFS */
#define LOOP_LATENCY_MIN_FRAMES 16u      /* and 1 ms */
#define LOOP_NAP_NS 50000
#define LOOP_NAPS 5000 /* 250 ms */

struct loop {
	const struct vsnd_card_config *config;
	struct vsnd_format format;
	uint32_t frame_bytes;
	uint32_t size_frames; /* one second */
	uint32_t latency_frames;
	uint64_t epoch_ns;
	bool open[2];
	uint8_t *ring;
	_Atomic bool playing;
	_Atomic uint64_t played; /* frames below are in the ring */
	struct loop *next;
};

struct clock_card {
	struct vsnd_pace pace;
	struct vsnd_format format;
	enum vsnd_direction direction;
	uint32_t frame_bytes;
	uint32_t quantum_frames;
	uint32_t tone_phase; /* in 1/rate of a turn */
	struct loop *loop;
};

static pthread_mutex_t loops_lock = PTHREAD_MUTEX_INITIALIZER;
static struct loop *loops;

/* ---- loop ---- */

static struct loop *loop_find(const struct vsnd_card_config *config)
{
	struct loop *loop = loops;

	while (loop != NULL && loop->config != config)
		loop = loop->next;
	return loop;
}

static int narrow_to(const struct vsnd_format *format, struct vsnd_ranges *ranges)
{
	if (!(ranges->formats & UINT64_C(1) << format->pcm_format) ||
		format->rate_hz < ranges->rate_min || format->rate_hz > ranges->rate_max ||
		format->channels < ranges->channels_min || format->channels > ranges->channels_max)
		return -EINVAL;
	ranges->formats = UINT64_C(1) << format->pcm_format;
	ranges->rate_min = ranges->rate_max = format->rate_hz;
	ranges->channels_min = ranges->channels_max = format->channels;
	return 0;
}

/* It can what streams can, and that is what ranges were to begin with; but what comes in has the
 * format of what goes out. */
static int clock_query(const struct vsnd_card_config *config, const char *place,
	enum vsnd_direction direction, struct vsnd_ranges *ranges)
{
	struct loop *loop;
	int err = 0;

	(void)place;
	pthread_mutex_lock(&loops_lock);
	loop = loop_find(config);
	if (loop != NULL && loop->open[1 - direction])
		err = narrow_to(&loop->format, ranges);
	pthread_mutex_unlock(&loops_lock);
	return err;
}

static int loop_create(
	const struct vsnd_card_config *config, const struct clock_card *card, struct loop **ret)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	uint32_t rate_hz = card->format.rate_hz;

	if (loop == NULL)
		return -ENOMEM;
	loop->config = config;
	loop->format = card->format;
	loop->frame_bytes = card->frame_bytes;
	loop->size_frames = rate_hz;
	loop->latency_frames = rate_hz / 1000;
	if (loop->latency_frames < LOOP_LATENCY_MIN_FRAMES)
		loop->latency_frames = LOOP_LATENCY_MIN_FRAMES;
	loop->epoch_ns = pv_now_ns();
	loop->ring = malloc((size_t)loop->size_frames * loop->frame_bytes);
	if (loop->ring == NULL) {
		free(loop);
		return -ENOMEM;
	}
	vsnd_format_silence(&loop->format, loop->ring, loop->size_frames);
	loop->next = loops;
	loops = loop;
	*ret = loop;
	return 0;
}

/* The slots of these frames, in two pieces where they wrap. */
struct slots {
	uint8_t *at[2];
	size_t bytes[2];
};

static struct slots loop_slots(struct loop *loop, uint64_t frame, uint32_t frames)
{
	uint32_t slot = (uint32_t)(frame % loop->size_frames);
	uint32_t room = loop->size_frames - slot;
	uint32_t first = frames < room ? frames : room;

	return (struct slots){
		.at = {loop->ring + (size_t)slot * loop->frame_bytes, loop->ring},
		.bytes = {(size_t)first * loop->frame_bytes,
			(size_t)(frames - first) * loop->frame_bytes},
	};
}

/* Nothing was played between the last playback stream and this one, which begins at frame. */
static void loop_fill_gap(struct loop *loop, uint64_t frame)
{
	uint64_t at = loop->played;
	struct slots slots;

	if (frame - at > loop->size_frames)
		at = frame - loop->size_frames;
	slots = loop_slots(loop, at, (uint32_t)(frame - at));
	for (unsigned i = 0; i < 2; i++)
		vsnd_format_silence(
			&loop->format, slots.at[i], (uint32_t)(slots.bytes[i] / loop->frame_bytes));
	loop->played = frame;
	loop->playing = true;
}

static int loop_join(const struct vsnd_card_config *config, struct clock_card *card)
{
	struct loop *loop = loop_find(config);
	int err = 0;

	if (loop == NULL)
		err = loop_create(config, card, &loop);
	else if (loop->open[card->direction])
		err = -EBUSY;
	else if (loop->format.pcm_format != card->format.pcm_format ||
		 loop->format.channels != card->format.channels ||
		 loop->format.rate_hz != card->format.rate_hz)
		err = -EINVAL;
	if (err < 0)
		return err;
	loop->open[card->direction] = true;
	card->loop = loop;
	card->pace.epoch_ns = loop->epoch_ns;
	/* On the same beat in both directions: quanta that begin together, sound together. */
	card->pace.frame =
		(vsnd_pace_frame_at(&card->pace, pv_now_ns()) / card->quantum_frames + 1) *
		card->quantum_frames;
	if (card->direction == VSND_PLAYBACK) {
		/* A stream that was closed early in its last quantum had begun all of it. */
		while (card->pace.frame < loop->played)
			card->pace.frame += card->quantum_frames;
		loop_fill_gap(loop, card->pace.frame);
	}
	return 0;
}

static void loop_leave(struct clock_card *card)
{
	struct loop *loop = card->loop;
	struct loop **place = &loops;

	loop->open[card->direction] = false;
	if (card->direction == VSND_PLAYBACK)
		loop->playing = false;
	if (loop->open[VSND_PLAYBACK] || loop->open[VSND_CAPTURE])
		return;
	while (*place != loop)
		place = &(*place)->next;
	*place = loop->next;
	free(loop->ring);
	free(loop);
}

static void loop_write(struct clock_card *card, const uint8_t *samples, uint32_t frames)
{
	struct slots slots = loop_slots(card->loop, card->pace.frame, frames);

	memcpy(slots.at[0], samples, slots.bytes[0]);
	memcpy(slots.at[1], samples + slots.bytes[0], slots.bytes[1]);
	card->loop->played = card->pace.frame + frames;
}

/* A playback thread that comes late still brings its frames: a card would have had them. */
static uint64_t wait_for_played(struct loop *loop, uint64_t until)
{
	static const struct timespec nap = {.tv_nsec = LOOP_NAP_NS};
	uint64_t played = loop->played;

	for (unsigned i = 0; played < until && loop->playing && i < LOOP_NAPS; i++) {
		nanosleep(&nap, NULL);
		played = loop->played;
	}
	return played;
}

/*
 * The frames from `at` on; silence for what nobody played. Playback may be writing frames up to
 * `played` + a quantum, over those that are a ring older: who lags by half a ring stays away.
 */
static void loop_read(struct clock_card *card, uint64_t at, uint8_t *samples, uint32_t frames)
{
	struct loop *loop = card->loop;
	uint64_t played = wait_for_played(loop, at + frames);
	uint32_t there = 0;
	struct slots slots;

	if (played > at && played - at <= loop->size_frames / 2)
		there = played - at < frames ? (uint32_t)(played - at) : frames;
	slots = loop_slots(loop, at, there);
	memcpy(samples, slots.at[0], slots.bytes[0]);
	memcpy(samples + slots.bytes[0], slots.at[1], slots.bytes[1]);
	vsnd_format_silence(
		&card->format, samples + (size_t)there * card->frame_bytes, frames - there);
}

/* ---- the device ---- */

static int clock_open(const struct vsnd_card_config *config, const char *place,
	enum vsnd_direction direction, const struct vsnd_format *format, uint32_t *quantum_frames,
	void **ret_priv)
{
	struct clock_card *card = calloc(1, sizeof(*card));
	int err;

	(void)place;
	if (card == NULL)
		return -ENOMEM;
	card->format = *format;
	card->direction = direction;
	card->quantum_frames = *quantum_frames;
	vsnd_pace_begin(&card->pace, format->rate_hz);
	err = vsnd_format_frame_bytes(format, &card->frame_bytes);
	if (err == 0 && config->loop) {
		pthread_mutex_lock(&loops_lock);
		err = loop_join(config, card);
		pthread_mutex_unlock(&loops_lock);
	}
	if (err < 0) {
		free(card);
		return err;
	}
	*ret_priv = card;
	return 0;
}

static void clock_close(void *priv)
{
	struct clock_card *card = priv;

	if (card->loop != NULL) {
		pthread_mutex_lock(&loops_lock);
		loop_leave(card);
		pthread_mutex_unlock(&loops_lock);
	}
	free(card);
}

/* The phase is a whole number of 1/rate turns: it never drifts. */
static void tone(struct clock_card *card, uint8_t *samples, uint32_t frames)
{
	uint32_t rate_hz = card->format.rate_hz;

	for (uint32_t i = 0; i < frames; i++, samples += card->frame_bytes) {
		double angle = 2.0 * M_PI * card->tone_phase / rate_hz;

		vsnd_format_put(&card->format, samples, TONE_AMPLITUDE * sin(angle));
		card->tone_phase = (card->tone_phase + TONE_HZ) % rate_hz;
	}
}

static int clock_transfer(void *priv, void *samples, uint32_t frames, bool running)
{
	struct clock_card *card = priv;
	uint64_t began = card->pace.frame;

	if (card->direction == VSND_PLAYBACK && card->loop != NULL)
		loop_write(card, samples, frames);
	vsnd_pace_wait(&card->pace, frames);
	if (card->direction == VSND_PLAYBACK)
		return 0;
	if (card->loop == NULL && running)
		tone(card, samples, frames);
	else if (card->loop != NULL && began >= card->loop->latency_frames)
		loop_read(card, began - card->loop->latency_frames, samples, frames);
	else
		vsnd_format_silence(&card->format, samples, frames);
	return 0;
}

static void clock_told(void *priv, struct vsnd_told *ret)
{
	const struct clock_card *card = priv;

	*ret = (struct vsnd_told){.woke = true, .delay_ns = card->pace.late_ns};
}

const struct vsnd_card_ops vsnd_card_clock = {
	.type = "clock",
	.any_quantum = true,
	.query = clock_query,
	.open = clock_open,
	.close = clock_close,
	.transfer = clock_transfer,
	.told = clock_told,
};
