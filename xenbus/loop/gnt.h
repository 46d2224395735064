/* SPDX-License-Identifier: MIT */
/* Inside xenloop's libxengnttab. */
#ifndef LOOP_GNT_H
#define LOOP_GNT_H

#include <pthread.h>

#include <xengnttab.h>

#include "xenbus/loop/client.h"

/* Pages in our address space that belong to a share or a mapping. */
struct loop_area {
	struct loop_area *next;
	char *start;
	size_t pages;
	uint32_t id; /* the server's */
};

/* Both kinds of handle, as the public header has it. */
struct xengntdev_handle {
	int fd;      /* the connection */
	int file_fd; /* what Linux has open in its place; gntshr alone */
	xentoollog_logger *logger, *logger_tofree;
	Xentoolcore__Active_Handle active; /* gnttab alone */
	pthread_mutex_t lock;              /* of the connection and the list */
	struct loop_area *areas;
};

/* NULL and errno. */
struct xengntdev_handle *loop_gnt_open(xentoollog_logger *logger, enum loop_kind kind);

/* 0, or -1 and errno. What is mapped stays so, but no longer belongs to anybody. */
int loop_gnt_close(struct xengntdev_handle *handle);

/* Logs as the libraries of Xen do, with errno set from the -errno. */
void loop_gnt_error(
	const struct xengntdev_handle *handle, const char *context, int error, const char *what);

/*
 * Arms the notify of a share or mapping of `pages` pages: an offset outside it, or a port of -1, is
 * no such action. The lock is held. 0 or -errno.
 */
int loop_gnt_notify(struct xengntdev_handle *handle, uint32_t id, size_t pages,
	uint32_t offset_bytes, evtchn_port_t port);

/* Tells the server that a share (LOOP_OP_UNSHARE) or mapping (LOOP_OP_UNMAP) has ended. The lock is
 * held. */
int loop_gnt_end(struct xengntdev_handle *handle, enum loop_op end, uint32_t id);

/*
 * Remembers pages just mapped. What was known there before has been unmapped behind our back, and
 * ends as by loop_gnt_area_cut. The lock is held. -ENOMEM.
 */
int loop_gnt_area_add(
	struct xengntdev_handle *handle, enum loop_op end, void *start, size_t pages, uint32_t id);

/*
 * Forgets pages that are no longer mapped; a share or mapping of which none is left ends. The lock
 * is held. -ENOMEM, or the server's error.
 */
int loop_gnt_area_cut(struct xengntdev_handle *handle, enum loop_op end, void *start, size_t pages);

#endif
