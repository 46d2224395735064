/* SPDX-License-Identifier: MIT */
/*
 * What dom0's daemons share: options, configuration, signals, xenstore, the control socket, the
 * main loop. A daemon is its configuration's layout and these verbs. Main thread.
 */
#ifndef VB_DAEMON_H
#define VB_DAEMON_H

#include <ev.h>
#include <jansson.h>
#include <stddef.h>

#include "backend/config_file.h"
#include "xenbus/store.h"

struct vb_daemon_ops {
	const struct vb_config_layout *layout; /* its daemon is the program's name */
	const char *serves;                    /* one of what guests get, for sentences: "camera" */
	/* --check-config, beyond reading: what can only be seen by trying. error gets a sentence.
	 */
	int (*check_config)(const struct vb_config *config, char *error, size_t error_bytes);
	/* Begins to serve; config outlives it. error gets a sentence. */
	int (*serve)(struct ev_loop *loop, struct xb_store *store, const struct vb_config *config,
		void **ret_devices, char *error, size_t error_bytes);
	/* Ends all of it. -EBUSY: a session is stuck, its memory must be left alone. */
	int (*end)(void *devices);
	/* Answers a control request (borrowed) with a new reference; NULL: unknown request. */
	json_t *(*control)(void *devices, const json_t *request);
};

/* Runs a daemon from its arguments to its exit status. */
int vb_daemon_main(int argc, char **argv, const struct vb_daemon_ops *ops);

#endif
