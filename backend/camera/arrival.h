/* SPDX-License-Identifier: MIT */
/*
 * Tells when a camera is plugged in, by libudev: after udevd's rules where udevd runs, else as soon
 * as Linux has it. Main thread.
 */
#ifndef VCAM_ARRIVAL_H
#define VCAM_ARRIVAL_H

#include <ev.h>

struct vcam_arrival;

/* arrived is called in loop for each node of Linux's class video4linux that appears. -ENOMEM and
 * what a netlink socket may say. */
int vcam_arrival_create(
	struct ev_loop *loop, void (*arrived)(void *ctx), void *ctx, struct vcam_arrival **ret);
/* Takes NULL. */
void vcam_arrival_destroy(struct vcam_arrival *arrival);

#endif
