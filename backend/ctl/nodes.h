/* SPDX-License-Identifier: MIT */
/*
 * Makes and removes a device's xenstore nodes as libxl does for its own (libxl_device.c,
 * libxl__device_generic_add, libxl__device_destroy): the backend's directory, which the guest may
 * read; the frontend's, which the guest owns; and libxl's record. Runs in dom0. Errors as
 * xenbus/store.h.
 */
#ifndef PVCTL_NODES_H
#define PVCTL_NODES_H

#include <stdint.h>
#include <xen/io/xenbus.h>

#include "backend/ctl/scan.h"
#include "backend/ctl/words.h"
#include "xenbus/store.h"

/*
 * Makes the device with the guest's lowest free number, in one transaction. *ret_card is the card's
 * number for class pvsnd. -ENOENT: the guest is gone; -EEXIST: it has this camera already, and *ret
 * is that device.
 */
int pvctl_nodes_create(struct xb_store *store, uint32_t domid, const struct pvctl_config *config,
	struct pvctl_device *ret, uint32_t *ret_card);

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
