/* SPDX-License-Identifier: MIT */
#include "backend/sound/ops.h"

#include <errno.h>
#include <string.h>

#include "backend/wire_status.h"

typedef int op(
	struct vsnd_pcm *pcm, const struct xensnd_req *request, struct xensnd_resp *response);

static int op_open(
	struct vsnd_pcm *pcm, const struct xensnd_req *request, struct xensnd_resp *response)
{
	const struct xensnd_open_req *wire = &request->op.open;
	struct vsnd_pcm_open open = {
		.format =
			{
				.pcm_format = wire->pcm_format,
				.channels = wire->pcm_channels,
				.rate_hz = wire->pcm_rate,
			},
		.buffer_bytes = wire->buffer_sz,
		.period_bytes = wire->period_sz,
		.directory_ref = wire->gref_directory,
	};

	(void)response;
	return vsnd_pcm_open(pcm, &open);
}

static int op_close(
	struct vsnd_pcm *pcm, const struct xensnd_req *request, struct xensnd_resp *response)
{
	(void)request;
	(void)response;
	vsnd_pcm_close(pcm); /* Linux closes also what it never opened */
	return 0;
}

static int op_read(
	struct vsnd_pcm *pcm, const struct xensnd_req *request, struct xensnd_resp *response)
{
	(void)response;
	return vsnd_pcm_read(pcm, request->op.rw.offset, request->op.rw.length);
}

static int op_write(
	struct vsnd_pcm *pcm, const struct xensnd_req *request, struct xensnd_resp *response)
{
	(void)response;
	return vsnd_pcm_write(pcm, request->op.rw.offset, request->op.rw.length);
}

/* The guest's array of a value for each channel. */
static int channels_part(struct vsnd_pcm *pcm, const struct xensnd_req *request, size_t value_bytes,
	void **ret_memory, unsigned *ret_channels)
{
	unsigned channels;
	int error = vsnd_pcm_part(pcm, request->op.rw.offset, request->op.rw.length, ret_memory);

	if (error)
		return error;
	channels = vsnd_stream_format(pcm->stream)->channels;
	if (request->op.rw.length < channels * value_bytes)
		return -EINVAL;
	*ret_channels = channels;
	return 0;
}

/* For this stream, and for whoever looks at the card's levels. */
static void change_levels(struct vsnd_pcm *pcm, const struct vsnd_levels *levels)
{
	struct vsnd_levels before;

	vsnd_pcm_levels(pcm, &before);
	if (vsnd_levels_equal(&before, levels))
		return;
	vsnd_pcm_set_levels(pcm, levels);
	pcm->params.levels_changed(pcm->params.ctx);
}

static int op_set_volume(
	struct vsnd_pcm *pcm, const struct xensnd_req *request, struct xensnd_resp *response)
{
	int32_t volume_mdb[VSND_CHANNELS_MAX];
	struct vsnd_levels levels;
	unsigned channels;
	void *from;
	int error = channels_part(pcm, request, sizeof(volume_mdb[0]), &from, &channels);

	(void)response;
	if (error)
		return error;
	memcpy(volume_mdb, from, channels * sizeof(volume_mdb[0]));
	vsnd_pcm_levels(pcm, &levels);
	for (unsigned i = 0; i < VSND_CHANNELS_MAX; i++)
		levels.volume_mdb[i] =
			vsnd_levels_bound(volume_mdb[i < channels ? i : channels - 1]);
	change_levels(pcm, &levels);
	return 0;
}

static int op_get_volume(
	struct vsnd_pcm *pcm, const struct xensnd_req *request, struct xensnd_resp *response)
{
	struct vsnd_levels levels;
	unsigned channels;
	void *to;
	int error = channels_part(pcm, request, sizeof(levels.volume_mdb[0]), &to, &channels);

	(void)response;
	if (error)
		return error;
	vsnd_pcm_levels(pcm, &levels);
	memcpy(to, levels.volume_mdb, channels * sizeof(levels.volume_mdb[0]));
	return 0;
}

/* Flagged channels become muted, or not muted; the others stay as they are. */
static int set_mute(struct vsnd_pcm *pcm, const struct xensnd_req *request, bool mute)
{
	uint8_t flag[VSND_CHANNELS_MAX];
	struct vsnd_levels levels;
	unsigned channels;
	void *from;
	int error = channels_part(pcm, request, sizeof(flag[0]), &from, &channels);

	if (error)
		return error;
	memcpy(flag, from, channels * sizeof(flag[0]));
	vsnd_pcm_levels(pcm, &levels);
	for (unsigned i = 0; i < VSND_CHANNELS_MAX; i++)
		if (flag[i < channels ? i : channels - 1])
			levels.mute[i] = mute;
	change_levels(pcm, &levels);
	return 0;
}

static int op_mute(
	struct vsnd_pcm *pcm, const struct xensnd_req *request, struct xensnd_resp *response)
{
	(void)response;
	return set_mute(pcm, request, true);
}

static int op_unmute(
	struct vsnd_pcm *pcm, const struct xensnd_req *request, struct xensnd_resp *response)
{
	(void)response;
	return set_mute(pcm, request, false);
}

static int op_trigger(
	struct vsnd_pcm *pcm, const struct xensnd_req *request, struct xensnd_resp *response)
{
	(void)response;
	switch (request->op.trigger.type) {
	case XENSND_OP_TRIGGER_START:
	case XENSND_OP_TRIGGER_RESUME:
		return vsnd_pcm_start(pcm);
	case XENSND_OP_TRIGGER_PAUSE:
		return vsnd_pcm_pause(pcm);
	case XENSND_OP_TRIGGER_STOP:
		return vsnd_pcm_stop(pcm);
	default:
		return -EINVAL;
	}
}

static int op_hw_param_query(
	struct vsnd_pcm *pcm, const struct xensnd_req *request, struct xensnd_resp *response)
{
	const struct xensnd_query_hw_param *wire = &request->op.hw_param;
	struct vsnd_ranges ranges = {
		.formats = wire->formats,
		.rate_min = wire->rates.min,
		.rate_max = wire->rates.max,
		.channels_min = wire->channels.min,
		.channels_max = wire->channels.max,
		.buffer_min = wire->buffer.min,
		.buffer_max = wire->buffer.max,
		.period_min = wire->period.min,
		.period_max = wire->period.max,
	};
	int error = vsnd_offer_narrow(&pcm->offer, &ranges);

	if (!error)
		error = vsnd_card_query(pcm->params.card, pcm->offer.direction, &ranges);
	/* The card's rates are a range: back to the listed ones. */
	if (!error)
		error = vsnd_offer_narrow(&pcm->offer, &ranges);
	if (error)
		return error;
	response->resp.hw_param = (struct xensnd_query_hw_param){
		.formats = ranges.formats,
		.rates = {ranges.rate_min, ranges.rate_max},
		.channels = {ranges.channels_min, ranges.channels_max},
		.buffer = {ranges.buffer_min, ranges.buffer_max},
		.period = {ranges.period_min, ranges.period_max},
	};
	return 0;
}

static op *const ops[] = {
	[XENSND_OP_OPEN] = op_open,
	[XENSND_OP_CLOSE] = op_close,
	[XENSND_OP_READ] = op_read,
	[XENSND_OP_WRITE] = op_write,
	[XENSND_OP_SET_VOLUME] = op_set_volume,
	[XENSND_OP_GET_VOLUME] = op_get_volume,
	[XENSND_OP_MUTE] = op_mute,
	[XENSND_OP_UNMUTE] = op_unmute,
	[XENSND_OP_TRIGGER] = op_trigger,
	[XENSND_OP_HW_PARAM_QUERY] = op_hw_param_query,
};

void vsnd_ops_answer(
	struct vsnd_pcm *pcm, const struct xensnd_req *request, struct xensnd_resp *ret_response)
{
	int error = -EOPNOTSUPP;

	memset(ret_response, 0, sizeof(*ret_response));
	ret_response->id = request->id;
	ret_response->operation = request->operation;
	if (request->operation < sizeof(ops) / sizeof(ops[0]))
		error = ops[request->operation](pcm, request, ret_response);
	ret_response->status = vb_wire_status(error);
}
