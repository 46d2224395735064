/* SPDX-License-Identifier: MIT */
/* Nodes: values, children, names. Any domain. */
#include "tests/contract/store_test.h"

static void expect_children(const char *path, const char *const *names, unsigned n_names)
{
	unsigned found, i;
	char **children = xs_directory(xs, XBT_NULL, path, &found);

	assert_non_null(children);
	assert_int_equal(found, n_names);
	for (i = 0; i < n_names; i++)
		assert_string_equal(children[i], names[i]);
	free(children);
}

static void values_come_back(void **state)
{
	static const char binary[] = "a\0b\n\xff\0";
	unsigned length;
	char *value;

	(void)state;
	assert_true(xs_write(xs, XBT_NULL, BASE "/x", binary, sizeof(binary)));
	value = xs_read(xs, XBT_NULL, BASE "/x", &length);
	assert_non_null(value);
	assert_int_equal(length, sizeof(binary));
	assert_memory_equal(value, binary, sizeof(binary));
	free(value);
	put(xs, XBT_NULL, "x", "shorter");
	expect(xs, XBT_NULL, "x", "shorter");
	put(xs, XBT_NULL, "x", "");
	expect(xs, XBT_NULL, "x", "");
}

static void missing_parents_are_made_empty(void **state)
{
	(void)state;
	put(xs, XBT_NULL, "a/b/c", "deep");
	expect(xs, XBT_NULL, "a", "");
	expect(xs, XBT_NULL, "a/b", "");
	expect(xs, XBT_NULL, "a/b/c", "deep");
}

static void children_are_listed_oldest_first(void **state)
{
	static const char *const all[] = {"z", "b", "a"};
	static const char *const left[] = {"z", "a", "b"};

	(void)state;
	put(xs, XBT_NULL, "z", "");
	put(xs, XBT_NULL, "b/below", "");
	put(xs, XBT_NULL, "a", "");
	expect_children(BASE, all, 3);
	put(xs, XBT_NULL, "z", "again");
	expect_children(BASE, all, 3);
	assert_true(xs_rm(xs, XBT_NULL, BASE "/b"));
	put(xs, XBT_NULL, "b", "");
	expect_children(BASE, left, 3);
	expect_children(BASE "/b", NULL, 0);
}

static void mkdir_leaves_a_node_alone(void **state)
{
	(void)state;
	assert_true(xs_mkdir(xs, XBT_NULL, BASE "/m/n"));
	expect(xs, XBT_NULL, "m/n", "");
	put(xs, XBT_NULL, "m/n", "kept");
	assert_true(xs_mkdir(xs, XBT_NULL, BASE "/m/n"));
	expect(xs, XBT_NULL, "m/n", "kept");
}

static void what_is_not_there(void **state)
{
	unsigned length;

	(void)state;
	expect(xs, XBT_NULL, "nothing", NULL);
	expect_error(xs_directory(xs, XBT_NULL, BASE "/nothing", &length), ENOENT);
	expect_error(xs_get_permissions(xs, XBT_NULL, BASE "/nothing", &length), ENOENT);
	assert_true(xs_rm(xs, XBT_NULL, BASE "/nothing"));
	expect_error(xs_rm(xs, XBT_NULL, BASE "/nothing/below"), ENOENT);
	expect_error(xs_read(xs, 4711, BASE, &length), ENOENT);
}

static void removing_takes_all_below(void **state)
{
	(void)state;
	put(xs, XBT_NULL, "r/a/b", "1");
	put(xs, XBT_NULL, "r/c", "2");
	put(xs, XBT_NULL, "rest", "3");
	assert_true(xs_rm(xs, XBT_NULL, BASE "/r"));
	expect(xs, XBT_NULL, "r", NULL);
	expect(xs, XBT_NULL, "r/a", NULL);
	expect(xs, XBT_NULL, "r/a/b", NULL);
	expect(xs, XBT_NULL, "rest", "3");
	put(xs, XBT_NULL, "r", "new");
	expect_children(BASE "/r", NULL, 0);
}

static void names_that_cannot_be(void **state)
{
	static const char *const wrong[] = {BASE "/", BASE "//x", BASE "/a b", BASE "/\xc3\xa4",
		BASE "/a.b", "@releaseDomain", ""};
	unsigned length;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		expect_error(xs_write(xs, XBT_NULL, wrong[i], "1", 1), EINVAL);
		expect_error(xs_read(xs, XBT_NULL, wrong[i], &length), EINVAL);
		expect_error(xs_mkdir(xs, XBT_NULL, wrong[i]), EINVAL);
	}
	put(xs, XBT_NULL, "Aa0-_@", "fine");
	expect(xs, XBT_NULL, "Aa0-_@", "fine");
}

static void names_have_a_length(void **state)
{
	char path[VALID_NAMES_MAX + 2];
	unsigned length;

	(void)state;
	memset(path, 'x', sizeof(path));
	memcpy(path, BASE "/", strlen(BASE "/"));
	path[VALID_NAMES_MAX] = '\0';
	assert_null(xs_read(xs, XBT_NULL, path, &length));
	assert_int_equal(errno, ENOENT);
	path[VALID_NAMES_MAX] = 'x';
	path[VALID_NAMES_MAX + 1] = '\0';
	expect_error(xs_read(xs, XBT_NULL, path, &length), EINVAL);
}

static void relative_names_are_the_domains_own(void **state)
{
	char *own = xs_get_domain_path(xs, domid);
	char absolute[256], expected[64];
	unsigned length;
	char *value;

	(void)state;
	snprintf(expected, sizeof(expected), "/local/domain/%u", domid);
	assert_non_null(own);
	assert_string_equal(own, expected);
	put(xs, XBT_NULL, "x", "here");
	snprintf(absolute, sizeof(absolute), "%s/" BASE "/x", own);
	value = xs_read(xs, XBT_NULL, absolute, &length);
	assert_non_null(value);
	assert_string_equal(value, "here");
	free(value);
	free(own);
}

static void the_root_stays(void **state)
{
	unsigned length;

	(void)state;
	assert_false(xs_rm(xs, XBT_NULL, "/"));
	assert_int_equal(errno, domid ? EACCES : EINVAL);
	free(xs_read(xs, XBT_NULL, "domid", &length));
}

static void too_much_for_one_message(void **state)
{
	static char big[XENSTORE_PAYLOAD_MAX];

	(void)state;
	expect_error(xs_write(xs, XBT_NULL, BASE "/big", big, sizeof(big)), E2BIG);
	expect(xs, XBT_NULL, "big", NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		store_test(values_come_back),
		store_test(missing_parents_are_made_empty),
		store_test(children_are_listed_oldest_first),
		store_test(mkdir_leaves_a_node_alone),
		store_test(what_is_not_there),
		store_test(removing_takes_all_below),
		store_test(names_that_cannot_be),
		store_test(names_have_a_length),
		store_test(relative_names_are_the_domains_own),
		store_test(the_root_stays),
		store_test(too_much_for_one_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
