/* SPDX-License-Identifier: MIT */
/*
 * Tells when devices come, change and go, by libudev: after udevd's rules where udevd runs, else as
 * soon as Linux knows. In a network namespace of its own (PrivateNetwork= of a unit) nothing is
 * heard. Main thread.
 */
#ifndef VB_ARRIVAL_H
#define VB_ARRIVAL_H

#include <ev.h>
#include <stdbool.h>

struct vb_arrival;

/* told is called in loop for each event of a device of Linux's class (video4linux, sound); came: a
 * new one. -ENOMEM and what a netlink socket may say. */
int vb_arrival_create(struct ev_loop *loop, const char *class, void (*told)(void *ctx, bool came),
	void *ctx, struct vb_arrival **ret);
/* Takes NULL. */
void vb_arrival_destroy(struct vb_arrival *arrival);

#endif
