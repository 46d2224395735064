/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xen/io/sndif.h>

#include "backend/ctl/words_internal.h"
#include "backend/sound/engine/format.h"
#include "backend/sound/offer.h"
#include "common/parse.h"

#define STREAMS_PER_PCM 8
#define SHORT_NAME_BYTES 32 /* of sndif's char[32], char[80] */
#define LONG_NAME_BYTES 80

/* What a string is about. */
enum layer { CARD = 1, PCM = 2, STREAM = 4, ANY = CARD | PCM | STREAM };

struct parse {
	struct pvctl_words words;
	struct pvctl_config config; /* of the whole card, as class vsnd has it */
	enum layer layer;           /* of this string; 0: not said yet */
	bool card_given;
	bool user; /* frontend=user */
	bool frontend_given;
	int pcm;    /* this one; -1: none yet */
	int stream; /* of pcm; -1: none yet */
	unsigned num_streams;
	bool has_type, has_id; /* this stream */
	char (*ids)[VSND_NAME_BYTES];
};

/* A node of the layer that the string is about. */
static int add_node(struct parse *p, const char *key, const char *value)
{
	char path[sizeof(p->config.nodes[0].path)];

	if (p->layer == STREAM)
		snprintf(path, sizeof(path), "%d/%d/%s", p->pcm, p->stream, key);
	else if (p->layer == PCM)
		snprintf(path, sizeof(path), "%d/%s", p->pcm, key);
	else
		snprintf(path, sizeof(path), "%s", key);
	return pvctl_words_node(&p->words, &p->config, path, value);
}

static int take_text(struct parse *p, const char *key, const char *value, size_t bytes)
{
	if (strlen(value) >= bytes)
		return pvctl_words_fail(&p->words, "longer than %zu bytes", bytes - 1);
	for (const char *c = value; *c; c++)
		if (*c < ' ' || *c > '~')
			return pvctl_words_fail(&p->words, "only printable characters");
	return add_node(p, key, value);
}

static int take_short_name(struct parse *p, const char *key, const char *value)
{
	return take_text(p, key, value, SHORT_NAME_BYTES);
}

static int take_long_name(struct parse *p, const char *key, const char *value)
{
	return take_text(p, key, value, LONG_NAME_BYTES);
}

static int take_frontend(struct parse *p, const char *key, const char *value)
{
	(void)key;
	if (p->frontend_given)
		return pvctl_words_fail(&p->words, "given twice");
	p->frontend_given = true;
	p->user = strcmp(value, "user") == 0;
	if (!p->user && strcmp(value, "kernel") != 0)
		return pvctl_words_fail(&p->words, "not kernel or user");
	return 0;
}

static int take_unique_id(struct parse *p, const char *key, const char *value)
{
	int status = pvctl_words_name(&p->words, value, VSND_NAME_BYTES);

	if (status < 0)
		return status;
	p->has_id = true;
	snprintf(p->ids[p->num_streams - 1], VSND_NAME_BYTES, "%s", value);
	return add_node(p, key, value);
}

static int take_type(struct parse *p, const char *key, const char *value)
{
	p->has_type = true;
	if (strcmp(value, "P") == 0 || strcmp(value, XENSND_STREAM_TYPE_PLAYBACK) == 0)
		return add_node(p, key, XENSND_STREAM_TYPE_PLAYBACK);
	if (strcmp(value, "C") == 0 || strcmp(value, XENSND_STREAM_TYPE_CAPTURE) == 0)
		return add_node(p, key, XENSND_STREAM_TYPE_CAPTURE);
	return pvctl_words_fail(&p->words, "not P (playback) or C (capture)");
}

static int take_format(const char *name, void *ctx)
{
	struct parse *p = ctx;
	uint8_t format;

	if (vsnd_format_parse(name, &format) != 0)
		return pvctl_words_fail(&p->words, "%s is not a format such as s16_le", name);
	return pvctl_words_item(&p->words, vsnd_format_name(format));
}

static int take_formats(struct parse *p, const char *key, const char *value)
{
	int status = pv_split(value, ";", take_format, p);

	return status ? status : add_node(p, key, p->words.list);
}

static int take_rate(const char *text, void *ctx)
{
	struct parse *p = ctx;
	uint32_t rate;
	char item[12];

	if (pv_parse_u32(text, VSND_RATE_MIN_HZ, VSND_RATE_MAX_HZ, &rate) < 0)
		return pvctl_words_fail(&p->words, "%s is not a rate from %u to %u", text,
			VSND_RATE_MIN_HZ, VSND_RATE_MAX_HZ);
	if (p->words.list_count == VSND_OFFER_RATES)
		return pvctl_words_fail(&p->words, "more than %d rates", VSND_OFFER_RATES);
	snprintf(item, sizeof(item), "%" PRIu32, rate);
	return pvctl_words_item(&p->words, item);
}

static int take_rates(struct parse *p, const char *key, const char *value)
{
	int status = pv_split(value, ";", take_rate, p);

	return status ? status : add_node(p, key, p->words.list);
}

static int take_number(
	struct parse *p, const char *key, const char *value, uint32_t min, uint32_t max)
{
	uint32_t number;
	char text[12];

	if (pv_parse_u32(value, min, max, &number) < 0)
		return pvctl_words_fail(
			&p->words, "not a number from %" PRIu32 " to %" PRIu32, min, max);
	snprintf(text, sizeof(text), "%" PRIu32, number);
	return add_node(p, key, text);
}

static int take_channels(struct parse *p, const char *key, const char *value)
{
	return take_number(p, key, value, 1, VSND_CHANNELS_MAX);
}

static int take_buffer_size(struct parse *p, const char *key, const char *value)
{
	return take_number(p, key, value, 1, VSND_BUFFER_BYTES_MAX);
}

static const struct {
	const char *key;
	unsigned layers;
	int (*take)(struct parse *p, const char *key, const char *value);
} vocabulary[] = {
	{XENSND_FIELD_VCARD_SHORT_NAME, CARD, take_short_name},
	{XENSND_FIELD_VCARD_LONG_NAME, CARD, take_long_name},
	{"frontend", CARD, take_frontend},
	{XENSND_FIELD_DEVICE_NAME, PCM, take_long_name},
	{XENSND_FIELD_STREAM_UNIQUE_ID, STREAM, take_unique_id},
	{XENSND_FIELD_TYPE, STREAM, take_type},
	{XENSND_FIELD_SAMPLE_FORMATS, ANY, take_formats},
	{XENSND_FIELD_SAMPLE_RATES, ANY, take_rates},
	{XENSND_FIELD_CHANNELS_MIN, ANY, take_channels},
	{XENSND_FIELD_CHANNELS_MAX, ANY, take_channels},
	{XENSND_FIELD_BUFFER_SIZE, ANY, take_buffer_size},
};

/* What comes after a PCM that has none would never be seen: a card is read up to where nothing is.
 */
static bool lacks_stream(const struct parse *p)
{
	return p->pcm >= 0 && p->stream < 0;
}

/* The first word of a string. */
static int begin_layer(struct parse *p, const char *word)
{
	p->words.word = word;
	if (strcmp(word, "CARD") == 0) {
		if (p->card_given || p->pcm >= 0)
			return pvctl_words_fail(&p->words, "only once, and first");
		p->card_given = true;
		p->layer = CARD;
	} else if (strcmp(word, "PCM") == 0) {
		if (lacks_stream(p))
			return pvctl_words_fail(&p->words, "after a PCM that has no STREAM");
		p->layer = PCM;
		p->pcm++;
		p->stream = -1;
	} else if (strcmp(word, "STREAM") == 0) {
		if (p->pcm < 0)
			return pvctl_words_fail(&p->words, "before any PCM");
		if (p->num_streams == VSND_OFFER_STREAMS || p->stream + 1 == STREAMS_PER_PCM)
			return pvctl_words_fail(&p->words, "more than %d in a card, or %d in a PCM",
				VSND_OFFER_STREAMS, STREAMS_PER_PCM);
		p->layer = STREAM;
		p->stream++;
		p->num_streams++;
		p->has_id = p->has_type = false;
	} else {
		return pvctl_words_fail(&p->words, "a string begins with CARD, PCM or STREAM");
	}
	return 0;
}

static int take_word(const char *word, void *ctx)
{
	struct parse *p = ctx;
	size_t key_length;
	const char *value;
	int status;

	if (!p->layer)
		return begin_layer(p, word);
	status = pvctl_words_begin(&p->words, word, &key_length, &value);
	for (size_t i = 0; !status && i < sizeof(vocabulary) / sizeof(vocabulary[0]); i++) {
		if (!pvctl_words_is(word, key_length, vocabulary[i].key))
			continue;
		if (!(vocabulary[i].layers & p->layer))
			return pvctl_words_fail(&p->words, "not a word of this string");
		status = pvctl_words_has_value(&p->words, value);
		return status ? status : vocabulary[i].take(p, vocabulary[i].key, value);
	}
	return status ? status : pvctl_words_fail(&p->words, "unknown word; pvctl(8) lists them");
}

static int take_string(struct parse *p, const char *string)
{
	int status;

	p->layer = 0;
	status = pv_split(string, ",", take_word, p);
	p->words.word = string;
	if (status == 0 && p->layer == STREAM && !(p->has_id && p->has_type))
		status = pvctl_words_fail(&p->words, "a STREAM needs unique-id= and type=");
	return status;
}

/* The nodes of one stream, and of the PCM and card above it, as a card of its own. */
static void extract(const struct parse *p, unsigned pcm, unsigned stream, struct pvctl_config *ret)
{
	ret->device_class = "pvsnd";
	for (unsigned i = 0; i < p->config.num_nodes; i++) {
		const struct pvctl_node *node = &p->config.nodes[i];
		struct pvctl_node *copy = &ret->nodes[ret->num_nodes];
		unsigned in_pcm, in_stream;
		char key[32];
		int fields = sscanf(node->path, "%u/%u/%31s", &in_pcm, &in_stream, key);

		*copy = *node;
		if (fields == 3 && in_pcm == pcm && in_stream == stream)
			snprintf(copy->path, sizeof(copy->path), "0/0/%s", key);
		else if (fields == 1 && in_pcm == pcm)
			snprintf(copy->path, sizeof(copy->path), "0/%s",
				strchr(node->path, '/') + 1);
		else if (fields > 0)
			continue;
		ret->num_nodes++;
	}
}

static struct pvctl_config *make_user(const struct parse *p)
{
	struct pvctl_config *configs = calloc(p->num_streams, sizeof(*configs));
	unsigned count = 0;

	for (unsigned i = 0; configs && i < p->config.num_nodes; i++) {
		unsigned pcm, stream;
		char key[32];

		if (sscanf(p->config.nodes[i].path, "%u/%u/%31s", &pcm, &stream, key) != 3 ||
			strcmp(key, XENSND_FIELD_STREAM_UNIQUE_ID) != 0)
			continue;
		snprintf(configs[count].unique_id, sizeof(configs[count].unique_id), "%s",
			p->config.nodes[i].value);
		configs[count].joins = count > 0;
		extract(p, pcm, stream, &configs[count++]);
	}
	return configs;
}

static struct pvctl_config *make_kernel(const struct parse *p)
{
	struct pvctl_config *config = malloc(sizeof(*config));
	size_t used = 0;

	if (!config)
		return NULL;
	*config = p->config;
	config->device_class = XENSND_DRIVER_NAME;
	for (unsigned i = 0; i < p->num_streams && used < sizeof(config->unique_id); i++)
		used += (size_t)snprintf(config->unique_id + used, sizeof(config->unique_id) - used,
			"%s%s", i ? "," : "", p->ids[i]);
	return config;
}

int pvctl_words_parse_sound(const char *const *words, unsigned count, struct pvctl_config **ret,
	unsigned *ret_count, char *error, size_t error_bytes)
{
	char ids[VSND_OFFER_STREAMS][VSND_NAME_BYTES] = {0};
	struct parse p = {.pcm = -1, .stream = -1, .ids = ids};
	struct pvctl_config *configs;
	int status = 0;

	p.words.error = error;
	p.words.error_bytes = error_bytes;
	for (unsigned i = 0; status == 0 && i < count; i++)
		status = take_string(&p, words[i]);
	p.words.word = "STREAM";
	if (status == 0 && (p.num_streams == 0 || lacks_stream(&p)))
		status = pvctl_words_fail(&p.words, "missing: a PCM has at least one");
	if (status < 0) {
		if (status == -ENOMEM)
			snprintf(error, error_bytes, "out of memory");
		return status;
	}
	configs = p.user ? make_user(&p) : make_kernel(&p);
	if (!configs) {
		snprintf(error, error_bytes, "out of memory");
		return -ENOMEM;
	}
	*ret = configs;
	*ret_count = p.user ? p.num_streams : 1;
	return 0;
}
