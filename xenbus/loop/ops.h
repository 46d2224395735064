/* SPDX-License-Identifier: MIT */
/* The operations of the xenstore protocol: docs/misc/xenstore.txt of Xen 4.17. */
#ifndef LOOP_OPS_H
#define LOOP_OPS_H

#include "xenbus/loop/wire.h"

/* xenstored lets one more through than its quota says. */
#define LOOP_QUOTA_TXNS 10u

/* A request being served. */
struct loop_request {
	struct loop_conn *conn;
	struct loop_access access;
	const struct xsd_sockmsg *header;
	const char *payload; /* header->len bytes, borrowed */
};

/* Serves one request: queues its answer. */
void loop_ops_serve(struct loop_conn *conn, const struct xsd_sockmsg *header, const char *payload);

/* Drops all transactions of the connection. */
void loop_ops_end_txns(struct loop_conn *conn);

/* The payload as one string, NULL if it is anything else. */
const char *loop_request_string(const struct loop_request *request);

/*
 * The first n strings of the payload. Returns how many strings it has in all; what follows the
 * last NUL is not counted.
 */
unsigned loop_request_strings(
	const struct loop_request *request, const char **ret_strings, unsigned n);

void loop_request_reply(const struct loop_request *request, const void *payload, size_t bytes);
void loop_request_reply_ok(const struct loop_request *request);

/* Operations on nodes (ops_node.c): 0 after having answered, or -errno. */
int loop_op_directory(struct loop_request *request);
int loop_op_directory_part(struct loop_request *request);
int loop_op_read(struct loop_request *request);
int loop_op_write(struct loop_request *request);
int loop_op_mkdir(struct loop_request *request);
int loop_op_rm(struct loop_request *request);
int loop_op_get_perms(struct loop_request *request);
int loop_op_set_perms(struct loop_request *request);

/* Operations on domains (ops_domain.c): the same. */
int loop_op_get_domain_path(struct loop_request *request);
int loop_op_is_domain_introduced(struct loop_request *request);
int loop_op_introduce(struct loop_request *request);
int loop_op_release(struct loop_request *request);
int loop_op_resume(struct loop_request *request);
int loop_op_set_target(struct loop_request *request);

#endif
