/* SPDX-License-Identifier: MIT */
/*
 * A backend's devices: found by watching the backend directory of each class, rescanned at start
 * and when a domain leaves, driven through the states, removed with their domain. A program gives
 * four verbs; threads and rings are its own affair. Main thread (the one that dispatches the
 * store).
 */
#ifndef XB_BACK_H
#define XB_BACK_H

#include <stdbool.h>
#include <stdint.h>

#include "xenbus/store.h"

struct xb_back;

/* One device of one guest. Strings live as long as the device. */
struct xb_back_device {
	struct xb_store *store;
	const char *device_class; /* "pvcam" */
	uint32_t domid;
	uint32_t device;
	const char *guest;      /* the domain's name; "domain-7" when it has none */
	const char *back_path;  /* "backend/pvcam/7/0"; only dom0 writes here */
	const char *front_path; /* "/local/domain/7/device/pvcam/0"; the guest writes here */
	void *priv;             /* the program's */
	void *user;             /* from xb_back_create */
};

struct xb_back_ops {
	/*
	 * Looks at the device's configuration and publishes what the backend adds (versions …),
	 * before InitWait. Negative: logged by the program, device goes to Closed with an `error`
	 * node holding strerror; tried again when the frontend starts over.
	 */
	int (*probe)(struct xb_back_device *device);
	/* The frontend has published: read its nodes, map, bind, start. Negative: goes to Closed.
	 */
	int (*connect)(struct xb_back_device *device);
	/*
	 * Whether a frontend that was left Connected, by a backend before this one or by
	 * xb_back_destroy, is taken over as it is: probe and connect, and it sees no state change.
	 * NULL: none is.
	 */
	bool (*resumes)(const struct xb_back_device *device);
	/* The session ends: stop and forget it. Never blocks. Called once for each connect that was
	 * 0. */
	void (*disconnect)(struct xb_back_device *device);
	/* The device is gone: free priv. May be called without any connect. */
	void (*remove)(struct xb_back_device *device);
};

/* classes: NULL-ended, static. Devices that exist already are found by the first dispatch. */
int xb_back_create(struct xb_store *store, const char *const *classes,
	const struct xb_back_ops *ops, void *user, struct xb_back **ret);

/* Disconnects every device and leaves it in Closed, so that frontends notice, but for those
 * connected ones that can be taken over; frees all. */
void xb_back_destroy(struct xb_back *back);

/* Writes a node of the device's backend directory. -ENOENT: the tools have removed the directory,
 * and it stays so. Main thread. */
int xb_back_publish(struct xb_back_device *device, const char *node, const char *value);

/*
 * Where the configuration attached to a device stands: back_path, where only dom0 writes, when the
 * tools left a copy there (node exists in it), else front_path: xl leaves none. Main thread.
 */
const char *xb_back_wishes(const struct xb_back_device *device, const char *node);

/* The session of this device found its frontend dead or its ring broken: as if the frontend had
 * closed. Calls disconnect. Main thread. */
void xb_back_fail(struct xb_back *back, struct xb_back_device *device);

#endif
