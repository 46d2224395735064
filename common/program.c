/* SPDX-License-Identifier: MIT */
#include "common/program.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "config.h"

static void print_why(const char *name, const char *format, va_list args)
{
	int saved_errno = errno;

	fprintf(stderr, "%s: ", name);
	errno = saved_errno; /* for %m */
	vfprintf(stderr, format, args);
}

void pv_program_version(const char *name)
{
	printf("%s (pvmedia) %s\n", name, PACKAGE_VERSION);
	if (fflush(stdout))
		pv_program_fail(name, "cannot write to standard output: %m");
	exit(PV_EXIT_DONE);
}

void pv_program_usage(const char *name, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_why(name, format, args);
	va_end(args);
	fprintf(stderr, " (see %s --help)\n", name);
	exit(PV_EXIT_USAGE);
}

void pv_program_fail(const char *name, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_why(name, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(PV_EXIT_FAILED);
}
