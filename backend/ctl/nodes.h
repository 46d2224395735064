/* SPDX-License-Identifier: MIT */
/*
 * Makes and removes a device's xenstore nodes as libxl does for its own (libxl_device.c,
 * libxl__device_generic_add, libxl__device_destroy): the backend's directory, which the guest may
 * read; the frontend's, which the guest owns; and libxl's record. Runs in dom0. Errors as
 * xenbus/store.h.
 */
#ifndef PVCTL_NODES_H
#define PVCTL_NODES_H

#include <stdbool.h>
#include <stdint.h>
#include <xen/io/xenbus.h>

#include "backend/ctl/scan.h"
#include "backend/ctl/words.h"
#include "xenbus/store.h"

/*
 * Makes these devices, in order, each with the guest's lowest free number: all in one transaction,
 * or none. ret has room for count. -ENOENT: the guest is gone; -EEXIST: it has one of the cameras
 * already, and *ret is that device.
 */
int pvctl_nodes_create(struct xb_store *store, uint32_t domid, const struct pvctl_config *configs,
	unsigned count, struct pvctl_device *ret);

/*
 * The devices of a domain's xl config, origin, once in the domain's life: what is there already,
 * made by hand, is left as it is (ret_made[i] false), the rest is made and origin written down, in
 * one transaction. Devices of class vsnd get numbers from 16 on: those below are xl's own, which it
 * may be about to make. -EALREADY: it was done; -ENOENT.
 */
int pvctl_nodes_serve(struct xb_store *store, uint32_t domid, const char *origin,
	const struct pvctl_config *configs, unsigned count, struct pvctl_device *ret,
	bool *ret_made);

/* Only writes down that the domain has what its xl config asks for. -ENOENT. */
int pvctl_nodes_mark(struct xb_store *store, uint32_t domid, const char *origin);

/* Removes all three, and parents that are then empty, in one transaction. */
int pvctl_nodes_remove(struct xb_store *store, const struct pvctl_device *device);

/* Asks the backend to let go (online=0, state Closing unless Closed), in one transaction.
 * -ENOENT: the backend's directory is gone. */
int pvctl_nodes_close(struct xb_store *store, const struct pvctl_device *device);

/* The `state` in dir; Unknown when missing or nonsense. */
enum xenbus_state pvctl_nodes_state(struct xb_store *store, xs_transaction_t txn, const char *dir);

/* Waits until the backend's state is one of states (bits, 1u << XenbusState…); Unknown stands for a
 * directory that is gone. *ret is the state it has now, also with -ETIMEDOUT. */
int pvctl_nodes_wait(struct xb_store *store, const struct pvctl_device *device, unsigned states,
	int timeout_ms, enum xenbus_state *ret);

#endif
