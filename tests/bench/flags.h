/* SPDX-License-Identifier: MIT */
/* Command lines of pvbench's subcommands, by tables: a row is an option and its line in the help.
 */
#ifndef PVBENCH_FLAGS_H
#define PVBENCH_FLAGS_H

#include <stddef.h>
#include <stdint.h>

#define PVBENCH_FLAGS_MAX 20u

/*
 * What a row sets, in the struct of options: by set() if there is one, which ends the program on
 * wrong usage; else without a value a bool, with bounds an unsigned, and with neither a const char
 * *.
 */
struct pvbench_flag {
	const char *name;  /* "frames" of --frames */
	const char *value; /* what the help calls its value; NULL: takes none */
	const char *does;  /* for the help */
	size_t offset;
	uint32_t min, max;
	void (*set)(const char *text, void *place); /* text NULL: takes no value */
};

/* Of lines after the first in does. */
#define PVBENCH_FLAG_INDENT "\n                          "

/* The rows of most. */
#define PVBENCH_FLAG_JSON(type, member)                                                            \
	{                                                                                          \
		"json", "FILE", "write the results there (- for standard output)",                 \
			.offset = offsetof(type, member)                                           \
	}
#define PVBENCH_FLAG_STRICT(type, member)                                                          \
	{                                                                                          \
		"strict", NULL, "fail when a target is missed", .offset = offsetof(type, member)   \
	}

/*
 * Sets what argv says in options; flags end with a NULL name. --help prints usage, the rows,
 * --help and --version. Returns where the words begin that are no options: argc, if there are
 * none. Ends the program at --help, --version and on wrong usage.
 */
int pvbench_flags_parse(
	int argc, char *argv[], const char *usage, const struct pvbench_flag *flags, void *options);
/* The same where words that are no options are wrong. */
void pvbench_flags_parse_all(
	int argc, char *argv[], const char *usage, const struct pvbench_flag *flags, void *options);

#endif
