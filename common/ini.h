/* SPDX-License-Identifier: MIT */
/* Configuration files: INI by libinih, with sections "[kind name]". One thread. */
#ifndef PV_COMMON_INI_H
#define PV_COMMON_INI_H

#include <stddef.h>

struct pv_ini_entry {
	const char *kind; /* "source" of "[source front]"; "" before the first section */
	const char *name; /* "front"; "" when the section has one word only */
	const char *key;
	const char *value;
	int line; /* 1-based */
};

/*
 * Takes one entry. Non-zero -errno refuses it; `why` (why_bytes long) then gets the reason, without
 * file, line or key: pv_ini_read adds those.
 */
typedef int pv_ini_handler(const struct pv_ini_entry *entry, void *ctx, char *why, size_t why_bytes);

/*
 * Reads path and calls each for every entry in order. On failure `error` gets one whole sentence,
 * "FILE:LINE: [kind name] key: why" or "FILE: No such file or directory". -EINVAL, -errno of open.
 */
int pv_ini_read(const char *path, pv_ini_handler *each, void *ctx, char *error, size_t error_bytes);

#endif
