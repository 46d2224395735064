/* SPDX-License-Identifier: MIT */
/*
 * Two domains at once, and domains coming and going. For xenloop alone, as domain 0: the handle of
 * the other domain is opened through its socket.
 */
#include "tests/contract/store_test.h"

#include <unistd.h>

static unsigned guest;
static struct xs_handle *guest_xs;
static char base[64]; /* BASE as the guest says it */

static struct xs_handle *open_as(unsigned id)
{
	char *before = strdup(getenv("XENSTORED_PATH"));
	char path[256];
	struct xs_handle *handle;

	snprintf(path, sizeof(path), "%s/%u/store", getenv("XENLOOP_DIR"), id);
	setenv("XENSTORED_PATH", path, 1);
	handle = xs_open(0);
	setenv("XENSTORED_PATH", before, 1);
	free(before);
	return handle;
}

/* Runs xenloop domain WHAT and returns the number it prints. */
static unsigned xenloop_domain(const char *what, const char *argument)
{
	char command[512], output[64] = "";
	FILE *pipe;

	snprintf(command, sizeof(command), "\"$XENLOOP_BIN\" domain %s --dir \"$XENLOOP_DIR\" %s",
		what, argument);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	fgets(output, sizeof(output), pipe);
	assert_int_equal(pclose(pipe), 0);
	return (unsigned)strtoul(output, NULL, 10);
}

static void destroy(unsigned id)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", id);
	xenloop_domain("destroy", text);
}

static int setup(void **state)
{
	guest = (unsigned)strtoul(getenv("GUEST_DOMID"), NULL, 10);
	guest_xs = open_as(guest);
	snprintf(base, sizeof(base), "/local/domain/0/" BASE);
	return guest_xs ? store_setup(state) : -1;
}

static int teardown(void **state)
{
	xs_close(guest_xs);
	return store_teardown(state);
}

#define domain_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static void allow(const char *name, unsigned perms)
{
	struct xs_permissions set[] = {{0, XS_PERM_NONE}, {guest, perms}};
	char path[128];

	snprintf(path, sizeof(path), "%s%s", base, name);
	assert_true(xs_set_permissions(xs, XBT_NULL, path, set, 2));
}

static bool guest_reads(const char *name)
{
	char path[128];
	unsigned length;
	char *value;

	snprintf(path, sizeof(path), "%s%s", base, name);
	value = xs_read(guest_xs, XBT_NULL, path, &length);
	free(value);
	if (!value)
		assert_int_equal(errno, EACCES);
	return value;
}

static bool guest_writes(const char *name)
{
	char path[128];
	bool done;

	snprintf(path, sizeof(path), "%s%s", base, name);
	done = xs_write(guest_xs, XBT_NULL, path, "guest", 5);
	if (!done)
		assert_int_equal(errno, EACCES);
	return done;
}

static void read_and_write_are_apart(void **state)
{
	(void)state;
	put(xs, XBT_NULL, "x", "1");
	assert_false(guest_reads("/x"));
	assert_false(guest_writes("/x"));
	allow("/x", XS_PERM_READ);
	assert_true(guest_reads("/x"));
	assert_false(guest_writes("/x"));
	allow("/x", XS_PERM_WRITE);
	assert_false(guest_reads("/x"));
	assert_true(guest_writes("/x"));
	allow("/x", XS_PERM_READ | XS_PERM_WRITE);
	assert_true(guest_reads("/x"));
	assert_true(guest_writes("/x"));
	expect(xs, XBT_NULL, "x", "guest");
	allow("/x", XS_PERM_NONE);
	assert_false(guest_reads("/x"));
}

static void what_is_below_has_its_own(void **state)
{
	struct xs_permissions *perms;
	unsigned n_perms;
	char path[128];

	(void)state;
	allow("", XS_PERM_READ | XS_PERM_WRITE);
	assert_true(guest_writes("/made/by/guest"));
	snprintf(path, sizeof(path), "%s/made", base);
	perms = xs_get_permissions(xs, XBT_NULL, path, &n_perms);
	assert_non_null(perms);
	assert_int_equal(perms[0].id, guest);
	free(perms);
	allow("", XS_PERM_NONE);
	assert_false(guest_reads(""));
	assert_true(guest_reads("/made/by/guest"));
	assert_true(guest_writes("/made/by/more"));
}

/* Who may not look at a parent does not learn what is in it. */
static void missing_looks_like_forbidden(void **state)
{
	char path[128];
	unsigned length;

	(void)state;
	assert_false(guest_reads("/nothing"));
	allow("", XS_PERM_READ);
	snprintf(path, sizeof(path), "%s/nothing", base);
	expect_error(xs_read(guest_xs, XBT_NULL, path, &length), ENOENT);
	snprintf(path, sizeof(path), "%s/x", base);
	put(xs, XBT_NULL, "x", "1");
	allow("/x", XS_PERM_NONE);
	assert_false(guest_reads("/x"));
}

static void events_go_to_those_who_may_read(void **state)
{
	char path[128];

	(void)state;
	put(xs, XBT_NULL, "x", "1");
	snprintf(path, sizeof(path), "%s/x", base);
	watch(guest_xs, path, "t");
	put(xs, XBT_NULL, "x", "2");
	expect_no_event(guest_xs);
	allow("/x", XS_PERM_READ);
	expect_event(guest_xs, path, "t");
	put(xs, XBT_NULL, "x", "3");
	expect_event(guest_xs, path, "t");
	/* Losing the permission is told, what comes after is not. */
	allow("/x", XS_PERM_NONE);
	expect_event(guest_xs, path, "t");
	put(xs, XBT_NULL, "x", "4");
	expect_no_event(guest_xs);
	/* The parent's permission is enough. */
	allow("", XS_PERM_READ);
	put(xs, XBT_NULL, "x", "5");
	expect_event(guest_xs, path, "t");
	assert_true(xs_rm(xs, XBT_NULL, BASE "/x"));
	expect_event(guest_xs, path, "t");
}

static void a_guest_domain_gets_its_nodes(void **state)
{
	static const struct {
		const char *name;
		bool owned;
	} nodes[] = {{"", false}, {"/device", false}, {"/control", false}, {"/data", true},
		{"/control/shutdown", true}, {"/domid", false}, {"/name", false}};
	unsigned id = xenloop_domain("create", "another");
	struct xs_permissions *perms;
	char path[128], *vm;
	unsigned n;
	size_t i;

	(void)state;
	assert_true(xs_is_domain_introduced(xs, id));
	for (i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		snprintf(path, sizeof(path), "/local/domain/%u%s", id, nodes[i].name);
		perms = xs_get_permissions(xs, XBT_NULL, path, &n);
		assert_non_null(perms);
		assert_int_equal(perms[0].id, nodes[i].owned ? id : 0);
		assert_int_equal(n, nodes[i].owned ? 1 : 2);
		free(perms);
	}
	snprintf(path, sizeof(path), "/local/domain/%u/vm", id);
	vm = xs_read(xs, XBT_NULL, path, &n);
	assert_non_null(vm);
	free(xs_directory(xs, XBT_NULL, vm, &n));
	assert_int_equal(n, 3);
	free(vm);
	destroy(id);
}

static bool exists(const char *path)
{
	unsigned n;
	void *value = xs_read(xs, XBT_NULL, path, &n);

	free(value);
	return value;
}

/* All that the domain had goes; what a backend was told about it is the backend's. */
static void an_end_takes_all(void **state)
{
	unsigned id = xenloop_domain("create", "ending");
	struct xs_handle *ending = open_as(id);
	struct xs_permissions theirs = {.id = id, .perms = XS_PERM_NONE};
	char path[128], libxl[128], backend[128], *vm;
	unsigned n;

	(void)state;
	snprintf(path, sizeof(path), "/local/domain/%u", id);
	snprintf(libxl, sizeof(libxl), "/libxl/%u", id);
	snprintf(backend, sizeof(backend), "/local/domain/0/" BASE "/backend/%u/0", id);
	assert_true(xs_mkdir(xs, XBT_NULL, backend));
	assert_true(xs_mkdir(xs, XBT_NULL, BASE "/owned/below"));
	assert_true(xs_set_permissions(xs, XBT_NULL, BASE "/owned", &theirs, 1));
	snprintf(path, sizeof(path), "/local/domain/%u/vm", id);
	vm = xs_read(xs, XBT_NULL, path, &n);
	assert_true(exists(vm));
	assert_true(exists(libxl));
	watch(ending, "data", "t");

	destroy(id);
	*strrchr(path, '/') = '\0';
	assert_false(exists(path));
	assert_false(exists(vm));
	assert_false(exists(libxl));
	assert_false(exists(BASE "/owned"));
	assert_true(exists(backend));
	assert_false(xs_is_domain_introduced(xs, id));
	assert_null(xs_read(ending, XBT_NULL, "domid", &n));
	assert_null(open_as(id));
	xs_close(ending);
	free(vm);
}

static void coming_and_going_is_told(void **state)
{
	struct xs_permissions set[] = {{0, XS_PERM_NONE}, {guest, XS_PERM_READ}};
	unsigned id;

	(void)state;
	watch(xs, "@introduceDomain", "in");
	watch(xs, "@releaseDomain", "out");
	watch(guest_xs, "@releaseDomain", "out");
	id = xenloop_domain("create", "passing");
	expect_event(xs, "@introduceDomain", "in");
	destroy(id);
	expect_event(xs, "@releaseDomain", "out");
	expect_no_event(xs);
	expect_no_event(guest_xs);
	assert_true(xs_set_permissions(xs, XBT_NULL, "@releaseDomain", set, 2));
	id = xenloop_domain("create", "passing");
	destroy(id);
	expect_event(guest_xs, "@releaseDomain", "out");
	assert_true(xs_set_permissions(xs, XBT_NULL, "@releaseDomain", set, 1));
}

static void releasing_and_introducing(void **state)
{
	unsigned id = xenloop_domain("create", "released");
	struct xs_handle *handle = open_as(id);
	unsigned n;

	(void)state;
	watch(xs, "@introduceDomain", "in");
	watch(xs, "@releaseDomain", "out");
	assert_true(xs_release_domain(xs, id));
	expect_event(xs, "@releaseDomain", "out");
	assert_false(xs_is_domain_introduced(xs, id));
	assert_null(xs_read(handle, XBT_NULL, "domid", &n));
	xs_close(handle);
	expect_error(xs_release_domain(xs, id), ENOENT);
	assert_true(xs_introduce_domain(xs, id, 1, 1));
	expect_event(xs, "@introduceDomain", "in");
	assert_true(xs_resume_domain(xs, id));
	handle = open_as(id);
	assert_non_null(handle);
	free(xs_read(handle, XBT_NULL, "domid", &n));
	assert_int_equal(n, strlen("1") + (id > 9));
	xs_close(handle);
	destroy(id);
}

static void a_target_lends_its_rights(void **state)
{
	unsigned id = xenloop_domain("create", "stub");
	struct xs_handle *stub = open_as(id);
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "/local/domain/%u/data", guest);
	expect_error(xs_write(stub, XBT_NULL, path, "1", 1), EACCES);
	assert_true(xs_set_target(xs, id, guest));
	assert_true(xs_write(stub, XBT_NULL, path, "1", 1));
	xs_close(stub);
	destroy(id);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		domain_test(read_and_write_are_apart),
		domain_test(what_is_below_has_its_own),
		domain_test(missing_looks_like_forbidden),
		domain_test(events_go_to_those_who_may_read),
		domain_test(a_guest_domain_gets_its_nodes),
		domain_test(an_end_takes_all),
		domain_test(coming_and_going_is_told),
		domain_test(releasing_and_introducing),
		domain_test(a_target_lends_its_rights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
