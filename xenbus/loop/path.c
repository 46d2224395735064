/* SPDX-License-Identifier: MIT */
#include "xenbus/loop/path.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <xenstore_lib.h>

#define PATH_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/_@"

bool loop_path_valid(const char *path)
{
	size_t length = strlen(path);
	unsigned domid;
	int own = 0; /* a domain's own path is not counted */

	if (path[0] != '/' || (length > 1 && path[length - 1] == '/') || strstr(path, "//"))
		return false;
	if (sscanf(path, "/local/domain/%5u/%n", &domid, &own) != 1)
		own = 0;
	if (length > (size_t)own + XENSTORE_REL_PATH_MAX)
		return false;
	return strspn(path, PATH_CHARS) == length;
}

int loop_path_absolute(const char *path, const char *base, char *buffer, size_t buffer_bytes)
{
	int length;

	if (path[0] == '/' || path[0] == '@')
		length = snprintf(buffer, buffer_bytes, "%s", path);
	else
		length = snprintf(buffer, buffer_bytes, "%s/%s", base, path);
	return length < 0 || (size_t)length >= buffer_bytes ? -ENAMETOOLONG : 0;
}

void loop_path_to_parent(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash == path)
		slash++;
	*slash = '\0';
}

const char *loop_path_last(const char *path)
{
	return strrchr(path, '/') + 1;
}
