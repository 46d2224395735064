/* SPDX-License-Identifier: MIT */
/*
 * Finds guests and devices in xenstore. Runs in dom0. txn: XBT_NULL or from xb_store_transaction.
 * Errors as xenbus/store.h.
 */
#ifndef PVCTL_SCAN_H
#define PVCTL_SCAN_H

#include <stdint.h>

#include "backend/ctl/words.h"
#include "xenbus/store.h"

#define PVCTL_GUEST_BYTES 128

struct pvctl_device {
	const char *device_class; /* static */
	uint32_t domid;
	uint32_t device;
};

/* Every class of pvmedia, and those of cameras; NULL-ended. */
extern const char *const pvctl_classes[];
extern const char *const pvctl_camera_classes[];

/* The ids of all domains that have a directory, ascending. Caller frees *ret. */
int pvctl_scan_domains(struct xb_store *store, uint32_t **ret, unsigned *ret_count);

/* A name, or a domain id in digits (which wins). Also a domain that is gone, while a device of its
 * is left. -ENOENT. */
int pvctl_scan_guest(struct xb_store *store, const char *guest, uint32_t *ret_domid);
/* The domain's name; "domain-7" when it has none. */
void pvctl_scan_guest_name(struct xb_store *store, uint32_t domid, char ret[PVCTL_GUEST_BYTES]);

/* "/local/domain/0/backend/pvcam/7/0", "/local/domain/7/device/pvcam/0" and libxl's record,
 * "/libxl/7/device/pvcam/0". */
void pvctl_scan_back_path(const struct pvctl_device *device, char ret[XB_PATH_BYTES]);
void pvctl_scan_front_path(const struct pvctl_device *device, char ret[XB_PATH_BYTES]);
void pvctl_scan_libxl_path(const struct pvctl_device *device, char ret[XB_PATH_BYTES]);

/* The unique-id, for a sound device those of its streams with ',' between, where dom0 wrote them;
 * what only xl attached has them only where the guest may write. "" when the device has none. */
void pvctl_scan_unique_id(struct xb_store *store, xs_transaction_t txn,
	const struct pvctl_device *device, char ret[PVCTL_LABEL_BYTES]);

/* The numbers of the guest's devices of this class, ascending. Caller frees *ret. */
int pvctl_scan_devices(struct xb_store *store, xs_transaction_t txn, const char *device_class,
	uint32_t domid, uint32_t **ret, unsigned *ret_count);

/* The lowest number that no sound card of class pvsnd of this guest's has. */
int pvctl_scan_free_card(
	struct xb_store *store, xs_transaction_t txn, uint32_t domid, uint32_t *ret);

/* The lowest number, from min on, that no device of this class and guest has. */
int pvctl_scan_free(struct xb_store *store, xs_transaction_t txn, const char *device_class,
	uint32_t domid, uint32_t min, uint32_t *ret);

/* The guest's device of this class with that unique-id (of a stream); or with that number, which
 * wins, or that unique-id. -ENOENT. */
int pvctl_scan_find_id(struct xb_store *store, xs_transaction_t txn, const char *device_class,
	uint32_t domid, const char *unique_id, struct pvctl_device *ret);
int pvctl_scan_find(struct xb_store *store, const char *device_class, uint32_t domid,
	const char *which, struct pvctl_device *ret);

/* Every device of these classes, in their order, then by guest and number. Stops at the first
 * non-zero answer and returns it. */
int pvctl_scan_each(struct xb_store *store, const char *const *classes,
	int (*each)(const struct pvctl_device *device, void *ctx), void *ctx);

#endif
