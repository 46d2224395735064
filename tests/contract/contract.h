/* SPDX-License-Identifier: MIT */
/*
 * What the contract tests of grants and event channels share. They know Xen's libraries alone: the
 * same programs run on xenloop and on Xen, in dom0 or in a guest. Everything happens inside the
 * domain that they run in.
 */
#ifndef CONTRACT_H
#define CONTRACT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cmocka.h>
#include <xenevtchn.h>
#include <xengnttab.h>

#define PAGE_BYTES 4096
#define NOBODY 32000 /* no domain has this id */

/* Long enough for a busy machine; an event that must come takes microseconds. */
#define EVENT_MS 10000
/* Long enough for an event that must not come to be seen, mostly. */
#define SILENCE_MS 50

/* The domain that this program runs in, as xenstore says. */
uint32_t contract_domid(void);

/* Handles that are there or the test has failed. */
xengntshr_handle *contract_gntshr(void);
xengnttab_handle *contract_gnttab(void);
xenevtchn_handle *contract_evtchn(void);

/* Two ports bound to each other, without pending events. */
void contract_bind(xenevtchn_handle *one, xenevtchn_handle *other, int *ret_one, int *ret_other);

/* Takes the next event and unmasks it: its port, or 0: none within the time. */
int contract_event(xenevtchn_handle *handle, int within_ms);

/* This program again, in a process of its own: main gets `role` as its only argument, its standard
 * input is `fd`. */
struct contract_child {
	pid_t pid;
	int fd;
};
void contract_child_start(struct contract_child *child, const char *role);

/* SIGKILL, and waits until it is gone. */
void contract_child_kill(struct contract_child *child);

/* A number to and from the other side of `fd`; a side that is gone fails the test, or ends the
 * child. */
void contract_tell(int fd, uint32_t value);
uint32_t contract_hear(int fd);

#endif
