/* SPDX-License-Identifier: MIT */
/* What domain 0 alone may do, and is told by xenstored itself. */
#include "tests/contract/store_test.h"

#include <xen/xen.h>

static void it_has_no_quota(void **state)
{
	static char value[4000];
	struct xs_permissions perms[6] = {{0, XS_PERM_NONE}};
	char name[16];
	unsigned i;

	(void)state;
	assert_true(xs_write(xs, XBT_NULL, BASE "/big", value, sizeof(value)));
	assert_true(xs_set_permissions(xs, XBT_NULL, BASE "/big", perms, 6));
	for (i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "%u", i);
		assert_true(xs_watch(xs, BASE, name));
	}
}

/* A list of children longer than a message comes in parts. */
static void a_long_directory(void **state)
{
	char name[64];
	unsigned n_children, i;
	char **children;

	(void)state;
	for (i = 0; i < 1500; i++) {
		snprintf(name, sizeof(name), "long/child-with-a-name-%u", i);
		put(xs, XBT_NULL, name, "");
	}
	children = xs_directory(xs, XBT_NULL, BASE "/long", &n_children);
	assert_non_null(children);
	assert_int_equal(n_children, 1500);
	for (i = 0; i < 1500; i++) {
		snprintf(name, sizeof(name), "child-with-a-name-%u", i);
		assert_string_equal(children[i], name);
	}
	free(children);
}

static void it_knows_the_domains(void **state)
{
	(void)state;
	assert_true(xs_is_domain_introduced(xs, 0));
	assert_true(xs_is_domain_introduced(xs, DOMID_SELF));
	assert_false(xs_is_domain_introduced(xs, DOMID_FIRST_RESERVED - 3));
	expect_error(xs_release_domain(xs, DOMID_FIRST_RESERVED - 3), ENOENT);
	expect_error(xs_release_domain(xs, 0), EINVAL);
	expect_error(xs_resume_domain(xs, DOMID_FIRST_RESERVED - 3), ENOENT);
	expect_error(xs_set_target(xs, DOMID_FIRST_RESERVED - 3, 0), ENOENT);
	expect_error(xs_introduce_domain(xs, DOMID_FIRST_RESERVED - 3, 0, 0), EINVAL);
}

static void it_reads_everything(void **state)
{
	unsigned length;
	char *value = xs_read(xs, XBT_NULL, "/tool/xenstored", &length);
	struct xs_permissions *perms;

	(void)state;
	assert_non_null(value);
	free(value);
	value = xs_read(xs, XBT_NULL, "/local/domain/0/name", &length);
	assert_non_null(value);
	assert_string_equal(value, "Domain-0");
	free(value);
	perms = xs_get_permissions(xs, XBT_NULL, "/", &length);
	assert_non_null(perms);
	assert_int_equal(perms[0].id, 0);
	free(perms);
}

static void it_keeps_owners(void **state)
{
	struct xs_permissions nobody = {.id = DOMID_FIRST_RESERVED - 3, .perms = XS_PERM_READ};
	struct xs_permissions both[] = {{0, XS_PERM_WRITE}, nobody};
	struct xs_permissions *found;
	unsigned n_perms;

	(void)state;
	expect_error(xs_set_permissions(xs, XBT_NULL, BASE, &nobody, 1), ENOENT);
	assert_true(xs_set_permissions(xs, XBT_NULL, BASE, both, 2));
	found = xs_get_permissions(xs, XBT_NULL, BASE, &n_perms);
	assert_non_null(found);
	assert_int_equal(n_perms, 2);
	assert_int_equal(found[0].perms, XS_PERM_WRITE);
	assert_int_equal(found[1].id, DOMID_FIRST_RESERVED - 3);
	free(found);
}

/* A guest's kernel stands between it and xenstored: there these succeed, or cost the handle. */
static void the_same_watch_twice(void **state)
{
	(void)state;
	watch(xs, BASE, "t");
	expect_error(xs_watch(xs, BASE, "t"), EEXIST);
	watch(xs, BASE, "u");
}

static void unwatching_what_is_not_watched(void **state)
{
	(void)state;
	watch(xs, BASE, "t");
	expect_error(xs_unwatch(xs, BASE, "other"), ENOENT);
	expect_error(xs_unwatch(xs, BASE "/other", "t"), ENOENT);
	assert_true(xs_unwatch(xs, BASE, "t"));
	put(xs, XBT_NULL, "x", "1");
	expect_no_event(xs);
	expect_error(xs_unwatch(xs, BASE, "t"), ENOENT);
	watch(xs, BASE, "t");
}

static void names_that_cannot_be_watched(void **state)
{
	(void)state;
	expect_error(xs_watch(xs, "", "t"), EINVAL);
	expect_error(xs_watch(xs, BASE "/", "t"), EINVAL);
	expect_error(xs_watch(xs, BASE "/a b", "t"), EINVAL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		store_test(it_has_no_quota),
		store_test(a_long_directory),
		store_test(it_knows_the_domains),
		store_test(it_reads_everything),
		store_test(it_keeps_owners),
		store_test(the_same_watch_twice),
		store_test(unwatching_what_is_not_watched),
		store_test(names_that_cannot_be_watched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
