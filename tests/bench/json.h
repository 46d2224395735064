/* SPDX-License-Identifier: MIT */
/* What all of pvbench's JSON has in common. */
#ifndef PVBENCH_JSON_H
#define PVBENCH_JSON_H

#include <jansson.h>

#include "tests/bench/options.h"

/* CPU, caches, kernel, and where the ends ran. A new reference. */
json_t *pvbench_json_machine(const struct pvbench_options *options);
/* Writes and releases root; "-" is stdout. Ends the program when it cannot. */
void pvbench_json_save(const char *path, json_t *root);

#endif
