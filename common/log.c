/* SPDX-License-Identifier: MIT */
#include "common/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_BYTES 2048

static const struct {
	const char *word;
	int syslog_priority;
} levels[] = {
	[PV_LOG_ERROR] = {"error", 3},
	[PV_LOG_WARNING] = {"warning", 4},
	[PV_LOG_INFO] = {"info", 6},
	[PV_LOG_DEBUG] = {"debug", 7},
};

static const char *log_program;
static enum pv_log_level log_level = PV_LOG_INFO;
static bool log_to_journal;

/* sd-daemon(3): stderr is the journal when its device and inode are those of JOURNAL_STREAM. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       !fstat(STDERR_FILENO, &st) && st.st_dev == device && st.st_ino == inode;
}

void pv_log_init(const char *program, enum pv_log_level level)
{
	log_program = program;
	log_level = level;
	log_to_journal = stderr_is_journal();
}

static int print_prefix(char *line, enum pv_log_level level)
{
	if (log_to_journal)
		return snprintf(line, LINE_BYTES, "<%d>", levels[level].syslog_priority);
	return snprintf(line, LINE_BYTES,
		"%.100s: %s: ", log_program ? log_program : program_invocation_short_name,
		levels[level].word);
}

/* One message stays one line, whatever text of a guest is in it. */
static void mask_controls(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

void pv_log(enum pv_log_level level, const char *format, ...)
{
	char line[LINE_BYTES + 1];
	int saved_errno = errno;
	size_t used;
	va_list args;

	if (level > log_level)
		return;
	used = (size_t)print_prefix(line, level);
	errno = saved_errno; /* for %m */
	va_start(args, format);
	vsnprintf(line + used, LINE_BYTES - used, format, args);
	va_end(args);
	mask_controls(line + used);
	used += strlen(line + used);
	line[used++] = '\n';
	/* When stderr is gone nobody is left to tell. */
	while (write(STDERR_FILENO, line, used) < 0 && errno == EINTR)
		;
	errno = saved_errno;
}
