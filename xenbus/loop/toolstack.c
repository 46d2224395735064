/* SPDX-License-Identifier: MIT */
#include "xenbus/loop/toolstack.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include "xenbus/loop/nodes.h"

#define BASE_BYTES 64
#define NODE_BYTES (BASE_BYTES + 64)

/* Whose a node is. */
enum owner {
	HIDDEN,   /* domain 0's, and nobody else reads it */
	READABLE, /* domain 0's, and the domain reads it */
	OWNED,    /* the domain's */
};

struct empty_node {
	const char *path; /* below the base; "" is the base */
	enum owner owner;
};

/* libxl makes these empty, in this order, in /local/domain/ID. */
static const struct empty_node domain_nodes[] = {
	{"", READABLE},
	{"/cpu", READABLE},
	{"/memory", READABLE},
	{"/device", READABLE},
	{"/device/suspend/event-channel", OWNED},
	{"/control", READABLE},
	{"/control/shutdown", OWNED},
	{"/control/feature-poweroff", OWNED},
	{"/control/feature-reboot", OWNED},
	{"/control/feature-suspend", OWNED},
	{"/control/sysrq", OWNED},
	{"/data", OWNED},
	{"/drivers", OWNED},
	{"/feature", OWNED},
	{"/attr", OWNED},
	{"/error", OWNED},
};

static const struct empty_node vm_nodes[] = {{"", READABLE}};
static const struct empty_node libxl_nodes[] = {{"", HIDDEN}, {"/device", HIDDEN}};

struct bases {
	char domain[BASE_BYTES];
	char vm[BASE_BYTES];
	char libxl[BASE_BYTES];
};

static struct bases make_bases(uint32_t domid, const char *uuid)
{
	struct bases bases;

	snprintf(bases.domain, sizeof(bases.domain), "/local/domain/%u", domid);
	snprintf(bases.vm, sizeof(bases.vm), "/vm/%s", uuid);
	snprintf(bases.libxl, sizeof(bases.libxl), "/libxl/%u", domid);
	return bases;
}

static int write_text(
	const struct loop_access *dom0, const char *base, const char *name, const char *text)
{
	char path[NODE_BYTES];

	snprintf(path, sizeof(path), "%s/%s", base, name);
	return loop_nodes_write(dom0, path, text, strlen(text));
}

static int make_empty(const struct loop_access *dom0, const char *base, uint32_t domid,
	const struct empty_node *nodes, size_t n_nodes)
{
	const struct xs_permissions hidden[] = {{0, XS_PERM_NONE}};
	const struct xs_permissions readable[] = {{0, XS_PERM_NONE}, {domid, XS_PERM_READ}};
	const struct xs_permissions owned[] = {{domid, XS_PERM_NONE}};
	const struct xs_permissions *perms[] = {hidden, readable, owned};
	char path[NODE_BYTES];
	size_t i;
	int err = 0;

	for (i = 0; !err && i < n_nodes; i++) {
		snprintf(path, sizeof(path), "%s%s", base, nodes[i].path);
		err = loop_nodes_write(dom0, path, NULL, 0);
		if (!err)
			err = loop_nodes_set_perms(dom0, path, perms[nodes[i].owner],
				nodes[i].owner == READABLE ? 2 : 1);
	}
	return err;
}

int loop_toolstack_add_dom0(struct loop_store *store)
{
	struct loop_access dom0 = loop_store_as_dom0(store);
	int err = write_text(&dom0, "/local/domain/0", "domid", "0");

	return err ? err : write_text(&dom0, "/local/domain/0", "name", "Domain-0");
}

static int make_all_empty(const struct loop_access *dom0, const struct bases *bases, uint32_t domid)
{
	int err = make_empty(dom0, bases->domain, domid, domain_nodes,
		sizeof(domain_nodes) / sizeof(domain_nodes[0]));

	if (!err)
		err = make_empty(dom0, bases->vm, domid, vm_nodes, 1);
	if (!err)
		err = make_empty(dom0, bases->libxl, domid, libxl_nodes, 2);
	return err;
}

int loop_toolstack_add(struct loop_store *store, uint32_t domid, const char *name, const char *uuid)
{
	struct bases bases = make_bases(domid, uuid);
	struct loop_access dom0 = loop_store_as_dom0(store);
	char domid_text[16], start_time[32];
	const struct {
		const char *base, *name, *text;
	} texts[] = {
		{bases.domain, "vm", bases.vm},
		{bases.domain, "name", name},
		{bases.domain, "control/platform-feature-multiprocessor-suspend", "1"},
		{bases.domain, "control/platform-feature-xs_reset_watches", "1"},
		{bases.domain, "domid", domid_text},
		{bases.vm, "uuid", uuid},
		{bases.vm, "name", name},
		{bases.vm, "start_time", start_time},
		{bases.libxl, "type", "pvh"},
	};
	size_t i;
	int err = make_all_empty(&dom0, &bases, domid);

	snprintf(domid_text, sizeof(domid_text), "%u", domid);
	snprintf(start_time, sizeof(start_time), "%lld.00", (long long)time(NULL));
	for (i = 0; !err && i < sizeof(texts) / sizeof(texts[0]); i++)
		err = write_text(&dom0, texts[i].base, texts[i].name, texts[i].text);
	return err;
}

void loop_toolstack_remove(struct loop_store *store, uint32_t domid, const char *uuid)
{
	struct bases bases = make_bases(domid, uuid);
	struct loop_access dom0 = loop_store_as_dom0(store);

	loop_nodes_remove(&dom0, bases.vm);
	loop_nodes_remove(&dom0, bases.domain);
	loop_nodes_remove(&dom0, bases.libxl);
}
