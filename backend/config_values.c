/* SPDX-License-Identifier: MIT */
#include "backend/config_file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/config_internal.h"
#include "common/parse.h"

#define LIST_SEPARATORS ",;"

int vb_refuse(struct vb_why *why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why->text, why->bytes, format, args);
	va_end(args);
	return -EINVAL;
}

/* ---- Text ---- */

static int replace_text(char **place, const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		return -ENOMEM;
	free(*place);
	*place = copy;
	return 0;
}

static int set_text(const struct vb_key *key, const char *text, void *place, struct vb_why *why)
{
	return text[0] != '\0' ? replace_text(place, text) : vb_refuse(why, "%s", key->must);
}

static int set_path(const struct vb_key *key, const char *text, void *place, struct vb_why *why)
{
	(void)key;
	if (text[0] != '/')
		return vb_refuse(why, "must be a path that starts with /");
	return replace_text(place, text);
}

static void release_text(void *place)
{
	free(*(char **)place);
}

const struct vb_value vb_text = {.set = set_text, .release = release_text};
const struct vb_value vb_path = {.set = set_path, .release = release_text};

/* ---- Numbers ---- */

static int set_bool(const struct vb_key *key, const char *text, void *place, struct vb_why *why)
{
	(void)key;
	return pv_parse_bool(text, place) < 0 ? vb_refuse(why, "must be yes or no") : 0;
}

static int set_number(const struct vb_key *key, const char *text, void *place, struct vb_why *why)
{
	if (pv_parse_u32(text, key->min, key->max, place) < 0)
		return vb_refuse(why, "must be a number from %u to %u", key->min, key->max);
	return 0;
}

const struct vb_value vb_bool = {.set = set_bool};
const struct vb_value vb_number = {.set = set_number};

/* ---- Times ---- */

#define US_PER_S 1000000u

/* Decimal digits, with as many behind the point as matter; -EINVAL. In millionths. */
static int parse_decimal(const char **text, uint64_t *ret_millionths)
{
	uint64_t value = 0, place = US_PER_S;
	const char *at = *text;
	bool behind = false;

	for (; (*at >= '0' && *at <= '9') || (*at == '.' && !behind); at++) {
		if (*at == '.') {
			behind = true;
			continue;
		}
		if (behind)
			place /= 10;
		if (value > UINT32_MAX || place == 0)
			return -EINVAL;
		value = value * 10 + (uint64_t)(*at - '0');
	}
	if (at == *text || at[-1] == '.' || **text == '.')
		return -EINVAL;
	*text = at;
	*ret_millionths = value * place;
	return 0;
}

static int parse_us(const char *text, uint64_t *ret)
{
	static const struct {
		const char *unit;
		uint64_t us;
	} units[] = {{"us", 1}, {"ms", 1000}, {"s", US_PER_S}};
	uint64_t millionths;

	if (parse_decimal(&text, &millionths) < 0)
		return -EINVAL;
	text += strspn(text, " \t");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(text, units[i].unit) == 0) {
			/* Exact, or refused: no parts of a microsecond. */
			if (millionths > UINT64_MAX / US_PER_S ||
				millionths * units[i].us % US_PER_S != 0)
				return -EINVAL;
			*ret = millionths * units[i].us / US_PER_S;
			return 0;
		}
	return -EINVAL;
}

static int set_time(const struct vb_key *key, const char *text, void *place, struct vb_why *why)
{
	const char *word = key->choices != NULL ? key->choices[0] : NULL;
	uint64_t us;

	if (word != NULL && strcmp(text, word) == 0) {
		*(uint32_t *)place = 0;
		return 0;
	}
	if (parse_us(text, &us) < 0 || us < key->min || us > key->max)
		return vb_refuse(why, "must be %s%sa time from %gms to %gms, such as 10ms",
			word != NULL ? word : "", word != NULL ? " or " : "", key->min / 1000.0,
			key->max / 1000.0);
	*(uint32_t *)place = (uint32_t)us;
	return 0;
}

const struct vb_value vb_time = {.set = set_time};

/* ---- Choices ---- */

const char *vb_choice_word(const struct vb_value *value, const void *choice)
{
	return value == &vb_type ? *(const char *const *)choice : choice;
}

void vb_list_choices(char *text, size_t text_bytes, const struct vb_value *value,
	const void *const *choices, size_t max)
{
	size_t length = 0;

	for (size_t i = 0; i < max && choices[i] != NULL && length < text_bytes; i++) {
		bool is_last = i + 1 == max || choices[i + 1] == NULL;

		length += (size_t)snprintf(text + length, text_bytes - length, "%s%s",
			i == 0 ? "" : (is_last ? " or " : ", "), vb_choice_word(value, choices[i]));
	}
}

int vb_choose(const struct vb_key *key, const char *text, struct vb_why *why)
{
	char all[128];

	for (int i = 0; key->choices[i] != NULL; i++)
		if (strcmp(vb_choice_word(key->value, key->choices[i]), text) == 0)
			return i;
	vb_list_choices(all, sizeof(all), key->value, key->choices, SIZE_MAX);
	return vb_refuse(why, "must be %s", all);
}

static int set_word(const struct vb_key *key, const char *text, void *place, struct vb_why *why)
{
	int chosen = vb_choose(key, text, why);

	if (chosen >= 0)
		*(unsigned *)place = (unsigned)chosen;
	return chosen < 0 ? chosen : 0;
}

static int set_type(const struct vb_key *key, const char *text, void *place, struct vb_why *why)
{
	int chosen = vb_choose(key, text, why);

	if (chosen >= 0)
		memcpy(place, &key->choices[chosen], sizeof(key->choices[chosen]));
	return chosen < 0 ? chosen : 0;
}

const struct vb_value vb_word = {.set = set_word};
const struct vb_value vb_type = {.set = set_type};

/* ---- Names ---- */

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

static bool is_star_in_company(char *const *names)
{
	for (char *const *name = names; *name != NULL && names[1] != NULL; name++)
		if (strcmp(*name, "*") == 0)
			return true;
	return false;
}

static int set_names(const struct vb_key *key, const char *text, void *place, struct vb_why *why)
{
	char ***names = place;
	int err;

	if (*names == NULL)
		*names = calloc(1, sizeof(**names));
	if (*names == NULL)
		return -ENOMEM;
	err = pv_split(text, LIST_SEPARATORS, add_name, names);
	if (err == 0 && is_star_in_company(*names))
		return vb_refuse(why, "* means all %ss and stands alone", key->section);
	return err;
}

static void release_names(void *place)
{
	char **names = *(char ***)place;

	for (char **name = names; name != NULL && *name != NULL; name++)
		free(*name);
	free(names);
}

const struct vb_value vb_names = {.set = set_names, .release = release_names};

static int set_texts(const struct vb_key *key, const char *text, void *place, struct vb_why *why)
{
	char ***texts = place;

	if (text[0] == '\0')
		return vb_refuse(why, "%s", key->must);
	if (*texts == NULL)
		*texts = calloc(1, sizeof(**texts));
	return *texts != NULL ? add_name(text, texts) : -ENOMEM;
}

const struct vb_value vb_texts = {.set = set_texts, .release = release_names, .repeats = true};

bool vb_names_allow(char *const *names, const char *name)
{
	for (; *names != NULL; names++)
		if (strcmp(*names, "*") == 0 || strcmp(*names, name) == 0)
			return true;
	return false;
}
