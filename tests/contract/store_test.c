/* SPDX-License-Identifier: MIT */
#include "tests/contract/store_test.h"

#include <time.h>

/* Long enough for a busy machine. */
#define EVENT_MS 10000
/* Long enough for an event that must not come to be seen, mostly. */
#define SILENCE_MS 30

struct xs_handle *xs;
unsigned domid;

int store_setup(void **state)
{
	unsigned length;
	char *text;

	(void)state;
	xs = xs_open(0);
	if (!xs)
		return -1;
	text = xs_read(xs, XBT_NULL, "domid", &length);
	if (!text)
		return -1;
	domid = (unsigned)strtoul(text, NULL, 10);
	free(text);
	xs_rm(xs, XBT_NULL, BASE);
	return xs_mkdir(xs, XBT_NULL, BASE) ? 0 : -1;
}

int store_teardown(void **state)
{
	bool removed = xs_rm(xs, XBT_NULL, BASE);

	(void)state;
	xs_close(xs);
	xs = NULL;
	return removed ? 0 : -1;
}

void put(struct xs_handle *handle, xs_transaction_t txn, const char *name, const char *text)
{
	char path[4096];

	snprintf(path, sizeof(path), BASE "/%s", name);
	if (!xs_write(handle, txn, path, text, (unsigned)strlen(text)))
		fail_msg("write %s: %s", path, strerror(errno));
}

void expect(struct xs_handle *handle, xs_transaction_t txn, const char *name, const char *text)
{
	char path[4096];
	unsigned length;
	char *found;

	snprintf(path, sizeof(path), BASE "/%s", name);
	found = xs_read(handle, txn, path, &length);
	if (!text) {
		assert_null(found);
		assert_int_equal(errno, ENOENT);
		return;
	}
	if (!found)
		fail_msg("read %s: %s", path, strerror(errno));
	assert_string_equal(found, text);
	assert_int_equal(length, strlen(text));
	free(found);
}

/* The next event, within the time; asks for something first, see the header. */
static char **next_event(struct xs_handle *handle, unsigned within_ms)
{
	struct timespec step = {.tv_nsec = 1000000};
	char **event;
	unsigned length;

	free(xs_read(handle, XBT_NULL, "domid", &length));
	for (;;) {
		event = xs_check_watch(handle);
		if (event || errno != EAGAIN || !within_ms--)
			return event;
		nanosleep(&step, NULL);
	}
}

void expect_event(struct xs_handle *handle, const char *path, const char *token)
{
	char **event = next_event(handle, EVENT_MS);

	if (!event)
		fail_msg("no event, expected %s %s", path, token);
	assert_string_equal(event[XS_WATCH_PATH], path);
	assert_string_equal(event[XS_WATCH_TOKEN], token);
	free(event);
}

void expect_no_event(struct xs_handle *handle)
{
	char **event = next_event(handle, domid ? SILENCE_MS : 0);

	if (event)
		fail_msg("event %s %s", event[XS_WATCH_PATH], event[XS_WATCH_TOKEN]);
	assert_int_equal(errno, EAGAIN);
}

void watch(struct xs_handle *handle, const char *path, const char *token)
{
	assert_true(xs_watch(handle, path, token));
	expect_event(handle, path, token);
}
