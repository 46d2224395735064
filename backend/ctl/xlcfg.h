/* SPDX-License-Identifier: MIT */
/*
 * The keys pvcam and pvsnd of a domain's xl config, which xl itself passes over, read by xl's own
 * parser (libxlutil). No state, any thread.
 */
#ifndef PVCTL_XLCFG_H
#define PVCTL_XLCFG_H

#include <stddef.h>

#include "backend/ctl/words.h"

#define PVCTL_XLCFG_DEVICES 64       /* of one domain */
#define PVCTL_XLCFG_BYTES (1u << 20) /* of a file */

struct pvctl_xlcfg {
	char *name; /* the domain's; NULL: not said */
	unsigned count;
	struct pvctl_config *configs; /* those of one card follow each other */
};

/*
 * Caller ends *ret with pvctl_xlcfg_free. Otherwise error holds one sentence that begins with the
 * file, and the line where it is known: -EINVAL (what is in it, too much of it, or no regular
 * file), -ENOMEM, -errno of open and read.
 */
int pvctl_xlcfg_read(const char *path, struct pvctl_xlcfg *ret, char *error, size_t error_bytes);
void pvctl_xlcfg_free(struct pvctl_xlcfg *cfg);

/* How many of the configs, from this one on, make one camera or card. */
unsigned pvctl_xlcfg_one(const struct pvctl_xlcfg *cfg, unsigned first);

#endif
