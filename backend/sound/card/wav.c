/* SPDX-License-Identifier: MIT */
/*
 * Files instead of a line out and in, paced by a timer. An ordinary thread reads and writes them;
 * a fifo of two seconds is between it and the real-time thread.
 *
 * The file played into holds every frame from the first after start, underruns as silence, and
 * nothing of the time in which the stream does not run. The file captured from begins with the
 * first frame after start, stands still while the stream does not run, and is silence at its end.
 */
#include "backend/sound/card/card.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backend/sound/engine/fifo.h"
#include "backend/sound/card/pace.h"
#include "backend/sound/thread.h"
#include "backend/sound/card/wav_file.h"
#include "common/log.h"
#include "common/log_limit.h"
#include "common/parse.h"

#define CHUNK_FRAMES 1024u
#define TURN_NS 10000000 /* how often the ordinary thread looks */

struct wav_card {
	const struct vsnd_card_config *config;
	struct vsnd_format format;
	enum vsnd_direction direction;
	uint32_t frame_bytes;
	uint32_t quantum_frames;
	struct vsnd_pace pace;
	struct vsnd_fifo *fifo;
	uint64_t owed_frames; /* of silence, for frames that the full fifo did not take */
	uint8_t *silence;     /* a quantum */
	_Atomic bool missed;  /* the fifo was full once */

	/* The ordinary thread's. */
	pthread_t thread;
	_Atomic bool quit;
	struct vsnd_wav *file;
	bool given_up;
	uint8_t *chunk;
};

/* Can it be written? Its content stays; flags: O_CREAT, to leave it there. */
static int try_to_write(const char *path, int flags)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | flags, 0644);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* The same before there is anything to write: a file that is not there leaves none. */
static int look_to_write(const char *path)
{
	int err = try_to_write(path, 0);
	char *folder;

	if (err != -ENOENT)
		return err;
	folder = strdup(path);
	if (folder == NULL)
		return -ENOMEM;
	err = access(dirname(folder), W_OK | X_OK) == 0 ? 0 : -errno;
	free(folder);
	return err;
}

static int wav_query(const struct vsnd_card_config *config, const char *place,
	enum vsnd_direction direction, struct vsnd_ranges *ranges)
{
	struct vsnd_wav_content content;
	int err;

	(void)config;
	if (direction == VSND_PLAYBACK)
		return look_to_write(place);
	err = vsnd_wav_look(place, &content);
	if (err < 0)
		return err;
	ranges->formats &= content.formats;
	if (ranges->formats == 0 || content.rate_hz < ranges->rate_min ||
		content.rate_hz > ranges->rate_max || content.channels < ranges->channels_min ||
		content.channels > ranges->channels_max)
		return -EINVAL;
	ranges->rate_min = ranges->rate_max = content.rate_hz;
	ranges->channels_min = ranges->channels_max = content.channels;
	return 0;
}

/* ---- the ordinary thread ---- */

/* A guest can open and play as often as it likes: one limit for all files. */
static void warn(const struct wav_card *card, const char *what, const char *why)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct pv_log_limit limit;
	unsigned left_out;
	bool allowed, first;

	pthread_mutex_lock(&lock);
	allowed = pv_log_limit_allows(&limit, pv_now_ns(), &left_out);
	first = limit.left_out == 1;
	pthread_mutex_unlock(&lock);
	if (left_out > 0)
		pv_warning("%u lines about wav devices were left out", left_out);
	if (allowed)
		pv_warning("device %s: %s %s: %s", card->config->name, what, card->config->playback,
			why);
	else if (first)
		pv_warning("too much to log of wav devices; it is left out for a while");
}

static void give_up(struct wav_card *card, int err)
{
	char why[96];

	snprintf(why, sizeof(why), "%s; what is played now is not kept", strerrordesc_np(-err));
	warn(card, "cannot write", why);
	card->given_up = true;
}

/* The file is begun anew by the first frames: a stream that plays nothing destroys nothing. */
static void write_out(struct wav_card *card)
{
	uint32_t frames;
	int err = 0;

	while ((frames = vsnd_fifo_get(card->fifo, card->chunk, CHUNK_FRAMES)) > 0) {
		if (card->given_up)
			continue;
		if (card->file == NULL)
			err = vsnd_wav_create(card->config->playback, &card->format, &card->file);
		if (err == 0)
			err = vsnd_wav_write(card->file, card->chunk, frames);
		if (err < 0)
			give_up(card, err);
	}
}

static void read_in(struct wav_card *card)
{
	while (!card->given_up && vsnd_fifo_room(card->fifo) >= CHUNK_FRAMES) {
		uint32_t frames = vsnd_wav_read(card->file, card->chunk, CHUNK_FRAMES);

		vsnd_fifo_put(card->fifo, card->chunk, frames);
		card->given_up = frames < CHUNK_FRAMES;
	}
}

static void *file_thread(void *arg)
{
	static const struct timespec turn = {.tv_nsec = TURN_NS};
	struct wav_card *card = arg;
	bool last;

	do {
		last = card->quit;
		if (card->direction == VSND_PLAYBACK)
			write_out(card);
		else
			read_in(card);
		if (!last)
			nanosleep(&turn, NULL);
	} while (!last);
	return NULL;
}

/* ---- the device ---- */

static void wav_free(struct wav_card *card)
{
	vsnd_wav_close(card->file);
	vsnd_fifo_destroy(card->fifo);
	free(card->chunk);
	free(card->silence);
	free(card);
}

static int wav_fill(struct wav_card *card)
{
	uint32_t frame_bytes;
	int err = vsnd_format_frame_bytes(&card->format, &frame_bytes);

	if (err < 0)
		return err;
	card->frame_bytes = frame_bytes;
	err = vsnd_fifo_create(2 * card->format.rate_hz, frame_bytes, &card->fifo);
	if (err < 0)
		return err;
	card->chunk = malloc((size_t)CHUNK_FRAMES * frame_bytes);
	card->silence = malloc((size_t)card->quantum_frames * frame_bytes);
	if (card->chunk == NULL || card->silence == NULL)
		return -ENOMEM;
	vsnd_format_silence(&card->format, card->silence, card->quantum_frames);
	if (card->direction == VSND_PLAYBACK)
		return try_to_write(card->config->playback, O_CREAT);
	err = vsnd_wav_open(card->config->capture, &card->format, &card->file);
	if (err == 0)
		read_in(card);
	return err;
}

static int wav_open(const struct vsnd_card_config *config, const char *place,
	enum vsnd_direction direction, const struct vsnd_format *format, uint32_t *quantum_frames,
	void **ret_priv)
{
	struct wav_card *card = calloc(1, sizeof(*card));
	int err;

	(void)place; /* the configuration's, which lives longer */
	if (card == NULL)
		return -ENOMEM;
	card->config = config;
	card->format = *format;
	card->direction = direction;
	card->quantum_frames = *quantum_frames;
	err = wav_fill(card);
	if (err == 0)
		err = vsnd_thread_start(0, file_thread, card, &card->thread);
	if (err < 0) {
		wav_free(card);
		return err;
	}
	vsnd_pace_begin(&card->pace, format->rate_hz);
	*ret_priv = card;
	return 0;
}

static void wav_close(void *priv)
{
	struct wav_card *card = priv;

	card->quit = true;
	pthread_join(card->thread, NULL);
	if (card->missed)
		warn(card, "cannot keep up with",
			"the file is written more slowly than it is "
			"played; what is missing is silence");
	wav_free(card);
}

/* What does not fit is owed, so that all that follows is in its place. */
static void play(struct wav_card *card, const void *samples, uint32_t frames)
{
	uint32_t quantum_frames = card->quantum_frames;

	while (card->owed_frames > 0 && vsnd_fifo_room(card->fifo) > 0) {
		uint32_t now = card->owed_frames < quantum_frames ? (uint32_t)card->owed_frames
								  : quantum_frames;

		card->owed_frames -= vsnd_fifo_put(card->fifo, card->silence, now);
	}
	if (card->owed_frames == 0)
		frames -= vsnd_fifo_put(card->fifo, samples, frames);
	if (frames > 0)
		card->missed = true;
	card->owed_frames += frames;
}

static int wav_transfer(void *priv, void *samples, uint32_t frames, bool running)
{
	struct wav_card *card = priv;
	uint32_t there = 0;

	if (card->direction == VSND_PLAYBACK && running)
		play(card, samples, frames);
	vsnd_pace_wait(&card->pace, frames);
	if (card->direction == VSND_PLAYBACK)
		return 0;
	if (running)
		there = vsnd_fifo_get(card->fifo, samples, frames);
	vsnd_format_silence(&card->format, (uint8_t *)samples + (size_t)there * card->frame_bytes,
		frames - there);
	return 0;
}

static void wav_told(void *priv, struct vsnd_told *ret)
{
	const struct wav_card *card = priv;

	*ret = (struct vsnd_told){.woke = true, .delay_ns = card->pace.late_ns};
}

const struct vsnd_card_ops vsnd_card_wav = {
	.type = "wav",
	.any_quantum = true,
	.one_format = true,
	.query = wav_query,
	.open = wav_open,
	.close = wav_close,
	.transfer = wav_transfer,
	.told = wav_told,
};
