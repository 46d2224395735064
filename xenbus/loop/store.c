/* SPDX-License-Identifier: MIT */
#include "xenbus/loop/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include "xenbus/loop/nodes.h"
#include "xenbus/loop/watch.h"
#include "xenbus/loop/wire.h"

struct loop_domain *loop_store_domain(const struct loop_store *store, uint32_t domid)
{
	return domid < LOOP_DOMIDS ? store->domains[domid] : NULL;
}

struct loop_access loop_store_as_dom0(struct loop_store *store)
{
	return (struct loop_access){store, store->domains[0], {&store->tree, NULL}};
}

int loop_store_add_domain(struct loop_store *store, uint32_t domid)
{
	struct loop_domain *domain;

	if (domid >= LOOP_DOMIDS)
		return -EINVAL;
	if (store->domains[domid])
		return -EEXIST;
	domain = calloc(1, sizeof(*domain));
	if (!domain)
		return -ENOMEM;
	domain->id = domid;
	domain->generation = store->tree.generation;
	LIST_INIT(&domain->conns);
	snprintf(domain->path, sizeof(domain->path), "/local/domain/%u", domid);
	store->domains[domid] = domain;
	return 0;
}

void loop_store_introduce(struct loop_store *store, struct loop_domain *domain)
{
	domain->introduced = true;
	loop_watch_fire(store, "@introduceDomain", true, NULL, NULL);
}

static void end_conns(struct loop_domain *domain)
{
	while (!LIST_EMPTY(&domain->conns))
		loop_conn_destroy(LIST_FIRST(&domain->conns));
}

static void forget_target(struct loop_store *store, const struct loop_domain *target)
{
	uint32_t domid;

	for (domid = 1; domid < LOOP_DOMIDS; domid++)
		if (store->domains[domid] && store->domains[domid]->target == target)
			store->domains[domid]->target = NULL;
}

void loop_store_release(struct loop_store *store, struct loop_domain *domain)
{
	struct loop_access dom0 = loop_store_as_dom0(store);

	end_conns(domain);
	loop_nodes_remove_owned(&dom0, domain->id);
	forget_target(store, domain);
	domain->target = NULL;
	if (!domain->introduced)
		return;
	domain->introduced = false;
	loop_watch_fire(store, "@releaseDomain", true, NULL, NULL);
}

void loop_store_remove_domain(struct loop_store *store, uint32_t domid)
{
	struct loop_domain *domain = loop_store_domain(store, domid);

	if (!domain || !domid)
		return;
	loop_store_release(store, domain);
	store->domains[domid] = NULL;
	free(domain);
}

void loop_store_stat(const struct loop_store *store, struct loop_store_stat *ret_stat)
{
	struct loop_store_stat stat = {.nodes = store->tree.n_nodes};
	const struct loop_domain *domain;
	const struct loop_conn *conn;
	uint32_t domid;

	for (domid = 0; domid < LOOP_DOMIDS; domid++) {
		domain = store->domains[domid];
		if (!domain)
			continue;
		stat.watches += domain->n_watches;
		stat.txns += domain->n_txns;
		LIST_FOREACH(conn, &domain->conns, of_domain)
		stat.clients++;
	}
	*ret_stat = stat;
}

static void on_prepare(struct ev_loop *loop, ev_prepare *watcher, int events)
{
	(void)loop;
	(void)events;
	loop_conn_send_all(watcher->data);
}

/* An empty record that domain 0 owns and nobody else may read. */
static struct loop_record *create_private_record(void)
{
	static const struct xs_permissions owner = {.id = 0, .perms = XS_PERM_NONE};
	struct loop_record_parts parts = {.perms = &owner, .n_perms = 1};

	return loop_record_create(&parts);
}

static int fill(struct loop_store *store)
{
	struct loop_record *root = create_private_record();
	struct loop_access dom0;
	int err;

	store->introduce_perms = create_private_record();
	store->release_perms = create_private_record();
	if (!root || !store->introduce_perms || !store->release_perms) {
		loop_record_unref(root);
		return -ENOMEM;
	}
	err = loop_tree_put(&store->tree, "/", root);
	if (!err)
		err = loop_store_add_domain(store, 0);
	if (err)
		return err;
	store->domains[0]->introduced = true;
	dom0 = loop_store_as_dom0(store);
	return loop_nodes_mkdir(&dom0, "/tool/xenstored");
}

int loop_store_create(struct ev_loop *loop, struct loop_store **ret_store)
{
	struct loop_store *store = calloc(1, sizeof(*store));
	int err;

	if (!store)
		return -ENOMEM;
	store->loop = loop;
	TAILQ_INIT(&store->unsent);
	ev_prepare_init(&store->send_all, on_prepare);
	store->send_all.data = store;
	ev_prepare_start(loop, &store->send_all);
	store->domains = calloc(LOOP_DOMIDS, sizeof(*store->domains));
	err = store->domains ? loop_tree_init(&store->tree) : -ENOMEM;
	if (!err)
		err = fill(store);
	if (err) {
		loop_store_destroy(store);
		return err;
	}
	*ret_store = store;
	return 0;
}

void loop_store_destroy(struct loop_store *store)
{
	uint32_t domid;

	if (!store)
		return;
	for (domid = 0; store->domains && domid < LOOP_DOMIDS; domid++) {
		if (!store->domains[domid])
			continue;
		end_conns(store->domains[domid]);
		free(store->domains[domid]);
	}
	ev_prepare_stop(store->loop, &store->send_all);
	free(store->domains);
	loop_record_unref(store->introduce_perms);
	loop_record_unref(store->release_perms);
	loop_tree_finish(&store->tree);
	free(store);
}
