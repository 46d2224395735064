/* SPDX-License-Identifier: MIT */
#include "tests/bench/cold.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "common/parse.h"

#define PAGE_BYTES 4096u
#define LINE_BYTES 64u
#define COLD_BYTES_MIN ((size_t)32 << 20)
#define COLD_BYTES_MAX ((size_t)256 << 20) /* what there is time for between frames */
#define DEST_BYTES_MAX ((size_t)96 << 20)  /* of the 128 MiB that a guest can grant in all */
#define NS_PER_S 1000000000ull

/* From sysfs: glibc's sysconf takes hypervisors' tables at their word and can be ten times off. */
static size_t largest_cache_bytes(void)
{
	size_t largest_kib = 0, kib;
	char path[80];

	for (unsigned i = 0;; i++) {
		FILE *file;

		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu0/cache/index%u/size", i);
		file = fopen(path, "r");
		if (file == NULL)
			return largest_kib * 1024;
		if (fscanf(file, "%zuK", &kib) == 1 && kib > largest_kib)
			largest_kib = kib;
		fclose(file);
	}
}

size_t pvbench_cold_bytes(void)
{
	size_t bytes = 4 * largest_cache_bytes(); /* twice leaves a tenth of it */

	if (bytes < COLD_BYTES_MIN)
		return COLD_BYTES_MIN;
	return bytes > COLD_BYTES_MAX ? COLD_BYTES_MAX : bytes;
}

/* Written, or all of its pages would be the one zero page. */
static void *memory_create(size_t bytes)
{
	void *memory =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	memset(memory, 0x55, bytes);
	return memory;
}

int pvbench_ring_create(size_t frame_bytes, unsigned count, struct pvbench_ring *ret)
{
	size_t stride_bytes = (frame_bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
	char *start = memory_create(stride_bytes * count);

	if (start == NULL)
		return -ENOMEM;
	*ret = (struct pvbench_ring){
		.start = start,
		.frame_bytes = frame_bytes,
		.stride_bytes = stride_bytes,
		.count = count,
		.used = count,
	};
	return 0;
}

void pvbench_ring_destroy(struct pvbench_ring *ring)
{
	if (ring->start != NULL)
		munmap(ring->start, ring->stride_bytes * ring->count);
	ring->start = NULL;
}

void pvbench_ring_use(struct pvbench_ring *ring, unsigned used)
{
	ring->used = used;
	ring->next = 0;
}

void *pvbench_ring_next(struct pvbench_ring *ring)
{
	char *frame = ring->start + ring->next * ring->stride_bytes;

	ring->next = (ring->next + 1) % ring->used;
	return frame;
}

unsigned pvbench_source_count(size_t frame_bytes, size_t cold_bytes)
{
	return (unsigned)(cold_bytes / frame_bytes) + 2;
}

unsigned pvbench_dest_count(size_t frame_bytes, size_t cold_bytes)
{
	size_t bytes = cold_bytes < DEST_BYTES_MAX ? cold_bytes : DEST_BYTES_MAX;
	size_t count = bytes / frame_bytes + 1;

	if (count < PVBENCH_DEST_PACED)
		return PVBENCH_DEST_PACED;
	return count > PVBENCH_DEST_MAX ? PVBENCH_DEST_MAX : (unsigned)count;
}

void *pvbench_walk_create(size_t bytes)
{
	return memory_create(bytes);
}

void pvbench_walk_destroy(void *walk, size_t bytes)
{
	if (walk != NULL)
		munmap(walk, bytes);
}

void pvbench_walk(const void *walk, size_t bytes)
{
	const volatile char *at = walk;

	for (size_t i = 0; i < bytes; i += LINE_BYTES)
		(void)at[i];
}

void pvbench_stamp_write(void *pixels, uint64_t number)
{
	struct pvbench_stamp stamp = {htole64(number), htole64(pv_now_ns())};

	memcpy(pixels, &stamp, sizeof(stamp));
}

struct pvbench_stamp pvbench_stamp_read(const void *pixels)
{
	struct pvbench_stamp stamp;

	memcpy(&stamp, pixels, sizeof(stamp));
	return (struct pvbench_stamp){le64toh(stamp.number), le64toh(stamp.filled_ns)};
}

struct pvbench_pace pvbench_pace_start(uint64_t period_ns)
{
	/* As pvcamd's source threads do: else the kernel may be 50 us late to save power. */
	prctl(PR_SET_TIMERSLACK, 1ul, 0ul, 0ul, 0ul);
	return (struct pvbench_pace){.period_ns = period_ns, .next_ns = pv_now_ns()};
}

void pvbench_pace_wait(struct pvbench_pace *pace)
{
	uint64_t now_ns = pv_now_ns();
	struct timespec until;

	if (pace->period_ns == 0)
		return;
	pace->next_ns += pace->period_ns;
	if (pace->next_ns + pace->period_ns < now_ns)
		pace->next_ns = now_ns;
	until.tv_sec = (time_t)(pace->next_ns / NS_PER_S);
	until.tv_nsec = (long)(pace->next_ns % NS_PER_S);
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}
