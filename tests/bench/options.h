/* SPDX-License-Identifier: MIT */
/* pvbench camera's command line. */
#ifndef PVBENCH_OPTIONS_H
#define PVBENCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/parse.h"
#include "tests/bench/world.h"

#define PVBENCH_SIZES_MAX 16u

struct pvbench_size {
	uint32_t width;
	uint32_t height;
};

struct pvbench_options {
	const char *json_path; /* NULL: none */
	const char *plot_path;
	struct pvbench_size sizes[PVBENCH_SIZES_MAX];
	unsigned num_sizes;
	unsigned frames; /* a size, pace and way */
	unsigned rounds; /* that they are measured in, in turns */
	unsigned trips;  /* round trips of an event */
	struct pv_fraction rate;
	bool paced;
	bool back_to_back;
	unsigned sustain_s; /* 0: measure transfers */
	unsigned guests;
	struct pvbench_size stream_size; /* of --sustain */
	struct pvbench_cpus cpus;
	bool fifo;
	bool quick;
	bool strict;
};

/* argv[0] is "camera". Ends the program at --help, --version and on wrong usage. */
void pvbench_options_parse(int argc, char *argv[], struct pvbench_options *ret);

/* Sets --cpu, a struct pvbench_cpus, for any of them (flags.h). */
void pvbench_options_cpus(const char *text, void *place);

#endif
