/* SPDX-License-Identifier: MIT */
#include "frontend/sound/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/parse.h"

/* A number may stand for itself or in quotes. */
static int read_text(snd_config_t *node, char ret[PVSND_NAME_BYTES])
{
	char *text;
	int r = snd_config_get_ascii(node, &text);

	if (r < 0)
		return r;
	if (strlen(text) < PVSND_NAME_BYTES)
		strcpy(ret, text);
	else
		r = -EINVAL;
	free(text);
	return r;
}

static int read_one(snd_config_t *node, const char *id, struct pvsnd_options *options)
{
	char text[PVSND_NAME_BYTES];
	uint32_t number;
	int r;

	if (strcmp(id, "comment") == 0 || strcmp(id, "type") == 0 || strcmp(id, "hint") == 0)
		return 0;
	if (strcmp(id, "card") == 0)
		return read_text(node, options->card);
	if (strcmp(id, "device") != 0)
		return -EINVAL;
	r = read_text(node, text);
	if (r == 0)
		r = pv_parse_u32(text, 0, UINT16_MAX, &number);
	if (r == 0)
		options->device = number;
	return r;
}

int pvsnd_options_read(snd_config_t *conf, struct pvsnd_options *ret)
{
	struct pvsnd_options options = {.card = "0"};
	snd_config_iterator_t i, next;

	snd_config_for_each(i, next, conf)
	{
		snd_config_t *node = snd_config_iterator_entry(i);
		const char *id;

		if (snd_config_get_id(node, &id) < 0)
			continue;
		if (read_one(node, id, &options) < 0) {
			SNDERR("pvsnd: %s: no such field, or not this value", id);
			return -EINVAL;
		}
	}
	*ret = options;
	return 0;
}
