/* SPDX-License-Identifier: MIT */
/* xengnttab_grant_copy: the server hands out the memory behind the references, pread and pwrite
 * copy. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "xenbus/loop/gnt.h"

/* Two references each: whatever they are, their files fit one answer. */
#define SEGMENTS_MAX (LOOP_FILES_MAX / 2)

/* Some segments with what the server found for their references, in the order source, destination.
 */
struct batch {
	xengnttab_grant_copy_segment_t *segments;
	uint32_t count;
	struct loop_gref grefs[2 * SEGMENTS_MAX];
	struct loop_found found[2 * SEGMENTS_MAX];
	int files[LOOP_FILES_MAX];
};

static uint32_t grefs_collect(struct batch *batch)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < batch->count; i++) {
		const xengnttab_grant_copy_segment_t *segment = &batch->segments[i];

		if (segment->flags & GNTCOPY_source_gref)
			batch->grefs[count++] = (struct loop_gref){
				.domid = segment->source.foreign.domid,
				.ref = segment->source.foreign.ref,
			};
		if (segment->flags & GNTCOPY_dest_gref)
			batch->grefs[count++] = (struct loop_gref){
				.domid = segment->dest.foreign.domid,
				.ref = segment->dest.foreign.ref,
				.writable = 1,
			};
	}
	return count;
}

static off_t place(const struct loop_found *found, uint16_t offset_bytes)
{
	return (off_t)found->page * LOOP_PAGE_BYTES + offset_bytes;
}

/* -EFAULT for memory of ours that is not there. */
static int segment_copy(const struct batch *batch, const xengnttab_grant_copy_segment_t *segment,
	const struct loop_found *source, const struct loop_found *dest)
{
	char page[LOOP_PAGE_BYTES];
	const void *from = segment->source.virt;

	if (!source && !dest) {
		memmove(segment->dest.virt, from, segment->len);
		return 0;
	}
	if (source) {
		void *to = dest ? page : segment->dest.virt;

		if (pread(batch->files[source->file], to, segment->len,
			    place(source, segment->source.foreign.offset)) != segment->len)
			return -EFAULT;
		from = to;
	}
	if (dest && pwrite(batch->files[dest->file], from, segment->len,
			    place(dest, segment->dest.foreign.offset)) != segment->len)
		return -EFAULT;
	return 0;
}

static int segments_copy(const struct batch *batch)
{
	const struct loop_found *found = batch->found;
	int error = 0;

	for (uint32_t i = 0; i < batch->count && !error; i++) {
		xengnttab_grant_copy_segment_t *segment = &batch->segments[i];
		const struct loop_found *source =
			segment->flags & GNTCOPY_source_gref ? found++ : NULL;
		const struct loop_found *dest = segment->flags & GNTCOPY_dest_gref ? found++ : NULL;

		segment->status = GNTST_okay;
		if (!segment->len)
			continue; /* gntdev does not even look at the references */
		if (source && source->status != GNTST_okay)
			segment->status = (int16_t)source->status;
		else if (dest && dest->status != GNTST_okay)
			segment->status = (int16_t)dest->status;
		else
			error = segment_copy(batch, segment, source, dest);
	}
	return error;
}

static int batch_copy(xengnttab_handle *handle, struct batch *batch)
{
	uint32_t grefs = grefs_collect(batch);
	struct loop_exchange exchange = {
		.request = {.op = LOOP_OP_LOOKUP, .items = grefs},
		.items = batch->grefs,
		.items_bytes = grefs * sizeof(batch->grefs[0]),
		.answer_items = batch->found,
		.answer_room_bytes = sizeof(batch->found),
		.files = batch->files,
		.files_max = LOOP_FILES_MAX,
	};
	int error = 0;

	if (grefs) {
		pthread_mutex_lock(&handle->lock);
		error = loop_client_exchange(handle->fd, &exchange);
		pthread_mutex_unlock(&handle->lock);
	}
	if (!error)
		error = segments_copy(batch);
	while (exchange.files_count)
		close(batch->files[--exchange.files_count]);
	return error;
}

/* A page holds what is granted; our own memory may cross pages, but not by more than one page's
 * bytes. */
static bool segment_fits(const xengnttab_grant_copy_segment_t *segment)
{
	if ((segment->flags & GNTCOPY_source_gref) &&
		segment->source.foreign.offset + segment->len > LOOP_PAGE_BYTES)
		return false;
	return !(segment->flags & GNTCOPY_dest_gref) ||
	       segment->dest.foreign.offset + segment->len <= LOOP_PAGE_BYTES;
}

int xengnttab_grant_copy(
	xengnttab_handle *handle, uint32_t count, xengnttab_grant_copy_segment_t *segs)
{
	struct batch batch;
	int error = 0;

	for (uint32_t i = 0; i < count && !error; i++)
		if (!segment_fits(&segs[i]))
			error = -EINVAL;
	for (uint32_t at = 0; at < count && !error; at += SEGMENTS_MAX) {
		batch.segments = segs + at;
		batch.count = count - at < SEGMENTS_MAX ? count - at : SEGMENTS_MAX;
		error = batch_copy(handle, &batch);
	}
	if (error)
		loop_gnt_error(handle, "gnttab", error, "grant copy");
	return error ? -1 : 0;
}
