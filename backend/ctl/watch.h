/* SPDX-License-Identifier: MIT */
/* What the files of `pvctl watch` share. Main thread. */
#ifndef PVCTL_WATCH_H
#define PVCTL_WATCH_H

#include <jansson.h>
#include <stdbool.h>

#include "backend/ctl/xlcfg.h"
#include "common/log.h"

/* Where xl configs lie, and what was complained about them. */
struct pvctl_finder {
	const char *const *dirs;
	unsigned num_dirs;
	json_t *said; /* a set of sentences */
	/* A sentence that the last look did not have already. */
	void (*complain)(void *ctx, const char *sentence);
	void *ctx;
};

/*
 * Reads every config anew: *.cfg in the directories, and all in their folders "auto". The first
 * one, by directory and then by name, whose domain has this name and gets a device: *ret, to be
 * freed with pvctl_xlcfg_free, and *ret_path, with free. -ENOENT: none; -ENOMEM. name NULL: only
 * complains.
 */
int pvctl_finder_look(
	struct pvctl_finder *finder, const char *name, struct pvctl_xlcfg *ret, char **ret_path);
void pvctl_finder_end(struct pvctl_finder *finder);

/* Tells an event: a line of the log, or with json one object a line on stdout, which has the line
 * as "message". more is taken; NULL: nothing more. */
void pvctl_watch_tell(bool json, enum pv_log_level level, const char *event, json_t *more,
	const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
