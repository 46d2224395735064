/* SPDX-License-Identifier: MIT */
/* What the real-time thread counts of each quantum. */
#include "backend/sound/card/unit.h"
#include "common/parse.h"

#define NS_PER_S 1000000000ull

void vsnd_unit_count_transfer(struct vsnd_unit *unit, void *device, unsigned xruns)
{
	struct vsnd_card *card = unit->card;

	card->xruns += xruns;
	unit->told = (struct vsnd_told){0};
	if (card->config.ops->told != NULL)
		card->config.ops->told(device, &unit->told);
	if (unit->told.woke)
		vsnd_delays_add(&card->delays, unit->told.delay_ns);
	unit->mishap = (struct vsnd_mishap){.missed_ns = unit->told.missed_ns};
}

void vsnd_unit_count_gone(struct vsnd_unit *unit, const struct vsnd_pace *pace)
{
	unit->told = (struct vsnd_told){.woke = true, .delay_ns = pace->late_ns};
	vsnd_delays_add(&unit->card->delays, pace->late_ns);
	unit->mishap = (struct vsnd_mishap){.gone = true};
}

bool vsnd_unit_count_quantum(struct vsnd_unit *unit, uint32_t rate_hz, uint32_t frames)
{
	uint64_t now_ns = pv_now_ns(), took_ns = now_ns - unit->ended_ns;
	uint64_t quantum_ns = NS_PER_S * frames / rate_hz, due_ns = quantum_ns + unit->told.step_ns;
	struct vsnd_mishap *mishap = &unit->mishap;

	unit->ended_ns = now_ns;
	unit->card->quanta++;
	/* What is captured waits for its quantum's end. */
	unit->card->inside_ns[unit->direction] =
		unit->told.inside_ns + (unit->direction == VSND_CAPTURE ? quantum_ns : 0);
	if (took_ns > due_ns + quantum_ns) {
		unit->card->late_quanta++;
		mishap->late_ns = took_ns - due_ns;
		/* While it stood still the device's clock did, and so did the guest's. */
		mishap->late_ns -=
			mishap->missed_ns < mishap->late_ns ? mishap->missed_ns : mishap->late_ns;
	}
	return mishap->gone || mishap->missed_ns > 0 || mishap->late_ns > 0;
}
