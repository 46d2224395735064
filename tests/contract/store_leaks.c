/* SPDX-License-Identifier: MIT */
/*
 * Domains and clients that come and die leave nothing in the server. XENLOOP_CYCLES says how often
 * (300; a long run takes 10000). For xenloop alone, as domain 0.
 */
#include "tests/contract/store_test.h"

#include <dirent.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define WARM_UP_CYCLES 50
/* What an allocator may keep; a leak of 100 bytes a cycle shows in a long run. */
#define SLACK_KBYTES 512

/* What the server holds. */
struct held {
	unsigned fds;
	unsigned long rss_kbytes;
	char stat[512];
};

static unsigned n_cycles(void)
{
	const char *asked = getenv("XENLOOP_CYCLES");

	return asked ? (unsigned)strtoul(asked, NULL, 10) : 300;
}

static bool is_sanitized(void)
{
	const char *sanitizers = getenv("sanitizers");

	return sanitizers && strcmp(sanitizers, "no");
}

static int dial(const char *name, int type)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", getenv("XENLOOP_DIR"), name);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* Sends a line to the control socket; the whole answer comes back. */
static void command(const char *line, char *answer, size_t answer_bytes)
{
	int fd = dial("control", SOCK_STREAM);
	size_t used = 0;
	ssize_t got;

	assert_int_equal(send(fd, line, strlen(line), MSG_NOSIGNAL), (ssize_t)strlen(line));
	while ((got = recv(fd, answer + used, answer_bytes - 1 - used, 0)) > 0)
		used += (size_t)got;
	answer[used] = '\0';
	close(fd);
	if (strncmp(answer + used - 3, "ok\n", 3))
		fail_msg("%s: %s", line, answer);
}

static unsigned count_fds(void)
{
	char path[64];
	unsigned n = 0;
	DIR *fds;

	snprintf(path, sizeof(path), "/proc/%s/fd", getenv("XENLOOP_PID"));
	fds = opendir(path);
	assert_non_null(fds);
	while (readdir(fds))
		n++;
	closedir(fds);
	return n;
}

static void measure(struct held *held)
{
	char path[64], line[128];
	FILE *status;

	/* Its answer comes after all that was done before has been seen. */
	command("stat\n", held->stat, sizeof(held->stat));
	command("stat\n", held->stat, sizeof(held->stat));
	held->fds = count_fds();
	snprintf(path, sizeof(path), "/proc/%s/status", getenv("XENLOOP_PID"));
	status = fopen(path, "r");
	assert_non_null(status);
	while (fgets(line, sizeof(line), status))
		sscanf(line, "VmRSS: %lu", &held->rss_kbytes);
	fclose(status);
}

static void repeat(void (*cycle)(unsigned number))
{
	struct held before, after;
	unsigned i;

	for (i = 0; i < WARM_UP_CYCLES; i++)
		cycle(i);
	measure(&before);
	for (i = 0; i < n_cycles(); i++)
		cycle(WARM_UP_CYCLES + i);
	measure(&after);
	assert_string_equal(after.stat, before.stat);
	assert_int_equal(after.fds, before.fds);
	if (!is_sanitized())
		assert_in_range(after.rss_kbytes, 0, before.rss_kbytes + SLACK_KBYTES);
}

static void domain_cycle(unsigned number)
{
	char line[64], answer[64], store[64];
	unsigned id;
	int client;

	snprintf(line, sizeof(line), "create cycle-%u\n", number);
	command(line, answer, sizeof(answer));
	id = (unsigned)strtoul(answer, NULL, 10);
	snprintf(store, sizeof(store), "%u/store", id);
	client = dial(store, SOCK_STREAM);
	snprintf(line, sizeof(line), "destroy %u\n", id);
	command(line, answer, sizeof(answer));
	/* The server has hung up. */
	assert_in_range(recv(client, answer, 1, 0) + 1, 0, 1);
	close(client);
}

static void send_request(int fd, uint32_t type, uint32_t txn, const char *payload, size_t bytes)
{
	struct xsd_sockmsg header = {type, 1, txn, (uint32_t)bytes};

	assert_int_equal(send(fd, &header, sizeof(header), MSG_NOSIGNAL), sizeof(header));
	assert_int_equal(send(fd, payload, bytes, MSG_NOSIGNAL), (ssize_t)bytes);
}

/* Dies with a watch, a transaction with a write in it, answers unread and half a request. */
static void client_cycle(unsigned number)
{
	static const char watch_payload[] = BASE "\0token";
	static const char write_payload[] = BASE "/made\0value";
	char name[32], byte;
	int fd;

	snprintf(name, sizeof(name), "%s/store", number % 2 ? getenv("GUEST_DOMID") : "0");
	fd = dial(name, SOCK_STREAM);
	send_request(fd, XS_WATCH, 0, watch_payload, sizeof(watch_payload));
	send_request(fd, XS_TRANSACTION_START, 0, "", 1);
	send_request(fd, XS_WRITE, 1, write_payload, sizeof(write_payload));
	assert_int_equal(send(fd, "half", 4, MSG_NOSIGNAL), 4);
	assert_int_equal(recv(fd, &byte, 1, 0), 1);
	close(fd);
}

static void domains_leave_nothing(void **state)
{
	(void)state;
	repeat(domain_cycle);
}

static void clients_leave_nothing(void **state)
{
	(void)state;
	repeat(client_cycle);
	expect(xs, XBT_NULL, "made", NULL);
}

static void nodes_leave_nothing_cycle(unsigned number)
{
	xs_transaction_t txn = xs_transaction_start(xs);

	put(xs, txn, "a/b/c", "1");
	put(xs, XBT_NULL, "x/y/z", "1");
	assert_true(xs_rm(xs, XBT_NULL, BASE "/x"));
	assert_true(xs_transaction_end(xs, txn, number % 2) || errno == EAGAIN);
	assert_true(xs_rm(xs, XBT_NULL, BASE "/a"));
}

static void nodes_leave_nothing(void **state)
{
	(void)state;
	repeat(nodes_leave_nothing_cycle);
}

/* Makes and ends domains until one has the id again; it is left there. */
static void come_round_to(unsigned id)
{
	char line[64], answer[64];
	unsigned found = 0, i;

	for (i = 0; i < 0x8000 && found != id; i++) {
		if (found) {
			snprintf(line, sizeof(line), "destroy %u\n", found);
			command(line, answer, sizeof(answer));
		}
		command("create round\n", answer, sizeof(answer));
		found = (unsigned)strtoul(answer, NULL, 10);
	}
	assert_int_equal(found, id);
}

/* What an earlier domain of the same id was allowed is not for a later one. Takes a long run. */
static void an_id_comes_back_without_rights(void **state)
{
	static const char read_payload[] = "/local/domain/0/" BASE "/secret";
	struct xs_permissions perms[] = {{0, XS_PERM_NONE}, {0, XS_PERM_READ}};
	struct {
		struct xsd_sockmsg header;
		char text[8];
	} reply;
	char line[64], answer[64];
	int fd;

	(void)state;
	if (n_cycles() < 10000) {
		print_message("skipped: needs XENLOOP_CYCLES=10000, as many domains as it takes "
			      "for an id to come back\n");
		skip();
	}
	command("create first\n", answer, sizeof(answer));
	perms[1].id = (unsigned)strtoul(answer, NULL, 10);
	put(xs, XBT_NULL, "secret", "1");
	assert_true(xs_set_permissions(xs, XBT_NULL, BASE "/secret", perms, 2));
	snprintf(line, sizeof(line), "destroy %u\n", perms[1].id);
	command(line, answer, sizeof(answer));
	come_round_to(perms[1].id);
	snprintf(line, sizeof(line), "%u/store", perms[1].id);
	fd = dial(line, SOCK_STREAM);
	send_request(fd, XS_READ, 0, read_payload, sizeof(read_payload));
	assert_int_equal(
		recv(fd, &reply.header, sizeof(reply.header), MSG_WAITALL), sizeof(reply.header));
	assert_int_equal(reply.header.type, XS_ERROR);
	assert_int_equal(recv(fd, reply.text, sizeof("EACCES"), MSG_WAITALL), sizeof("EACCES"));
	assert_string_equal(reply.text, "EACCES");
	close(fd);
	snprintf(line, sizeof(line), "destroy %u\n", perms[1].id);
	command(line, answer, sizeof(answer));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		store_test(domains_leave_nothing),
		store_test(clients_leave_nothing),
		store_test(nodes_leave_nothing),
		store_test(an_id_comes_back_without_rights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
