/* SPDX-License-Identifier: MIT */
#include "xenbus/loop/ops.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "xenbus/loop/nodes.h"
#include "xenbus/loop/path.h"
#include "xenbus/loop/perms.h"
#include "xenbus/loop/watch.h"

const char *loop_request_string(const struct loop_request *request)
{
	size_t bytes = request->header->len;
	const char *nul = bytes ? memchr(request->payload, '\0', bytes) : NULL;

	return nul && nul == request->payload + bytes - 1 ? request->payload : NULL;
}

unsigned loop_request_strings(
	const struct loop_request *request, const char **ret_strings, unsigned n)
{
	const char *string = request->payload;
	const char *end = string + request->header->len;
	const char *nul;
	unsigned found = 0;

	while (string < end && (nul = memchr(string, '\0', (size_t)(end - string)))) {
		if (found < n)
			ret_strings[found] = string;
		found++;
		string = nul + 1;
	}
	return found;
}

void loop_request_reply(const struct loop_request *request, const void *payload, size_t bytes)
{
	loop_conn_reply(request->conn, request->header, payload, bytes);
}

void loop_request_reply_ok(const struct loop_request *request)
{
	loop_request_reply(request, "OK", sizeof("OK"));
}

/* The absolute path that a watch is on, and what its events leave out. */
static int watch_path(const struct loop_request *request, const char *path, char *buffer,
	size_t *ret_relative_skip)
{
	const char *base = request->conn->domain->path;
	bool relative = path[0] != '/' && path[0] != '@';
	int err = loop_path_absolute(path, base, buffer, LOOP_PATH_BYTES);

	if (err)
		return -EINVAL;
	*ret_relative_skip = relative ? strlen(base) + 1 : 0;
	return 0;
}

static int op_watch(struct loop_request *request)
{
	struct loop_conn *conn = request->conn;
	const char *strings[2];
	char path[LOOP_PATH_BYTES];
	size_t skip;
	int err;

	if (loop_request_strings(request, strings, 2) != 2 ||
		watch_path(request, strings[0], path, &skip))
		return -EINVAL;
	if (path[0] == '@' ? strlen(path) > XENSTORE_REL_PATH_MAX : !loop_path_valid(path))
		return -EINVAL;
	err = loop_watch_add(conn, path, strings[1], skip);
	if (err)
		return err;
	loop_request_reply_ok(request);
	loop_conn_send_event(conn, path + skip, strings[1]);
	return 0;
}

static int op_unwatch(struct loop_request *request)
{
	const char *strings[2];
	char path[LOOP_PATH_BYTES];
	size_t skip;
	int err;

	if (loop_request_strings(request, strings, 2) != 2 ||
		watch_path(request, strings[0], path, &skip))
		return -EINVAL;
	err = loop_watch_remove(request->conn, path, strings[1]);
	if (!err)
		loop_request_reply_ok(request);
	return err;
}

static int op_reset_watches(struct loop_request *request)
{
	loop_watch_clear(request->conn);
	loop_ops_end_txns(request->conn);
	loop_request_reply_ok(request);
	return 0;
}

static struct loop_txn *find_txn(const struct loop_conn *conn, uint32_t id)
{
	struct loop_txn *txn;

	LIST_FOREACH(txn, &conn->txns, of_conn)
	if (txn->id == id)
		return txn;
	return NULL;
}

static int op_transaction_start(struct loop_request *request)
{
	struct loop_conn *conn = request->conn;
	bool bound = loop_perms_bound(conn->domain);
	struct loop_txn *txn;
	char id[16];

	if (request->access.view.txn)
		return -EBUSY;
	if (bound && conn->domain->n_txns > LOOP_QUOTA_TXNS)
		return -ENOSPC;
	while (!conn->next_txn || find_txn(conn, conn->next_txn))
		conn->next_txn++;
	txn = loop_txn_create(conn->next_txn++, bound ? LOOP_QUOTA_TXN_NODES : 0);
	if (!txn)
		return -ENOMEM;
	LIST_INSERT_HEAD(&conn->txns, txn, of_conn);
	conn->domain->n_txns++;
	snprintf(id, sizeof(id), "%u", txn->id);
	loop_request_reply(request, id, strlen(id) + 1);
	return 0;
}

static void end_txn(struct loop_conn *conn, struct loop_txn *txn)
{
	LIST_REMOVE(txn, of_conn);
	conn->domain->n_txns--;
	loop_txn_destroy(txn);
}

void loop_ops_end_txns(struct loop_conn *conn)
{
	while (!LIST_EMPTY(&conn->txns))
		end_txn(conn, LIST_FIRST(&conn->txns));
}

static int op_transaction_end(struct loop_request *request)
{
	const char *verdict = loop_request_string(request);
	struct loop_txn *txn = request->access.view.txn;
	int err = 0;

	if (!verdict || (strcmp(verdict, "T") && strcmp(verdict, "F")))
		return -EINVAL;
	if (!txn)
		return -ENOENT;
	if (verdict[0] == 'T')
		err = loop_nodes_commit(&request->access);
	end_txn(request->conn, txn);
	if (!err)
		loop_request_reply_ok(request);
	return err;
}

/* There is nothing of xenstored's insides to control here. */
static int op_control(struct loop_request *request)
{
	(void)request;
	return -ENOSYS;
}

#define NO_TXN 1u /* the transaction's id is not looked at */
#define DOM0 2u   /* domain 0 alone */

static const struct {
	int (*serve)(struct loop_request *request);
	unsigned flags;
} operations[XS_TYPE_COUNT] = {
	[XS_CONTROL] = {op_control, DOM0},
	[XS_DIRECTORY] = {loop_op_directory, 0},
	[XS_DIRECTORY_PART] = {loop_op_directory_part, 0},
	[XS_READ] = {loop_op_read, 0},
	[XS_WRITE] = {loop_op_write, 0},
	[XS_MKDIR] = {loop_op_mkdir, 0},
	[XS_RM] = {loop_op_rm, 0},
	[XS_GET_PERMS] = {loop_op_get_perms, 0},
	[XS_SET_PERMS] = {loop_op_set_perms, 0},
	[XS_WATCH] = {op_watch, NO_TXN},
	[XS_UNWATCH] = {op_unwatch, NO_TXN},
	[XS_RESET_WATCHES] = {op_reset_watches, 0},
	[XS_TRANSACTION_START] = {op_transaction_start, 0},
	[XS_TRANSACTION_END] = {op_transaction_end, 0},
	[XS_GET_DOMAIN_PATH] = {loop_op_get_domain_path, 0},
	[XS_IS_DOMAIN_INTRODUCED] = {loop_op_is_domain_introduced, DOM0},
	[XS_INTRODUCE] = {loop_op_introduce, DOM0},
	[XS_RELEASE] = {loop_op_release, DOM0},
	[XS_RESUME] = {loop_op_resume, DOM0},
	[XS_SET_TARGET] = {loop_op_set_target, DOM0},
};

static int serve(struct loop_request *request)
{
	uint32_t type = request->header->type;
	uint32_t txn_id = request->header->tx_id;

	if (type >= XS_TYPE_COUNT || !operations[type].serve)
		return -ENOSYS;
	if (operations[type].flags & DOM0 && loop_perms_bound(request->conn->domain))
		return -EACCES;
	if (!(operations[type].flags & NO_TXN) && txn_id) {
		request->access.view.txn = find_txn(request->conn, txn_id);
		if (!request->access.view.txn)
			return -ENOENT;
	}
	return operations[type].serve(request);
}

void loop_ops_serve(struct loop_conn *conn, const struct xsd_sockmsg *header, const char *payload)
{
	struct loop_request request = {
		.conn = conn,
		.access = {conn->store, conn->domain, {&conn->store->tree, NULL}},
		.header = header,
		.payload = payload,
	};
	int err = serve(&request);

	if (err)
		loop_conn_reply_error(conn, header, err);
}
