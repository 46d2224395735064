/* SPDX-License-Identifier: MIT */
/* Tells the service manager how a program does. */
#ifndef VB_NOTIFY_H
#define VB_NOTIFY_H

/* state: as sd_notify(3) takes it, "READY=1". Nothing happens without a service manager, or when
 * built without libsystemd. Any thread. */
void vb_notify(const char *state);

#endif
