/* SPDX-License-Identifier: MIT */
#include "xenbus/loop/run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "xenbus/loop/dir.h"

#define DROP_IN "libxengnttab.so.1"

/* Whether the drop-in libraries are in dir, which may be NULL. */
static bool has_libraries(const char *dir)
{
	char *probe;
	bool found;

	if (!dir || asprintf(&probe, "%s/" DROP_IN, dir) < 0)
		return false;
	found = !access(probe, R_OK);
	free(probe);
	return found;
}

/* The directory of this program's file with `below` behind it; NULL if that is not known. */
static char *beside(const char *below)
{
	char exe[PATH_MAX];
	char *dir;
	ssize_t length = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (length <= 0)
		return NULL;
	exe[length] = '\0';
	*strrchr(exe, '/') = '\0';
	return asprintf(&dir, "%s%s", exe, below) < 0 ? NULL : dir;
}

/* Where the drop-in libraries are, for the caller to free; NULL if nowhere. */
static char *find_libraries(void)
{
	const char *chosen = getenv("XENLOOP_LIBDIR");
	char *places[3] = {0};
	char *found = NULL;
	size_t i;

	if (chosen) {
		places[0] = strdup(chosen);
	} else {
		places[0] = beside("");
		places[1] = beside("/.libs");
		places[2] = strdup(PKGLIBDIR);
	}
	for (i = 0; i < 3; i++) {
		if (!found && has_libraries(places[i]))
			found = places[i];
		else
			free(places[i]);
	}
	return found;
}

static int set_library_path(void)
{
	const char *before = getenv("LD_LIBRARY_PATH");
	char *dir = find_libraries();
	char *path = NULL;
	int err = -ENOMEM;

	if (!dir)
		return -ELIBACC;
	if (asprintf(&path, "%s%s%s", dir, before && *before ? ":" : "", before ? before : "") >= 0)
		err = setenv("LD_LIBRARY_PATH", path, 1) ? -errno : 0;
	free(path);
	free(dir);
	return err;
}

/* Points an environment variable to a socket of the domain. */
static int set_socket(
	const struct loop_dir *dir, const char *variable, uint32_t domid, const char *socket)
{
	char name[64], path[108];
	bool needs_fd;
	int err;

	snprintf(name, sizeof(name), "%u/%s", domid, socket);
	err = loop_dir_socket_path(dir, name, path, sizeof(path), &needs_fd);
	if (err)
		return err;
	/* The path goes through our descriptor then: the program must have it, too. */
	if (needs_fd && fcntl(dir->fd, F_SETFD, 0))
		return -errno;
	return setenv(variable, path, 1) ? -errno : 0;
}

static int set_environment(const struct loop_dir *dir, uint32_t domid)
{
	char text[16];
	int err = set_socket(dir, "XENSTORED_PATH", domid, "store");

	if (!err)
		err = set_socket(dir, "XENLOOP", domid, "hyper");
	snprintf(text, sizeof(text), "%u", domid);
	if (!err && setenv("XENLOOP_DOMID", text, 1))
		err = -errno;
	return err ? err : set_library_path();
}

/* Whether the server is there and has the domain. */
static int check_domain(const struct loop_dir *dir, uint32_t domid)
{
	char name[64];
	int fd, err;

	snprintf(name, sizeof(name), "%u/store", domid);
	err = loop_dir_connect(dir, name, &fd);
	if (!err)
		close(fd);
	return err;
}

/* Becomes the program; returns what kept it from that. */
static int become(const struct loop_dir *dir, uint32_t domid, char *const argv[])
{
	int err = set_environment(dir, domid);

	if (err)
		return err;
	execvp(argv[0], argv);
	return -errno;
}

static void say_unreachable(const char *dir, uint32_t domid, int err)
{
	if (err == -ENOENT)
		fprintf(stderr, "xenloop: no domain %u in %s; `xenloop domain create` makes one\n",
			domid, dir);
	else
		fprintf(stderr, "xenloop: no server in %s (%s); start `xenloop serve --dir %s`\n",
			dir, strerror(-err), dir);
}

int loop_run(const char *dir, uint32_t domid, char *const argv[])
{
	struct loop_dir opened;
	int err = loop_dir_open(dir, false, &opened);

	if (err) {
		fprintf(stderr, "xenloop: %s: %s; start `xenloop serve --dir %s`\n", dir,
			strerror(-err), dir);
		return 1;
	}
	err = check_domain(&opened, domid);
	if (err) {
		say_unreachable(dir, domid, err);
	} else {
		err = become(&opened, domid, argv);
		if (err == -ELIBACC)
			fprintf(stderr, "xenloop: " DROP_IN " of xenloop not found; "
					"say with XENLOOP_LIBDIR in which directory it is\n");
		else
			fprintf(stderr, "xenloop: %s: %s\n", argv[0], strerror(-err));
	}
	loop_dir_close(&opened);
	return 1;
}
