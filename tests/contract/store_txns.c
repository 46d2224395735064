/* SPDX-License-Identifier: MIT */
/* Transactions, with a second handle as the rest of the world. Any domain. */
#include "tests/contract/store_test.h"

static struct xs_handle *world;

static int setup(void **state)
{
	world = xs_open(0);
	return world ? store_setup(state) : -1;
}

static int teardown(void **state)
{
	xs_close(world);
	return store_teardown(state);
}

#define txn_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static xs_transaction_t begin(void)
{
	xs_transaction_t txn = xs_transaction_start(xs);

	assert_int_not_equal(txn, XBT_NULL);
	return txn;
}

static void commit(xs_transaction_t txn)
{
	if (!xs_transaction_end(xs, txn, false))
		fail_msg("commit: %s", strerror(errno));
}

static void expect_conflict(xs_transaction_t txn)
{
	expect_error(xs_transaction_end(xs, txn, false), EAGAIN);
}

static void nobody_sees_it_before_the_end(void **state)
{
	xs_transaction_t txn;

	(void)state;
	put(xs, XBT_NULL, "old", "1");
	txn = begin();
	put(xs, txn, "new/below", "2");
	put(xs, txn, "old", "2");
	expect(world, XBT_NULL, "new", NULL);
	expect(world, XBT_NULL, "old", "1");
	expect(xs, XBT_NULL, "old", "1");
	commit(txn);
	expect(world, XBT_NULL, "new/below", "2");
	expect(world, XBT_NULL, "old", "2");
}

static void it_sees_its_own_writes(void **state)
{
	xs_transaction_t txn = begin();
	unsigned n_children;
	char **children;

	(void)state;
	put(xs, txn, "a", "1");
	expect(xs, txn, "a", "1");
	put(xs, txn, "a", "2");
	expect(xs, txn, "a", "2");
	put(xs, txn, "b", "1");
	assert_true(xs_rm(xs, txn, BASE "/a"));
	expect(xs, txn, "a", NULL);
	children = xs_directory(xs, txn, BASE, &n_children);
	assert_non_null(children);
	assert_int_equal(n_children, 1);
	assert_string_equal(children[0], "b");
	free(children);
	commit(txn);
	expect(world, XBT_NULL, "a", NULL);
	expect(world, XBT_NULL, "b", "1");
}

static void an_aborted_one_leaves_nothing(void **state)
{
	xs_transaction_t txn;

	(void)state;
	put(xs, XBT_NULL, "kept/below", "1");
	txn = begin();
	put(xs, txn, "a/b", "1");
	assert_true(xs_rm(xs, txn, BASE "/kept"));
	assert_true(xs_transaction_end(xs, txn, true));
	expect(xs, XBT_NULL, "a", NULL);
	expect(xs, XBT_NULL, "kept/below", "1");
}

static void what_it_read_must_stay(void **state)
{
	xs_transaction_t txn;

	(void)state;
	put(xs, XBT_NULL, "read", "1");
	txn = begin();
	expect(xs, txn, "read", "1");
	put(xs, txn, "out", "1");
	put(world, XBT_NULL, "read", "2");
	expect(xs, txn, "read", "1");
	expect_conflict(txn);
	expect(xs, XBT_NULL, "out", NULL);
	expect_error(xs_transaction_end(xs, txn, false), ENOENT);
}

static void what_it_missed_must_stay_missing(void **state)
{
	xs_transaction_t txn = begin();

	(void)state;
	expect(xs, txn, "come", NULL);
	put(world, XBT_NULL, "come", "1");
	expect_conflict(txn);
}

static void what_it_wrote_must_stay(void **state)
{
	xs_transaction_t txn;

	(void)state;
	put(xs, XBT_NULL, "w", "1");
	txn = begin();
	put(xs, txn, "w", "2");
	put(world, XBT_NULL, "w", "3");
	expect_conflict(txn);
	expect(xs, XBT_NULL, "w", "3");
}

static void two_children_of_one_node(void **state)
{
	xs_transaction_t txn = begin();

	(void)state;
	put(xs, txn, "mine", "1");
	put(world, XBT_NULL, "theirs", "1");
	expect_conflict(txn);
}

static void a_removed_tree_must_not_grow(void **state)
{
	xs_transaction_t txn;

	(void)state;
	put(xs, XBT_NULL, "tree/a", "1");
	txn = begin();
	assert_true(xs_rm(xs, txn, BASE "/tree"));
	put(world, XBT_NULL, "tree/b", "1");
	expect_conflict(txn);
	expect(xs, XBT_NULL, "tree/a", "1");
}

static void others_changes_elsewhere_do_not_matter(void **state)
{
	xs_transaction_t txn;

	(void)state;
	put(xs, XBT_NULL, "a/x", "1");
	put(xs, XBT_NULL, "b/x", "1");
	txn = begin();
	expect(xs, txn, "a/x", "1");
	put(xs, txn, "a/y", "1");
	put(world, XBT_NULL, "b/x", "2");
	put(world, XBT_NULL, "b/y", "2");
	put(world, XBT_NULL, "a/x/below", "no change of a/x's parent");
	expect_conflict(txn);
	txn = begin();
	expect(xs, txn, "a/x", "1");
	put(xs, txn, "a/y", "1");
	put(world, XBT_NULL, "b/x", "3");
	commit(txn);
	expect(xs, XBT_NULL, "b/x", "3");
	expect(xs, XBT_NULL, "a/y", "1");
}

static void many_at_once(void **state)
{
	xs_transaction_t first = begin(), second = begin();

	(void)state;
	assert_int_not_equal(first, second);
	put(xs, first, "first", "1");
	expect(xs, second, "first", NULL);
	commit(first);
	expect_conflict(second);
}

static void closing_drops_it(void **state)
{
	struct xs_handle *other = xs_open(0);
	xs_transaction_t txn;

	(void)state;
	assert_non_null(other);
	txn = xs_transaction_start(other);
	put(other, txn, "x", "1");
	xs_close(other);
	expect(xs, XBT_NULL, "x", NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		txn_test(nobody_sees_it_before_the_end),
		txn_test(it_sees_its_own_writes),
		txn_test(an_aborted_one_leaves_nothing),
		txn_test(what_it_read_must_stay),
		txn_test(what_it_missed_must_stay_missing),
		txn_test(what_it_wrote_must_stay),
		txn_test(two_children_of_one_node),
		txn_test(a_removed_tree_must_not_grow),
		txn_test(others_changes_elsewhere_do_not_matter),
		txn_test(many_at_once),
		txn_test(closing_drops_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
