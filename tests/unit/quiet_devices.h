/* SPDX-License-Identifier: MIT */
/* Devices that do what real ones do now and then, again and again; themselves they are quiet. */
#ifndef TESTS_QUIET_DEVICES_H
#define TESTS_QUIET_DEVICES_H

#include <stdatomic.h>

#include "backend/sound/card/card.h"

/* It has a buffer and a clock, and runs dry now and then. */
extern const struct vsnd_card_ops buffered_ops;
extern _Atomic unsigned reports; /* transfers with one for the keeper */

/* It is lost again and again, and comes back in another format. */
extern const struct vsnd_card_ops roving_ops;
extern _Atomic unsigned rovings; /* times it was opened */

#endif
