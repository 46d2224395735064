/* SPDX-License-Identifier: MIT */
/* The words of pvcam = [[ … ]]: what they become in xenstore, and how each mistake is named. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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
	static const char *const words[] = {
		"unique-id=a", "format=NV12", "format=GREY, resolution=31x17",
		"frame-rates=30, resolution=64x48, format=RGB3"};
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
		{"format=YUYV, format=NV12",
			"format=NV12: second format in one string: "
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
		assert_int_equal(pvctl_words_parse(&bad[i], 1, &config, error, sizeof(error)),
			-EINVAL);
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
	assert_int_equal(pvctl_words_parse(words, COUNT(words) - 1, &config, error, sizeof(error)),
		0);
	assert_int_equal(config.num_nodes, PVCTL_NODES);
	refuse_words(words, COUNT(words),
		"format=GREY,resolution=65x65,frame-rates=4294967295/4294967295: "
		"more than 64 modes");
	words[COUNT(words) - 2] = words[1];
	refuse_words(words, COUNT(words) - 1,
		"format=GREY,resolution=1x1,frame-rates=4294967295/4294967295: given twice");
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
