/* SPDX-License-Identifier: MIT */
/*
 * The words of a camera, as an xl config's pvcam = [[ … ]] has them: a list of strings, each of
 * them WORD=VALUE, WORD=VALUE …, lists inside a value with ';'. One parser for the command line and
 * the xl config. Its result is what xenstore gets, in cameraif's spelling. No state, any thread.
 *
 *   unique-id=NAME                    which source; the only word that must be there
 *   max-buffers=N  controls=a;b  frontend=user|kernel
 *   format=YUYV, resolution=640x480, frame-rates=30/1;15/1     one mode a string; the later two
 *                                     may be left out, from the end
 */
#ifndef PVCTL_WORDS_H
#define PVCTL_WORDS_H

#include <stddef.h>

#include "backend/camera/config.h"
#include "backend/camera/offer.h"

#define PVCTL_NODES (VCAM_OFFER_MODES + 3) /* modes, unique-id, max-buffers, controls */
#define PVCTL_VALUE_BYTES (VCAM_OFFER_RATES * sizeof("4294967295/4294967295,"))

/* path is relative to the device's directory: "formats/YUYV/640x480/frame-rates". */
struct pvctl_node {
	char path[48];
	char value[PVCTL_VALUE_BYTES];
};

struct pvctl_config {
	const char *device_class; /* "pvcam" or "vcamera"; static */
	char unique_id[VCAM_NAME_BYTES]; /* also among the nodes */
	unsigned num_nodes;
	struct pvctl_node nodes[PVCTL_NODES];
};

/* -EINVAL: error holds one sentence that begins with the word at fault; -ENOMEM: it
 * says so. */
int pvctl_words_parse(const char *const *words, unsigned count, struct pvctl_config *ret,
	char *error, size_t error_bytes);

#endif
