/* SPDX-License-Identifier: MIT */
/* The shape of a device: format and quantum. */
#include "backend/sound/card/unit.h"

#include <errno.h>

#include "backend/sound/engine/mix.h"

#define QUANTA_PER_S 375u
#define QUANTA_PER_S_MAX 3000u
#define QUANTA_PER_PERIOD 4u

/*
 * As card.h says, and if one is not below a third of that, a whole part of half a period, or of a
 * period: then the guest hears of each of its periods when it ends.
 */
uint32_t vsnd_choose_quantum(uint32_t rate_hz, uint32_t period_frames)
{
	uint32_t most = rate_hz / QUANTA_PER_S;

	if (most > period_frames / QUANTA_PER_PERIOD)
		most = period_frames / QUANTA_PER_PERIOD;
	if (most < rate_hz / QUANTA_PER_S_MAX)
		most = rate_hz / QUANTA_PER_S_MAX;
	if (most > period_frames / 2)
		most = period_frames / 2;
	if (most <= VSND_QUANTUM_MIN_FRAMES)
		return VSND_QUANTUM_MIN_FRAMES;
	for (uint32_t parts = 2; parts >= 1; parts--)
		for (uint32_t quantum = most;
			quantum >= VSND_QUANTUM_MIN_FRAMES && 3 * quantum > most; quantum--)
			if (period_frames % (parts * quantum) == 0)
				return quantum;
	return most;
}

/* ---- what streams want together ---- */

/* In steps, so that guests cannot make the device be opened anew again and again. */
static uint32_t step_up(const uint32_t steps[3], uint32_t value)
{
	return value <= steps[0] ? steps[0] : value <= steps[1] ? steps[1] : steps[2];
}

static unsigned whole_bits(uint8_t pcm_format)
{
	unsigned bits = vsnd_mix_bits(pcm_format);

	return bits < 32 ? bits : 32;
}

static bool is_wider(const struct vsnd_format *a, const struct vsnd_format *than)
{
	return a->rate_hz > than->rate_hz || a->channels > than->channels ||
	       whole_bits(a->pcm_format) > whole_bits(than->pcm_format);
}

/* What the configuration says stands in for what a guest has. */
static struct vsnd_format configured(
	const struct vsnd_card_config *config, const struct vsnd_format *guest)
{
	struct vsnd_format format = *guest;

	if (config->format > 0)
		format.pcm_format = (uint8_t)(config->format - 1);
	if (config->channels > 0)
		format.channels = (uint8_t)config->channels;
	if (config->rate_hz > 0)
		format.rate_hz = config->rate_hz;
	return format;
}

static void set_rate(struct vsnd_wish *wish, uint32_t from_hz, uint32_t to_hz)
{
	wish->quantum_frames = (uint32_t)((uint64_t)wish->quantum_frames * to_hz / from_hz);
	wish->format.rate_hz = to_hz;
}

struct vsnd_wish vsnd_choose_wish(const struct vsnd_card_config *config,
	const struct vsnd_format *guest, uint32_t quantum_frames)
{
	struct vsnd_wish wish = {configured(config, guest), quantum_frames};

	set_rate(&wish, guest->rate_hz, wish.format.rate_hz);
	return wish;
}

bool vsnd_choose_widen(const struct vsnd_card_config *config, struct vsnd_wish *wish,
	const struct vsnd_format *guest)
{
	static const uint32_t rates[] = {48000, 96000, VSND_RATE_MAX_HZ};
	static const uint32_t channels[] = {2, 6, VSND_CHANNELS_MAX};
	const struct vsnd_format want = configured(config, guest);
	struct vsnd_format *format = &wish->format;

	if (!is_wider(&want, format))
		return false;
	if (want.rate_hz > format->rate_hz)
		set_rate(wish, format->rate_hz, step_up(rates, want.rate_hz));
	format->pcm_format = XENSND_PCM_FORMAT_S32_LE;
	format->channels = (uint8_t)step_up(
		channels, want.channels > format->channels ? want.channels : format->channels);
	*format = configured(config, format);
	return true;
}

/* ---- the device's format ---- */

static const struct vsnd_ranges anything = {
	.formats = VSND_FORMATS_ALL,
	.rate_min = VSND_RATE_MIN_HZ,
	.rate_max = VSND_RATE_MAX_HZ,
	.channels_min = 1,
	.channels_max = VSND_CHANNELS_MAX,
	.buffer_min = 1,
	.buffer_max = UINT32_MAX,
	.period_min = 1,
	.period_max = UINT32_MAX,
};

static int query(const struct vsnd_unit *unit, const char *place, struct vsnd_ranges *ranges)
{
	const struct vsnd_card_config *config = &unit->card->config;

	return config->ops->query(config, place, unit->direction, ranges);
}

static bool takes(const struct vsnd_unit *unit, const char *place, const struct vsnd_format *format)
{
	struct vsnd_ranges ranges = anything;

	ranges.formats = UINT64_C(1) << format->pcm_format;
	ranges.rate_min = ranges.rate_max = format->rate_hz;
	ranges.channels_min = ranges.channels_max = format->channels;
	return query(unit, place, &ranges) == 0;
}

static uint32_t within(uint32_t value, uint32_t min, uint32_t max)
{
	return value < min ? min : value > max ? max : value;
}

/* The guest's channels and sample format, or near it; false: not at this rate. */
static bool take_at_rate(const struct vsnd_unit *unit, const char *place,
	const struct vsnd_format *guest, const struct vsnd_ranges *can, struct vsnd_format *ret)
{
	const uint8_t formats[] = {guest->pcm_format, XENSND_PCM_FORMAT_S32_LE,
		XENSND_PCM_FORMAT_S32_BE, XENSND_PCM_FORMAT_U32_LE, XENSND_PCM_FORMAT_U32_BE,
		XENSND_PCM_FORMAT_F32_LE, XENSND_PCM_FORMAT_F32_BE, XENSND_PCM_FORMAT_F64_LE,
		XENSND_PCM_FORMAT_F64_BE, XENSND_PCM_FORMAT_S24_LE, XENSND_PCM_FORMAT_S24_BE,
		XENSND_PCM_FORMAT_U24_LE, XENSND_PCM_FORMAT_U24_BE, XENSND_PCM_FORMAT_S16_LE,
		XENSND_PCM_FORMAT_S16_BE, XENSND_PCM_FORMAT_U16_LE, XENSND_PCM_FORMAT_U16_BE,
		XENSND_PCM_FORMAT_U8, XENSND_PCM_FORMAT_S8};
	const uint32_t channels[] = {within(guest->channels, can->channels_min, can->channels_max),
		within(2, can->channels_min, can->channels_max), can->channels_max};

	for (unsigned k = 0; k < sizeof(channels) / sizeof(channels[0]); k++)
		for (unsigned i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
			ret->pcm_format = formats[i];
			ret->channels = (uint8_t)channels[k];
			if ((can->formats & UINT64_C(1) << formats[i]) && takes(unit, place, ret))
				return true;
		}
	return false;
}

int vsnd_choose_format(const struct vsnd_unit *unit, const char *place,
	const struct vsnd_format *guest, struct vsnd_format *ret)
{
	static const uint32_t usual[] = {48000, 44100, 96000, 88200, 192000, 32000, 16000, 8000};
	struct vsnd_ranges can = anything;
	int err;

	*ret = *guest;
	if (takes(unit, place, guest))
		return 0;
	err = query(unit, place, &can);
	if (err < 0)
		return err;
	ret->rate_hz = within(guest->rate_hz, can.rate_min, can.rate_max);
	if (take_at_rate(unit, place, guest, &can, ret))
		return 0;
	for (unsigned i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		ret->rate_hz = within(usual[i], can.rate_min, can.rate_max);
		if (take_at_rate(unit, place, guest, &can, ret))
			return 0;
	}
	return -EINVAL;
}

/* By each of its abilities alone. */
static bool could_be_wider(const struct vsnd_ranges *can, const struct vsnd_format *now,
	const struct vsnd_format *wish)
{
	struct vsnd_format most = {
		.pcm_format = now->pcm_format,
		.channels = (uint8_t)within(wish->channels, can->channels_min, can->channels_max),
		.rate_hz = within(wish->rate_hz, can->rate_min, can->rate_max),
	};

	for (uint8_t i = 0; i <= XENSND_PCM_FORMAT_F64_BE; i++)
		if ((can->formats & UINT64_C(1) << i) &&
			whole_bits(i) > whole_bits(most.pcm_format))
			most.pcm_format = i;
	return is_wider(&most, now);
}

bool vsnd_choose_is_outgrown(struct vsnd_unit *unit, const char *place,
	const struct vsnd_format *now, const struct vsnd_format *wish)
{
	struct vsnd_ranges can;
	struct vsnd_format best;
	int err;

	if (unit->card->config.ops->one_format)
		return false;
	err = vsnd_choose_format(unit, place, wish, &best);
	if (err == 0)
		return best.pcm_format != now->pcm_format || best.channels != now->channels ||
		       best.rate_hz != now->rate_hz;
	return err == -EBUSY && (!vsnd_query_known(unit, &can) || could_be_wider(&can, now, wish));
}

uint32_t vsnd_choose_first_quantum(
	const struct vsnd_unit *unit, const struct vsnd_wish *wish, uint32_t rate_hz)
{
	uint32_t frames = rate_hz / QUANTA_PER_S;

	if (!unit->card->config.ops->any_quantum)
		frames =
			(uint32_t)((uint64_t)wish->quantum_frames * rate_hz / wish->format.rate_hz);
	return frames > VSND_QUANTUM_MIN_FRAMES ? frames : VSND_QUANTUM_MIN_FRAMES;
}
