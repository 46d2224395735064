/* SPDX-License-Identifier: MIT */
/* What `pvcam grab` was told, and which of the camera's settings that means. Pure functions. */
#ifndef PVCAM_OPTIONS_H
#define PVCAM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frontend/camera/pvcam.h"

enum pvcam_kind { PVCAM_KIND_NONE, PVCAM_KIND_PNG, PVCAM_KIND_Y4M, PVCAM_KIND_RAW };

/* One file to write. 0: as the camera delivers it. */
struct pvcam_output {
	char *path; /* "-" is stdout */
	enum pvcam_kind kind;
	uint32_t fourcc;
	uint32_t width;
	uint32_t height;
};

#define PVCAM_SETS_MAX 16

struct pvcam_set {
	char name[16]; /* as in pvcam_control.name */
	int64_t value;
};

struct pvcam_grab_options {
	const char *name; /* the camera; NULL: the first */
	uint64_t frames;  /* 0: no bound */
	uint32_t seconds; /* 0: no bound */
	struct pvcam_output output;
	struct pvcam_output second; /* path NULL: none */
	struct pvcam_settings wish; /* parts that are 0 are free */
	unsigned buffers;           /* 0: the library's choice */
	const char *timing;         /* CSV file; NULL: none */
	struct pvcam_set sets[PVCAM_SETS_MAX];
	unsigned num_sets;
	bool quiet;
	bool json;
	bool progress;
	bool help;
};

/*
 * argv[0] is "grab". Strings point into argv, except the outputs' paths. -EINVAL with a sentence
 * in why. Free with pvcam_options_finish in any case.
 */
int pvcam_options_parse(
	int argc, char **argv, struct pvcam_grab_options *ret, char *why, size_t why_bytes);
void pvcam_options_finish(struct pvcam_grab_options *options);

/*
 * The settings on offer that meet wish and, where it leaves a choice, keep most of current.
 * -EINVAL: none does.
 */
int pvcam_options_choose(const struct pvcam_settings *offered, unsigned count,
	const struct pvcam_settings *current, const struct pvcam_settings *wish,
	struct pvcam_settings *ret);

#endif
