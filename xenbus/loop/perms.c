/* SPDX-License-Identifier: MIT */
#include "xenbus/loop/perms.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ALL_PERMS (XS_PERM_READ | XS_PERM_WRITE | XS_PERM_OWNER)

bool loop_perms_bound(const struct loop_domain *domain)
{
	return domain->id != 0;
}

static bool is_ignored(const struct loop_store *store, const struct loop_record *record,
	const struct xs_permissions *perm)
{
	const struct loop_domain *domain;

	if (perm->perms & XS_PERM_IGNORE)
		return true;
	domain = loop_store_domain(store, perm->id);
	return !domain || domain->generation > record->generation;
}

static bool is_for(const struct loop_domain *domain, uint32_t domid)
{
	return domid == domain->id || (domain->target && domid == domain->target->id);
}

unsigned loop_perms_allowed(const struct loop_store *store, const struct loop_domain *domain,
	const struct loop_record *record)
{
	unsigned i;

	if (!loop_perms_bound(domain) || is_for(domain, record->perms[0].id))
		return ALL_PERMS;
	for (i = 1; i < record->n_perms; i++)
		if (is_for(domain, record->perms[i].id) &&
			!is_ignored(store, record, &record->perms[i]))
			return record->perms[i].perms & ALL_PERMS;
	return record->perms[0].perms & ALL_PERMS;
}

int loop_perms_parse(const struct loop_store *store, const char *strings, unsigned n_perms,
	struct xs_permissions *ret_perms)
{
	unsigned i;

	if (!xs_strings_to_perms(ret_perms, n_perms, strings))
		return -EINVAL;
	for (i = 0; i < n_perms; i++)
		if (!loop_store_domain(store, ret_perms[i].id))
			ret_perms[i].perms |= XS_PERM_IGNORE;
	return ret_perms[0].perms & XS_PERM_IGNORE ? -ENOENT : 0;
}

size_t loop_perms_format(const struct xs_permissions *perms, unsigned n_perms, char *buffer)
{
	static const char letters[] = "nrwb";
	size_t used = 0;
	unsigned i;

	for (i = 0; i < n_perms; i++)
		used += 1 + (size_t)snprintf(buffer + used, LOOP_PERM_BYTES, "%c%i",
				    letters[perms[i].perms & (XS_PERM_READ | XS_PERM_WRITE)],
				    (int)perms[i].id);
	return used;
}

void loop_perms_copy(const struct loop_store *store, const struct loop_record *record,
	struct xs_permissions *ret_perms)
{
	unsigned i;

	memcpy(ret_perms, record->perms, record->n_perms * sizeof(*ret_perms));
	for (i = 1; i < record->n_perms; i++)
		if (is_ignored(store, record, &record->perms[i]))
			ret_perms[i].perms |= XS_PERM_IGNORE;
}
