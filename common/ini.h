/* SPDX-License-Identifier: MIT */
/* Configuration files: INI by libinih, with sections "[kind name]". One thread. */
#ifndef PV_COMMON_INI_H
#define PV_COMMON_INI_H

#include <stddef.h>

struct pv_ini_entry {
	const char *kind; /* "source" of "[source front]"; "" before the first section */
	const char *name; /* "front"; "" when the section has one word only */
	const char *key;  /* "" marks a section's start: [kind name] itself, value "" */
	const char *value;
	int line; /* 1-based */
};

/*
 * Takes one entry; its strings live until it returns. -errno refuses it; `why` (why_bytes long)
 * then gets the reason, without file, line or key: pv_ini_read adds those.
 */
typedef int pv_ini_handler(
	const struct pv_ini_entry *entry, void *ctx, char *why, size_t why_bytes);

/*
 * Reads path and calls each for every section start and entry in order, up to the first refusal.
 * A section that comes twice starts twice. "; " and "#" begin comments (";" after a blank also
 * within a line), blanks around names and values are dropped, lines are never continued. A line
 * holds at most 198 characters (a section 49): a longer one is refused, not cut.
 * On failure `error` gets one whole sentence, "FILE:LINE: [kind name] key: why" or "FILE: No such
 * file or directory". -EINVAL for what is no INI, what `each` answered, -errno of open and read.
 */
int pv_ini_read(const char *path, pv_ini_handler *each, void *ctx, char *error, size_t error_bytes);

#endif
