/* SPDX-License-Identifier: MIT */
/* The words of pvcam = [[ … ]] and pvsnd = [[ … ]]: what they become in xenstore, and how each
 * mistake is named. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backend/ctl/words.h"

#define COUNT(array) ((unsigned)(sizeof(array) / sizeof((array)[0])))

static char error[256];

static const char *value_of(const struct pvctl_config *config, const char *path)
{
	for (unsigned i = 0; i < config->num_nodes; i++)
		if (strcmp(config->nodes[i].path, path) == 0)
			return config->nodes[i].value;
	return NULL;
}

static void refuse_words(const char *const *words, unsigned count, const char *sentence)
{
	struct pvctl_config config = {.num_nodes = 77};

	error[0] = '\0';
	assert_int_equal(pvctl_words_parse(words, count, &config, error, sizeof(error)), -EINVAL);
	assert_string_equal(error, sentence);
	assert_int_equal(config.num_nodes, 77);
}

/* The wrong string behind a right one. */
static void refuse(const char *string, const char *sentence)
{
	const char *const words[] = {"unique-id=front", string};

	refuse_words(words, COUNT(words), sentence);
}

static void whole_grammar(void **state)
{
	static const char *const words[] = {
		"unique-id=front, max-buffers = 4, controls=contrast; hue",
		"format=YUYV, resolution=640x480, frame-rates=30/1;15/1",
		"format=YUYV,resolution=1920x1080,frame-rates=15/2",
	};
	struct pvctl_config config;

	(void)state;
	assert_int_equal(pvctl_words_parse(words, 3, &config, error, sizeof(error)), 0);
	assert_string_equal(config.device_class, "pvcam");
	assert_string_equal(config.unique_id, "front");
	assert_int_equal(config.num_nodes, 5);
	assert_string_equal(value_of(&config, "unique-id"), "front");
	assert_string_equal(value_of(&config, "max-buffers"), "4");
	assert_string_equal(value_of(&config, "controls"), "contrast,hue");
	assert_string_equal(value_of(&config, "formats/YUYV/640x480/frame-rates"), "30/1,15/1");
	assert_string_equal(value_of(&config, "formats/YUYV/1920x1080/frame-rates"), "15/2");
}

static void only_unique_id_is_needed(void **state)
{
	static const char *const words[] = {"unique-id=0"};
	struct pvctl_config config;

	(void)state;
	assert_int_equal(pvctl_words_parse(words, 1, &config, error, sizeof(error)), 0);
	assert_int_equal(config.num_nodes, 1);
	assert_string_equal(config.unique_id, "0");
	refuse_words(NULL, 0, "unique-id=: missing: it names the source of pvcamd's configuration");
}

static void modes_may_be_cut_short(void **state)
{
	static const char *const words[] = {"unique-id=a", "format=NV12",
		"format=GREY, resolution=31x17", "frame-rates=30, resolution=64x48, format=RGB3"};
	struct pvctl_config config;

	(void)state;
	assert_int_equal(pvctl_words_parse(words, COUNT(words), &config, error, sizeof(error)), 0);
	assert_int_equal(config.num_nodes, 4);
	assert_string_equal(value_of(&config, "formats/NV12"), "");
	assert_string_equal(value_of(&config, "formats/GREY/31x17"), "");
	assert_string_equal(value_of(&config, "formats/RGB3/64x48/frame-rates"), "30/1");
}

static void frontend_chooses_the_class(void **state)
{
	static const char *const kernel[] = {"unique-id=a, frontend=kernel"};
	static const char *const user[] = {"frontend=user", "unique-id=a"};
	struct pvctl_config config;

	(void)state;
	assert_int_equal(pvctl_words_parse(kernel, 1, &config, error, sizeof(error)), 0);
	assert_string_equal(config.device_class, "vcamera");
	assert_null(value_of(&config, "frontend"));
	assert_int_equal(pvctl_words_parse(user, 2, &config, error, sizeof(error)), 0);
	assert_string_equal(config.device_class, "pvcam");
	refuse("frontend=Kernel", "frontend=Kernel: not kernel or user");
	refuse("frontend=user,frontend=kernel", "frontend=kernel: given twice");
}

static void mistakes_are_named(void **state)
{
	static const struct {
		const char *string;
		const char *sentence;
	} mistakes[] = {
		{"format=YUYVX", "format=YUYVX: not a four-character code"},
		{"format=YUY", "format=YUY: not a four-character code"},
		{"format=XXXX",
			"format=XXXX: not a format that pvcamd makes; pvcamd.conf(5) lists them"},
		{"format=422P",
			"format=422P: not a format that pvcamd makes; pvcamd.conf(5) lists them"},
		{"format=YUYV, format=NV12", "format=NV12: second format in one string: "
					     "each mode is a string of its own"},
		{"format=YUYV, resolution=640", "resolution=640: not a size such as 640x480"},
		{"format=YUYV, resolution=0x480", "resolution=0x480: not a size such as 640x480"},
		{"format=YUYV, resolution=641x480",
			"format=YUYV, resolution=641x480: YUYV has no such size: "
			"at most 8192x8192, in multiples of 2x1"},
		{"resolution=640x480", "resolution=640x480: no format= in this string"},
		{"format=YUYV, frame-rates=30", "format=YUYV, frame-rates=30: "
						"frame-rates= without resolution= in this string"},
		{"format=YUYV, resolution=64x48, frame-rates=30/1;1/0",
			"frame-rates=30/1;1/0: 1/0 is not a rate such as 30/1"},
		{"format=YUYV, resolution=64x48, frame-rates=1;2;3;4;5;6;7;8;9",
			"frame-rates=1;2;3;4;5;6;7;8;9: more than 8 rates"},
		{"format=YUYV, resolution=64x48, frame-rates=;", "frame-rates=;: no value"},
		{"max-buffers=0", "max-buffers=0: not a number from 1 to 32"},
		{"max-buffers=33", "max-buffers=33: not a number from 1 to 32"},
		{"max-buffers=4 x", "max-buffers=4 x: not a number from 1 to 32"},
		{"max-buffers=", "max-buffers=: no value"},
		{"max-buffers", "max-buffers: not of the form WORD=VALUE"},
		{"max-buffers=4, max-buffers=5", "max-buffers=5: given twice"},
		{"controls=zoom",
			"controls=zoom: zoom is not one of brightness, contrast, saturation, hue"},
		{"controls=hue;hue;hue;hue;hue",
			"controls=hue;hue;hue;hue;hue: more than the 4 controls there are"},
		{"unique-id=back", "unique-id=back: given twice"},
		{"maxbuffers=4", "maxbuffers=4: unknown word; pvctl(8) lists them"},
		{"max-buffers-x=4", "max-buffers-x=4: unknown word; pvctl(8) lists them"},
		{"=4", "=4: unknown word; pvctl(8) lists them"},
	};

	(void)state;
	for (unsigned i = 0; i < COUNT(mistakes); i++)
		refuse(mistakes[i].string, mistakes[i].sentence);
}

static void unique_id_is_a_plain_name(void **state)
{
	static const char *const bad[] = {"unique-id=a/b", "unique-id=[a", "unique-id=a\nb",
		"unique-id=a b", "unique-id=\xc3\xa9"};
	char longest[] = "unique-id="
			 "0123456789012345678901234567890123456789012345678901234567890123";
	const char *const words[] = {longest};
	struct pvctl_config config;

	(void)state;
	for (unsigned i = 0; i < COUNT(bad); i++)
		assert_int_equal(
			pvctl_words_parse(&bad[i], 1, &config, error, sizeof(error)), -EINVAL);
	assert_int_equal(pvctl_words_parse(words, 1, &config, error, sizeof(error)), -EINVAL);
	assert_non_null(strstr(error, "longer than 63 bytes"));
	longest[strlen(longest) - 1] = '\0';
	assert_int_equal(pvctl_words_parse(words, 1, &config, error, sizeof(error)), 0);
	assert_string_equal(value_of(&config, "unique-id"), longest + strlen("unique-id="));
}

static void modes_are_bounded(void **state)
{
	static char strings[VCAM_OFFER_MODES + 2][64];
	const char *words[VCAM_OFFER_MODES + 2] = {"unique-id=a"};
	struct pvctl_config config;

	(void)state;
	for (unsigned i = 1; i < COUNT(words); i++) {
		snprintf(strings[i], sizeof(strings[i]),
			"format=GREY,resolution=%ux%u,frame-rates=4294967295/4294967295", i, i);
		words[i] = strings[i];
	}
	words[0] = "unique-id=a, max-buffers=1, controls=hue";
	assert_int_equal(
		pvctl_words_parse(words, COUNT(words) - 1, &config, error, sizeof(error)), 0);
	assert_int_equal(config.num_nodes, VCAM_OFFER_MODES + 3);
	refuse_words(words, COUNT(words),
		"format=GREY,resolution=65x65,frame-rates=4294967295/4294967295: "
		"more than 64 modes");
	words[COUNT(words) - 2] = words[1];
	refuse_words(words, COUNT(words) - 1,
		"format=GREY,resolution=1x1,frame-rates=4294967295/4294967295: given twice");
}

/* ---- sound cards ---- */

static const char *const card[] = {
	"CARD, short-name=Main, frontend=kernel, sample-formats=s16_le;f32_le, buffer-size=65536",
	"PCM, name=pcm0, sample-rates=48000; 8000",
	"STREAM, unique-id=speaker, type=P",
	"STREAM, unique-id=mic, type=c, channels-max=2",
	"PCM",
	"STREAM, unique-id=hdmi, type=P, channels-min=2",
};

static void kernel_card_is_one_device(void **state)
{
	struct pvctl_config *config;
	unsigned count;

	(void)state;
	assert_int_equal(
		pvctl_words_parse_sound(card, COUNT(card), &config, &count, error, sizeof(error)),
		0);
	assert_int_equal(count, 1);
	assert_string_equal(config->device_class, "vsnd");
	assert_string_equal(config->unique_id, "speaker,mic,hdmi");
	assert_string_equal(value_of(config, "short-name"), "Main");
	assert_string_equal(value_of(config, "sample-formats"), "s16_le,float_le");
	assert_string_equal(value_of(config, "buffer-size"), "65536");
	assert_string_equal(value_of(config, "0/name"), "pcm0");
	assert_string_equal(value_of(config, "0/sample-rates"), "48000,8000");
	assert_string_equal(value_of(config, "0/0/unique-id"), "speaker");
	assert_string_equal(value_of(config, "0/0/type"), "p");
	assert_string_equal(value_of(config, "0/1/type"), "c");
	assert_string_equal(value_of(config, "0/1/channels-max"), "2");
	assert_string_equal(value_of(config, "1/0/unique-id"), "hdmi");
	assert_null(value_of(config, "frontend"));
	free(config);
}

static void user_card_is_a_device_a_stream(void **state)
{
	const char *user[COUNT(card)];
	struct pvctl_config *configs;
	unsigned count;

	(void)state;
	memcpy(user, card, sizeof(card));
	user[0] = "CARD, frontend=user, short-name=Main";
	assert_int_equal(
		pvctl_words_parse_sound(user, COUNT(user), &configs, &count, error, sizeof(error)),
		0);
	assert_int_equal(count, 3);
	for (unsigned i = 0; i < count; i++) {
		assert_string_equal(configs[i].device_class, "pvsnd");
		assert_string_equal(value_of(&configs[i], "short-name"), "Main");
		assert_null(value_of(&configs[i], "0/1/unique-id"));
		assert_null(value_of(&configs[i], "1/0/unique-id"));
	}
	assert_string_equal(configs[1].unique_id, "mic");
	assert_string_equal(value_of(&configs[1], "0/0/unique-id"), "mic");
	assert_string_equal(value_of(&configs[1], "0/0/channels-max"), "2");
	assert_string_equal(value_of(&configs[1], "0/sample-rates"), "48000,8000");
	assert_string_equal(value_of(&configs[2], "0/0/unique-id"), "hdmi");
	assert_null(value_of(&configs[2], "0/sample-rates"));
	free(configs);
}

static void sound_mistakes_are_named(void **state)
{
	static const struct {
		const char *string;
		const char *sentence;
	} mistakes[] = {
		{"STREAM, unique-id=a", "STREAM, unique-id=a: a STREAM needs unique-id= and type="},
		{"STREAM, unique-id=a, type=X", "type=X: not P (playback) or C (capture)"},
		{"STREAM, unique-id=a b, type=P",
			"unique-id=a b: only printable characters, no blank, '/', '[' or ']'"},
		{"CARD", "CARD: only once, and first"},
		{"type=P", "type=P: a string begins with CARD, PCM or STREAM"},
		{"PCM, type=P", "type=P: not a word of this string"},
		{"PCM, sample-formats=s17",
			"sample-formats=s17: s17 is not a format such as s16_le"},
		{"PCM, sample-rates=3999",
			"sample-rates=3999: 3999 is not a rate from 4000 to 192000"},
		{"PCM, channels-max=9", "channels-max=9: not a number from 1 to 8"},
		{"PCM, buffer-size=0", "buffer-size=0: not a number from 1 to 4194304"},
		{"PCM, name=", "name=: no value"},
		{"PCM, name=a, name=b", "name=b: given twice"},
		{"PCM, volume=1", "volume=1: unknown word; pvctl(8) lists them"},
	};
	static const char *const orphan[] = {"CARD", "STREAM, unique-id=a, type=P"};
	static const char *const barren[][3] = {
		{"PCM", "STREAM, unique-id=a, type=P", "PCM"},
		{"PCM", "PCM", "STREAM, unique-id=a, type=P"},
		{"PCM, name=a", "PCM, name=b", "STREAM, unique-id=a, type=P"},
	};
	struct pvctl_config *config;
	unsigned count;

	(void)state;
	for (unsigned i = 0; i < COUNT(mistakes); i++) {
		const char *const words[] = {
			"PCM", "STREAM, unique-id=a, type=P", mistakes[i].string};

		assert_int_equal(
			pvctl_words_parse_sound(words, 3, &config, &count, error, sizeof(error)),
			-EINVAL);
		assert_string_equal(error, mistakes[i].sentence);
	}
	assert_int_equal(
		pvctl_words_parse_sound(orphan, 2, &config, &count, error, sizeof(error)), -EINVAL);
	assert_string_equal(error, "STREAM: before any PCM");
	assert_int_equal(
		pvctl_words_parse_sound(orphan, 1, &config, &count, error, sizeof(error)), -EINVAL);
	assert_string_equal(error, "STREAM: missing: a PCM has at least one");
	for (unsigned i = 0; i < COUNT(barren); i++) {
		assert_int_equal(pvctl_words_parse_sound(
					 barren[i], 3, &config, &count, error, sizeof(error)),
			-EINVAL);
		assert_string_equal(error, i ? "PCM: after a PCM that has no STREAM"
					     : "STREAM: missing: a PCM has at least one");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_grammar),
		cmocka_unit_test(only_unique_id_is_needed),
		cmocka_unit_test(modes_may_be_cut_short),
		cmocka_unit_test(frontend_chooses_the_class),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(unique_id_is_a_plain_name),
		cmocka_unit_test(modes_are_bounded),
		cmocka_unit_test(kernel_card_is_one_device),
		cmocka_unit_test(user_card_is_a_device_a_stream),
		cmocka_unit_test(sound_mistakes_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
