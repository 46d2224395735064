/* SPDX-License-Identifier: MIT */
/*
 * PCMs of alsa-lib's that need no hardware: "nothing" is its null, "tape" a file that gets what is
 * played and one that brings what is captured, "turned" that with left and right turned round; and
 * they may be denied ways in. After cmocka.h.
 */
#ifndef TESTS_VSND_TAPE_H
#define TESTS_VSND_TAPE_H

#include "tests/unit/vsnd_alsa_card.h"

extern char out_path[96], in_path[96];
/* The PCMs take nothing but planes, or frames by write and read: the linker prefers our
 * snd_pcm_hw_params_set_access. */
extern bool planes_only, frames_only;

/* cmocka's, for the group. */
int make_dir(void **state);
int remove_dir(void **state);

#endif
