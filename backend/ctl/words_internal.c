/* SPDX-License-Identifier: MIT */
#include "backend/ctl/words_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int pvctl_words_fail(struct pvctl_words *words, const char *format, ...)
{
	va_list args;
	int used = snprintf(words->error, words->error_bytes, "%s: ", words->word);

	if (used < 0 || (size_t)used >= words->error_bytes)
		return -EINVAL;
	va_start(args, format);
	vsnprintf(words->error + used, words->error_bytes - (size_t)used, format, args);
	va_end(args);
	return -EINVAL;
}

int pvctl_words_begin(
	struct pvctl_words *words, const char *word, size_t *ret_key_length, const char **ret_value)
{
	size_t key_length = strcspn(word, "= \t");
	const char *value = word + key_length + strspn(word + key_length, " \t");

	words->word = word;
	words->list[0] = '\0';
	words->list_count = 0;
	if (*value != '=')
		return pvctl_words_fail(words, "not of the form WORD=VALUE");
	*ret_key_length = key_length;
	*ret_value = value + 1 + strspn(value + 1, " \t");
	return 0;
}

bool pvctl_words_is(const char *word, size_t key_length, const char *key)
{
	return strlen(key) == key_length && strncmp(key, word, key_length) == 0;
}

int pvctl_words_has_value(struct pvctl_words *words, const char *value)
{
	return value[strspn(value, "; \t")] ? 0 : pvctl_words_fail(words, "no value");
}

int pvctl_words_item(struct pvctl_words *words, const char *item)
{
	size_t used = strlen(words->list);

	if (used + 1 + strlen(item) >= sizeof(words->list))
		return pvctl_words_fail(words, "too long a list");
	snprintf(words->list + used, sizeof(words->list) - used, "%s%s",
		words->list_count++ ? "," : "", item);
	return 0;
}

int pvctl_words_node(
	struct pvctl_words *words, struct pvctl_config *config, const char *path, const char *value)
{
	struct pvctl_node *node = &config->nodes[config->num_nodes];

	for (unsigned i = 0; i < config->num_nodes; i++)
		if (strcmp(config->nodes[i].path, path) == 0)
			return pvctl_words_fail(words, "given twice");
	if (config->num_nodes == PVCTL_NODES)
		return pvctl_words_fail(words, "more words than one device can have");
	snprintf(node->path, sizeof(node->path), "%s", path);
	snprintf(node->value, sizeof(node->value), "%s", value);
	config->num_nodes++;
	return 0;
}

/* It ends up as a section name of a daemon's configuration and as a line of the terminal. */
int pvctl_words_name(struct pvctl_words *words, const char *value, size_t bytes)
{
	if (strlen(value) >= bytes)
		return pvctl_words_fail(words, "longer than %zu bytes", bytes - 1);
	for (const char *c = value; *c; c++)
		if (*c <= ' ' || *c > '~' || strchr("/[]", *c))
			return pvctl_words_fail(
				words, "only printable characters, no blank, '/', '[' or ']'");
	return 0;
}
