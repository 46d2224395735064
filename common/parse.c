/* SPDX-License-Identifier: MIT */
#include "common/parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define NS_PER_S 1000000000u

/* Digits of text[0..length) only. */
static int parse_digits(const char *text, size_t length, uint32_t min, uint32_t max, uint32_t *ret)
{
	uint64_t number = 0;
	bool huge = false;
	size_t i;

	if (!length)
		return -EINVAL;
	for (i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		number = number * 10 + (uint64_t)(text[i] - '0');
		if (number > UINT32_MAX) {
			huge = true;
			number = 0;
		}
	}
	if (huge || number < min || number > max)
		return -ERANGE;
	*ret = (uint32_t)number;
	return 0;
}

int pv_parse_u32(const char *text, uint32_t min, uint32_t max, uint32_t *ret)
{
	return parse_digits(text, strlen(text), min, max, ret);
}

/* "A<separator>B", both 1..max. */
static int parse_pair(
	const char *text, char separator, uint32_t max, uint32_t *ret_first, uint32_t *ret_second)
{
	const char *middle = strchr(text, separator);
	uint32_t first, second;

	if (!middle || parse_digits(text, (size_t)(middle - text), 1, max, &first) ||
		pv_parse_u32(middle + 1, 1, max, &second))
		return -EINVAL;
	*ret_first = first;
	*ret_second = second;
	return 0;
}

int pv_parse_fraction(const char *text, struct pv_fraction *ret)
{
	uint32_t whole;

	if (strchr(text, '/'))
		return parse_pair(text, '/', UINT32_MAX, &ret->numer, &ret->denom);
	if (pv_parse_u32(text, 1, UINT32_MAX, &whole))
		return -EINVAL;
	*ret = (struct pv_fraction){.numer = whole, .denom = 1};
	return 0;
}

int pv_parse_size(const char *text, uint32_t *ret_width, uint32_t *ret_height)
{
	return parse_pair(text, 'x', UINT16_MAX, ret_width, ret_height);
}

int pv_parse_bool(const char *text, bool *ret)
{
	static const char *const words[][2] = {
		{"no", "yes"}, {"false", "true"}, {"off", "on"}, {"0", "1"}};
	size_t i, value;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		for (value = 0; value < 2; value++) {
			if (!strcasecmp(text, words[i][value])) {
				*ret = value;
				return 0;
			}
		}
	}
	return -EINVAL;
}

int pv_fraction_compare(struct pv_fraction a, struct pv_fraction b)
{
	uint64_t left = (uint64_t)a.numer * b.denom;
	uint64_t right = (uint64_t)b.numer * a.denom;

	return (left > right) - (left < right);
}

uint64_t pv_fraction_period_ns(struct pv_fraction rate)
{
	return (uint64_t)NS_PER_S * rate.denom / rate.numer;
}

uint64_t pv_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static void strip(const char **start, size_t *length)
{
	while (*length && isspace((unsigned char)**start)) {
		(*start)++;
		(*length)--;
	}
	while (*length && isspace((unsigned char)(*start)[*length - 1]))
		(*length)--;
}

int pv_split(const char *text, const char *separators, int (*each)(const char *part, void *ctx),
	void *ctx)
{
	while (*text) {
		size_t length = strcspn(text, separators);
		const char *start = text;
		size_t bytes = length;
		char *part;
		int rc;

		text += length + (text[length] != '\0');
		strip(&start, &bytes);
		if (!bytes)
			continue;
		part = strndup(start, bytes);
		if (!part)
			return -ENOMEM;
		rc = each(part, ctx);
		free(part);
		if (rc)
			return rc;
	}
	return 0;
}
