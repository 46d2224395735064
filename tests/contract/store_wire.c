/* SPDX-License-Identifier: MIT */
/*
 * The store's protocol on a bare socket: requests in pieces, many at once, and wrong ones; clients
 * that do not read. For xenloop alone, where XENSTORED_PATH is a stream socket. Any domain.
 */
#include "tests/contract/store_test.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int dial(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	strncpy(address.sun_path, getenv("XENSTORED_PATH"), sizeof(address.sun_path) - 1);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

struct message {
	struct xsd_sockmsg header;
	char payload[XENSTORE_PAYLOAD_MAX + 1];
};

static void make(struct message *message, uint32_t type, const void *payload, size_t bytes)
{
	static uint32_t last_id;

	*message = (struct message){{type, ++last_id, 0, (uint32_t)bytes}, ""};
	memcpy(message->payload, payload, bytes);
}

static void send_all(int fd, const void *bytes, size_t n)
{
	assert_int_equal(send(fd, bytes, n, MSG_NOSIGNAL), (ssize_t)n);
}

static void send_message(int fd, const struct message *message)
{
	send_all(fd, message, sizeof(message->header) + message->header.len);
}

/* Waits at most 20 s. */
static bool receive_bytes(int fd, void *bytes, size_t n)
{
	struct pollfd readable = {.fd = fd, .events = POLLIN};
	ssize_t got;
	size_t done;

	for (done = 0; done < n; done += (size_t)got) {
		assert_int_equal(poll(&readable, 1, 20000), 1);
		got = recv(fd, (char *)bytes + done, n - done, 0);
		if (got <= 0)
			return false;
	}
	return true;
}

/* The next message, its payload with a NUL behind it; false when the server has hung up. */
static bool receive(int fd, struct message *message)
{
	if (!receive_bytes(fd, &message->header, sizeof(message->header)))
		return false;
	assert_in_range(message->header.len, 0, XENSTORE_PAYLOAD_MAX);
	message->payload[message->header.len] = '\0';
	return receive_bytes(fd, message->payload, message->header.len);
}

static void expect_answer(int fd, const struct message *request, uint32_t type, const char *payload)
{
	struct message answer;

	assert_true(receive(fd, &answer));
	assert_int_equal(answer.header.req_id, request->header.req_id);
	assert_int_equal(answer.header.type, type);
	if (payload)
		assert_string_equal(answer.payload, payload);
}

static void a_request_in_pieces(void **state)
{
	struct message request;
	int fd = dial();
	size_t i;

	(void)state;
	put(xs, XBT_NULL, "x", "text");
	make(&request, XS_READ, BASE "/x", sizeof(BASE "/x"));
	for (i = 0; i < sizeof(request.header) + request.header.len; i++)
		send_all(fd, (char *)&request + i, 1);
	expect_answer(fd, &request, XS_READ, "text");
	close(fd);
}

static void many_requests_at_once(void **state)
{
	static struct message request[500];
	char value[16];
	int fd = dial();
	unsigned i;

	(void)state;
	for (i = 0; i < 500; i++) {
		make(&request[i], i % 2 ? XS_READ : XS_WRITE, BASE "/x", sizeof(BASE "/x"));
		if (i % 2 == 0) {
			snprintf(value, sizeof(value), "%u", i);
			memcpy(request[i].payload + sizeof(BASE "/x"), value, strlen(value));
			request[i].header.len += (uint32_t)strlen(value);
		}
		send_message(fd, &request[i]);
	}
	for (i = 0; i < 500; i++) {
		snprintf(value, sizeof(value), "%u", i - 1);
		expect_answer(fd, &request[i], request[i].header.type, i % 2 ? value : "OK");
	}
	close(fd);
}

/* What is due already is not queued again. */
static void events_that_wait_come_once(void **state)
{
	static const char watch_payload[] = BASE "\0token";
	static const char write_payload[] = BASE "/x\0value";
	char batch[1024];
	struct message request, message;
	unsigned i, n_events = 0;
	size_t used = 0;
	int fd = dial();

	(void)state;
	make(&request, XS_WATCH, watch_payload, sizeof(watch_payload));
	send_message(fd, &request);
	expect_answer(fd, &request, XS_WATCH, "OK");
	assert_true(receive(fd, &message));
	assert_int_equal(message.header.type, XS_WATCH_EVENT);
	make(&request, XS_WRITE, write_payload, sizeof(write_payload));
	for (i = 0; i < 10; i++) {
		memcpy(batch + used, &request, sizeof(request.header) + request.header.len);
		used += sizeof(request.header) + request.header.len;
	}
	send_all(fd, batch, used);
	for (i = 0; i < 10; n_events += message.header.type == XS_WATCH_EVENT) {
		assert_true(receive(fd, &message));
		i += message.header.type == XS_WRITE;
	}
	assert_int_equal(n_events, 1);
	close(fd);
}

static void operations_that_are_none(void **state)
{
	static const uint32_t types[] = {
		XS_WATCH_EVENT, XS_ERROR, XS_SET_TARGET + 1, XS_TYPE_COUNT, XS_INVALID, UINT32_MAX};
	struct message request;
	int fd = dial();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		make(&request, types[i], "", 1);
		send_message(fd, &request);
		expect_answer(fd, &request, XS_ERROR, "ENOSYS");
	}
	close(fd);
}

static void payloads_that_do_not_fit(void **state)
{
	/* Nothing; no end; too few; too many parts. */
	static const struct {
		uint32_t type;
		const char *payload;
		size_t bytes;
	} wrong[] = {
		{XS_READ, "", 0},
		{XS_READ, "abc", 3},
		{XS_READ, "a\0b", 4},
		{XS_DIRECTORY_PART, BASE, sizeof(BASE)},
		{XS_WRITE, BASE, sizeof(BASE) - 1},
		{XS_WATCH, BASE, sizeof(BASE)},
		{XS_WATCH, "a\0b\0c", 6},
		{XS_UNWATCH, "a", 2},
		{XS_SET_PERMS, BASE, sizeof(BASE)},
		{XS_SET_PERMS, BASE "\0x5", sizeof(BASE) + 3},
		{XS_SET_PERMS, BASE "\0r", sizeof(BASE) + 2},
		{XS_TRANSACTION_END, "X", 2},
		{XS_GET_DOMAIN_PATH, "1", 1},
	};
	struct message request;
	int fd = dial();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		make(&request, wrong[i].type, wrong[i].payload, wrong[i].bytes);
		send_message(fd, &request);
		expect_answer(fd, &request, XS_ERROR, "EINVAL");
	}
	close(fd);
}

static void a_payload_too_long(void **state)
{
	struct message request;
	int fd = dial();

	(void)state;
	make(&request, XS_READ, "", 0);
	request.header.len = XENSTORE_PAYLOAD_MAX + 1;
	send_all(fd, &request.header, sizeof(request.header));
	assert_false(receive(fd, &request));
	close(fd);
}

static void garbage_harms_nobody(void **state)
{
	char bytes[300];
	int round, fd;
	size_t i;

	(void)state;
	srandom(1);
	for (round = 0; round < 300; round++) {
		fd = dial();
		for (i = 0; i < sizeof(bytes); i++)
			bytes[i] = (char)random();
		send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL);
		close(fd);
	}
	put(xs, XBT_NULL, "x", "alive");
	expect(xs, XBT_NULL, "x", "alive");
}

static size_t random_payload(char *payload)
{
	static const char letters[] = "abdrwnTF0123456789/@-_\0\0\0\0";
	size_t prefix = random() % 2 ? strlen(BASE "/") : 0;
	size_t bytes = prefix + (size_t)random() % 40;
	size_t i;

	memcpy(payload, BASE "/", prefix);
	for (i = prefix; i < bytes; i++)
		payload[i] = letters[(size_t)random() % (sizeof(letters) - 1)];
	return bytes;
}

/* Every request that is a whole message gets one answer, whatever it says. */
static void nonsense_is_answered(void **state)
{
	struct message request, answer;
	char payload[64];
	int fd = dial();
	int round;

	(void)state;
	srandom(2);
	for (round = 0; round < 5000; round++) {
		make(&request, (uint32_t)random() % (XS_TYPE_COUNT + 2), payload,
			random_payload(payload));
		request.header.tx_id = random() % 4 ? 0 : (uint32_t)random() % 4;
		/* These would end domains. */
		if (request.header.type == XS_RELEASE || request.header.type == XS_INTRODUCE)
			continue;
		send_message(fd, &request);
		do
			assert_true(receive(fd, &answer));
		while (answer.header.type == XS_WATCH_EVENT);
		assert_int_equal(answer.header.req_id, request.header.req_id);
	}
	close(fd);
}

static size_t server_kbytes(void)
{
	char path[64], line[128];
	size_t kbytes = 0;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%s/status", getenv("XENLOOP_PID"));
	status = fopen(path, "r");
	assert_non_null(status);
	while (fgets(line, sizeof(line), status))
		sscanf(line, "VmRSS: %zu", &kbytes);
	fclose(status);
	return kbytes;
}

static bool is_sanitized(void)
{
	const char *sanitizers = getenv("sanitizers");

	return sanitizers && strcmp(sanitizers, "no");
}

/* Events of one client that never reads, about 4 KiB each and all different. */
static void stuff(int fd, unsigned n_events)
{
	char token[1800], path[2048];
	struct message request;
	unsigned i;

	memset(token, 't', sizeof(token));
	memcpy(request.payload, BASE, sizeof(BASE));
	memcpy(request.payload + sizeof(BASE), token, sizeof(token));
	request.payload[sizeof(BASE) + sizeof(token)] = '\0';
	request.header = (struct xsd_sockmsg){XS_WATCH, 1, 0, sizeof(BASE) + sizeof(token) + 1};
	send_message(fd, &request);
	expect_answer(fd, &request, XS_WATCH, "OK");
	for (i = 0; i < n_events; i++) {
		snprintf(path, sizeof(path), "%01900u", i);
		put(xs, XBT_NULL, path, "");
		snprintf(path, sizeof(path), BASE "/%01900u", i);
		assert_true(xs_rm(xs, XBT_NULL, path));
	}
}

/* A domain loses events once it has too many unread; domain 0 is cut off, much later. */
static void who_does_not_read(void **state)
{
	size_t before_kbytes = server_kbytes();
	unsigned n_events = domid ? 3000 : 20000;
	struct message message;
	int fd = dial();
	unsigned got = 0;

	(void)state;
	stuff(fd, n_events);
	if (!is_sanitized())
		assert_in_range(server_kbytes() - before_kbytes, 0, domid ? 8192 : 65536);
	if (domid) {
		make(&message, XS_READ, "domid", sizeof("domid"));
		send_message(fd, &message);
		do
			assert_true(receive(fd, &message));
		while (message.header.type == XS_WATCH_EVENT && ++got);
		assert_in_range(got, 100, n_events);
		assert_int_equal(message.header.type, XS_READ);
	} else {
		while (receive(fd, &message))
			got++;
		assert_in_range(got, 0, n_events);
	}
	close(fd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		store_test(a_request_in_pieces),
		store_test(many_requests_at_once),
		store_test(events_that_wait_come_once),
		store_test(operations_that_are_none),
		store_test(payloads_that_do_not_fit),
		store_test(a_payload_too_long),
		store_test(garbage_harms_nobody),
		store_test(nonsense_is_answered),
		store_test(who_does_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
