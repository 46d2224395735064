/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>

#include "tests/bench/camera.h"

static void print_row(
	const struct pvbench_point *point, enum pvbench_pacing pacing, enum pvbench_way way)
{
	const struct pvbench_figures *row = &point->figures[pacing][way];
	double ours_mb_per_s = point->figures[pacing][PVBENCH_PVMEDIA].mb_per_s;

	printf("%5ux%-5u %9zu  %-8s %10.1f %10.1f %10.1f %9.0f", point->size.width,
		point->size.height, point->frame_bytes, pvbench_way_names[way], row->time.median_us,
		row->time.p99_us, row->time.min_us, row->mb_per_s);
	if (way != PVBENCH_PVMEDIA && row->mb_per_s > 0)
		printf(" %9.2f", ours_mb_per_s / row->mb_per_s);
	else
		printf(" %9s  copy %.1f us on average", "", row->copy_us);
	if (row->lost > 0)
		printf("  %" PRIu64 " lost", row->lost);
	putchar('\n');
}

static void print_pacing(const struct pvbench_result *result, enum pvbench_pacing pacing)
{
	printf("%11s %9s  %-8s %10s %10s %10s %9s %9s\n", "picture", "bytes", "by", "median us",
		"p99 us", "min us", "MB/s", "slower");
	for (unsigned i = 0; i < result->num_points; i++)
		for (unsigned way = 0; way < PVBENCH_WAYS; way++)
			print_row(&result->points[i], pacing, way);
}

static void print_fit(const struct pvbench_result *result)
{
	printf("\nFitted lines (%s medians, least squares of the relative error)\n",
		pvbench_pacing_names[result->fitted]);
	for (unsigned way = 0; way < PVBENCH_WAYS; way++)
		printf("  %-8s %8.2f us + %7.3f us a 4 KiB page\n", pvbench_way_names[way],
			result->fit[way].intercept, result->fit[way].slope);
}

static void print_targets(const struct pvbench_result *result)
{
	struct pvbench_target targets[PVBENCH_TARGETS];

	pvbench_camera_targets(result, targets);
	printf("\nTargets\n");
	for (unsigned i = 0; i < PVBENCH_TARGETS; i++) {
		const struct pvbench_target *target = &targets[i];

		if (target->value > 0)
			printf("  %s  %s %.2f (%s %.2f)\n",
				pvbench_target_met(target) ? "PASS" : "MISS", target->sentence,
				target->value, target->at_most ? "at most" : "at least",
				target->limit);
	}
}

void pvbench_table_print(const struct pvbench_options *options, const struct pvbench_result *result)
{
	printf("Time from filled source frame to readable frame, YUYV. dom0 on CPU %d, guest on "
	       "CPU "
	       "%d.\n",
		options->cpus.dom0, options->cpus.guest);
	if (options->paced) {
		printf("\nPaced at %u/%u frames/s, everything cold. MB/s: a frame in the median "
		       "time.\n",
			options->rate.numer, options->rate.denom);
		print_pacing(result, PVBENCH_PACED);
		printf("A small frame costs what waking up costs: dom0's session, the guest, the "
		       "session\n"
		       "again for BUF_DEQUEUE, the guest again; with cold code. A memcpy wakes "
		       "nobody.\n");
	}
	if (options->back_to_back) {
		printf("\nBack to back, frames do not queue up. MB/s: all bytes in the time of all "
		       "frames.\n");
		print_pacing(result, PVBENCH_BACK_TO_BACK);
		printf("pvcamd makes the next frame as soon as it has handed one over: its time "
		       "also holds the\n"
		       "guest's taking of that one and its giving back of a buffer. A memcpy waits "
		       "for nobody.\n");
	}
	print_fit(result);
	printf("\nRound trips (%zu each)\n"
	       "  event channel  median %.2f us, p99 %.2f us\n"
	       "  bare eventfd   median %.2f us, p99 %.2f us\n",
		result->event_trip.count, result->event_trip.median_us, result->event_trip.p99_us,
		result->bare_trip.median_us, result->bare_trip.p99_us);
	print_targets(result);
}
