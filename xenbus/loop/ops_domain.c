/* SPDX-License-Identifier: MIT */
#include "xenbus/loop/ops.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xen/xen.h>

/* The domain that a string names, introduced or not; NULL if there is none. */
static struct loop_domain *named_domain(const struct loop_request *request, const char *id)
{
	return loop_store_domain(request->conn->store, (uint32_t)atoi(id));
}

int loop_op_get_domain_path(struct loop_request *request)
{
	const char *id = loop_request_string(request);
	char path[32];

	if (!id)
		return -EINVAL;
	snprintf(path, sizeof(path), "/local/domain/%u", (unsigned)atoi(id));
	loop_request_reply(request, path, strlen(path) + 1);
	return 0;
}

int loop_op_is_domain_introduced(struct loop_request *request)
{
	const char *id = loop_request_string(request);
	const struct loop_domain *domain;
	bool introduced;

	if (!id)
		return -EINVAL;
	domain = named_domain(request, id);
	introduced = (domain && domain->introduced) || atoi(id) == DOMID_SELF;
	loop_request_reply(request, introduced ? "T" : "F", 2);
	return 0;
}

/* The ring page and the port that it names mean nothing here: a domain's clients use a socket. */
int loop_op_introduce(struct loop_request *request)
{
	const char *strings[3];
	struct loop_domain *domain;

	if (loop_request_strings(request, strings, 3) < 3 || atoi(strings[2]) <= 0)
		return -EINVAL;
	domain = named_domain(request, strings[0]);
	if (!domain)
		return -EINVAL;
	if (!domain->introduced)
		loop_store_introduce(request->conn->store, domain);
	loop_request_reply_ok(request);
	return 0;
}

/* The introduced domain that the request's only string names. */
static int only_domain(const struct loop_request *request, struct loop_domain **ret_domain)
{
	const char *id = loop_request_string(request);
	struct loop_domain *domain;

	if (!id || !atoi(id))
		return -EINVAL;
	domain = named_domain(request, id);
	if (!domain || !domain->introduced)
		return -ENOENT;
	*ret_domain = domain;
	return 0;
}

int loop_op_release(struct loop_request *request)
{
	struct loop_domain *domain;
	int err = only_domain(request, &domain);

	if (err)
		return err;
	loop_store_release(request->conn->store, domain);
	loop_request_reply_ok(request);
	return 0;
}

int loop_op_resume(struct loop_request *request)
{
	struct loop_domain *domain;
	int err = only_domain(request, &domain);

	if (!err)
		loop_request_reply_ok(request);
	return err;
}

int loop_op_set_target(struct loop_request *request)
{
	const char *strings[2];
	struct loop_domain *domain, *target;

	if (loop_request_strings(request, strings, 2) < 2)
		return -EINVAL;
	domain = named_domain(request, strings[0]);
	target = named_domain(request, strings[1]);
	if (!domain || !domain->introduced || !target || !target->introduced)
		return -ENOENT;
	domain->target = target;
	loop_request_reply_ok(request);
	return 0;
}
