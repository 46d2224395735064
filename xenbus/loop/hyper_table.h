/* SPDX-License-Identifier: MIT */
/* The operations on a handle's table of ports; both ends use them. Lock-free, any thread or
 * process. */
#ifndef LOOP_HYPER_TABLE_H
#define LOOP_HYPER_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "xenbus/loop/hyper_proto.h"

/* Raises an event. True: the port was idle; the caller then writes a byte into the pipe. */
bool loop_table_raise(struct loop_table *table, uint32_t port);

/* Lets the port be found by loop_table_take; a byte for the pipe goes with it. */
void loop_table_queue(struct loop_table *table, uint32_t port);

/*
 * Takes a queued port out of the queue, the next one after `after` in turn. 0: none. One caller at
 * a time. Peers can queue anything: the caller checks that the port is its own, then calls
 * loop_table_mask.
 */
uint32_t loop_table_take(struct loop_table *table, uint32_t after);

/* From pending to masked: the event is being handled. False: there was none. */
bool loop_table_mask(struct loop_table *table, uint32_t port);

/* Handled. True: another event came meanwhile and is queued; the caller writes a byte into the
 * pipe. */
bool loop_table_unmask(struct loop_table *table, uint32_t port);

/* No event, not masked, not queued. */
void loop_table_reset(struct loop_table *table, uint32_t port);

#endif
