/* SPDX-License-Identifier: MIT */
#include "xenbus/loop/ops.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "xenbus/loop/nodes.h"
#include "xenbus/loop/path.h"
#include "xenbus/loop/perms.h"

/* The absolute form of a path in the request; NULL is -EINVAL. */
static int to_absolute(const struct loop_request *request, const char *path, char *buffer)
{
	if (!path || loop_path_absolute(path, request->conn->domain->path, buffer, LOOP_PATH_BYTES))
		return -EINVAL;
	return 0;
}

/* The record that the request's path names, if it may be read. */
static int get_readable(
	const struct loop_request *request, const char *path, const struct loop_record **ret_record)
{
	char absolute[LOOP_PATH_BYTES];
	int err = to_absolute(request, path, absolute);

	return err ? err : loop_nodes_get(&request->access, absolute, XS_PERM_READ, ret_record);
}

int loop_op_directory(struct loop_request *request)
{
	const struct loop_record *record;
	struct loop_record_parts parts;
	int err = get_readable(request, loop_request_string(request), &record);

	if (err)
		return err;
	parts = loop_record_parts(record);
	loop_request_reply(request, parts.children, parts.children_bytes);
	return 0;
}

/* How many bytes of whole names fit in room. */
static size_t whole_names(const char *names, size_t bytes, size_t room)
{
	size_t used = 0, length;

	while (used < bytes) {
		length = strlen(names + used);
		if (used + length >= room)
			break;
		used += length + 1;
	}
	return used;
}

/* Answers the generation, then names from an offset on; an empty name ends the whole list. */
int loop_op_directory_part(struct loop_request *request)
{
	const struct loop_record *record;
	struct loop_record_parts parts;
	const char *strings[2];
	char reply[XENSTORE_PAYLOAD_MAX + 1];
	size_t offset, used, length;
	int err;

	if (loop_request_strings(request, strings, 2) != 2)
		return -EINVAL;
	err = get_readable(request, strings[0], &record);
	if (err)
		return err;
	parts = loop_record_parts(record);
	offset = (size_t)strtoul(strings[1], NULL, 10);
	used = (size_t)snprintf(reply, sizeof(reply), "%" PRIu64, record->generation) + 1;
	if (offset < parts.children_bytes) {
		length = whole_names(parts.children + offset, parts.children_bytes - offset,
			XENSTORE_PAYLOAD_MAX - used - 1);
		memcpy(reply + used, parts.children + offset, length);
		used += length;
		offset += length;
	}
	if (offset >= parts.children_bytes)
		reply[used++] = '\0';
	loop_request_reply(request, reply, used);
	return 0;
}

int loop_op_read(struct loop_request *request)
{
	const struct loop_record *record;
	struct loop_record_parts parts;
	int err = get_readable(request, loop_request_string(request), &record);

	if (err)
		return err;
	parts = loop_record_parts(record);
	loop_request_reply(request, parts.value, parts.value_bytes);
	return 0;
}

int loop_op_write(struct loop_request *request)
{
	const char *path;
	char absolute[LOOP_PATH_BYTES];
	size_t offset;
	int err;

	if (loop_request_strings(request, &path, 1) < 1)
		return -EINVAL;
	err = to_absolute(request, path, absolute);
	if (err)
		return err;
	offset = strlen(path) + 1;
	err = loop_nodes_write(&request->access, absolute, request->payload + offset,
		request->header->len - offset);
	if (!err)
		loop_request_reply_ok(request);
	return err;
}

/* An operation that takes a path and answers OK. */
static int with_path(struct loop_request *request,
	int (*operation)(const struct loop_access *access, const char *path))
{
	char absolute[LOOP_PATH_BYTES];
	int err = to_absolute(request, loop_request_string(request), absolute);

	if (!err)
		err = operation(&request->access, absolute);
	if (!err)
		loop_request_reply_ok(request);
	return err;
}

int loop_op_mkdir(struct loop_request *request)
{
	return with_path(request, loop_nodes_mkdir);
}

int loop_op_rm(struct loop_request *request)
{
	return with_path(request, loop_nodes_remove);
}

int loop_op_get_perms(struct loop_request *request)
{
	const struct loop_record *record;
	char *strings;
	int err = get_readable(request, loop_request_string(request), &record);

	if (err)
		return err;
	strings = calloc(record->n_perms, LOOP_PERM_BYTES);
	if (!strings)
		return -ENOMEM;
	loop_request_reply(
		request, strings, loop_perms_format(record->perms, record->n_perms, strings));
	free(strings);
	return 0;
}

/* Who may see domains come and go. */
static int set_special_perms(const struct loop_request *request, const char *name,
	const struct xs_permissions *perms, unsigned n_perms)
{
	struct loop_store *store = request->conn->store;
	struct loop_record_parts parts = {.perms = perms, .n_perms = n_perms};
	struct loop_record **place, *record;

	if (!strcmp(name, "@introduceDomain"))
		place = &store->introduce_perms;
	else if (!strcmp(name, "@releaseDomain"))
		place = &store->release_perms;
	else
		return -EINVAL;
	if (!(loop_perms_allowed(store, request->conn->domain, *place) & XS_PERM_OWNER))
		return -EACCES;
	record = loop_record_create(&parts);
	if (!record)
		return -ENOMEM;
	record->generation = ++store->tree.generation;
	loop_record_unref(*place);
	*place = record;
	return 0;
}

static int set_perms(const struct loop_request *request, const char *path,
	const struct xs_permissions *perms, unsigned n_perms)
{
	char absolute[LOOP_PATH_BYTES];
	int err;

	if (path[0] == '@')
		return set_special_perms(request, path, perms, n_perms);
	err = to_absolute(request, path, absolute);
	return err ? err : loop_nodes_set_perms(&request->access, absolute, perms, n_perms);
}

int loop_op_set_perms(struct loop_request *request)
{
	struct xs_permissions *perms;
	const char *strings[2];
	unsigned n_perms;
	int err;

	n_perms = loop_request_strings(request, strings, 2);
	if (n_perms < 2)
		return -EINVAL;
	n_perms--;
	if (loop_perms_bound(request->conn->domain) && n_perms > LOOP_QUOTA_PERMS)
		return -ENOSPC;
	perms = calloc(n_perms, sizeof(*perms));
	if (!perms)
		return -ENOMEM;
	err = loop_perms_parse(request->conn->store, strings[1], n_perms, perms);
	if (!err)
		err = set_perms(request, strings[0], perms, n_perms);
	free(perms);
	if (!err)
		loop_request_reply_ok(request);
	return err;
}
