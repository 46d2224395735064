/* SPDX-License-Identifier: MIT */
/* What `pvcam bridge` was told, on its command line and in its file. One thread. */
#ifndef PVCAM_BRIDGE_OPTIONS_H
#define PVCAM_BRIDGE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "frontend/camera/loopback.h"

#define PVCAM_DEVICE_BYTES 128

/* What is said about a camera; parts that were not said are 0 or "". */
struct pvcam_bridge_entry {
	char name[PVCAM_NAME_BYTES]; /* "*": what holds for all */
	char device[PVCAM_DEVICE_BYTES];
	char label[PVCAM_LABEL_BYTES];
	struct pvcam_settings wish;
	bool says_use, use;
};

struct pvcam_bridge_options {
	const char *config;             /* a file; NULL: the default one, which may be missing */
	char **names;                   /* cameras; into argv */
	unsigned num_names;             /* 0: all of the guest */
	struct pvcam_bridge_entry told; /* by options: goes before all entries */
	struct pvcam_bridge_entry *entries; /* the file's */
	size_t num_entries;
	bool verbose;
	bool help;
};

/*
 * argv[0] is "bridge". Reads the file too. -EINVAL with a sentence in why: wrong usage; another
 * error with one: the file. Free with pvcam_bridge_options_finish in any case.
 */
int pvcam_bridge_options_parse(
	int argc, char **argv, struct pvcam_bridge_options *ret, char *why, size_t why_bytes);
void pvcam_bridge_options_finish(struct pvcam_bridge_options *options);

/* All that was said about a camera: by options, else in its own section, else in [camera *]. Its
 * label is its name where nothing was said. False: it is to be left alone. */
bool pvcam_bridge_options_camera(const struct pvcam_bridge_options *options, const char *name,
	struct pvcam_bridge_entry *ret);

#endif
