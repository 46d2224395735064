/* SPDX-License-Identifier: MIT */
/* What every main() needs: exit codes and the two options nobody should write twice. */
#ifndef PV_COMMON_PROGRAM_H
#define PV_COMMON_PROGRAM_H

enum pv_exit { PV_EXIT_DONE = 0, PV_EXIT_FAILED = 1, PV_EXIT_USAGE = 2 };

/* Prints "NAME (pvmedia) VERSION" to stdout and exits 0. */
_Noreturn void pv_program_version(const char *name);

/* One line "NAME: why (see NAME --help)" to stderr, exits 2. */
_Noreturn void pv_program_usage(const char *name, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* One line "NAME: why" to stderr, exits 1. */
_Noreturn void pv_program_fail(const char *name, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
