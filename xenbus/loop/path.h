/* SPDX-License-Identifier: MIT */
/* Names of nodes in the store. A buffer of LOOP_PATH_BYTES holds any valid one. */
#ifndef LOOP_PATH_H
#define LOOP_PATH_H

#include <stdbool.h>
#include <stddef.h>

/* A payload's worth of relative path behind a domain's own path. */
#define LOOP_PATH_BYTES (4096 + 64)

/* Whether path may name a node: absolute, no empty part, xenstored's characters and lengths. */
bool loop_path_valid(const char *path);

/*
 * Writes the absolute form of path: as it is when it starts with / or @, else under base.
 * -ENAMETOOLONG if it does not fit buffer.
 */
int loop_path_absolute(const char *path, const char *base, char *buffer, size_t buffer_bytes);

/* Cuts the last part off, in place; "/" stays. */
void loop_path_to_parent(char *path);

/* The last part of an absolute path, pointing into it. */
const char *loop_path_last(const char *path);

#endif
