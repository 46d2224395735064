/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "backend/ctl/watch.h"

#define SUFFIX ".cfg"

/* One look through all directories. */
struct look {
	struct pvctl_finder *finder;
	const char *name;
	json_t *said;  /* in this look */
	json_t *seen;  /* files, as "device:inode" */
	json_t *paths; /* by the names of domains */
	struct pvctl_xlcfg found;
	char *path; /* of found; NULL: none yet */
};

static void complain(struct look *look, const char *sentence)
{
	if (json_object_get(look->said, sentence))
		return;
	json_object_set_new_nocheck(look->said, sentence, json_true());
	if (!json_object_get(look->finder->said, sentence))
		look->finder->complain(look->finder->ctx, sentence);
}

/* g1.cfg and auto/g1 are usually one file. */
static bool seen_before(struct look *look, const char *path)
{
	char key[48];
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	snprintf(key, sizeof(key), "%llx:%llx", (unsigned long long)st.st_dev,
		(unsigned long long)st.st_ino);
	if (json_object_get(look->seen, key))
		return true;
	json_object_set_new(look->seen, key, json_true());
	return false;
}

/* Whether it is the first with devices for its domain. */
static bool is_first(struct look *look, const struct pvctl_xlcfg *cfg, const char *path)
{
	char sentence[1024];
	const json_t *first;

	if (!cfg->name || !cfg->count)
		return false;
	first = json_object_get(look->paths, cfg->name);
	if (!first)
		return !json_object_set_new_nocheck(
			look->paths, cfg->name, json_string_nocheck(path));
	snprintf(sentence, sizeof(sentence), "%s: name = \"%s\", as in %s, which counts", path,
		cfg->name, json_string_value(first));
	complain(look, sentence);
	return false;
}

static void look_at(struct look *look, const char *path)
{
	struct pvctl_xlcfg cfg;
	char sentence[1024];

	if (seen_before(look, path))
		return;
	if (pvctl_xlcfg_read(path, &cfg, sentence, sizeof(sentence)) < 0) {
		complain(look, sentence);
		return;
	}
	if (!is_first(look, &cfg, path) || !look->name || strcmp(cfg.name, look->name) != 0) {
		pvctl_xlcfg_free(&cfg);
		return;
	}
	look->found = cfg;
	look->path = strdup(path);
	if (!look->path)
		pvctl_xlcfg_free(&cfg);
}

static int is_config(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name), suffix = sizeof(SUFFIX) - 1;

	return entry->d_name[0] != '.' && length > suffix &&
	       strcmp(entry->d_name + length - suffix, SUFFIX) == 0;
}

/* As xendomains has it, but for what editors leave. */
static int is_auto(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && entry->d_name[strlen(entry->d_name) - 1] != '~';
}

static void look_into(struct look *look, const char *dir, bool is_needed,
	int (*filter)(const struct dirent *entry))
{
	struct dirent **entries;
	char *path, sentence[1024];
	int count = scandir(dir, &entries, filter, alphasort);

	if (count < 0) {
		if (!is_needed && errno == ENOENT)
			return;
		snprintf(sentence, sizeof(sentence), "%s: %s", dir, strerror(errno));
		complain(look, sentence);
		return;
	}
	for (int i = 0; i < count; i++) {
		if (asprintf(&path, "%s/%s", dir, entries[i]->d_name) >= 0) {
			look_at(look, path);
			free(path);
		}
		free(entries[i]);
	}
	free(entries);
}

static void look_into_all(struct look *look)
{
	for (unsigned i = 0; i < look->finder->num_dirs; i++) {
		const char *dir = look->finder->dirs[i];
		char *folder;

		look_into(look, dir, true, is_config);
		if (asprintf(&folder, "%s/auto", dir) < 0)
			continue;
		look_into(look, folder, false, is_auto);
		free(folder);
	}
}

int pvctl_finder_look(
	struct pvctl_finder *finder, const char *name, struct pvctl_xlcfg *ret, char **ret_path)
{
	struct look look = {
		.finder = finder,
		.name = name,
		.said = json_object(),
		.seen = json_object(),
		.paths = json_object(),
	};

	look_into_all(&look);
	json_decref(look.seen);
	json_decref(look.paths);
	json_decref(finder->said);
	finder->said = look.said;
	if (!look.path)
		return -ENOENT;
	*ret = look.found;
	*ret_path = look.path;
	return 0;
}

void pvctl_finder_end(struct pvctl_finder *finder)
{
	json_decref(finder->said);
	finder->said = NULL;
}
