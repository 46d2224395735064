/* SPDX-License-Identifier: MIT */
/*
 * How long sound takes around a loop, from an application that plays to itself as it records, on
 * any two ALSA PCMs.
 *
 * The application fills the playback buffer, starts both, and from then on writes a period after
 * each period that it has read. Now and then what it writes begins with a burst. Its latency is
 * counted in frames of the capture: from those read when the burst was handed over to the one with
 * which the burst comes back. So it holds the application's own buffer, both devices and the wire,
 * and no machine's scheduling but what makes an xrun.
 */
#ifndef PVBENCH_LOOP_H
#define PVBENCH_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct pvbench_loop_params {
	const char *playback; /* ALSA's names */
	const char *capture;
	const char *config; /* ALSA configuration that has them; NULL: the usual one */
	uint32_t rate_hz;
	uint32_t period_frames;
	uint32_t periods;
	unsigned bursts;
	int priority; /* of SCHED_FIFO to ask for; without the right, do without */
};

#define PVBENCH_LOOP_PRIORITY 50 /* below the sessions of a pvsndd with the usual priorities */
#define PVBENCH_BURST_LOST UINT64_MAX
#define PVBENCH_LOOP_ERROR_BYTES 200

struct pvbench_loop_result {
	uint32_t buffer_frames; /* of the playback PCM, as it really is */
	uint32_t period_frames; /* what is read and written at a time */
	unsigned xruns;         /* of either; after one both begin anew */
	/* Of them, those with a stall in the buffer's time before them: a bare timer thread on one
	 * of the CPUs, above the priority of all that moves the sound, came late by a third of
	 * the time that the application has from one period to the next xrun, or more. Three wake
	 * each other: the device's thread, the session, the application; for an xrun, one of them
	 * at least has to come so late. */
	unsigned machine_xruns;
	unsigned stalls; /* in all */
	bool real_time;
};

/*
 * ret_latency_frames: one for each burst, PVBENCH_BURST_LOST for one that did not come back before
 * the next was due (a quarter of a second, or two buffers). One that an xrun hits is sent
 * again, up to four times as many in all.
 * error gets a sentence. Stereo, S16_LE.
 * -ETIMEDOUT: a PCM stood still for 2 seconds; otherwise what
 * alsa-lib says. Main thread.
 */
int pvbench_loop_run(const struct pvbench_loop_params *params, uint64_t *ret_latency_frames,
	struct pvbench_loop_result *ret, char error[PVBENCH_LOOP_ERROR_BYTES]);

#endif
