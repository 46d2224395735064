/* SPDX-License-Identifier: MIT */
/* What an ALSA configuration says about a plugin of type pvsnd: card (name or number), device. */
#ifndef PVSND_OPTIONS_H
#define PVSND_OPTIONS_H

#include <alsa/asoundlib.h>

#include "frontend/sound/card.h"

struct pvsnd_options {
	char card[PVSND_NAME_BYTES]; /* "0" where nothing is said */
	unsigned device;             /* 0 */
};

/* -EINVAL: a field that is none of ours or makes no sense; alsa-lib's error log says which. */
int pvsnd_options_read(snd_config_t *conf, struct pvsnd_options *ret);

#endif
