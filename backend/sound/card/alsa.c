/* SPDX-License-Identifier: MIT */
/*
 * A PCM of alsa-lib's, by any name that dom0's configuration gives. Nothing is converted unless the
 * name says so (plug:…). The device thread waits for the card, or until it will be where it is
 * wanted: the card's clock is the clock. PCMs that have none, such as null and file, are found out
 * and paced by a timer.
 */
#include "backend/sound/card/alsa.h"

#include <errno.h>
#include <stdlib.h>

#include "common/parse.h"

#define REFUSALS_MAX 100 /* to move a frame, in a quantum, although it was ready */
#define MENDS_MAX 8      /* xruns in a row, without a frame in between, that are taken for a loss */
#define NS_PER_S 1000000000ull

static int alsa_open(const struct vsnd_card_config *config, const char *place,
	enum vsnd_direction direction, const struct vsnd_format *format, uint32_t *quantum_frames,
	void **ret_priv)
{
	struct vsnd_alsa *card = calloc(1, sizeof(*card));
	int err;

	if (card == NULL)
		return -ENOMEM;
	card->direction = direction;
	card->rate_hz = format->rate_hz;
	card->quantum_frames = *quantum_frames;
	card->asking = true;
	if (direction == VSND_PLAYBACK)
		vsnd_card_limits(config, format->rate_hz, &card->limits);
	err = vsnd_format_frame_bytes(format, &card->frame_bytes);
	if (err == 0)
		err = vsnd_alsa_open(place, direction, &card->pcm);
	if (err == 0) {
		card->number = vsnd_alsa_card_number(card->pcm);
		err = vsnd_alsa_setup(card, format);
		if (err < 0)
			snd_pcm_close(card->pcm);
	}
	if (err < 0) {
		vsnd_access_finish(&card->access);
		free(card);
		return err;
	}
	*quantum_frames = card->quantum_frames;
	*ret_priv = card;
	return 0;
}

/* One that cannot be opened is ours, or has gone: we would hear. */
static bool alsa_moved(void *priv, const char *place)
{
	const struct vsnd_alsa *card = priv;
	snd_pcm_t *pcm;
	int number;

	if (card->number < 0 || vsnd_alsa_open(place, card->direction, &pcm) < 0)
		return false;
	number = vsnd_alsa_card_number(pcm);
	snd_pcm_close(pcm);
	return number >= 0 && number != card->number;
}

/* ---- moving ---- */

static uint64_t frames_ns(const struct vsnd_alsa *card, uint32_t frames)
{
	return frames * NS_PER_S / card->rate_hz;
}

/*
 * A card cannot take more than time has gone by and its buffer holds; what does has no clock. 10 ms
 * are for a clock's own way of counting. In one second no clock drifts that far.
 */
static void ask_for_clock(struct vsnd_alsa *card, uint32_t frames)
{
	uint64_t now_ns = pv_now_ns();
	uint64_t gone_ns, most;

	if (card->began_ns == 0)
		card->began_ns = now_ns;
	gone_ns = now_ns - card->began_ns;
	card->moved_frames += frames;
	most = gone_ns * card->rate_hz / NS_PER_S + card->buffer_frames + card->quantum_frames +
	       card->rate_hz / 100;
	if (card->moved_frames > most) {
		card->paced = true;
		vsnd_pace_begin(&card->pace, card->rate_hz);
	}
	card->asking = !card->paced && gone_ns < NS_PER_S;
}

/* What a device that ran dry and stopped then would have played since; or what one that ran full
 * would have captured, with what is inside, which nobody gets. */
static uint32_t missing_frames(const struct vsnd_alsa *card)
{
	uint64_t gone_ns = pv_now_ns() - card->looked_ns;
	uint32_t frames;

	if (card->looked_ns == 0)
		return 0;
	if (gone_ns > NS_PER_S)
		gone_ns = NS_PER_S;
	frames = (uint32_t)(gone_ns * card->rate_hz / NS_PER_S);
	if (card->direction == VSND_CAPTURE)
		return frames + card->inside_frames;
	return frames > card->inside_frames ? frames - card->inside_frames : 0;
}

/* All but a quantum of what is to be inside: guests could not bring that at once, and are later by
 * it from now on. */
static int refill(struct vsnd_alsa *card)
{
	uint32_t frames = card->fill.target_frames - card->quantum_frames;

	card->missed_frames += frames;
	vsnd_fill_wrote(&card->fill, frames);
	return vsnd_access_play_silence(&card->access, card->pcm, frames);
}

static int mend(struct vsnd_alsa *card, int err)
{
	uint32_t missing = err == -EPIPE ? missing_frames(card) : 0;

	if (err == -ESTRPIPE && snd_pcm_resume(card->pcm) == 0)
		return 0;
	if (err != -EPIPE && err != -ESTRPIPE)
		return err;
	card->missed_frames += missing;
	card->looked_ns = 0;
	if (card->direction == VSND_PLAYBACK && err == -EPIPE) {
		vsnd_fill_ran_dry(&card->fill, missing);
		(void)vsnd_alsa_aim(card);
	}
	vsnd_fill_restart(&card->fill);
	err = snd_pcm_prepare(card->pcm);
	return err < 0 || card->direction == VSND_CAPTURE ? err : refill(card);
}

static void note_inside(struct vsnd_alsa *card, uint32_t inside_frames)
{
	if (card->looked_ns == 0 || inside_frames != card->inside_frames)
		vsnd_wake_moved(&card->wake);
	card->looked_ns = pv_now_ns();
	card->inside_frames = inside_frames;
}

/* While it has a clock. */
static void count(struct vsnd_alsa *card)
{
	if (card->direction == VSND_PLAYBACK && !card->asking && !card->paced)
		vsnd_fill_look(&card->fill, card->inside_frames);
}

/* What is asked of its buffer may change at any time. */
static void look(struct vsnd_alsa *card, uint32_t inside_frames)
{
	note_inside(card, inside_frames);
	if (card->direction == VSND_CAPTURE)
		return;
	if (card->slept)
		vsnd_fill_woke(&card->fill, inside_frames);
	if (vsnd_fill_turn(&card->fill))
		(void)vsnd_alsa_aim(card);
	count(card);
}

/* Frames until the device wants a quantum, or has so much of one, as far as is known; 0: it does.
 */
static uint32_t away_frames(const struct vsnd_alsa *card, uint32_t wanted_frames)
{
	uint32_t inside = card->inside_frames;

	if (card->direction == VSND_CAPTURE)
		return inside < wanted_frames ? wanted_frames - inside : 0;
	if (vsnd_fill_wants(&card->fill, inside))
		return 0;
	return inside + card->quantum_frames - card->fill.target_frames;
}

/* It is ready: for how long at least? It may have become so anywhere in its last step. */
static uint32_t late_frames(const struct vsnd_alsa *card, uint32_t wanted_frames)
{
	uint32_t frames =
		card->direction == VSND_CAPTURE
			? card->inside_frames - wanted_frames
			: card->fill.target_frames - card->quantum_frames - card->inside_frames;

	return frames > card->step_frames ? frames - card->step_frames : 0;
}

/* It is ready. */
static void note_delay(struct vsnd_alsa *card, uint32_t wanted_frames)
{
	uint32_t frames = late_frames(card, wanted_frames);
	uint64_t by_count_ns = frames_ns(card, frames);
	uint64_t by_clock_ns = vsnd_wake_late_ns(&card->wake, card->looked_ns);

	if (by_count_ns > card->delay_ns)
		card->delay_ns = by_count_ns;
	if (by_clock_ns > card->delay_ns)
		card->delay_ns = by_clock_ns;
	if (card->direction == VSND_CAPTURE && card->slept)
		vsnd_wake_note(&card->wake, frames >= wanted_frames);
}

/* Until it may have come so far since the last look. */
static int rest(struct vsnd_alsa *card, uint32_t frames)
{
	if (snd_pcm_state(card->pcm) == SND_PCM_STATE_PREPARED)
		return snd_pcm_start(card->pcm);
	card->slept = true;
	return vsnd_wake_wait(&card->wake, card->pcm, card->looked_ns, frames_ns(card, frames));
}

static int look_again(struct vsnd_alsa *card)
{
	snd_pcm_sframes_t avail = vsnd_alsa_avail(card);

	if (avail < 0)
		return (int)avail;
	look(card, card->direction == VSND_CAPTURE ? (uint32_t)avail
						   : card->buffer_frames - (uint32_t)avail);
	return 0;
}

/* Until the device wants a quantum, or has so much of one. Not by blocking in a write or read: what
 * was opened without blocking stays so in the kernel, whatever snd_pcm_nonblock says. By the clock
 * there is no need to look before: what is inside is known. */
static int wait_until_ready(struct vsnd_alsa *card, uint32_t frames)
{
	bool known = card->wake.timed && card->looked_ns != 0;
	uint32_t away = known ? away_frames(card, frames) : 0;
	int err = 0;

	vsnd_wake_begin(&card->wake);
	if (away > 0) {
		count(card);
		err = rest(card, away);
	}
	if (err >= 0)
		err = look_again(card);
	while (err >= 0 && (away = away_frames(card, frames)) > 0) {
		err = rest(card, away);
		if (err >= 0)
			err = look_again(card);
	}
	if (err >= 0)
		note_delay(card, frames);
	return err;
}

/* What was pulled is to be heard, unless it is lost. snd_pcm_drain may wait for ever for a device
 * that stands still, and without wake-ups the kernel would not see the end. */
static int drain(struct vsnd_alsa *card)
{
	int err = 0;

	while (err >= 0) {
		snd_pcm_sframes_t avail = vsnd_alsa_avail(card);

		if (avail < 0)
			return (int)avail;
		if (avail >= (snd_pcm_sframes_t)card->buffer_frames)
			break;
		note_inside(card, card->buffer_frames - (uint32_t)avail);
		err = rest(card, card->inside_frames);
	}
	return err;
}

static void alsa_close(void *priv)
{
	struct vsnd_alsa *card = priv;

	/* Plug-ins may keep some themselves. */
	if (card->direction == VSND_PLAYBACK && drain(card) >= 0 && !card->wakeless)
		snd_pcm_drain(card->pcm);
	snd_pcm_close(card->pcm);
	vsnd_access_finish(&card->access);
	free(card);
}

static snd_pcm_sframes_t move(struct vsnd_alsa *card, void *samples, uint32_t frames)
{
	int err = wait_until_ready(card, frames);
	snd_pcm_sframes_t moved;

	if (err < 0)
		return err;
	moved = vsnd_access_move(&card->access, card->pcm, samples, frames);
	if (moved > 0 && card->direction == VSND_CAPTURE) {
		card->inside_frames -= (uint32_t)moved;
	} else if (moved > 0) {
		vsnd_fill_wrote(&card->fill, (uint32_t)moved);
		card->inside_frames += (uint32_t)moved;
	}
	return moved;
}

static int alsa_transfer(void *priv, void *samples, uint32_t frames, bool running)
{
	struct vsnd_alsa *card = priv;
	uint32_t left = frames;
	uint8_t *at = samples;
	int mends = 0, in_row = 0, refusals = 0;

	(void)running;
	card->slept = false;
	card->delay_ns = 0;
	card->missed_frames = 0;
	if (card->paced)
		vsnd_pace_wait(&card->pace, frames);
	while (left > 0) {
		snd_pcm_sframes_t moved = move(card, at, left);

		if (moved > 0) {
			at += (size_t)moved * card->frame_bytes;
			left -= (uint32_t)moved;
			in_row = 0;
			continue;
		}
		/* A device that says it is ready and never is must not hold the processor. */
		if (moved == 0)
			moved = -EAGAIN;
		if ((moved == -EINTR || moved == -EAGAIN) && refusals++ < REFUSALS_MAX)
			continue;
		if (in_row++ == MENDS_MAX || mend(card, (int)moved) < 0)
			return (int)moved;
		mends++;
	}
	if (card->asking)
		ask_for_clock(card, frames);
	return mends;
}

static struct vsnd_fill *alsa_fill(void *priv)
{
	struct vsnd_alsa *card = priv;

	return card->direction == VSND_PLAYBACK && card->fill.step_frames > 0 ? &card->fill : NULL;
}

static void alsa_told(void *priv, struct vsnd_told *ret)
{
	const struct vsnd_alsa *card = priv;

	*ret = (struct vsnd_told){.missed_ns = frames_ns(card, card->missed_frames),
		.step_ns = frames_ns(card, card->step_frames)};
	if (card->paced) {
		ret->woke = true;
		ret->delay_ns = card->pace.late_ns;
	} else {
		/* What ran dry was served later than when all of it was gone. */
		ret->woke = card->slept || card->missed_frames > 0;
		ret->delay_ns = card->delay_ns + ret->missed_ns;
		ret->inside_ns = frames_ns(card, card->inside_frames);
	}
}

static void alsa_driven(void *priv, struct vsnd_driven *ret)
{
	const struct vsnd_alsa *card = priv;

	ret->access = card->access.mapped ? "mmap" : "rw";
	ret->by = card->wake.timed ? "timer" : "poll";
}

const struct vsnd_card_ops vsnd_card_alsa = {
	.type = "alsa",
	.prepare = vsnd_alsa_prepare,
	.query = vsnd_alsa_query,
	.open = alsa_open,
	.close = alsa_close,
	.transfer = alsa_transfer,
	.moved = alsa_moved,
	.fill = alsa_fill,
	.told = alsa_told,
	.driven = alsa_driven,
};
