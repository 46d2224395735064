/* SPDX-License-Identifier: MIT */
#include "tests/bench/flags.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/parse.h"
#include "common/program.h"

#define NAME "pvbench"
#define HELP 256 /* getopt's answers: beyond characters */
#define VERSION 257
#define FIRST_FLAG 258

static const struct pvbench_flag last[] = {
	{"help", NULL, .does = "show this"},
	{"version", NULL, .does = "show the version"},
	{0},
};

static void print_flags(const struct pvbench_flag *flag)
{
	char name[32];

	for (; flag->name != NULL; flag++) {
		snprintf(name, sizeof(name), "%s %s", flag->name, flag->value ? flag->value : "");
		printf("      --%-18s%s\n", name, flag->does);
	}
}

static _Noreturn void print_help(const char *usage, const struct pvbench_flag *flags)
{
	printf("%s\n", usage);
	print_flags(flags);
	print_flags(last);
	exit(PV_EXIT_DONE);
}

static void set_number(const struct pvbench_flag *flag, unsigned *place)
{
	uint32_t number;

	if (pv_parse_u32(optarg, flag->min, flag->max, &number) < 0)
		pv_program_usage(NAME, "--%s takes a number from %u to %u", flag->name, flag->min,
			flag->max);
	*place = number;
}

static void set(const struct pvbench_flag *flag, void *options)
{
	void *place = (char *)options + flag->offset;

	if (flag->set != NULL)
		flag->set(flag->value != NULL ? optarg : NULL, place);
	else if (flag->value == NULL)
		*(bool *)place = true;
	else if (flag->max > 0)
		set_number(flag, place);
	else
		*(const char **)place = optarg;
}

int pvbench_flags_parse(
	int argc, char *argv[], const char *usage, const struct pvbench_flag *flags, void *options)
{
	struct option known[PVBENCH_FLAGS_MAX + 3] = {
		{"help", no_argument, NULL, HELP}, {"version", no_argument, NULL, VERSION}};
	int option;

	for (int i = 0; flags[i].name != NULL; i++)
		known[i + 2] = (struct option){flags[i].name,
			flags[i].value != NULL ? required_argument : no_argument, NULL,
			FIRST_FLAG + i};
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", known, NULL)) >= 0) {
		if (option == HELP)
			print_help(usage, flags);
		if (option == VERSION)
			pv_program_version(NAME);
		if (option == ':')
			pv_program_usage(NAME, "an option lacks its value");
		if (option < FIRST_FLAG)
			pv_program_usage(NAME, "unknown option");
		set(&flags[option - FIRST_FLAG], options);
	}
	return optind;
}

void pvbench_flags_parse_all(
	int argc, char *argv[], const char *usage, const struct pvbench_flag *flags, void *options)
{
	int first = pvbench_flags_parse(argc, argv, usage, flags, options);

	if (first < argc)
		pv_program_usage(NAME, "%s is not an option", argv[first]);
}
