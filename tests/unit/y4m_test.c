/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/pixfmt.h"
#include "common/y4m.h"

/* A file in memory and its name. */
struct scratch {
	int fd;
	char path[64];
};

static struct scratch make_scratch(const void *bytes, size_t length)
{
	struct scratch scratch = {.fd = memfd_create("y4m", MFD_CLOEXEC)};

	assert_true(scratch.fd >= 0);
	assert_int_equal(write(scratch.fd, bytes, length), length);
	snprintf(scratch.path, sizeof(scratch.path), "/proc/self/fd/%d", scratch.fd);
	return scratch;
}

static struct pv_y4m_reader *open_fine(const char *path)
{
	struct pv_y4m_reader *reader = NULL;
	const char *why = NULL;
	int rc = pv_y4m_open(path, &reader, &why);

	if (rc)
		fail_msg("%s", why ? why : strerror(-rc));
	assert_null(why);
	return reader;
}

static void a_file_is_read_at_random(void **state)
{
	static const char text[] = "YUV4MPEG2 C420mpeg2 H2 A1:1 F30000:1001 Ip W4 XCOMMENT=a=b\n"
				   "FRAME\nYYYYyyyyUuVv"
				   "FRAME Ixyz X1\n00001111abcd"
				   "FRAME\nFRAME\nFRAME\n";
	struct scratch scratch = make_scratch(text, sizeof(text) - 1);
	struct pv_y4m_reader *reader = open_fine(scratch.path);
	const struct pv_y4m_mode *mode = pv_y4m_mode(reader);
	char frame[12];

	(void)state;
	assert_int_equal(mode->fourcc, PV_FOURCC_YU12);
	assert_int_equal(mode->width, 4);
	assert_int_equal(mode->height, 2);
	assert_int_equal(mode->rate.numer, 30000);
	assert_int_equal(mode->rate.denom, 1001);
	assert_int_equal(pv_y4m_frame_count(reader), 3);
	assert_int_equal(pv_y4m_read(reader, 1, frame), 0);
	assert_memory_equal(frame, "00001111abcd", 12);
	assert_int_equal(pv_y4m_read(reader, 0, frame), 0);
	assert_memory_equal(frame, "YYYYyyyyUuVv", 12);
	assert_int_equal(pv_y4m_read(reader, 2, frame), 0);
	assert_memory_equal(frame, "FRAME\nFRAME\n", 12);
	assert_int_equal(ftruncate(scratch.fd, (off_t)sizeof(text) - 3), 0);
	assert_int_equal(pv_y4m_read(reader, 2, frame), -EIO);
	pv_y4m_close(reader);
	pv_y4m_close(NULL);
	close(scratch.fd);
}

static void colours_are_told_apart(void **state)
{
	static const struct {
		const char *word;
		uint32_t fourcc;
	} cases[] = {
		{"", PV_FOURCC_YU12},
		{" C420", PV_FOURCC_YU12},
		{" C420jpeg", PV_FOURCC_YU12},
		{" C420mpeg2", PV_FOURCC_YU12},
		{" C420paldv", PV_FOURCC_YU12},
		{" C422", PV_FOURCC_422P},
		{" Cmono", PV_FOURCC_GREY},
	};
	struct pv_y4m_reader *reader;
	struct scratch scratch;
	struct pv_layout layout;
	char text[128];
	size_t i, header;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(text, '.', sizeof(text));
		header = (size_t)sprintf(text, "YUV4MPEG2 W4 H2 F25:1%s\nFRAME\n", cases[i].word);
		assert_int_equal(pv_pixfmt_layout(cases[i].fourcc, 4, 2, &layout), 0);
		scratch = make_scratch(text, header + layout.size_bytes);
		reader = open_fine(scratch.path);
		assert_int_equal(pv_y4m_mode(reader)->fourcc, cases[i].fourcc);
		assert_int_equal(pv_y4m_frame_count(reader), 1);
		pv_y4m_close(reader);
		close(scratch.fd);
	}
}

static void bad_files_are_refused_with_a_sentence(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{"", "not a YUV4MPEG2 (.y4m) file"},
		{"RIFF....\n", "not a YUV4MPEG2 (.y4m) file"},
		{"YUV4MPEG2 W4 H2 F25:1", "not a YUV4MPEG2 (.y4m) file"},
		{"YUV4MPEG22 W4 H2 F25:1\n", "not a YUV4MPEG2 (.y4m) file"},
		{"YUV4MPEG2\n", "its first line lacks W (width), H (height) or F (rate)"},
		{"YUV4MPEG2 W4 H2\n", "its first line lacks W (width), H (height) or F (rate)"},
		{"YUV4MPEG2 H2 F1:1\n", "its first line lacks W (width), H (height) or F (rate)"},
		{"YUV4MPEG2 W0 H2 F1:1\n", "bad or too large value after W in its first line"},
		{"YUV4MPEG2 W4 H99999 F1:1\n", "bad or too large value after H in its first line"},
		{"YUV4MPEG2 W4 H-2 F1:1\n", "bad or too large value after H in its first line"},
		{"YUV4MPEG2 W4 H2 F0:0\n", "bad or too large value after F in its first line"},
		{"YUV4MPEG2 W4 H2 F25\n", "bad or too large value after F in its first line"},
		{"YUV4MPEG2 W4 H2 F25/1\n", "bad or too large value after F in its first line"},
		{"YUV4MPEG2 W4 H2 F1:1 C444\n",
			"colour format C444 is not supported (420, 422 and mono are)"},
		{"YUV4MPEG2 W4 H2 F1:1 C420p1\x01\xff\n",
			"colour format C420p1?? is not supported (420, 422 and mono are)"},
		{"YUV4MPEG2 W3 H2 F1:1\n",
			"3x2 is not supported: subsampled colour needs even sizes"},
		{"YUV4MPEG2 W4 H2 F1:1\n", "no frame in it"},
		{"YUV4MPEG2 W4 H2 F1:1 Cmono\nFRAME\n1234567", "cut short in frame 1"},
		{"YUV4MPEG2 W4 H2 F1:1 Cmono\nFRAME\n12345678FRAME\n", "cut short in frame 2"},
		{"YUV4MPEG2 W4 H2 F1:1 Cmono\nFRAME\n12345678FRA", "cut short in frame 2"},
		{"YUV4MPEG2 W4 H2 F1:1 Cmono\nFRAME\n12345678\nFRAME\n12345678",
			"no FRAME where frame 2 should begin"},
		{"YUV4MPEG2 W4 H2 F1:1 Cmono\nFRAMES\n12345678",
			"no FRAME where frame 1 should begin"},
	};
	struct pv_y4m_reader *reader = NULL;
	struct scratch scratch;
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		scratch = make_scratch(cases[i].text, strlen(cases[i].text));
		why = NULL;
		assert_int_equal(pv_y4m_open(scratch.path, &reader, &why), -EINVAL);
		assert_non_null(why);
		assert_string_equal(why, cases[i].why);
		assert_null(reader);
		close(scratch.fd);
	}
}

static void what_is_no_file_is_refused(void **state)
{
	char fifo[] = "/tmp/y4m_test.XXXXXX";
	struct pv_y4m_reader *reader = NULL;
	const char *why = "";

	(void)state;
	assert_int_equal(pv_y4m_open("/nowhere.y4m", &reader, &why), -ENOENT);
	assert_null(why);
	assert_int_equal(pv_y4m_open("/tmp", &reader, &why), -EINVAL);
	assert_string_equal(why, "not a regular file");
	assert_non_null(mkdtemp(fifo));
	rmdir(fifo);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	why = NULL;
	assert_int_equal(pv_y4m_open(fifo, &reader, &why), -EINVAL);
	unlink(fifo);
	assert_string_equal(why, "not a regular file");
}

/* Writes two frames of fourcc, then compares the file byte by byte. */
static void assert_written(uint32_t fourcc, const char *frames, const char *expected)
{
	struct pv_y4m_mode mode = {fourcc, 2, 2, {30, 1}};
	struct scratch scratch = make_scratch("to be truncated", 15);
	struct pv_y4m_writer *writer = NULL;
	char text[256] = "";
	struct pv_layout layout;

	assert_int_equal(pv_pixfmt_layout(fourcc, 2, 2, &layout), 0);
	assert_int_equal(pv_y4m_create(scratch.path, mode, &writer), 0);
	assert_int_equal(pv_y4m_write(writer, frames), 0);
	assert_int_equal(pv_y4m_write(writer, frames + layout.size_bytes), 0);
	assert_int_equal(pv_y4m_finish(writer), 0);
	assert_true(pread(scratch.fd, text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, expected);
	close(scratch.fd);
}

static void written_files_keep_every_sample(void **state)
{
	(void)state;
	assert_written(PV_FOURCC_YU12, "1234uv5678xy",
		"YUV4MPEG2 W2 H2 F30:1 Ip A1:1 C420jpeg\nFRAME\n1234uvFRAME\n5678xy");
	assert_written(PV_FOURCC_NV12, "1234uv5678xy",
		"YUV4MPEG2 W2 H2 F30:1 Ip A1:1 C420jpeg\nFRAME\n1234uvFRAME\n5678xy");
	assert_written(PV_FOURCC_422P, "1234uUvV5678xXyY",
		"YUV4MPEG2 W2 H2 F30:1 Ip A1:1 C422\nFRAME\n1234uUvVFRAME\n5678xXyY");
	assert_written(PV_FOURCC_YUYV, "1u2v3U4V5x6y7X8Y",
		"YUV4MPEG2 W2 H2 F30:1 Ip A1:1 C422\nFRAME\n1234uUvVFRAME\n5678xXyY");
	assert_written(PV_FOURCC_UYVY, "u1v2U3V4x5y6X7Y8",
		"YUV4MPEG2 W2 H2 F30:1 Ip A1:1 C422\nFRAME\n1234uUvVFRAME\n5678xXyY");
	assert_written(PV_FOURCC_GREY, "12345678",
		"YUV4MPEG2 W2 H2 F30:1 Ip A1:1 Cmono\nFRAME\n1234FRAME\n5678");
}

static void rgb_is_written_as_420(void **state)
{
	struct pv_y4m_mode mode = {PV_FOURCC_RGB3, 2, 2, {15, 2}};
	struct scratch scratch = make_scratch("", 0);
	struct pv_y4m_writer *writer = NULL;
	struct pv_y4m_reader *reader;
	unsigned char white[12], frame[6];

	(void)state;
	memset(white, 255, sizeof(white));
	assert_int_equal(pv_y4m_create(scratch.path, mode, &writer), 0);
	assert_int_equal(pv_y4m_write(writer, white), 0);
	assert_int_equal(pv_y4m_finish(writer), 0);
	reader = open_fine(scratch.path);
	assert_int_equal(pv_y4m_mode(reader)->fourcc, PV_FOURCC_YU12);
	assert_int_equal(pv_y4m_mode(reader)->rate.denom, 2);
	assert_int_equal(pv_y4m_read(reader, 0, frame), 0);
	assert_in_range(frame[0], 234, 236);
	assert_in_range(frame[5], 127, 129);
	pv_y4m_close(reader);
	close(scratch.fd);
}

static void what_cannot_be_written_fails(void **state)
{
	struct pv_y4m_mode mode = {PV_FOURCC_GREY, 2, 2, {30, 1}};
	struct pv_y4m_writer *writer = NULL;

	(void)state;
	assert_int_equal(pv_y4m_create("/nowhere/x.y4m", mode, &writer), -ENOENT);
	assert_int_equal(pv_y4m_create("/dev/full", mode, &writer), -ENOSPC);
	mode.rate.denom = 0;
	assert_int_equal(pv_y4m_create("/dev/null", mode, &writer), -EINVAL);
	mode = (struct pv_y4m_mode){PV_FOURCC_RGB3, 3, 2, {30, 1}};
	assert_int_equal(pv_y4m_create("/dev/null", mode, &writer), -EINVAL);
	mode.fourcc = 0;
	assert_int_equal(pv_y4m_create("/dev/null", mode, &writer), -EINVAL);
	assert_null(writer);
}

static void dash_is_standard_output(void **state)
{
	struct pv_y4m_mode mode = {PV_FOURCC_GREY, 1, 1, {30, 1}};
	struct pv_y4m_writer *writer = NULL;
	int pipes[2], saved = dup(STDOUT_FILENO);
	char text[128] = "";

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	fflush(stdout);
	dup2(pipes[1], STDOUT_FILENO);
	assert_int_equal(pv_y4m_create("-", mode, &writer), 0);
	assert_int_equal(pv_y4m_write(writer, "x"), 0);
	assert_int_equal(pv_y4m_finish(writer), 0);
	dup2(saved, STDOUT_FILENO);
	assert_true(read(pipes[0], text, sizeof(text) - 1) > 0);
	assert_string_equal(text, "YUV4MPEG2 W1 H1 F30:1 Ip A1:1 Cmono\nFRAME\nx");
	close(pipes[0]);
	close(pipes[1]);
	close(saved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read_at_random),
		cmocka_unit_test(colours_are_told_apart),
		cmocka_unit_test(bad_files_are_refused_with_a_sentence),
		cmocka_unit_test(what_is_no_file_is_refused),
		cmocka_unit_test(written_files_keep_every_sample),
		cmocka_unit_test(rgb_is_written_as_420),
		cmocka_unit_test(what_cannot_be_written_fails),
		cmocka_unit_test(dash_is_standard_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
