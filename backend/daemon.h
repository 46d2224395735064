/* SPDX-License-Identifier: MIT */
/*
 * What dom0's daemons share: options, signals, xenstore, the control socket, the main loop. A daemon
 * is its name and these verbs. Main thread.
 */
#ifndef VB_DAEMON_H
#define VB_DAEMON_H

#include <ev.h>
#include <jansson.h>
#include <stddef.h>

#include "xenbus/store.h"

struct vb_daemon_ops {
	const char *name; /* "pvcamd"; also of its configuration file and man page */
	const char *does; /* one sentence for --help */
	/* error gets one sentence with file, line and key. */
	int (*read_config)(const char *path, void **ret_config, char *error, size_t error_bytes);
	void (*free_config)(void *config);
	const char *(*control_socket)(const void *config);
	/* --check-config, beyond reading: what can only be seen by trying. error gets a sentence. */
	int (*check_config)(const void *config, char *error, size_t error_bytes);
	/* Begins to serve; config outlives it. error gets a sentence. */
	int (*serve)(struct ev_loop *loop, struct xb_store *store, const void *config,
		void **ret_devices, char *error, size_t error_bytes);
	/* Ends all of it. -EBUSY: a session is stuck, its memory must be left alone. */
	int (*end)(void *devices);
	/* Answers a control request (borrowed) with a new reference; NULL: unknown request. */
	json_t *(*control)(void *devices, const json_t *request);
};

/* Runs a daemon from its arguments to its exit status. */
int vb_daemon_main(int argc, char **argv, const struct vb_daemon_ops *ops);

#endif
