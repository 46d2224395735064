/* SPDX-License-Identifier: MIT */
#include "backend/sound/engine/delays.h"

#define FIRST_BIT 10u /* bin 0 is below 2^10 ns */
#define PARTS_BITS 3u
#define PARTS (1u << PARTS_BITS)

static unsigned bin_of(uint64_t delay_ns)
{
	unsigned bit, bin;

	if (delay_ns >> FIRST_BIT == 0)
		return 0;
	bit = 63u - (unsigned)__builtin_clzll(delay_ns);
	bin = 1 + (bit - FIRST_BIT) * PARTS +
	      (unsigned)(delay_ns >> (bit - PARTS_BITS) & (PARTS - 1));
	return bin < VSND_DELAYS_BINS ? bin : VSND_DELAYS_BINS - 1;
}

static uint64_t bin_end_ns(unsigned bin)
{
	unsigned bit = FIRST_BIT + (bin - 1) / PARTS;

	if (bin == 0)
		return (1u << FIRST_BIT) - 1;
	return ((uint64_t)(PARTS + (bin - 1) % PARTS + 1) << (bit - PARTS_BITS)) - 1;
}

static void raise_max(struct vsnd_delays *delays, uint64_t delay_ns)
{
	uint64_t max_ns = delays->max_ns;

	while (delay_ns > max_ns &&
		!atomic_compare_exchange_weak(&delays->max_ns, &max_ns, delay_ns))
		;
}

void vsnd_delays_add(struct vsnd_delays *delays, uint64_t delay_ns)
{
	delays->bins[bin_of(delay_ns)]++;
	raise_max(delays, delay_ns);
}

void vsnd_delays_merge(struct vsnd_delays *delays, const struct vsnd_delays *from)
{
	for (unsigned i = 0; i < VSND_DELAYS_BINS; i++)
		delays->bins[i] += from->bins[i];
	raise_max(delays, from->max_ns);
}

uint64_t vsnd_delays_count(const struct vsnd_delays *delays)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < VSND_DELAYS_BINS; i++)
		count += delays->bins[i];
	return count;
}

uint64_t vsnd_delays_quantile_ns(const struct vsnd_delays *delays, unsigned of_10000)
{
	uint64_t left = (vsnd_delays_count(delays) * of_10000 + 9999) / 10000;
	uint64_t max_ns = delays->max_ns, end_ns;

	for (unsigned i = 0; left > 0 && i < VSND_DELAYS_BINS; i++) {
		uint64_t here = delays->bins[i];

		end_ns = bin_end_ns(i);
		if (here >= left)
			return end_ns < max_ns ? end_ns : max_ns;
		left -= here;
	}
	return left > 0 ? max_ns : 0;
}

struct vsnd_lateness vsnd_delays_lateness(const struct vsnd_delays *delays)
{
	return (struct vsnd_lateness){
		.wakes = vsnd_delays_count(delays),
		.p50_ns = vsnd_delays_quantile_ns(delays, 5000),
		.p99_ns = vsnd_delays_quantile_ns(delays, 9900),
		.max_ns = delays->max_ns,
	};
}
