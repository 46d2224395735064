/* SPDX-License-Identifier: MIT */
#include "xenbus/loop/watch.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include "xenbus/loop/path.h"
#include "xenbus/loop/perms.h"
#include "xenbus/loop/wire.h"

/* All watches of one path. */
struct watch_place {
	const char *path; /* first: the search compares pointers to it */
	LIST_HEAD(, loop_watch) watches;
	char path_text[];
};

struct loop_watch {
	LIST_ENTRY(loop_watch) of_place;
	LIST_ENTRY(loop_watch) of_conn;
	struct watch_place *place;
	struct loop_conn *conn;
	uint64_t number; /* events of one change come in the order of registration */
	size_t relative_skip;
	char token[];
};

static int compare_path(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static struct watch_place *find_place(const struct loop_store *store, const char *path)
{
	struct watch_place *const *found = tfind(&path, &store->watches, compare_path);

	return found ? *found : NULL;
}

static struct watch_place *add_place(struct loop_store *store, const char *path)
{
	size_t path_bytes = strlen(path) + 1;
	struct watch_place *place = calloc(1, sizeof(*place) + path_bytes);

	if (!place)
		return NULL;
	memcpy(place->path_text, path, path_bytes);
	place->path = place->path_text;
	LIST_INIT(&place->watches);
	if (!tsearch(place, &store->watches, compare_path)) {
		free(place);
		return NULL;
	}
	return place;
}

static void drop_place(struct loop_store *store, struct watch_place *place)
{
	if (!LIST_EMPTY(&place->watches))
		return;
	tdelete(place, &store->watches, compare_path);
	free(place);
}

static struct loop_watch *find_watch(
	const struct loop_conn *conn, const char *path, const char *token)
{
	const struct watch_place *place = find_place(conn->store, path);
	struct loop_watch *watch;

	if (!place)
		return NULL;
	LIST_FOREACH(watch, &place->watches, of_place)
	if (watch->conn == conn && !strcmp(watch->token, token))
		return watch;
	return NULL;
}

int loop_watch_add(
	struct loop_conn *conn, const char *path, const char *token, size_t relative_skip)
{
	size_t token_bytes = strlen(token) + 1;
	struct loop_watch *watch;
	struct watch_place *place;

	if (find_watch(conn, path, token))
		return -EEXIST;
	if (loop_perms_bound(conn->domain) && conn->domain->n_watches > LOOP_QUOTA_WATCHES)
		return -E2BIG;
	place = find_place(conn->store, path);
	if (!place)
		place = add_place(conn->store, path);
	if (!place)
		return -ENOMEM;
	watch = malloc(sizeof(*watch) + token_bytes);
	if (!watch) {
		drop_place(conn->store, place);
		return -ENOMEM;
	}
	watch->place = place;
	watch->conn = conn;
	watch->number = conn->store->next_watch++;
	watch->relative_skip = relative_skip;
	memcpy(watch->token, token, token_bytes);
	LIST_INSERT_HEAD(&place->watches, watch, of_place);
	LIST_INSERT_HEAD(&conn->watches, watch, of_conn);
	conn->domain->n_watches++;
	return 0;
}

static void free_watch(struct loop_watch *watch)
{
	LIST_REMOVE(watch, of_place);
	LIST_REMOVE(watch, of_conn);
	watch->conn->domain->n_watches--;
	drop_place(watch->conn->store, watch->place);
	free(watch);
}

int loop_watch_remove(struct loop_conn *conn, const char *path, const char *token)
{
	struct loop_watch *watch = find_watch(conn, path, token);

	if (!watch)
		return -ENOENT;
	free_watch(watch);
	return 0;
}

void loop_watch_clear(struct loop_conn *conn)
{
	while (!LIST_EMPTY(&conn->watches))
		free_watch(LIST_FIRST(&conn->watches));
}

/* The watches that a change concerns. */
struct watch_hits {
	struct loop_watch **watches;
	size_t n_watches;
	size_t room;
};

static void collect(struct watch_hits *hits, const struct watch_place *place)
{
	struct loop_watch **grown;
	struct loop_watch *watch;

	if (!place)
		return;
	LIST_FOREACH(watch, &place->watches, of_place)
	{
		if (hits->n_watches == hits->room) {
			grown = reallocarray(hits->watches, hits->room * 2 + 16, sizeof(*grown));
			/* An event that cannot be queued is lost, as in xenstored. */
			if (!grown)
				return;
			hits->watches = grown;
			hits->room = hits->room * 2 + 16;
		}
		hits->watches[hits->n_watches++] = watch;
	}
}

static void collect_above(struct watch_hits *hits, const struct loop_store *store, const char *path)
{
	char above[LOOP_PATH_BYTES];

	if (path[0] != '/')
		return;
	strncpy(above, path, sizeof(above) - 1);
	above[sizeof(above) - 1] = '\0';
	while (strcmp(above, "/")) {
		loop_path_to_parent(above);
		collect(hits, find_place(store, above));
	}
}

static int compare_numbers(const void *a, const void *b)
{
	uint64_t first = (*(struct loop_watch *const *)a)->number;
	uint64_t second = (*(struct loop_watch *const *)b)->number;

	return (first > second) - (first < second);
}

static bool may_read(const struct loop_store *store, const struct loop_domain *domain,
	const struct loop_record *record)
{
	return record && loop_perms_allowed(store, domain, record) & XS_PERM_READ;
}

static const struct loop_record *special_perms(const struct loop_store *store, const char *name)
{
	if (!strcmp(name, "@introduceDomain"))
		return store->introduce_perms;
	return strcmp(name, "@releaseDomain") ? NULL : store->release_perms;
}

/* Whether the domain may learn of the change; `parent` is the record above the path. */
static bool is_permitted(const struct loop_store *store, const struct loop_domain *domain,
	const struct loop_record *record, const struct loop_record *before,
	const struct loop_record *parent)
{
	if (may_read(store, domain, before))
		return true;
	return record && (may_read(store, domain, record) || may_read(store, domain, parent));
}

static const struct loop_record *record_above(const struct loop_store *store, const char *path)
{
	char above[LOOP_PATH_BYTES];

	if (path[0] != '/')
		return NULL;
	strncpy(above, path, sizeof(above) - 1);
	above[sizeof(above) - 1] = '\0';
	loop_path_to_parent(above);
	return loop_tree_get(&store->tree, above);
}

static void send_hits(struct loop_store *store, const struct watch_hits *hits, const char *path,
	const struct loop_record *record, const struct loop_record *before)
{
	const struct loop_record *parent = record_above(store, path);
	const struct loop_watch *watch;
	const char *shown;
	size_t i;

	if (!record)
		record = path[0] == '@' ? special_perms(store, path)
					: loop_tree_get(&store->tree, path);
	for (i = 0; i < hits->n_watches; i++) {
		watch = hits->watches[i];
		if (!is_permitted(store, watch->conn->domain, record, before, parent))
			continue;
		shown = path + watch->relative_skip;
		loop_conn_send_event(watch->conn, shown, watch->token);
	}
}

void loop_watch_fire(struct loop_store *store, const char *path, bool exact,
	const struct loop_record *record, const struct loop_record *before)
{
	struct watch_hits hits = {0};

	collect(&hits, find_place(store, path));
	if (!exact)
		collect_above(&hits, store, path);
	if (hits.n_watches) {
		qsort(hits.watches, hits.n_watches, sizeof(*hits.watches), compare_numbers);
		send_hits(store, &hits, path, record, before);
	}
	free(hits.watches);
}

void loop_watch_note(const struct loop_access *access, const char *path, bool exact,
	const struct loop_record *record, const struct loop_record *before)
{
	if (access->view.txn)
		loop_txn_fire(access->view.txn, path, exact);
	else
		loop_watch_fire(access->store, path, exact, record, before);
}
