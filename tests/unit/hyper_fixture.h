/* SPDX-License-Identifier: MIT */
/* A hypervisor with domains 0 to 3 and clients that speak its protocol, in one thread. */
#ifndef HYPER_FIXTURE_H
#define HYPER_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "xenbus/loop/hyper.h"
#include "xenbus/loop/hyper_proto.h"

extern struct loop_hyper *hyper;

/* What came with the last answer; its files are closed by the next request or files_close. */
extern struct loop_answer answer;
extern uint32_t items[3 * LOOP_ITEMS_MAX];
extern int files[LOOP_FILES_MAX];
extern unsigned int files_count;
void files_close(void);

/* Of a group of tests: 131,064 pages and 3 ports a domain. At the end no file may be open that was
 * not before. */
int set_up(void **state);
int tear_down(void **state);

/* Lets the server do all there is to do. */
void pump(void);

/* A connection from that domain, without HELLO and with it. */
int connect_as(uint32_t domid);
int open_as(uint32_t domid, enum loop_kind kind);

/* The answer's error; 1: the server closed the connection. Items are of `item_bytes` each. */
int ask(int fd, struct loop_request request, const void *request_items, size_t item_bytes);
int ask_simply(int fd, enum loop_op op, uint32_t a, uint32_t b, uint32_t c);
int map_one(int fd, uint32_t domid, uint32_t ref, uint32_t writable);

#endif
