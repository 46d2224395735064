/* SPDX-License-Identifier: MIT */
/* What libxengnttab and libxenevtchn of xenloop share: the connection to the server, handles known
 * to libxentoolcore. */
#ifndef LOOP_CLIENT_H
#define LOOP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xentoollog.h>

#include "xenbus/loop/hyper_proto.h"

/* A request with what goes along, and where its answer is to be put. Fill `request` and what
 * applies. */
struct loop_exchange {
	struct loop_request request;
	const void *items;
	size_t items_bytes;
	int file; /* sent along with ATTACH */

	struct loop_answer answer;
	void *answer_items;
	size_t answer_room_bytes;
	int *files; /* received: the caller's */
	unsigned int files_max, files_count;
};

/*
 * A new connection to the server that $XENLOOP names, close-on-exec. An fd or -errno; -ENOENT: the
 * variable is not set.
 */
int loop_client_connect(void);

/*
 * Asks and waits for the answer. One at a time on a connection. 0, the server's -errno (no files
 * then), or -EIO: the server is gone or speaks another protocol; -ENOTTY: the descriptor has been
 * replaced (xentoolcore_restrict_all).
 */
int loop_client_exchange(int fd, struct loop_exchange *exchange);

/* Sets errno from 0 or -errno; returns 0 or -1. */
int loop_client_return(int error);

/* libxentoolcore's list of active handles: its header is not installed, its ABI is version 1.0 of
 * the library. */
typedef struct Xentoolcore__Active_Handle Xentoolcore__Active_Handle;
struct Xentoolcore__Active_Handle {
	int (*restrict_callback)(Xentoolcore__Active_Handle *handle, uint16_t domid);
	struct {
		Xentoolcore__Active_Handle *le_next, **le_prev;
	} entry;
};
void xentoolcore__register_active_handle(Xentoolcore__Active_Handle *handle);
void xentoolcore__deregister_active_handle(Xentoolcore__Active_Handle *handle);
int xentoolcore__restrict_by_dup2_null(int fd);

#endif
