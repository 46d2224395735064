/* SPDX-License-Identifier: MIT */
#include "xenbus/loop/domain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include "xenbus/loop/wire.h"

static void accept_store(struct loop_server *server, uint32_t domid, int fd)
{
	struct loop_domain *domain = loop_store_domain(server->store, domid);

	/* Without memory or introduction the client sees its connection closed. */
	loop_conn_create(server->store, domain, fd);
}

static void accept_hyper(struct loop_server *server, uint32_t domid, int fd)
{
	if (loop_hyper_connect(server->hyper, domid, fd))
		close(fd);
}

static struct loop_entry *find_entry(const struct loop_server *server, uint32_t domid)
{
	struct loop_entry *entry;

	TAILQ_FOREACH(entry, &server->domains, next)
	if (entry->id == domid)
		return entry;
	return NULL;
}

static bool is_name_taken(const struct loop_server *server, const char *name)
{
	const struct loop_entry *entry;

	TAILQ_FOREACH(entry, &server->domains, next)
	if (!strcmp(entry->name, name))
		return true;
	return false;
}

static bool is_name(const char *name)
{
	const char *c;

	for (c = name; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f || *c == '/')
			return false;
	return c > name && c < name + LOOP_NAME_BYTES;
}

/* Like Xen: ids go up and come back only after a round. */
static int next_domid(struct loop_server *server, uint32_t *ret_domid)
{
	uint32_t tries, domid = server->last_domid;

	for (tries = 1; tries < LOOP_DOMIDS; tries++) {
		domid = domid + 1 < LOOP_DOMIDS ? domid + 1 : 1;
		if (loop_store_domain(server->store, domid))
			continue;
		server->last_domid = domid;
		*ret_domid = domid;
		return 0;
	}
	return -ENOSPC;
}

static int make_uuid(char *uuid)
{
	unsigned char b[16];

	if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b))
		return -EIO;
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	snprintf(uuid, LOOP_UUID_BYTES,
		"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
		b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
		b[15]);
	return 0;
}

static void close_sockets(struct loop_server *server, struct loop_entry *entry)
{
	char name[32];

	loop_server_unlisten(&entry->store);
	loop_server_unlisten(&entry->hyper);
	snprintf(name, sizeof(name), "%u/store", entry->id);
	unlinkat(server->dir.fd, name, 0);
	snprintf(name, sizeof(name), "%u/hyper", entry->id);
	unlinkat(server->dir.fd, name, 0);
	snprintf(name, sizeof(name), "%u", entry->id);
	unlinkat(server->dir.fd, name, AT_REMOVEDIR);
}

static int open_sockets(struct loop_server *server, struct loop_entry *entry)
{
	char name[32];
	int err;

	snprintf(name, sizeof(name), "%u", entry->id);
	if (mkdirat(server->dir.fd, name, 0700) && errno != EEXIST)
		return -errno;
	snprintf(name, sizeof(name), "%u/store", entry->id);
	err = loop_server_listen(server, name, SOCK_STREAM, entry->id, accept_store, &entry->store);
	snprintf(name, sizeof(name), "%u/hyper", entry->id);
	if (!err)
		err = loop_server_listen(
			server, name, LOOP_HYPER_SOCKET, entry->id, accept_hyper, &entry->hyper);
	if (!err)
		err = loop_hyper_domain_add(server->hyper, entry->id);
	if (err)
		close_sockets(server, entry);
	return err;
}

int loop_domain_create_dom0(struct loop_server *server)
{
	struct loop_entry *entry = calloc(1, sizeof(*entry));
	int err = entry ? loop_toolstack_add_dom0(server->store) : -ENOMEM;

	if (!err) {
		strcpy(entry->name, "Domain-0");
		err = open_sockets(server, entry);
	}
	if (err) {
		free(entry);
		return err;
	}
	TAILQ_INSERT_TAIL(&server->domains, entry, next);
	return 0;
}

/* Fills in a domain that has its id; on failure nothing of it is left. */
static int set_up(struct loop_server *server, struct loop_entry *entry)
{
	int err = loop_store_add_domain(server->store, entry->id);

	if (err)
		return err;
	err = loop_toolstack_add(server->store, entry->id, entry->name, entry->uuid);
	if (!err)
		err = open_sockets(server, entry);
	if (err) {
		loop_toolstack_remove(server->store, entry->id, entry->uuid);
		loop_store_remove_domain(server->store, entry->id);
		return err;
	}
	TAILQ_INSERT_TAIL(&server->domains, entry, next);
	loop_store_introduce(server->store, loop_store_domain(server->store, entry->id));
	return 0;
}

int loop_domain_create(struct loop_server *server, const char *name, uint32_t *ret_domid)
{
	struct loop_entry *entry;
	int err;

	if (!is_name(name))
		return -EINVAL;
	if (is_name_taken(server, name))
		return -EEXIST;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	strcpy(entry->name, name);
	err = make_uuid(entry->uuid);
	if (!err)
		err = next_domid(server, &entry->id);
	if (!err)
		err = set_up(server, entry);
	if (err) {
		free(entry);
		return err;
	}
	*ret_domid = entry->id;
	return 0;
}

static void tear_down(struct loop_server *server, struct loop_entry *entry)
{
	close_sockets(server, entry);
	loop_hyper_domain_remove(server->hyper, entry->id);
	loop_toolstack_remove(server->store, entry->id, entry->uuid);
	loop_store_remove_domain(server->store, entry->id);
	TAILQ_REMOVE(&server->domains, entry, next);
	free(entry);
}

int loop_domain_destroy(struct loop_server *server, uint32_t domid)
{
	struct loop_entry *entry = find_entry(server, domid);

	if (!entry)
		return -ENOENT;
	if (!domid)
		return -EPERM;
	tear_down(server, entry);
	return 0;
}

void loop_domain_destroy_all(struct loop_server *server)
{
	struct loop_entry *entry;

	while ((entry = TAILQ_FIRST(&server->domains))) {
		if (entry->id) {
			tear_down(server, entry);
			continue;
		}
		close_sockets(server, entry);
		loop_hyper_domain_remove(server->hyper, entry->id);
		TAILQ_REMOVE(&server->domains, entry, next);
		free(entry);
	}
}
