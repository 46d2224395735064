/* SPDX-License-Identifier: MIT */
#include "backend/config_words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/parse.h"

#define NAME_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"
#define LIST_SEPARATORS ",;"

bool vb_name_is_legal(const char *name)
{
	size_t length = strlen(name);

	return length > 0 && length < VB_NAME_BYTES && strspn(name, NAME_LETTERS) == length;
}

int vb_text_replace(char **text, const char *value)
{
	char *copy = strdup(value);

	if (copy == NULL)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
}

static int add_name(const char *part, void *ctx)
{
	char ***place = ctx, **names = *place;
	size_t count = 0;

	while (names[count] != NULL)
		count++;
	names = reallocarray(names, count + 2, sizeof(*names));
	if (names == NULL)
		return -ENOMEM;
	*place = names;
	names[count] = strdup(part);
	names[count + 1] = NULL;
	return names[count] != NULL ? 0 : -ENOMEM;
}

int vb_names_add(char ***names, const char *list)
{
	if (*names == NULL)
		*names = calloc(1, sizeof(**names));
	if (*names == NULL)
		return -ENOMEM;
	return pv_split(list, LIST_SEPARATORS, add_name, names);
}

void vb_names_free(char **names)
{
	for (char **name = names; name != NULL && *name != NULL; name++)
		free(*name);
	free(names);
}

bool vb_names_star_in_company(char *const *names)
{
	for (char *const *name = names; *name != NULL && names[1] != NULL; name++)
		if (strcmp(*name, "*") == 0)
			return true;
	return false;
}

bool vb_names_allow(char *const *names, const char *name)
{
	for (; *names != NULL; names++)
		if (strcmp(*names, "*") == 0 || strcmp(*names, name) == 0)
			return true;
	return false;
}
