/* SPDX-License-Identifier: MIT */
/*
 * The proof that a device thread allocates nothing, takes no lock, opens and writes no file and
 * logs nothing once it runs. This program has functions of these names itself, and the linker
 * prefers them, for the engine as well as for alsa-lib and libsndfile. They count calls of threads
 * that have begun a first quantum.
 *
 * glibc's eventfd_write does not go through write(2)'s symbol, so the one file that a device thread
 * may write to is not counted.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>

#include <alsa/asoundlib.h>
#include <cmocka.h>

#include "tests/unit/vsnd_player.h"

#define EXPORT __attribute__((visibility("default")))

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

/* ---- what is forbidden ---- */

enum call {
	ALLOCATE,
	FREE,
	MUTEX,
	CONDITION,
	OPEN,
	WRITE,
	PRINT,
	NUM_CALLS,
};

static const char *const call_names[NUM_CALLS] = {
	"malloc and the like", "free", "a mutex", "a condition", "open", "write", "printf"};

#ifndef SANITIZED

static _Thread_local bool watched;
static _Atomic bool closing; /* the threads, which give their own memory back */
static _Atomic unsigned calls[NUM_CALLS];

static void note(enum call call)
{
	if (watched && !closing)
		calls[call]++;
}

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *old, size_t bytes);
extern void *__libc_memalign(size_t alignment, size_t bytes);
extern void __libc_free(void *memory);

EXPORT void *malloc(size_t bytes)
{
	note(ALLOCATE);
	return __libc_malloc(bytes);
}

EXPORT void *calloc(size_t count, size_t bytes)
{
	note(ALLOCATE);
	return __libc_calloc(count, bytes);
}

EXPORT void *realloc(void *old, size_t bytes)
{
	note(ALLOCATE);
	return __libc_realloc(old, bytes);
}

EXPORT void *aligned_alloc(size_t alignment, size_t bytes)
{
	note(ALLOCATE);
	return __libc_memalign(alignment, bytes);
}

EXPORT int posix_memalign(void **ret, size_t alignment, size_t bytes)
{
	note(ALLOCATE);
	*ret = __libc_memalign(alignment, bytes);
	return *ret != NULL ? 0 : ENOMEM;
}

EXPORT void free(void *memory)
{
	note(FREE);
	__libc_free(memory);
}

/* The next object's function of this name. */
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* Each is looked up once: dlsym takes locks itself, and is only called through here. */
#define FORWARD(call, type, name, parameters, arguments)                                           \
	EXPORT type name parameters                                                                \
	{                                                                                          \
		static __typeof__(&name) real;                                                     \
                                                                                                   \
		note(call);                                                                        \
		if (real == NULL)                                                                  \
			real = REAL(name);                                                         \
		return real arguments;                                                             \
	}

FORWARD(MUTEX, int, pthread_mutex_lock, (pthread_mutex_t * mutex), (mutex))
FORWARD(MUTEX, int, pthread_mutex_trylock, (pthread_mutex_t * mutex), (mutex))
FORWARD(CONDITION, int, pthread_cond_wait, (pthread_cond_t * cond, pthread_mutex_t *mutex),
	(cond, mutex))
FORWARD(CONDITION, int, pthread_cond_timedwait,
	(pthread_cond_t * cond, pthread_mutex_t *mutex, const struct timespec *until),
	(cond, mutex, until))
FORWARD(CONDITION, int, pthread_cond_signal, (pthread_cond_t * cond), (cond))
FORWARD(CONDITION, int, pthread_cond_broadcast, (pthread_cond_t * cond), (cond))
FORWARD(OPEN, FILE *, fopen, (const char *path, const char *mode), (path, mode))
FORWARD(WRITE, size_t, fwrite, (const void *from, size_t bytes, size_t count, FILE *file),
	(from, bytes, count, file))
FORWARD(WRITE, ssize_t, write, (int fd, const void *bytes, size_t count), (fd, bytes, count))
FORWARD(PRINT, int, vfprintf, (FILE * file, const char *format, va_list args), (file, format, args))
FORWARD(PRINT, int, vsnprintf, (char *to, size_t bytes, const char *format, va_list args),
	(to, bytes, format, args))
FORWARD(PRINT, void, vsyslog, (int priority, const char *format, va_list args),
	(priority, format, args))

EXPORT int open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	note(OPEN);
	va_start(args, flags);
	mode = va_arg(args, mode_t);
	va_end(args);
	return REAL(openat)(AT_FDCWD, path, flags, mode);
}

EXPORT int fprintf(FILE *file, const char *format, ...)
{
	va_list args;
	int count;

	note(PRINT);
	va_start(args, format);
	count = vfprintf(file, format, args);
	va_end(args);
	return count;
}

EXPORT int snprintf(char *to, size_t bytes, const char *format, ...)
{
	va_list args;
	int count;

	note(PRINT);
	va_start(args, format);
	count = vsnprintf(to, bytes, format, args);
	va_end(args);
	return count;
}

/* ---- cards whose threads are watched from their first quantum on ---- */

static const struct vsnd_card_ops *inner;
static bool misbehave;
static unsigned transfers;
static _Atomic unsigned sw_params;

EXPORT int snd_pcm_sw_params(snd_pcm_t *pcm, snd_pcm_sw_params_t *params)
{
	static __typeof__(&snd_pcm_sw_params) real;

	sw_params += watched;
	if (real == NULL)
		real = REAL(snd_pcm_sw_params);
	return real(pcm, params);
}

/* A device of ALSA's is asked for another depth, again and again. The tests' have no clock, so that
 * nobody else asks. */
static void change_depth(void *priv)
{
	struct vsnd_fill *fill = inner == &vsnd_card_alsa ? inner->fill(priv) : NULL;

	if (++transfers % 16 == 0 && fill != NULL)
		vsnd_fill_answer(fill, transfers % 32 == 0 ? fill->min_steps : fill->max_steps);
}

static int watched_transfer(void *priv, void *samples, uint32_t frames, bool running)
{
	watched = true;
	if (misbehave) {
		static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
		void *volatile memory = malloc(1);

		free(memory);
		pthread_mutex_lock(&lock);
		pthread_mutex_unlock(&lock);
	}
	change_depth(priv);
	return inner->transfer(priv, samples, frames, running);
}

/* A device with a buffer and a clock, which runs dry now and then. */
static struct vsnd_fill buffer;
static uint32_t inside_frames;
static unsigned reports;

static int buffered_query(const struct vsnd_card_config *config, const char *place,
	enum vsnd_direction direction, struct vsnd_ranges *ranges)
{
	(void)config, (void)place, (void)direction, (void)ranges;
	return 0;
}

static int buffered_open(const struct vsnd_card_config *config, const char *place,
	enum vsnd_direction direction, const struct vsnd_format *format, uint32_t *quantum_frames,
	void **ret_priv)
{
	static const struct vsnd_fill_limits limits;

	(void)place, (void)config, (void)direction;
	vsnd_fill_begin(&buffer, *quantum_frames, 4800);
	vsnd_fill_limit(&buffer, &limits, format->rate_hz);
	*ret_priv = &buffer;
	return 0;
}

static void buffered_close(void *priv)
{
	(void)priv;
}

static int buffered_transfer(void *priv, void *samples, uint32_t frames, bool running)
{
	(void)priv, (void)samples, (void)running;
	vsnd_fill_turn(&buffer);
	vsnd_fill_look(&buffer, inside_frames);
	while (!vsnd_fill_wants(&buffer, inside_frames))
		inside_frames -= inside_frames < 64 ? inside_frames : 64;
	if (transfers % 100 == 50) {
		inside_frames = 0;
		vsnd_fill_ran_dry(&buffer, frames);
	}
	inside_frames += frames;
	vsnd_fill_wrote(&buffer, frames);
	reports += buffer.rings;
	usleep(50);
	return 0;
}

static struct vsnd_fill *buffered_fill(void *priv)
{
	return priv;
}

static const struct vsnd_card_ops buffered_ops = {
	.type = "buffered",
	.query = buffered_query,
	.open = buffered_open,
	.close = buffered_close,
	.transfer = buffered_transfer,
	.fill = buffered_fill,
};

static char dir[64], out_path[96], in_path[96], config_path[96], raw_path[96];

/* Starts and stops, gains, underruns, overruns, and a close. */
static void exercise(
	struct vsnd_card *card, enum vsnd_direction direction, const struct vsnd_format *format)
{
	static uint8_t samples[2000 * 16];
	static const float half[VSND_CHANNELS_MAX] = {0.5f, 0.25f};
	struct player player = open_on(card, direction, format, 256);

	for (unsigned turn = 0; turn < 3; turn++) {
		uint64_t position = vsnd_stream_position(player.stream);

		if (direction == VSND_PLAYBACK)
			assert_int_equal(vsnd_stream_write(player.stream, samples, 2000), 0);
		vsnd_stream_start(player.stream);
		wait_for(&player, position + 1000);
		vsnd_stream_set_gain(player.stream, half);
		wait_for(&player, position + (turn == 0 ? 9000 : 2500));
		if (turn == 1)
			vsnd_stream_pause(player.stream);
		vsnd_stream_stop(player.stream);
	}
	leave(&player);
}

static void watch(const struct vsnd_card_ops *ops, bool loop, const char *playback,
	const char *capture, const struct vsnd_format *format)
{
	struct vsnd_card_ops watching = *ops;
	struct vsnd_card_config config = {.name = "quiet",
		.ops = &watching,
		.playback = (char *)playback,
		.capture = (char *)capture,
		.loop = loop,
		.priority = 70};
	struct vsnd_card *card;

	inner = ops;
	watching.transfer = watched_transfer;
	for (unsigned i = 0; i < NUM_CALLS; i++)
		calls[i] = 0;
	assert_int_equal(vsnd_card_create(&config, &card), 0);
	exercise(card, VSND_PLAYBACK, format);
	if (loop || capture != NULL)
		exercise(card, VSND_CAPTURE, format);
	closing = true;
	vsnd_card_destroy(card);
	closing = false;
}

static void assert_quiet(void)
{
	for (unsigned i = 0; i < NUM_CALLS; i++)
		if (calls[i] > 0)
			fail_msg("the device thread called %s %u times", call_names[i], calls[i]);
}

static const struct vsnd_format stereo16 = {XENSND_PCM_FORMAT_S16_LE, 2, 48000};
static const struct vsnd_format odd24 = {XENSND_PCM_FORMAT_U24_BE, 2, 48000};

/* That the counting counts. */
static void test_noise_is_heard(void **state)
{
	(void)state;
	misbehave = true;
	watch(&vsnd_card_clock, false, NULL, NULL, &stereo16);
	misbehave = false;
	assert_true(calls[ALLOCATE] > 0);
	assert_true(calls[FREE] > 0);
	assert_true(calls[MUTEX] > 0);
}

static void test_clock_is_quiet(void **state)
{
	(void)state;
	watch(&vsnd_card_clock, false, NULL, NULL, &stereo16);
	assert_quiet();
	watch(&vsnd_card_clock, true, NULL, NULL, &odd24);
	assert_quiet();
}

/* Rates and channels converted, sums, and streams that come and go beside one that stays. */
static void test_conversion_is_quiet(void **state)
{
	static const struct vsnd_format other = {XENSND_PCM_FORMAT_S24_LE, 1, 44100};
	struct vsnd_card_ops watching = vsnd_card_clock;
	struct vsnd_card_config config = {
		.name = "quiet", .ops = &watching, .loop = true, .priority = 70};
	struct vsnd_card *card;

	(void)state;
	inner = &vsnd_card_clock;
	watching.transfer = watched_transfer;
	for (unsigned i = 0; i < NUM_CALLS; i++)
		calls[i] = 0;
	assert_int_equal(vsnd_card_create(&config, &card), 0);
	for (unsigned i = VSND_PLAYBACK; i <= VSND_CAPTURE; i++) {
		struct player stays = open_on(card, i, &stereo16, 256);
		struct player beside = open_on(card, i, &other, 256);

		vsnd_stream_start(stays.stream);
		vsnd_stream_start(beside.stream);
		exercise(card, i, &other);
		leave(&beside);
		wait_for(&stays, vsnd_stream_position(stays.stream) + 1000);
		leave(&stays);
	}
	closing = true;
	vsnd_card_destroy(card);
	closing = false;
	assert_quiet();
}

static void test_wav_is_quiet(void **state)
{
	struct stat played;

	(void)state;
	watch(&vsnd_card_wav, false, out_path, NULL, &stereo16);
	assert_quiet();
	/* What was played is there, and is now captured. */
	assert_int_equal(stat(out_path, &played), 0);
	assert_true(played.st_size > 4 * 10000);
	assert_int_equal(rename(out_path, in_path), 0);
	watch(&vsnd_card_wav, false, out_path, in_path, &stereo16);
	assert_quiet();
}

/*
 * alsa-lib locks a mutex of the PCM's own in each call, unless told that each PCM has one thread.
 * Its file plugin writes to the file, of course.
 */
static void test_alsa_is_quiet(void **state)
{
	(void)state;
	sw_params = 0;
	watch(&vsnd_card_alsa, false, "nothing", "nothing", &stereo16);
	assert_quiet();
	/* The depth was changed, which alsa-lib is told by the thread itself. */
	assert_true(sw_params > 10);
	watch(&vsnd_card_alsa, false, "tape", "tape", &stereo16);
	calls[WRITE] = 0;
	assert_quiet();
}

static void test_depth_is_quiet(void **state)
{
	static const struct vsnd_format slow = {XENSND_PCM_FORMAT_S16_LE, 2, 8000};

	(void)state;
	watch(&buffered_ops, false, "x", NULL, &slow);
	assert_quiet();
	assert_true(reports > 1);
}

static int make_dir(void **state)
{
	FILE *file;

	(void)state;
	strcpy(dir, "/tmp/vsnd_quiet_test.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	sprintf(out_path, "%s/out.wav", dir);
	sprintf(in_path, "%s/in.wav", dir);
	sprintf(raw_path, "%s/out.raw", dir);
	sprintf(config_path, "%s/asound.conf", dir);
	file = fopen(config_path, "we");
	if (file == NULL)
		return -1;
	fprintf(file,
		"pcm.nothing { type null }\n"
		"pcm.tape { type file slave.pcm nothing file \"%s\" infile \"/dev/zero\" "
		"format raw }\n",
		raw_path);
	fclose(file);
	return setenv("ALSA_CONFIG_PATH", config_path, 1);
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(out_path);
	unlink(in_path);
	unlink(raw_path);
	unlink(config_path);
	snd_config_update_free_global();
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_noise_is_heard),
		cmocka_unit_test(test_clock_is_quiet),
		cmocka_unit_test(test_conversion_is_quiet),
		cmocka_unit_test(test_wav_is_quiet),
		cmocka_unit_test(test_alsa_is_quiet),
		cmocka_unit_test(test_depth_is_quiet),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}

#else

int main(void)
{
	(void)call_names;
	puts("skipped: the sanitizer has functions of these names itself");
	return 77;
}

#endif
