/* SPDX-License-Identifier: MIT */
/* What a domain other than 0 may and may not do: permissions and quotas. */
#include "tests/contract/store_test.h"

#include <xen/xen.h>

static void other_nodes_are_closed(void **state)
{
	static const char *const closed[] = {"/", "/local", "/local/domain", "/local/domain/0",
		"/local/domain/0/name", "/tool/xenstored", "/libxl", "/nothing/there"};
	unsigned length;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
		expect_error(xs_read(xs, XBT_NULL, closed[i], &length), EACCES);
		expect_error(xs_directory(xs, XBT_NULL, closed[i], &length), EACCES);
		expect_error(xs_write(xs, XBT_NULL, closed[i], "1", 1), EACCES);
		expect_error(xs_rm(xs, XBT_NULL, closed[i]), EACCES);
	}
}

static void its_own_root_is_for_reading(void **state)
{
	unsigned length;
	char *name = xs_read(xs, XBT_NULL, "name", &length);

	(void)state;
	assert_non_null(name);
	free(name);
	expect_error(xs_write(xs, XBT_NULL, "name", "x", 1), EACCES);
	expect_error(xs_write(xs, XBT_NULL, "new", "x", 1), EACCES);
	expect_error(xs_mkdir(xs, XBT_NULL, "new"), EACCES);
	expect_error(xs_rm(xs, XBT_NULL, "name"), EACCES);
	expect_error(xs_rm(xs, XBT_NULL, "device"), EACCES);
	expect_error(xs_read(xs, XBT_NULL, "new", &length), ENOENT);
}

static void only_domain_0_may(void **state)
{
	(void)state;
	errno = 0;
	assert_false(xs_is_domain_introduced(xs, domid));
	expect_error(xs_introduce_domain(xs, domid, 1, 1), EACCES);
	expect_error(xs_release_domain(xs, domid), EACCES);
	expect_error(xs_resume_domain(xs, domid), EACCES);
	expect_error(xs_set_target(xs, domid, 0), EACCES);
	expect_error(xs_control_command(xs, "help", NULL, 0), EACCES);
}

static void it_owns_what_it_makes(void **state)
{
	struct xs_permissions *perms;
	unsigned n_perms;

	(void)state;
	put(xs, XBT_NULL, "a/b", "1");
	perms = xs_get_permissions(xs, XBT_NULL, BASE "/a/b", &n_perms);
	assert_non_null(perms);
	assert_int_equal(n_perms, 1);
	assert_int_equal(perms[0].id, domid);
	assert_int_equal(perms[0].perms, XS_PERM_NONE);
	free(perms);
}

static void permissions_are_inherited(void **state)
{
	struct xs_permissions set[] = {{domid, XS_PERM_READ}, {0, XS_PERM_READ | XS_PERM_WRITE}};
	struct xs_permissions *perms;
	unsigned n_perms;

	(void)state;
	assert_true(xs_set_permissions(xs, XBT_NULL, BASE, set, 2));
	put(xs, XBT_NULL, "child", "1");
	perms = xs_get_permissions(xs, XBT_NULL, BASE "/child", &n_perms);
	assert_non_null(perms);
	assert_int_equal(n_perms, 2);
	assert_int_equal(perms[0].id, domid);
	assert_int_equal(perms[0].perms, XS_PERM_READ);
	assert_int_equal(perms[1].id, 0);
	assert_int_equal(perms[1].perms, XS_PERM_READ | XS_PERM_WRITE);
	free(perms);
}

static void an_owner_stays_the_owner(void **state)
{
	struct xs_permissions given = {.id = 0, .perms = XS_PERM_WRITE};
	struct xs_permissions nobody = {.id = DOMID_FIRST_RESERVED - 3, .perms = XS_PERM_NONE};

	(void)state;
	expect_error(xs_set_permissions(xs, XBT_NULL, BASE, &given, 1), EPERM);
	expect_error(xs_set_permissions(xs, XBT_NULL, BASE, &nobody, 1), ENOENT);
	expect_error(xs_set_permissions(xs, XBT_NULL, "name", &given, 1), EACCES);
	expect_error(xs_set_permissions(xs, XBT_NULL, "@releaseDomain", &given, 1), EACCES);
}

static void a_node_has_a_size(void **state)
{
	static char value[2048];

	(void)state;
	assert_true(xs_write(xs, XBT_NULL, BASE "/x", value, 2000));
	expect_error(xs_write(xs, XBT_NULL, BASE "/x", value, 2048), ENOSPC);
	expect_error(xs_write(xs, XBT_NULL, BASE "/y/z", value, 2048), ENOSPC);
	expect(xs, XBT_NULL, "y", NULL);
}

static void spoiled_transactions_fail(void **state)
{
	static char value[2048];
	xs_transaction_t txn = xs_transaction_start(xs);

	(void)state;
	put(xs, txn, "a", "1");
	expect_error(xs_write(xs, txn, BASE "/x", value, sizeof(value)), ENOSPC);
	expect_error(xs_transaction_end(xs, txn, false), ENOMEM);
	expect(xs, XBT_NULL, "a", NULL);
}

/* Writes until it fails, children of few nodes so that none gets too big; returns how many. */
static unsigned fill(xs_transaction_t txn, unsigned most)
{
	char path[64];
	unsigned i;

	for (i = 0; i < most; i++) {
		snprintf(path, sizeof(path), BASE "/%u/%u", i / 100, i % 100);
		if (!xs_write(xs, txn, path, "", 0))
			break;
	}
	return i;
}

static void a_domain_has_so_many_nodes(void **state)
{
	xs_transaction_t txn;

	(void)state;
	assert_in_range(fill(XBT_NULL, 1100), 900, 1000);
	assert_int_equal(errno, ENOSPC);
	put(xs, XBT_NULL, "0/0", "what is there can be changed");
	expect_error(xs_mkdir(xs, XBT_NULL, BASE "/one-more"), ENOSPC);
	assert_true(xs_rm(xs, XBT_NULL, BASE "/0"));
	assert_true(xs_mkdir(xs, XBT_NULL, BASE "/one-more"));
	/* A transaction is counted at its end. */
	txn = xs_transaction_start(xs);
	assert_int_equal(fill(txn, 100), 100);
	expect_error(xs_transaction_end(xs, txn, false), ENOSPC);
}

static void so_many_watches(void **state)
{
	char token[16];
	unsigned i;

	(void)state;
	for (i = 0; i < 200; i++) {
		snprintf(token, sizeof(token), "%u", i);
		if (!xs_watch(xs, BASE, token))
			break;
	}
	assert_int_equal(errno, E2BIG);
	assert_in_range(i, 100, 129);
	/* A guest's kernel gives up a handle whose watch is refused. */
	xs_close(xs);
	xs = xs_open(0);
	assert_non_null(xs);
	assert_true(xs_watch(xs, BASE, "again"));
}

static void so_many_transactions(void **state)
{
	xs_transaction_t txns[20];
	unsigned i;

	(void)state;
	for (i = 0; i < 20; i++) {
		txns[i] = xs_transaction_start(xs);
		if (txns[i] == XBT_NULL)
			break;
	}
	assert_int_equal(errno, ENOSPC);
	assert_in_range(i, 10, 11);
	while (i--)
		assert_true(xs_transaction_end(xs, txns[i], true));
	txns[0] = xs_transaction_start(xs);
	assert_int_not_equal(txns[0], XBT_NULL);
	assert_true(xs_transaction_end(xs, txns[0], true));
}

static void so_many_nodes_touched(void **state)
{
	xs_transaction_t txn = xs_transaction_start(xs);
	char path[64];
	unsigned length, i;

	(void)state;
	assert_int_not_equal(txn, XBT_NULL);
	for (i = 0; i < 2000; i++) {
		snprintf(path, sizeof(path), BASE "/%u", i);
		assert_null(xs_read(xs, txn, path, &length));
		if (errno != ENOENT)
			break;
	}
	assert_int_equal(errno, ENOSPC);
	assert_in_range(i, 1000, 1024);
	expect_error(xs_transaction_end(xs, txn, false), ENOMEM);
}

static void so_many_permissions(void **state)
{
	struct xs_permissions perms[6] = {{domid, XS_PERM_NONE}};

	(void)state;
	assert_true(xs_set_permissions(xs, XBT_NULL, BASE, perms, 5));
	expect_error(xs_set_permissions(xs, XBT_NULL, BASE, perms, 6), ENOSPC);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		store_test(other_nodes_are_closed),
		store_test(its_own_root_is_for_reading),
		store_test(only_domain_0_may),
		store_test(it_owns_what_it_makes),
		store_test(permissions_are_inherited),
		store_test(an_owner_stays_the_owner),
		store_test(a_node_has_a_size),
		store_test(spoiled_transactions_fail),
		store_test(a_domain_has_so_many_nodes),
		store_test(so_many_watches),
		store_test(so_many_transactions),
		store_test(so_many_nodes_touched),
		store_test(so_many_permissions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
