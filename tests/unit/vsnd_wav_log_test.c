/* SPDX-License-Identifier: MIT */
/* A file that cannot be written, and a guest that does not care; a device that fails whenever it is
 * opened: the log stays short. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/log_limit.h"
#include "tests/unit/vsnd_player.h"

#define OPENS (PV_LOG_LIMIT_LINES + 10)

static const struct vsnd_format fast = {XENSND_PCM_FORMAT_S32_LE, 8, 192000};

static char dir[64], out_path[96], log_path[96];

static void play(struct vsnd_card *card)
{
	struct player player = open_on(card, VSND_PLAYBACK, &fast, 1024);

	vsnd_stream_start(player.stream);
	wait_for(&player, 2048);
	leave(&player);
}

static int begin_log(void)
{
	int stderr_fd = dup(STDERR_FILENO);

	assert_non_null(freopen(log_path, "we", stderr));
	return stderr_fd;
}

static void end_log(int stderr_fd)
{
	dup2(stderr_fd, STDERR_FILENO);
	close(stderr_fd);
}

static unsigned lines_with(const char *text)
{
	FILE *log = fopen(log_path, "re");
	char line[256];
	unsigned lines = 0;

	assert_non_null(log);
	while (fgets(line, sizeof(line), log))
		lines += strstr(line, text) != NULL;
	fclose(log);
	return lines;
}

static void test_log_stays_short(void **state)
{
	struct vsnd_card_config config = {
		.name = "tape", .ops = &vsnd_card_wav, .playback = out_path, .priority = 70};
	const struct rlimit small = {16384, RLIM_INFINITY};
	struct rlimit before;
	struct vsnd_card *card;
	int stderr_fd;

	(void)state;
	assert_int_equal(vsnd_card_create(&config, &card), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_IGN);
	stderr_fd = begin_log();
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (unsigned i = 0; i < OPENS; i++)
		play(card);
	vsnd_card_destroy(card);
	setrlimit(RLIMIT_FSIZE, &before);
	end_log(stderr_fd);
	assert_in_range(lines_with("tape: cannot write"), 1, PV_LOG_LIMIT_LINES);
	assert_int_equal(lines_with("too much to log"), 1);
}

/* ---- a device that fails ---- */

static _Atomic unsigned opened;

static int failing_query(const struct vsnd_card_config *config, const char *place,
	enum vsnd_direction direction, struct vsnd_ranges *ranges)
{
	(void)config, (void)place, (void)direction, (void)ranges;
	return 0;
}

static int failing_open(const struct vsnd_card_config *config, const char *place,
	enum vsnd_direction direction, const struct vsnd_format *format, uint32_t *quantum_frames,
	void **ret_priv)
{
	static int device;

	(void)config, (void)place, (void)direction, (void)format, (void)quantum_frames;
	opened++;
	*ret_priv = &device;
	return 0;
}

static void failing_close(void *priv)
{
	(void)priv;
}

static int failing_transfer(void *priv, void *samples, uint32_t frames, bool running)
{
	(void)priv, (void)samples, (void)frames, (void)running;
	return -EIO;
}

static const struct vsnd_card_ops failing = {
	.type = "failing",
	.query = failing_query,
	.open = failing_open,
	.close = failing_close,
	.transfer = failing_transfer,
};

static void test_a_device_that_always_fails(void **state)
{
	struct vsnd_card_config config = {
		.name = "bad", .ops = &failing, .playback = out_path, .priority = 70};
	struct vsnd_card *card;
	struct player player;
	int stderr_fd;

	(void)state;
	assert_int_equal(vsnd_card_create(&config, &card), 0);
	stderr_fd = begin_log();
	player = open_on(card, VSND_PLAYBACK, &fast, 1024);
	vsnd_stream_start(player.stream);
	for (unsigned i = 0; i < 10000 && opened < OPENS; i++) {
		vsnd_card_look_again(card);
		usleep(1000);
	}
	leave(&player);
	vsnd_card_destroy(card);
	end_log(stderr_fd);
	assert_true(opened >= OPENS);
	assert_in_range(lines_with("playback lost"), 1, PV_LOG_LIMIT_LINES / 2);
	assert_int_equal(lines_with("too much to log"), 1);
}

static int make_dir(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/vsnd_wav_log_test.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(out_path, sizeof(out_path), "%s/out.wav", dir);
	snprintf(log_path, sizeof(log_path), "%s/log", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(out_path);
	unlink(log_path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_log_stays_short),
		cmocka_unit_test(test_a_device_that_always_fails),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
