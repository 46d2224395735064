/* SPDX-License-Identifier: MIT */
/* The granting half: memory that a domain shares, and its table of references. As Linux's gntalloc.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "xenbus/loop/hyper_impl.h"

int loop_memory_create(const char *name, size_t bytes)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int error;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)bytes) ||
		fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)) {
		error = -errno;
		close(fd);
		return error;
	}
	return fd;
}

int loop_memory_reopen(int fd, int flags)
{
	char path[32];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, flags | O_CLOEXEC);
	return again < 0 ? -errno : again;
}

struct loop_share *loop_share_hold(struct loop_share *share)
{
	share->holders++;
	return share;
}

void loop_share_release(struct loop_share *share)
{
	if (--share->holders)
		return;
	close(share->memory_fd);
	free(share);
}

static uint32_t ref_after(uint32_t ref)
{
	return ref + 1 < LOOP_REFS ? ref + 1 : LOOP_REF_FIRST;
}

/* The first of `count` free entries in a row, looked for from ref_next on and once around; 0: there
 * are none. */
static uint32_t refs_in_row(const struct loop_hyper_domain *domain, uint32_t count)
{
	uint32_t ref = domain->ref_next, row = 0;

	for (uint32_t seen = 0; seen < LOOP_REFS + count; seen++) {
		if (ref == LOOP_REF_FIRST)
			row = 0;
		row = domain->entries[ref].share ? 0 : row + 1;
		if (row == count)
			return ref + 1 - count;
		ref = ref_after(ref);
	}
	return 0;
}

/* In a row if possible, else wherever there is room: the caller made sure that there is. */
static void refs_assign(struct loop_hyper_domain *domain, struct loop_share *share)
{
	uint32_t row = refs_in_row(domain, share->pages);
	uint32_t ref = row ? row : domain->ref_next;

	for (uint32_t page = 0; page < share->pages; page++, ref = ref_after(ref)) {
		while (domain->entries[ref].share)
			ref = ref_after(ref);
		domain->entries[ref] = (struct loop_grant){.share = share, .page = page};
		share->refs[page] = ref;
		if (ref >= domain->ref_end)
			domain->ref_end = ref + 1;
	}
	domain->ref_next = ref;
}

static void refs_fill(const struct loop_share *share, uint32_t from, struct loop_reply *reply)
{
	uint32_t count = share->pages - from;

	if (count > LOOP_ITEMS_MAX)
		count = LOOP_ITEMS_MAX;
	memcpy(reply->items, share->refs + from, count * sizeof(share->refs[0]));
	reply->items_bytes = count * sizeof(share->refs[0]);
	reply->head.items = count;
}

static int pages_allowed(const struct loop_hyper_domain *domain, uint32_t pages)
{
	const struct loop_hyper_limits *limits = &domain->hyper->limits;
	uint32_t most =
		limits->gntalloc_pages < limits->grants ? limits->gntalloc_pages : limits->grants;

	if (!pages)
		return -EINVAL;
	return domain->grants > most || pages > most - domain->grants ? -ENOSPC : 0;
}

int loop_share_make(
	struct loop_hyper_conn *conn, const struct loop_call *call, struct loop_reply *reply)
{
	struct loop_hyper_domain *domain = conn->domain;
	uint32_t pages = call->head->b;
	struct loop_share *share;
	int error = pages_allowed(domain, pages);

	if (error)
		return error;
	share = calloc(1, sizeof(*share) + pages * sizeof(share->refs[0]));
	if (!share)
		return -ENOMEM;
	share->memory_fd = loop_memory_create("xenloop-grants", (size_t)pages * LOOP_PAGE_BYTES);
	error = share->memory_fd < 0
			? share->memory_fd
			: loop_reply_file(reply, fcntl(share->memory_fd, F_DUPFD_CLOEXEC, 0), NULL);
	if (error) {
		if (share->memory_fd >= 0)
			close(share->memory_fd);
		free(share);
		return error;
	}
	share->id = ++conn->id_last;
	share->owner = conn;
	share->holders = 1;
	share->grantee = call->head->a;
	share->writable = call->head->c != 0;
	share->pages = pages;
	share->next = conn->shares;
	conn->shares = share;
	refs_assign(domain, share);
	domain->grants += pages;
	conn->hyper->stat.grants += pages;
	conn->hyper->stat.shares++;
	reply->head.value = share->id;
	refs_fill(share, 0, reply);
	return 0;
}

static struct loop_share **share_find(struct loop_hyper_conn *conn, uint32_t id)
{
	struct loop_share **link = &conn->shares;

	while (*link && (*link)->id != id)
		link = &(*link)->next;
	return link;
}

int loop_share_list(
	struct loop_hyper_conn *conn, const struct loop_call *call, struct loop_reply *reply)
{
	const struct loop_share *share = *share_find(conn, call->head->a);

	if (!share || call->head->b >= share->pages)
		return -EINVAL;
	refs_fill(share, call->head->b, reply);
	return 0;
}

static void share_end(struct loop_share **link)
{
	struct loop_share *share = *link;
	struct loop_hyper *hyper = share->owner->hyper;
	struct loop_hyper_domain *domain = share->owner->domain;

	*link = share->next;
	loop_notify_fire(hyper, &share->notify, share->memory_fd, 0);
	for (uint32_t page = 0; page < share->pages; page++)
		domain->entries[share->refs[page]].share = NULL;
	domain->grants -= share->pages;
	hyper->stat.grants -= share->pages;
	hyper->stat.shares--;
	share->owner = NULL;
	loop_share_release(share);
}

int loop_share_end(
	struct loop_hyper_conn *conn, const struct loop_call *call, struct loop_reply *reply)
{
	struct loop_share **link = share_find(conn, call->head->a);

	(void)reply;
	if (!*link)
		return -EINVAL;
	share_end(link);
	return 0;
}

void loop_share_end_all(struct loop_hyper_conn *conn)
{
	while (conn->shares)
		share_end(&conn->shares);
}

int loop_grant_notify(
	struct loop_hyper_conn *conn, const struct loop_call *call, struct loop_reply *reply)
{
	struct loop_share *share = *share_find(conn, call->head->a);
	struct loop_map *map = conn->maps;

	(void)reply;
	if (share)
		return call->head->b < share->pages * LOOP_PAGE_BYTES
			       ? loop_notify_arm(conn, &share->notify, call->head)
			       : -EINVAL;
	while (map && map->id != call->head->a)
		map = map->next;
	if (!map)
		return -ENOENT;
	/* A byte in a page that may only be read cannot be cleared; one beyond the first page
	 * nobody can ask for. */
	if (call->head->b >= LOOP_PAGE_BYTES || (!map->writable && (call->head->d & 1)))
		return -EINVAL;
	return loop_notify_arm(conn, &map->notify, call->head);
}
