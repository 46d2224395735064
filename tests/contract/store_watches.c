/* SPDX-License-Identifier: MIT */
/* Watches and their events. Any domain. */
#include "tests/contract/store_test.h"

static void a_watch_fires_once_at_first(void **state)
{
	(void)state;
	assert_true(xs_watch(xs, BASE "/nothing", "t"));
	expect_event(xs, BASE "/nothing", "t");
	expect_no_event(xs);
}

static void it_sees_its_node_and_all_below(void **state)
{
	(void)state;
	watch(xs, BASE "/w", "t");
	put(xs, XBT_NULL, "w", "1");
	expect_event(xs, BASE "/w", "t");
	put(xs, XBT_NULL, "w/a/b", "1");
	expect_event(xs, BASE "/w/a/b", "t");
	assert_true(xs_mkdir(xs, XBT_NULL, BASE "/w/dir"));
	expect_event(xs, BASE "/w/dir", "t");
	assert_true(xs_mkdir(xs, XBT_NULL, BASE "/w/dir"));
	expect_no_event(xs);
	put(xs, XBT_NULL, "ww", "1");
	put(xs, XBT_NULL, "other", "1");
	expect_no_event(xs);
}

static void absolute_watches_have_absolute_events(void **state)
{
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "/local/domain/%u/" BASE, domid);
	watch(xs, path, "absolute");
	put(xs, XBT_NULL, "x", "1");
	strcat(path, "/x");
	expect_event(xs, path, "absolute");
	expect_no_event(xs);
}

static void removal_tells_each_watched_node(void **state)
{
	(void)state;
	put(xs, XBT_NULL, "r/a/b", "1");
	watch(xs, BASE "/r/a/b", "leaf");
	watch(xs, BASE, "top");
	assert_true(xs_rm(xs, XBT_NULL, BASE "/r"));
	expect_event(xs, BASE "/r/a/b", "leaf");
	expect_event(xs, BASE "/r", "top");
	expect_no_event(xs);
	assert_true(xs_rm(xs, XBT_NULL, BASE "/r"));
	expect_no_event(xs);
}

static void permissions_are_a_change(void **state)
{
	struct xs_permissions perms = {.id = domid, .perms = XS_PERM_NONE};

	(void)state;
	put(xs, XBT_NULL, "p", "1");
	watch(xs, BASE "/p", "t");
	assert_true(xs_set_permissions(xs, XBT_NULL, BASE "/p", &perms, 1));
	expect_event(xs, BASE "/p", "t");
}

static void many_watches_on_one_change(void **state)
{
	(void)state;
	watch(xs, BASE "/x/y", "first");
	watch(xs, BASE, "second");
	watch(xs, BASE "/x", "third");
	watch(xs, BASE "/x", "fourth");
	put(xs, XBT_NULL, "x/y", "1");
	expect_event(xs, BASE "/x/y", "first");
	expect_event(xs, BASE "/x/y", "second");
	expect_event(xs, BASE "/x/y", "third");
	expect_event(xs, BASE "/x/y", "fourth");
	expect_no_event(xs);
}

static void unwatching(void **state)
{
	(void)state;
	watch(xs, BASE, "t");
	assert_true(xs_unwatch(xs, BASE, "t"));
	put(xs, XBT_NULL, "x", "1");
	expect_no_event(xs);
	watch(xs, BASE, "t");
}

static void handles_have_watches_of_their_own(void **state)
{
	struct xs_handle *other = xs_open(0);

	(void)state;
	assert_non_null(other);
	watch(xs, BASE, "t");
	watch(other, BASE, "t");
	put(other, XBT_NULL, "x", "1");
	expect_event(xs, BASE "/x", "t");
	expect_event(other, BASE "/x", "t");
	xs_close(other);
	put(xs, XBT_NULL, "x", "2");
	expect_event(xs, BASE "/x", "t");
	expect_no_event(xs);
}

static void a_transaction_fires_at_its_end(void **state)
{
	struct xs_handle *other = xs_open(0);
	xs_transaction_t txn;

	(void)state;
	assert_non_null(other);
	put(xs, XBT_NULL, "gone", "1");
	watch(xs, BASE, "t");
	txn = xs_transaction_start(other);
	put(other, txn, "x", "1");
	put(other, txn, "x", "2");
	assert_true(xs_rm(other, txn, BASE "/gone"));
	expect_no_event(xs);
	assert_true(xs_transaction_end(other, txn, false));
	expect_event(xs, BASE "/x", "t");
	expect_event(xs, BASE "/gone", "t");
	expect_no_event(xs);
	txn = xs_transaction_start(other);
	put(other, txn, "x", "3");
	assert_true(xs_transaction_end(other, txn, true));
	expect_no_event(xs);
	xs_close(other);
}

static void special_names(void **state)
{
	(void)state;
	watch(xs, "@introduceDomain", "in");
	watch(xs, "@releaseDomain", "out");
	expect_no_event(xs);
	assert_true(xs_unwatch(xs, "@releaseDomain", "out"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		store_test(a_watch_fires_once_at_first),
		store_test(it_sees_its_node_and_all_below),
		store_test(absolute_watches_have_absolute_events),
		store_test(removal_tells_each_watched_node),
		store_test(permissions_are_a_change),
		store_test(many_watches_on_one_change),
		store_test(unwatching),
		store_test(handles_have_watches_of_their_own),
		store_test(a_transaction_fires_at_its_end),
		store_test(special_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
