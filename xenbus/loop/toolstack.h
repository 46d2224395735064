/* SPDX-License-Identifier: MIT */
/* The nodes that a toolstack writes for a domain: what libxl 4.17 does in libxl__domain_make. */
#ifndef LOOP_TOOLSTACK_H
#define LOOP_TOOLSTACK_H

#include "xenbus/loop/store.h"

/* A UUID as text, with its NUL. */
#define LOOP_UUID_BYTES 37

/* Writes domain 0's own nodes. 0 or -ENOMEM. */
int loop_toolstack_add_dom0(struct loop_store *store);

/* Writes a new domain's nodes, before it is introduced. 0 or -ENOMEM. */
int loop_toolstack_add(
	struct loop_store *store, uint32_t domid, const char *name, const char *uuid);

/* Removes them. What backends were told about the domain stays, as with libxl. */
void loop_toolstack_remove(struct loop_store *store, uint32_t domid, const char *uuid);

#endif
