/* SPDX-License-Identifier: MIT */
/*
 * Everything a measurement needs around it: a xenloop of its own in a temporary directory, with
 * guests, and a daemon with what it serves: pvcamd or pvsndd. There is one at a time. What fails
 * ends the program with one line; a world that still stands then is taken down.
 */
#ifndef PVBENCH_WORLD_H
#define PVBENCH_WORLD_H

#include <jansson.h>
#include <stddef.h>
#include <sys/types.h>

#include "tests/bench/child.h"

#define PVBENCH_GUESTS_MAX 16u
#define PVBENCH_NOWHERE (-1) /* outside every domain */

struct pvbench_cpus {
	int dom0; /* -1: any */
	int guest;
};

struct pvbench_world;

struct pvbench_world *pvbench_world_create(struct pvbench_cpus cpus, unsigned guests);
/* Ends everybody, workers first, and removes the directory. Takes NULL. */
void pvbench_world_destroy(struct pvbench_world *world);

/* The domain's id of guest 0.. */
unsigned pvbench_world_domid(const struct pvbench_world *world, unsigned guest);

/* Starts pvcamd with these [source] sections; every guest may use all of them. */
void pvbench_world_serve(struct pvbench_world *world, const char *sources);
/* Starts pvsndd with these [device] sections; every guest may use all of them. */
void pvbench_world_serve_sound(struct pvbench_world *world, const char *devices);
pid_t pvbench_world_daemon(const struct pvbench_world *world);
/* What the daemon counted: its answer to {"stat": true}, a new reference. */
json_t *pvbench_world_stat(const struct pvbench_world *world);
/* Gives the guest a camera of that source. */
void pvbench_world_attach(struct pvbench_world *world, unsigned guest, const char *source);
/* Gives the guest a card "Bench": playback, and with capture also capture, of that device. */
void pvbench_world_attach_sound(
	struct pvbench_world *world, unsigned guest, const char *device, bool capture);

/*
 * Starts a worker in a domain (or PVBENCH_NOWHERE, on dom0's CPU) and waits until it is ready.
 * words: as pvbench_worker takes them, from the role on, NULL-ended. *ret_ready (256 bytes, may be
 * NULL) gets what it says to the other end. The world ends it.
 */
struct pvbench_child *pvbench_world_worker(
	struct pvbench_world *world, int domid, const char *const *words, char *ret_ready);

/* Ends the program with one line, "pvbench: ...", and the last that was logged. */
_Noreturn void pvbench_world_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
