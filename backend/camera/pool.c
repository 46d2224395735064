/* SPDX-License-Identifier: MIT */
#include "backend/camera/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "common/pixfmt.h"

#define NUM_PICTURES 16u
/* A picture nobody asked for in so many frames gives its memory back. */
#define PICTURE_IDLE_FRAMES 256u
#define PAGE_BYTES 4096u
#define HUGE_PAGE_BYTES ((size_t)2 << 20)

/* One chunk of variant memory while it waits in a picture's list: the link lies in the chunk. */
struct spare {
	struct spare *next;
};

/* What somebody asked for. All of it under the pool's lock, but the converter under its own. */
struct asked {
	struct pv_picture picture; /* fourcc 0: unused */
	struct pv_converter *converter;
	pthread_mutex_t converting;
	size_t size_bytes;
	unsigned users;      /* frames that hold this picture, or are about to */
	uint64_t last_asked; /* in frames of the pool */
	struct spare *spares;
};

enum variant_state { VARIANT_EMPTY, VARIANT_CONVERTING, VARIANT_READY };

struct variant {
	enum variant_state state;
	void *pixels;
};

struct pool_frame {
	struct vcam_frame frame; /* first: what the others see */
	struct vcam_pool *pool;
	atomic_uint holders;
	struct pool_frame *next_free;
	struct variant variants[NUM_PICTURES]; /* index of vcam_pool.asked */
};

struct vcam_pool {
	struct pv_picture native;
	size_t native_bytes;
	unsigned max_frames;
	pthread_mutex_t lock;
	pthread_cond_t converted;
	bool destroyed;
	unsigned num_frames;
	unsigned num_held;
	struct pool_frame *free_first; /* the longest unused */
	struct pool_frame *free_last;
	struct asked asked[NUM_PICTURES];
	struct vcam_pool_counts counts;
};

static bool same_picture(struct pv_picture a, struct pv_picture b)
{
	return a.fourcc == b.fourcc && a.width == b.width && a.height == b.height;
}

/* Whole huge pages when at most a quarter of them is left over: copying from them is much quicker.
 */
static size_t round_to_pages(size_t size_bytes, size_t *ret_page_bytes)
{
	size_t huge_bytes = (size_bytes + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES * HUGE_PAGE_BYTES;
	bool huge = huge_bytes - size_bytes <= huge_bytes / 4;

	*ret_page_bytes = huge ? HUGE_PAGE_BYTES : PAGE_BYTES;
	return huge ? huge_bytes : size_bytes;
}

/* Zeroed: what the daemon's memory held before must not reach a guest. */
static void *pixels_create(size_t size_bytes)
{
	size_t page_bytes, rounded_bytes = round_to_pages(size_bytes, &page_bytes);
	void *pixels;

	if (posix_memalign(&pixels, page_bytes, rounded_bytes) != 0)
		return NULL;
	if (page_bytes == HUGE_PAGE_BYTES) /* without, it works as well */
		madvise(pixels, rounded_bytes, MADV_HUGEPAGE);
	return memset(pixels, 0, size_bytes);
}

static void asked_retire(struct asked *asked)
{
	struct spare *spare;

	while ((spare = asked->spares) != NULL) {
		asked->spares = spare->next;
		free(spare);
	}
	pv_converter_destroy(asked->converter);
	asked->converter = NULL;
	asked->picture.fourcc = 0;
}

static void pool_free(struct vcam_pool *pool)
{
	struct pool_frame *frame;

	while ((frame = pool->free_first) != NULL) {
		pool->free_first = frame->next_free;
		free(frame->frame.pixels);
		free(frame);
	}
	for (unsigned i = 0; i < NUM_PICTURES; i++) {
		if (pool->asked[i].picture.fourcc != 0)
			asked_retire(&pool->asked[i]);
		pthread_mutex_destroy(&pool->asked[i].converting);
	}
	pthread_cond_destroy(&pool->converted);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

int vcam_pool_create(struct pv_picture native, unsigned max_frames, struct vcam_pool **ret)
{
	struct pv_layout layout;
	struct vcam_pool *pool;
	int err;

	err = pv_pixfmt_layout(native.fourcc, native.width, native.height, &layout);
	if (err < 0)
		return err;
	if (max_frames == 0)
		return -EINVAL;
	pool = calloc(1, sizeof(*pool));
	if (pool == NULL)
		return -ENOMEM;
	pool->native = native;
	pool->native_bytes = layout.size_bytes;
	pool->max_frames = max_frames;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->converted, NULL);
	for (unsigned i = 0; i < NUM_PICTURES; i++)
		pthread_mutex_init(&pool->asked[i].converting, NULL);
	*ret = pool;
	return 0;
}

void vcam_pool_destroy(struct vcam_pool *pool)
{
	bool last;

	if (pool == NULL)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->destroyed = true;
	last = pool->num_held == 0;
	pthread_mutex_unlock(&pool->lock);
	if (last)
		pool_free(pool);
}

static void free_append(struct vcam_pool *pool, struct pool_frame *frame)
{
	frame->next_free = NULL;
	if (pool->free_first == NULL)
		pool->free_first = frame;
	else
		pool->free_last->next_free = frame;
	pool->free_last = frame;
}

/* One more frame at the end of the free ones. -EAGAIN: there are max_frames. */
static int pool_grow(struct vcam_pool *pool)
{
	struct pool_frame *frame;

	if (pool->num_frames == pool->max_frames)
		return -EAGAIN;
	frame = calloc(1, sizeof(*frame));
	if (frame == NULL)
		return -ENOMEM;
	frame->frame.pixels = pixels_create(pool->native_bytes);
	if (frame->frame.pixels == NULL) {
		free(frame);
		return -ENOMEM;
	}
	frame->frame.size_bytes = pool->native_bytes;
	frame->pool = pool;
	pool->num_frames++;
	free_append(pool, frame);
	return 0;
}

int vcam_pool_reserve(struct vcam_pool *pool, unsigned frames)
{
	int err = 0;

	pthread_mutex_lock(&pool->lock);
	while (err == 0 && pool->num_frames < frames)
		err = pool_grow(pool);
	pthread_mutex_unlock(&pool->lock);
	return err;
}

static void retire_idle(struct vcam_pool *pool)
{
	for (unsigned i = 0; i < NUM_PICTURES; i++) {
		struct asked *asked = &pool->asked[i];

		if (asked->picture.fourcc != 0 && asked->users == 0 &&
			pool->counts.frames - asked->last_asked > PICTURE_IDLE_FRAMES)
			asked_retire(asked);
	}
}

int vcam_pool_take(struct vcam_pool *pool, struct vcam_frame **ret)
{
	struct pool_frame *frame;
	int err = 0;

	pthread_mutex_lock(&pool->lock);
	retire_idle(pool);
	if (pool->free_first == NULL)
		err = pool_grow(pool);
	if (err == 0) {
		frame = pool->free_first;
		pool->free_first = frame->next_free;
		pool->num_held++;
		pool->counts.frames++;
		atomic_store_explicit(&frame->holders, 1, memory_order_relaxed);
		*ret = &frame->frame;
	}
	pthread_mutex_unlock(&pool->lock);
	return err;
}

struct vcam_frame *vcam_frame_hold(struct vcam_frame *frame)
{
	struct pool_frame *held = (struct pool_frame *)frame;

	atomic_fetch_add_explicit(&held->holders, 1, memory_order_relaxed);
	return frame;
}

/* Takes the variants off a frame that nobody holds; their memory serves the next frame. */
static void strip_variants(struct vcam_pool *pool, struct pool_frame *frame)
{
	for (unsigned i = 0; i < NUM_PICTURES; i++) {
		struct variant *variant = &frame->variants[i];
		struct spare *spare = variant->pixels;

		if (variant->state == VARIANT_EMPTY)
			continue;
		spare->next = pool->asked[i].spares;
		pool->asked[i].spares = spare;
		pool->asked[i].users--;
		*variant = (struct variant){.state = VARIANT_EMPTY};
	}
}

void vcam_frame_put(struct vcam_frame *frame)
{
	struct pool_frame *held = (struct pool_frame *)frame;
	struct vcam_pool *pool = held->pool;
	bool last;

	if (atomic_fetch_sub_explicit(&held->holders, 1, memory_order_acq_rel) != 1)
		return;
	pthread_mutex_lock(&pool->lock);
	strip_variants(pool, held);
	free_append(pool, held);
	pool->num_held--;
	last = pool->destroyed && pool->num_held == 0;
	pthread_mutex_unlock(&pool->lock);
	if (last)
		pool_free(pool);
}

/* An unused place for a picture; if need be that of the one not asked for longest. */
static struct asked *asked_place(struct vcam_pool *pool)
{
	struct asked *oldest = NULL;

	for (unsigned i = 0; i < NUM_PICTURES; i++) {
		struct asked *asked = &pool->asked[i];

		if (asked->picture.fourcc == 0)
			return asked;
		if (asked->users == 0 && (!oldest || asked->last_asked < oldest->last_asked))
			oldest = asked;
	}
	if (oldest != NULL)
		asked_retire(oldest);
	return oldest;
}

static int asked_find(struct vcam_pool *pool, struct pv_picture picture, struct asked **ret)
{
	struct pv_layout layout;
	struct pv_converter *converter;
	struct asked *asked;
	int err;

	for (unsigned i = 0; i < NUM_PICTURES; i++) {
		asked = &pool->asked[i];
		if (asked->picture.fourcc != 0 && same_picture(asked->picture, picture)) {
			*ret = asked;
			return 0;
		}
	}
	err = pv_pixfmt_layout(picture.fourcc, picture.width, picture.height, &layout);
	if (err < 0)
		return err;
	asked = asked_place(pool);
	if (asked == NULL)
		return -ENOSPC;
	err = pv_converter_create(pool->native, picture, &converter);
	if (err < 0)
		return err;
	asked->picture = picture;
	asked->converter = converter;
	asked->size_bytes = layout.size_bytes;
	*ret = asked;
	return 0;
}

static void *variant_memory(struct asked *asked)
{
	struct spare *spare = asked->spares;
	size_t size_bytes = asked->size_bytes;

	if (spare == NULL)
		return pixels_create(size_bytes > sizeof(*spare) ? size_bytes : sizeof(*spare));
	asked->spares = spare->next;
	return spare;
}

/* Called and left with the lock held, which it gives up while it converts. */
static int variant_convert(struct vcam_pool *pool, struct pool_frame *frame, struct asked *asked,
	struct variant *variant)
{
	void *pixels = variant_memory(asked);

	if (pixels == NULL)
		return -ENOMEM;
	variant->pixels = pixels;
	variant->state = VARIANT_CONVERTING;
	asked->users++;
	pthread_mutex_unlock(&pool->lock);

	pthread_mutex_lock(&asked->converting);
	pv_converter_run(asked->converter, frame->frame.pixels, pixels);
	pthread_mutex_unlock(&asked->converting);

	pthread_mutex_lock(&pool->lock);
	variant->state = VARIANT_READY;
	pool->counts.conversions++;
	pthread_cond_broadcast(&pool->converted);
	return 0;
}

int vcam_frame_as(struct vcam_frame *frame, struct pv_picture picture, const void **ret_pixels,
	size_t *ret_bytes)
{
	struct pool_frame *held = (struct pool_frame *)frame;
	struct vcam_pool *pool = held->pool;
	struct variant *variant;
	struct asked *asked;
	int err;

	if (same_picture(picture, pool->native)) {
		*ret_pixels = frame->pixels;
		*ret_bytes = frame->size_bytes;
		return 0;
	}
	pthread_mutex_lock(&pool->lock);
	err = asked_find(pool, picture, &asked);
	if (err == 0) {
		asked->last_asked = pool->counts.frames;
		variant = &held->variants[asked - pool->asked];
		while (variant->state == VARIANT_CONVERTING)
			pthread_cond_wait(&pool->converted, &pool->lock);
		if (variant->state == VARIANT_EMPTY)
			err = variant_convert(pool, held, asked, variant);
	}
	if (err == 0) {
		*ret_pixels = variant->pixels;
		*ret_bytes = asked->size_bytes;
	}
	pthread_mutex_unlock(&pool->lock);
	return err;
}

void vcam_pool_counts(struct vcam_pool *pool, struct vcam_pool_counts *ret)
{
	pthread_mutex_lock(&pool->lock);
	*ret = pool->counts;
	pthread_mutex_unlock(&pool->lock);
}
