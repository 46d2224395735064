/* SPDX-License-Identifier: MIT */
/* xenbus/store.h over a list of nodes in the test's own memory: what backend/camera/offer.c needs.
 */
#ifndef FUZZ_STORE_DOUBLE_H
#define FUZZ_STORE_DOUBLE_H

#include <stddef.h>

void store_double_reset(void);
/* A node with a value that may hold anything; nodes beyond 256 are forgotten. */
void store_double_set(const char *path, const void *value, size_t size);

#endif
