/* SPDX-License-Identifier: MIT */
/*
 * The words of a camera or a sound card, as an xl config's pvcam = [[ … ]] and pvsnd = [[ … ]] have
 * them: a list of strings, each of them WORD=VALUE, WORD=VALUE …, lists inside a value with ';'.
 * One parser for the command line and the xl config. Its result is what xenstore gets, in
 * cameraif's and sndif's spelling. No state, any thread.
 *
 * Camera:
 *   unique-id=NAME                    which source; the only word that must be there
 *   max-buffers=N  controls=a;b  frontend=user|kernel
 *   format=YUYV, resolution=640x480, frame-rates=30/1;15/1     one mode a string; the later two
 *                                     may be left out, from the end
 * Sound card: the words of xl's vsnd, and frontend=kernel|user in CARD
 *   CARD, short-name=NAME, long-name=NAME, frontend=kernel|user
 *   PCM, name=NAME                    at least one, each with at least one STREAM behind it
 *   STREAM, unique-id=NAME, type=P|C  which [device], and which way; both must be there
 *   sample-formats=a;b  sample-rates=a;b  channels-min=N  channels-max=N  buffer-size=N
 *                                     in any of the three
 */
#ifndef PVCTL_WORDS_H
#define PVCTL_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/camera/config.h"
#include "backend/camera/offer.h"

#define PVCTL_NODES 160 /* enough for a camera's modes, and a sound card's streams */
#define PVCTL_VALUE_BYTES 256
#define PVCTL_LABEL_BYTES 256

/* path is relative to the device's directory: "formats/YUYV/640x480/frame-rates". */
struct pvctl_node {
	char path[48];
	char value[PVCTL_VALUE_BYTES];
};

struct pvctl_config {
	const char *device_class;          /* "pvcam", "vcamera", "pvsnd", "vsnd"; static */
	char unique_id[PVCTL_LABEL_BYTES]; /* a camera's; those of a card's streams, with ',' */
	bool joins; /* class pvsnd: a part of the card of the config before it */
	unsigned num_nodes;
	struct pvctl_node nodes[PVCTL_NODES];
};

/* A camera. -EINVAL: error holds one sentence that begins with the word at fault; -ENOMEM: it
 * says so. */
int pvctl_words_parse(const char *const *words, unsigned count, struct pvctl_config *ret,
	char *error, size_t error_bytes);

/* A sound card: one device of class vsnd, or with frontend=user one of class pvsnd for each stream,
 * all but the first of which join it. Errors as above; caller frees *ret, which holds *ret_count.
 */
int pvctl_words_parse_sound(const char *const *words, unsigned count, struct pvctl_config **ret,
	unsigned *ret_count, char *error, size_t error_bytes);

#endif
