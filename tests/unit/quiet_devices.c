/* SPDX-License-Identifier: MIT */
#include "tests/unit/quiet_devices.h"

#include <errno.h>
#include <unistd.h>

/* ---- buffered ---- */

static struct vsnd_fill buffer;
static uint32_t inside_frames;
static unsigned transfers;
_Atomic unsigned reports;

static int buffered_query(const struct vsnd_card_config *config, const char *place,
	enum vsnd_direction direction, struct vsnd_ranges *ranges)
{
	(void)config, (void)place, (void)direction, (void)ranges;
	return 0;
}

static int buffered_open(const struct vsnd_card_config *config, const char *place,
	enum vsnd_direction direction, const struct vsnd_format *format, uint32_t *quantum_frames,
	void **ret_priv)
{
	static const struct vsnd_fill_limits limits;

	(void)place, (void)config, (void)direction;
	vsnd_fill_begin(&buffer, *quantum_frames, 4800);
	vsnd_fill_limit(&buffer, &limits, format->rate_hz);
	*ret_priv = &buffer;
	return 0;
}

static void buffered_close(void *priv)
{
	(void)priv;
}

static int buffered_transfer(void *priv, void *samples, uint32_t frames, bool running)
{
	(void)priv, (void)samples, (void)running;
	vsnd_fill_turn(&buffer);
	vsnd_fill_look(&buffer, inside_frames);
	while (!vsnd_fill_wants(&buffer, inside_frames))
		inside_frames -= inside_frames < 64 ? inside_frames : 64;
	if (transfers++ % 100 == 50) {
		inside_frames = 0;
		vsnd_fill_ran_dry(&buffer, frames);
	}
	inside_frames += frames;
	vsnd_fill_wrote(&buffer, frames);
	reports += buffer.rings;
	usleep(50);
	return 0;
}

static struct vsnd_fill *buffered_fill(void *priv)
{
	return priv;
}

const struct vsnd_card_ops buffered_ops = {
	.type = "buffered",
	.query = buffered_query,
	.open = buffered_open,
	.close = buffered_close,
	.transfer = buffered_transfer,
	.fill = buffered_fill,
};

/* ---- roving ---- */

_Atomic unsigned rovings;
static _Atomic unsigned roving_transfers;

static int roving_query(const struct vsnd_card_config *config, const char *place,
	enum vsnd_direction direction, struct vsnd_ranges *ranges)
{
	uint32_t rate_hz = rovings % 2 == 0 ? 48000 : 44100;

	(void)config, (void)place, (void)direction;
	if (ranges->rate_min > rate_hz || ranges->rate_max < rate_hz)
		return -EINVAL;
	ranges->rate_min = ranges->rate_max = rate_hz;
	return 0;
}

static int roving_open(const struct vsnd_card_config *config, const char *place,
	enum vsnd_direction direction, const struct vsnd_format *format, uint32_t *quantum_frames,
	void **ret_priv)
{
	static int device;

	(void)config, (void)place, (void)direction, (void)format, (void)quantum_frames;
	rovings++;
	*ret_priv = &device;
	return 0;
}

static int roving_transfer(void *priv, void *samples, uint32_t frames, bool running)
{
	(void)priv, (void)samples, (void)frames, (void)running;
	usleep(200);
	return roving_transfers++ % 20 == 19 ? -ENODEV : 0;
}

const struct vsnd_card_ops roving_ops = {
	.type = "roving",
	.query = roving_query,
	.open = roving_open,
	.close = buffered_close,
	.transfer = roving_transfer,
};
