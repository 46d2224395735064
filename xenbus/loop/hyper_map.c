/* SPDX-License-Identifier: MIT */
/* The using half: mapping and looking up what others granted, and what is done at unmapping. As
 * Linux's gntdev. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/sys/gntdev.h>

#include "xenbus/loop/hyper_impl.h"

/* The entry behind the reference if the caller's domain may use it so, else NULL with *ret_status
 * as Xen's. */
static const struct loop_grant *entry_find(
	struct loop_hyper_conn *conn, const struct loop_gref *gref, bool writable, int *ret_status)
{
	struct loop_hyper_domain *domain = loop_hyper_domain(conn->hyper, gref->domid);
	const struct loop_grant *entry;

	if (!domain) {
		*ret_status = GNTST_bad_domain;
		return NULL;
	}
	/* Xen's table grows by frames of 512 entries, the first of which is always there. */
	if (gref->ref >= LOOP_REFS || gref->ref > (domain->ref_end | 511)) {
		*ret_status = GNTST_bad_gntref;
		return NULL;
	}
	entry = &domain->entries[gref->ref];
	if (!entry->share || entry->share->grantee != conn->domain->domid ||
		(writable && !entry->share->writable)) {
		*ret_status = GNTST_general_error;
		return NULL;
	}
	*ret_status = GNTST_okay;
	return entry;
}

/* The answer's files by share: those asked for last are the likeliest to be asked for again. */
struct file_memo {
	const struct loop_share *share[LOOP_FILES_MAX];
	bool writable[LOOP_FILES_MAX];
};

/* Puts the share's memory among the answer's files, once. -ENFILE: there is no room for another. */
static int file_index(struct file_memo *memo, const struct loop_share *share, bool writable,
	struct loop_reply *reply, uint32_t *ret_index)
{
	unsigned int count = reply->files_count;
	int fd;

	for (unsigned int i = count; i-- > 0;)
		if (memo->share[i] == share && memo->writable[i] == writable) {
			*ret_index = i;
			return 0;
		}
	if (count == LOOP_FILES_MAX)
		return -ENFILE;
	fd = writable ? fcntl(share->memory_fd, F_DUPFD_CLOEXEC, 0)
		      : loop_memory_reopen(share->memory_fd, O_RDONLY);
	memo->share[count] = share;
	memo->writable[count] = writable;
	return loop_reply_file(reply, fd, ret_index);
}

/* Adds one page to the answer, to the last run if it goes on there. -ENFILE: the answer is full. */
static int run_add(struct file_memo *memo, const struct loop_grant *entry, bool writable,
	struct loop_reply *reply)
{
	struct loop_run *runs = (struct loop_run *)(void *)reply->items;
	struct loop_run *last = reply->head.items ? &runs[reply->head.items - 1] : NULL;
	uint32_t file;
	int error = file_index(memo, entry->share, writable, reply, &file);

	if (error)
		return error;
	if (last && last->file == file && last->first + last->pages == entry->page)
		last->pages++;
	else
		runs[reply->head.items++] =
			(struct loop_run){.file = file, .first = entry->page, .pages = 1};
	reply->head.done++;
	reply->items_bytes = reply->head.items * sizeof(*runs);
	return 0;
}

static int runs_make(
	struct loop_hyper_conn *conn, const struct loop_call *call, struct loop_reply *reply)
{
	struct file_memo memo;
	bool writable = call->head->b != 0;

	for (uint32_t i = 0; i < call->head->items; i++) {
		const struct loop_grant *entry;
		struct loop_gref gref;
		int status, error;

		memcpy(&gref, (const struct loop_gref *)call->items + i, sizeof(gref));
		entry = entry_find(conn, &gref, writable, &status);
		if (!entry)
			return -EINVAL;
		error = run_add(&memo, entry, writable, reply);
		if (error == -ENFILE && i)
			return 0;
		if (error)
			return error;
	}
	return 0;
}

static struct loop_map **map_find(struct loop_hyper_conn *conn, uint32_t id)
{
	struct loop_map **link = &conn->maps;

	while (*link && (*link)->id != id)
		link = &(*link)->next;
	return link;
}

static int map_add(
	struct loop_hyper_conn *conn, const struct loop_call *call, struct loop_map **ret_map)
{
	const struct loop_grant *entry;
	struct loop_map *map;
	struct loop_gref gref;
	int status;

	memcpy(&gref, call->items, sizeof(gref));
	entry = entry_find(conn, &gref, call->head->b != 0, &status);
	map = calloc(1, sizeof(*map));
	if (!map)
		return -ENOMEM;
	map->id = ++conn->id_last;
	map->writable = call->head->b != 0;
	map->first = loop_share_hold(entry->share);
	map->first_page = entry->page;
	map->next = conn->maps;
	conn->maps = map;
	conn->hyper->stat.maps++;
	*ret_map = map;
	return 0;
}

int loop_map_make(
	struct loop_hyper_conn *conn, const struct loop_call *call, struct loop_reply *reply)
{
	struct loop_map *map = NULL;
	int error;

	if (!call->head->items)
		return -EINVAL;
	if (call->head->a) {
		map = *map_find(conn, call->head->a);
		if (!map || call->head->items > LOOP_MAP_MAX - map->pages)
			return -EINVAL;
	}
	error = runs_make(conn, call, reply);
	if (!error && !map)
		error = map_add(conn, call, &map);
	if (error)
		return error;
	map->pages += reply->head.done;
	reply->head.value = map->id;
	return 0;
}

static void map_end(struct loop_hyper *hyper, struct loop_map **link)
{
	struct loop_map *map = *link;

	*link = map->next;
	loop_notify_fire(hyper, &map->notify, map->first->memory_fd, map->first_page);
	loop_share_release(map->first);
	hyper->stat.maps--;
	free(map);
}

int loop_map_end(
	struct loop_hyper_conn *conn, const struct loop_call *call, struct loop_reply *reply)
{
	struct loop_map **link = map_find(conn, call->head->a);

	(void)reply;
	if (!*link)
		return -ENOENT;
	map_end(conn->hyper, link);
	return 0;
}

void loop_map_end_all(struct loop_hyper_conn *conn)
{
	while (conn->maps)
		map_end(conn->hyper, &conn->maps);
}

int loop_map_lookup(
	struct loop_hyper_conn *conn, const struct loop_call *call, struct loop_reply *reply)
{
	struct loop_found *found = (struct loop_found *)(void *)reply->items;
	struct file_memo memo;

	for (uint32_t i = 0; i < call->head->items; i++) {
		const struct loop_grant *entry;
		struct loop_gref gref;
		int status, error;

		memcpy(&gref, (const struct loop_gref *)call->items + i, sizeof(gref));
		entry = entry_find(conn, &gref, gref.writable != 0, &status);
		found[i] = (struct loop_found){.status = status};
		if (entry) {
			error = file_index(
				&memo, entry->share, gref.writable != 0, reply, &found[i].file);
			if (error == -ENFILE && i)
				break;
			if (error)
				return error;
			found[i].page = entry->page;
		}
		reply->head.done++;
	}
	reply->head.items = reply->head.done;
	reply->items_bytes = reply->head.items * sizeof(*found);
	return 0;
}

int loop_notify_arm(
	struct loop_hyper_conn *conn, struct loop_notify *notify, const struct loop_request *head)
{
	struct loop_port *port = NULL;

	if (head->d & ~(uint32_t)(UNMAP_NOTIFY_CLEAR_BYTE | UNMAP_NOTIFY_SEND_EVENT))
		return -EINVAL;
	if (head->d & UNMAP_NOTIFY_SEND_EVENT) {
		port = loop_port_hold(conn->domain, head->c);
		if (!port)
			return -EINVAL;
	}
	if (notify->port)
		loop_port_release(notify->port);
	conn->hyper->stat.notifies += !notify->action && head->d;
	conn->hyper->stat.notifies -= notify->action && !head->d;
	*notify = (struct loop_notify){.action = head->d, .offset_bytes = head->b, .port = port};
	return 0;
}

void loop_notify_fire(
	struct loop_hyper *hyper, struct loop_notify *notify, int memory_fd, uint32_t first_page)
{
	if (!notify->action)
		return;
	/* Before the event, so that who hears it sees the byte cleared. The memory is ours to
	 * write: it cannot fail. */
	if (notify->action & UNMAP_NOTIFY_CLEAR_BYTE)
		(void)!pwrite(memory_fd, "", 1,
			(off_t)first_page * LOOP_PAGE_BYTES + notify->offset_bytes);
	if (notify->port) {
		loop_port_send(notify->port);
		loop_port_release(notify->port);
	}
	*notify = (struct loop_notify){0};
	hyper->stat.notifies--;
}
