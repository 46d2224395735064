/* SPDX-License-Identifier: MIT */
/* The same frames through the stock libxenvchan, by blocking writes and reads on its largest ring.
 */
#include <errno.h>
#include <libxenvchan.h>
#include <stdlib.h>

#include "common/parse.h"
#include "tests/bench/cold.h"
#include "tests/bench/worker.h"

#define RING_BYTES (1u << 20) /* libxenvchan_server_init refuses more */

struct channel {
	struct libxenvchan *vchan;
	struct pvbench_ring frames;
	void *walk; /* the receiver's */
	size_t cold_bytes;
	uint64_t number;
};

static int channel_error(void)
{
	return errno > 0 ? -errno : -EIO;
}

static void channel_close(void *state)
{
	struct channel *channel = state;

	if (channel->vchan != NULL)
		libxenvchan_close(channel->vchan);
	pvbench_ring_destroy(&channel->frames);
	pvbench_walk_destroy(channel->walk, channel->cold_bytes);
	free(channel);
}

static int channel_create(const struct pvbench_place *place, unsigned frames, struct channel **ret)
{
	struct channel *channel = calloc(1, sizeof(*channel));
	int error;

	if (channel == NULL)
		return -ENOMEM;
	channel->cold_bytes = place->cold_bytes;
	error = pvbench_ring_create(place->frame_bytes, frames, &channel->frames);
	if (error < 0) {
		channel_close(channel);
		return error;
	}
	*ret = channel;
	return 0;
}

/* words: the xenstore path where both ends meet. */
static int send_open(const struct pvbench_place *place, char *ready, void **ret_state)
{
	unsigned frames = pvbench_source_count(place->frame_bytes, place->cold_bytes);
	struct channel *channel;
	int error = place->num_words == 1 ? channel_create(place, frames, &channel) : -EINVAL;

	(void)ready;
	if (error < 0)
		return error;
	channel->vchan =
		libxenvchan_server_init(NULL, (int)place->peer, place->words[0], 0, RING_BYTES);
	if (channel->vchan == NULL) {
		error = channel_error();
		channel_close(channel);
		return error;
	}
	channel->vchan->blocking = -1; /* of one bit, signed */
	*ret_state = channel;
	return 0;
}

static int send_one(struct channel *channel, bool waits)
{
	void *frame = pvbench_ring_next(&channel->frames);
	int bytes = (int)channel->frames.frame_bytes;
	char taken;

	pvbench_stamp_write(frame, channel->number++);
	if (libxenvchan_write(channel->vchan, frame, (size_t)bytes) != bytes)
		return channel_error();
	/* Back to back, the next frame is made once this one was taken: else they would queue up.
	 */
	if (waits && libxenvchan_recv(channel->vchan, &taken, 1) != 1)
		return channel_error();
	return 0;
}

static int send_run(void *state, const struct pvbench_job *job, struct pvbench_sample *samples)
{
	struct pvbench_pace pace = pvbench_pace_start(job->period_ns);
	int error = 0;

	(void)samples;
	for (unsigned i = 0; i < job->frames && error == 0; i++) {
		pvbench_pace_wait(&pace);
		error = send_one(state, job->period_ns == 0);
	}
	return error;
}

static int receive_open(const struct pvbench_place *place, char *ready, void **ret_state)
{
	unsigned frames = pvbench_dest_count(place->frame_bytes, place->cold_bytes);
	struct channel *channel;
	int error = place->num_words == 1 ? channel_create(place, frames, &channel) : -EINVAL;

	(void)ready;
	if (error < 0)
		return error;
	channel->walk = pvbench_walk_create(place->cold_bytes);
	if (channel->walk != NULL)
		channel->vchan = libxenvchan_client_init(NULL, (int)place->peer, place->words[0]);
	if (channel->vchan == NULL) {
		error = channel->walk == NULL ? -ENOMEM : channel_error();
		channel_close(channel);
		return error;
	}
	channel->vchan->blocking = -1; /* of one bit, signed */
	*ret_state = channel;
	return 0;
}

static int receive_one(struct channel *channel, struct pvbench_sample *ret)
{
	char *frame = pvbench_ring_next(&channel->frames);
	size_t have = 0, bytes = channel->frames.frame_bytes;
	struct pvbench_stamp stamp;

	while (have < bytes) {
		int got = libxenvchan_read(channel->vchan, frame + have, bytes - have);

		if (got <= 0)
			return channel_error();
		have += (size_t)got;
	}
	ret->ready_ns = pv_now_ns();
	stamp = pvbench_stamp_read(frame);
	ret->number = stamp.number;
	ret->time_ns = ret->ready_ns - stamp.filled_ns;
	return 0;
}

static int receive_run(void *state, const struct pvbench_job *job, struct pvbench_sample *samples)
{
	struct channel *channel = state;

	pvbench_ring_use(
		&channel->frames, job->period_ns > 0 ? PVBENCH_DEST_PACED : channel->frames.count);
	for (unsigned i = 0; i < job->frames; i++) {
		int error = receive_one(channel, &samples[i]);

		if (error < 0)
			return error;
		if (job->period_ns > 0)
			pvbench_walk(channel->walk, channel->cold_bytes);
		else if (libxenvchan_send(channel->vchan, "", 1) != 1)
			return channel_error();
	}
	return 0;
}

const struct pvbench_role pvbench_role_vchan_send = {
	.name = "vchan-send",
	.open = send_open,
	.run = send_run,
	.close = channel_close,
};

const struct pvbench_role pvbench_role_vchan_receive = {
	.name = "vchan-receive",
	.open = receive_open,
	.run = receive_run,
	.close = channel_close,
	.measures = true,
};
