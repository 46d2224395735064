/* SPDX-License-Identifier: MIT */
/* The stock libxenvchan, which unmaps with plain munmap, on both sides. */
#include "tests/contract/contract.h"

#include <libxenvchan.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xenstore.h>

#define BYTES (3 * 1024 * 1024 + 17)

static const size_t ring_bytes[] = {1024, 2048, 65536, 1 << 20};

static void path_make(char *path, size_t bytes)
{
	snprintf(path, bytes, "/local/domain/%u/data/vchan-test", contract_domid());
}

static char pattern(int i)
{
	return (char)(i * 31 + i / 4093);
}

/* Echoes everything until the client goes. */
static int server(void)
{
	static char buffer[65536];
	uint32_t ring = contract_hear(STDIN_FILENO);
	struct libxenvchan *vchan;
	char path[64];
	int got;

	path_make(path, sizeof(path));
	vchan = libxenvchan_server_init(NULL, (int)contract_domid(), path, ring, ring);
	contract_tell(STDIN_FILENO, vchan != NULL);
	if (!vchan)
		return 1;
	vchan->blocking = -1; /* one bit, with a sign */
	while ((got = libxenvchan_read(vchan, buffer, sizeof(buffer))) > 0)
		if (libxenvchan_send(vchan, buffer, (size_t)got) < 0)
			break;
	libxenvchan_close(vchan);
	contract_tell(STDIN_FILENO, 0);
	return 0;
}

static struct libxenvchan *connect_to(struct contract_child *child, uint32_t ring)
{
	struct libxenvchan *vchan;
	char path[64];

	contract_child_start(child, "server");
	contract_tell(child->fd, ring);
	assert_int_equal(contract_hear(child->fd), 1);
	path_make(path, sizeof(path));
	vchan = libxenvchan_client_init(NULL, (int)contract_domid(), path);
	assert_non_null(vchan);
	vchan->blocking = -1; /* one bit, with a sign */
	return vchan;
}

/* Writes as much as fits while reading what came back, so that both rings fill and drain. */
static void echo_all(struct libxenvchan *vchan)
{
	static char out[32768], in[32768];
	int sent = 0, got = 0;

	while (got < BYTES) {
		int room = libxenvchan_buffer_space(vchan), ready, count;

		count = room < (int)sizeof(out) ? room : (int)sizeof(out);
		count = count < BYTES - sent ? count : BYTES - sent;
		for (int i = 0; i < count; i++)
			out[i] = pattern(sent + i);
		if (count > 0)
			assert_int_equal(libxenvchan_write(vchan, out, (size_t)count), count);
		sent += count;
		ready = libxenvchan_data_ready(vchan);
		if (ready <= 0 && count > 0)
			continue;
		count = libxenvchan_read(vchan, in, sizeof(in));
		assert_true(count > 0);
		for (int i = 0; i < count; i++)
			if (in[i] != pattern(got + i))
				fail_msg("byte %d differs", got + i);
		got += count;
	}
}

static void everything_arrives(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ring_bytes) / sizeof(*ring_bytes); i++) {
		struct contract_child child;
		struct libxenvchan *vchan = connect_to(&child, (uint32_t)ring_bytes[i]);

		echo_all(vchan);
		assert_int_equal(libxenvchan_is_open(vchan), 1);
		libxenvchan_close(vchan);
		assert_int_equal(contract_hear(child.fd), 0); /* the server saw us go */
		contract_child_kill(&child);
	}
}

static void a_killed_server_is_noticed(void **state)
{
	struct contract_child child;
	struct libxenvchan *vchan = connect_to(&child, 65536);
	char byte;

	(void)state;
	assert_int_equal(libxenvchan_is_open(vchan), 1);
	contract_child_kill(&child);
	assert_true(libxenvchan_read(vchan, &byte, 1) <= 0); /* blocks until it is noticed */
	assert_int_equal(libxenvchan_is_open(vchan), 0);
	libxenvchan_close(vchan);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_arrives),
		cmocka_unit_test(a_killed_server_is_noticed),
	};

	if (argc > 1 && !strcmp(argv[1], "server"))
		return server();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
