/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the store share. They use libxenstore alone, and only nodes below data/, which
 * every domain may write: the same programs run on xenloop and on Xen.
 */
#ifndef STORE_TEST_H
#define STORE_TEST_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>
#include <xenstore_lib.h>
#include <cmocka.h>

#define BASE "data/store-test"
#define VALID_NAMES_MAX 2048 /* bytes of a path, not counting /local/domain/ID/ */

/* The handle of the running test, and its domain. */
extern struct xs_handle *xs;
extern unsigned domid;

/* Opens xs with an empty BASE; closes it and removes BASE. For cmocka_unit_test_setup_teardown. */
int store_setup(void **state);
int store_teardown(void **state);
#define store_test(f) cmocka_unit_test_setup_teardown(f, store_setup, store_teardown)

/* Writes text at BASE/name in a transaction or none; the test fails if that fails. */
void put(struct xs_handle *handle, xs_transaction_t txn, const char *name, const char *text);

/* Checks that BASE/name has this text; NULL: that there is no such node. */
void expect(struct xs_handle *handle, xs_transaction_t txn, const char *name, const char *text);

/* Checks that the call failed (false, NULL, 0) with that errno. */
#define expect_error(call, number)                                                                 \
	do {                                                                                       \
		errno = 0;                                                                         \
		assert_false(call);                                                                \
		assert_int_equal(errno, number);                                                   \
	} while (0)

/*
 * Checks that the next watch event on handle is this one, or that there is none. A request is made
 * first: xenstored answers it behind every event that was due before. A guest's kernel has a thread
 * for events, which may be behind the answer; so there they are waited for.
 */
void expect_event(struct xs_handle *handle, const char *path, const char *token);
void expect_no_event(struct xs_handle *handle);

/* Watches path and takes the first event, which every watch begins with. */
void watch(struct xs_handle *handle, const char *path, const char *token);

#endif
