/* SPDX-License-Identifier: MIT */
#include "frontend/camera/timing.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

static const char *const op_names[PVCAM_OPS] = {
	[PVCAM_OP_OPEN] = "open",
	[PVCAM_OP_SETTINGS] = "settings",
	[PVCAM_OP_START] = "start",
	[PVCAM_OP_GET] = "get",
	[PVCAM_OP_CONVERT] = "convert",
	[PVCAM_OP_WRITE] = "write",
	[PVCAM_OP_GIVE_BACK] = "give-back",
	[PVCAM_OP_STOP] = "stop",
	[PVCAM_OP_CLOSE] = "close",
};

struct durations {
	uint64_t *ns;
	size_t count;
	size_t room;
};

struct pvcam_timing {
	FILE *csv; /* NULL: none */
	uint64_t period_ns;
	uint32_t last_seq;
	struct pvcam_timing_sum sum;
	struct durations ops[PVCAM_OPS];
};

int pvcam_timing_create(const char *csv_path, struct pvcam_timing **ret)
{
	struct pvcam_timing *timing;

	timing = calloc(1, sizeof(*timing));
	if (!timing)
		return -ENOMEM;
	if (csv_path) {
		timing->csv = fopen(csv_path, "we");
		if (!timing->csv) {
			int error = -errno;

			free(timing);
			return error;
		}
		fputs("what,start_ns,duration_ns,seq,received_ns,interval_ns\n", timing->csv);
	}
	*ret = timing;
	return 0;
}

void pvcam_timing_set_period(struct pvcam_timing *timing, uint64_t period_ns)
{
	timing->period_ns = period_ns;
}

static int append(struct durations *durations, uint64_t ns)
{
	if (durations->count == durations->room) {
		size_t room = durations->room ? durations->room * 2 : 64;
		uint64_t *grown = realloc(durations->ns, room * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		durations->ns = grown;
		durations->room = room;
	}
	durations->ns[durations->count++] = ns;
	return 0;
}

int pvcam_timing_op(
	struct pvcam_timing *timing, enum pvcam_op op, uint64_t start_ns, uint64_t end_ns)
{
	uint64_t duration_ns = end_ns - start_ns;

	if (!timing->csv) /* nobody will ask; a long recording must not grow */
		return 0;
	fprintf(timing->csv, "%s,%" PRIu64 ",%" PRIu64 ",,,\n", op_names[op], start_ns,
		duration_ns);
	return append(&timing->ops[op], duration_ns);
}

void pvcam_timing_frame(
	struct pvcam_timing *timing, uint32_t seq, uint64_t received_ns, uint64_t bytes)
{
	struct pvcam_timing_sum *sum = &timing->sum;
	uint64_t interval_ns = sum->frames ? received_ns - sum->last_ns : 0;
	uint32_t ahead = seq - timing->last_seq; /* seq may wrap */

	if (!sum->frames)
		sum->first_ns = received_ns;
	else if (ahead == 0 || ahead > UINT32_MAX / 2)
		sum->doubled++;
	else
		sum->lost += ahead - 1;
	if (timing->period_ns && interval_ns > timing->period_ns + timing->period_ns / 2)
		sum->late++;
	if (timing->csv)
		fprintf(timing->csv, "frame,,,%" PRIu32 ",%" PRIu64 ",%" PRIu64 "\n", seq,
			received_ns, interval_ns);
	sum->frames++;
	sum->bytes += bytes;
	sum->last_ns = received_ns;
	timing->last_seq = seq;
}

void pvcam_timing_sum(const struct pvcam_timing *timing, struct pvcam_timing_sum *ret)
{
	*ret = timing->sum;
}

double pvcam_timing_fps(const struct pvcam_timing_sum *sum)
{
	if (sum->frames < 2 || sum->last_ns == sum->first_ns)
		return 0;
	return (double)(sum->frames - 1) * 1e9 / (double)(sum->last_ns - sum->first_ns);
}

static int compare_ns(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

void pvcam_timing_op_stat(struct pvcam_timing *timing, enum pvcam_op op, struct pvcam_op_stat *ret)
{
	struct durations *durations = &timing->ops[op];
	size_t count = durations->count;

	*ret = (struct pvcam_op_stat){.count = count};
	if (!count)
		return;
	qsort(durations->ns, count, sizeof(*durations->ns), compare_ns);
	ret->min_ns = durations->ns[0];
	ret->median_ns = durations->ns[(count - 1) / 2];
	ret->p99_ns = durations->ns[(count * 99 + 99) / 100 - 1]; /* nearest rank */
	ret->max_ns = durations->ns[count - 1];
}

static void write_sums(struct pvcam_timing *timing)
{
	const struct pvcam_timing_sum *sum = &timing->sum;
	struct pvcam_op_stat stat;

	fprintf(timing->csv,
		"# frames %" PRIu64 ", lost %" PRIu64 ", doubled %" PRIu64 ", late %" PRIu64
		", %.3f frames/s\n",
		sum->frames, sum->lost, sum->doubled, sum->late, pvcam_timing_fps(sum));
	fprintf(timing->csv, "# %-10s %8s %12s %12s %12s %12s\n", "operation", "count", "min_us",
		"median_us", "p99_us", "max_us");
	for (enum pvcam_op op = 0; op < PVCAM_OPS; op++) {
		pvcam_timing_op_stat(timing, op, &stat);
		if (stat.count)
			fprintf(timing->csv, "# %-10s %8" PRIu64 " %12.1f %12.1f %12.1f %12.1f\n",
				op_names[op], stat.count, (double)stat.min_ns / 1e3,
				(double)stat.median_ns / 1e3, (double)stat.p99_ns / 1e3,
				(double)stat.max_ns / 1e3);
	}
}

int pvcam_timing_finish(struct pvcam_timing *timing)
{
	int r = 0;

	if (!timing)
		return 0;
	if (timing->csv) {
		write_sums(timing);
		r = ferror(timing->csv) ? -EIO : 0;
		if (fclose(timing->csv) < 0)
			r = -errno;
	}
	for (enum pvcam_op op = 0; op < PVCAM_OPS; op++)
		free(timing->ops[op].ns);
	free(timing);
	return r;
}
