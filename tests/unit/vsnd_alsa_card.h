/* SPDX-License-Identifier: MIT */
/* The card of tests that run pvsndd's device threads on a PCM of alsa-lib's. */
#ifndef TESTS_VSND_ALSA_CARD_H
#define TESTS_VSND_ALSA_CARD_H

#include "backend/sound/card/card.h"

/* Both ways on the PCM of that name, shorter than 32 bytes. One at a time; the caller destroys it.
 */
struct vsnd_card *make_card(const char *pcm);

#endif
