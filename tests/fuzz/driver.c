/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target without libFuzzer: over the files given, then for FUZZ_SECONDS (1.5) over
 * inputs made from them by a generator that is the same each time. An input that fails is written
 * to the current directory as fuzz-failed, for another run over it.
 */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "common/parse.h"
#include "tests/fuzz/fuzz.h"

#define INPUT_BYTES 8192
#define SEEDS 64

struct sample {
	uint8_t *bytes;
	size_t size;
};

static uint64_t random_state = 0x9e3779b97f4a7c15u;
static const uint8_t *now_bytes;
static size_t now_size;

static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static void keep_input(int number)
{
	FILE *file = fopen("fuzz-failed", "wb");

	if (file) {
		fwrite(now_bytes, 1, now_size, file);
		fclose(file);
	}
	signal(number, SIG_DFL);
	raise(number);
}

static void run(const uint8_t *bytes, size_t size)
{
	/* A piece of memory of just this size, that reading beyond it is seen. */
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		exit(1);
	memcpy(copy, bytes, size);
	now_bytes = copy;
	now_size = size;
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static int read_sample(const char *path, struct sample *ret)
{
	FILE *file = fopen(path, "rb");

	if (!file) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	ret->bytes = malloc(INPUT_BYTES);
	ret->size = ret->bytes ? fread(ret->bytes, 1, INPUT_BYTES, file) : 0;
	fclose(file);
	return ret->bytes ? 0 : -1;
}

/* Noise, or a sample with some of it changed, cut short or repeated. */
static size_t make_input(uint8_t bytes[INPUT_BYTES], const struct sample *samples, int num_samples)
{
	size_t size = next_random() % (next_random() % 4 ? 512 : INPUT_BYTES);
	const struct sample *sample;

	if (num_samples == 0 || next_random() % 4 == 0) {
		for (size_t i = 0; i < size; i++)
			bytes[i] = (uint8_t)(next_random() >> 24);
		return size;
	}
	sample = &samples[next_random() % (unsigned)num_samples];
	if (sample->size == 0)
		return 0;
	if (next_random() % 2)
		size = sample->size;
	for (size_t i = 0; i < size; i++)
		bytes[i] = sample->bytes[i % sample->size];
	for (uint64_t changes = size ? next_random() % 16 : 0; changes > 0; changes--) {
		static const uint8_t edges[] = {0, 1, 0x7f, 0x80, 0xff, '0', '9', '/', 'x', ','};
		uint64_t random = next_random();

		bytes[(random >> 8) % size] =
			random & 1 ? edges[(random >> 1) % sizeof(edges)] : (uint8_t)(random >> 32);
	}
	return size;
}

int main(int argc, char **argv)
{
	static uint8_t bytes[INPUT_BYTES];
	struct sample samples[SEEDS];
	const char *seconds = getenv("FUZZ_SECONDS");
	uint64_t until_ns;
	int count = 0;
	unsigned long runs = 0;

	signal(SIGABRT, keep_input);
	signal(SIGSEGV, keep_input);
	for (int i = 1; i < argc && count < SEEDS; i++, count++) {
		if (read_sample(argv[i], &samples[count]) != 0)
			return 1;
		run(samples[count].bytes, samples[count].size);
	}
	until_ns = pv_now_ns() + (uint64_t)(1e9 * (seconds ? strtod(seconds, NULL) : 1.5));
	for (; pv_now_ns() < until_ns; runs++)
		run(bytes, make_input(bytes, samples, count));
	printf("%d samples, %lu made from them\n", count, runs);
	for (int i = 0; i < count; i++)
		free(samples[i].bytes);
	return 0;
}
