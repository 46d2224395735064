/* SPDX-License-Identifier: MIT */
#ifndef LOOP_HYPER_PROTO_H
#define LOOP_HYPER_PROTO_H

#include <stdatomic.h>
#include <stdint.h>

/*
 * What libxengnttab and libxenevtchn say to xenloop, over a SOCK_SEQPACKET socket: a request is one
 * message, its answer is one message, in turn. Both ends run on one machine: native byte order.
 * Messages carry open files (SCM_RIGHTS) where stated. A message of the wrong length or an unknown
 * operation ends the connection. The first request is HELLO or ATTACH.
 */

enum loop_op {
	LOOP_OP_HELLO,  /* a: enum loop_kind. EVTCHN: files as in enum loop_file. GNTSHR: a file
			   that stands for the domain's /dev/xen/gntalloc, opened anew */
	LOOP_OP_ATTACH, /* carries the reading end of a handle's pipe: one more connection to that
			   handle; files as for HELLO */
	LOOP_OP_SHARE, /* a: domid, b: pages, c: writable → value: share, items: references; file:
			  the memory */
	LOOP_OP_SHARE_REFS,       /* a: share, b: first page → items: references from there on */
	LOOP_OP_UNSHARE,          /* a: share */
	LOOP_OP_MAP,              /* a: map to extend or 0, b: writable; items: struct loop_gref →
				     value: map, items: struct loop_run, for as many grants as fit; files */
	LOOP_OP_UNMAP,            /* a: map */
	LOOP_OP_NOTIFY,           /* a: map or share, b: byte offset, c: port, d: UNMAP_NOTIFY_* */
	LOOP_OP_LOOKUP,           /* items: struct loop_gref → items: struct loop_found; files */
	LOOP_OP_BIND_UNBOUND,     /* a: domid → value: port */
	LOOP_OP_BIND_INTERDOMAIN, /* a: domid, b: port there → value: port */
	LOOP_OP_BIND_VIRQ,        /* a: virq → value: port */
	LOOP_OP_UNBIND,           /* a: port */
	LOOP_OP_PEER, /* a: port → value: the peer's port or 0; files: its table, its pipe's writing
			 end */
	LOOP_OP_RESTRICT, /* a: domid */
	LOOP_OPS
};

enum loop_kind { LOOP_KIND_NONE, LOOP_KIND_GNTSHR, LOOP_KIND_GNTTAB, LOOP_KIND_EVTCHN };

#define LOOP_PAGE_BYTES 4096U
#define LOOP_ITEMS_MAX 4096U /* of one message */
#define LOOP_FILES_MAX 250U  /* SCM_RIGHTS takes 253 */
#define LOOP_REFS 131072U    /* references of a domain, 0 … LOOP_REFS - 1 */
#define LOOP_REF_FIRST 8U    /* those below are reserved, as in Xen */
#define LOOP_PORTS 4096U     /* ports of a domain, 1 … LOOP_PORTS - 1 */
#define LOOP_MAP_MAX 65536U  /* grants of one mapping, as gntdev's parameter "limit" */

struct loop_request {
	uint32_t op;
	uint32_t items; /* that follow */
	uint32_t a, b, c, d;
};

struct loop_answer {
	int32_t error;  /* 0 or -errno */
	uint32_t items; /* that follow */
	uint32_t value;
	uint32_t done; /* grants that the answer covers (MAP, LOOKUP) */
};

struct loop_gref {
	uint32_t domid;
	uint32_t ref;
	uint32_t writable; /* LOOKUP only */
};

/* `pages` pages of the message's file `file`, from page `first` of it on. */
struct loop_run {
	uint32_t file;
	uint32_t first;
	uint32_t pages;
};

/* One grant for copying: status is GNTST_*. */
struct loop_found {
	int32_t status;
	uint32_t file;
	uint32_t page;
};

#define LOOP_ITEM_BYTES_MAX 12U
#define LOOP_MESSAGE_BYTES_MAX (LOOP_ITEMS_MAX * LOOP_ITEM_BYTES_MAX + 64U)

/* The files that come with HELLO (EVTCHN) and ATTACH, in this order. */
enum loop_file { LOOP_FILE_TABLE, LOOP_FILE_BOUND, LOOP_FILE_WRITE, LOOP_FILE_READ, LOOP_FILES };

/*
 * Event channels. Each handle has a pipe, a table and a page of what is bound.
 *
 * Table: shared with all peers of the handle, who raise events in it: spurious events are the worst
 * they can do. A port's state and its bit in `queued`; one byte goes into the pipe for every time a
 * port goes from neither PENDING nor MASKED to PENDING, or from both to PENDING. The pipe's writing
 * ends are non-blocking: a full pipe loses nothing, for it is readable.
 *
 * Bound: written by the server, read by the handle's owner alone. 0: the port is not this handle's.
 * Else a number that changes whenever the port's peer changes.
 */
enum { LOOP_PORT_PENDING = 1, LOOP_PORT_MASKED = 2 };

struct loop_table {
	_Atomic uint32_t state[LOOP_PORTS];
	_Atomic uint64_t queued[LOOP_PORTS / 64];
	_Atomic uint64_t queued_words;
};

struct loop_bound {
	_Atomic uint32_t generation[LOOP_PORTS];
};

#endif
