/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "backend/sound/card/card.h"
#include "backend/sound/config.h"
#include "tests/unit/config_fixture.h"

static struct vsnd_config *read_good(const char *text)
{
	return (struct vsnd_config *)config_read_good(&vsnd_config_layout, text);
}

static void free_config(struct vsnd_config *config)
{
	vb_config_free(&vsnd_config_layout, &config->common);
}

static void test_whole_file(void **state)
{
	struct vsnd_config *config = read_good(
		"[daemon]\ncontrol-socket = /tmp/x.sock\n"
		"[device main]\ntype = alsa\nplayback = hw:CARD=PCH,DEV=0\ncapture = plug:mic\n"
		"priority = 90\n"
		"[device tape]\nplayback = /srv/a tape.wav\ntype = wav\n"
		"[device bench]\ntype = clock\nloop = yes\n"
		"[guest *]\nplayback = *\n"
		"[guest web-1.a_b]\nplayback = main, tape;bench\ncapture = main\nrecord = deny\n"
		"[guest evil]\n");
	const struct vsnd_card_config *card = config->cards;
	const struct vsnd_guest_config *guest;

	(void)state;
	assert_string_equal(config->common.control_socket, "/tmp/x.sock");
	assert_string_equal(card->name, "main");
	assert_ptr_equal(card->ops, &vsnd_card_alsa);
	assert_string_equal(card->playback, "hw:CARD=PCH,DEV=0");
	assert_string_equal(card->capture, "plug:mic");
	assert_int_equal(card->priority, 90);
	assert_false(card->loop);
	card = card->next;
	assert_ptr_equal(card->ops, &vsnd_card_wav);
	assert_string_equal(card->playback, "/srv/a tape.wav");
	assert_null(card->capture);
	assert_int_equal(card->priority, 70);
	card = card->next;
	assert_ptr_equal(card->ops, &vsnd_card_clock);
	assert_true(card->loop);
	assert_null(card->next);

	guest = vsnd_config_guest(config, "web-1.a_b");
	assert_true(vsnd_guest_may_use(guest, "tape", false));
	assert_false(vsnd_guest_may_use(guest, "tape", true));
	assert_true(vsnd_guest_may_use(guest, "main", true));
	assert_false(vsnd_guest_may_use(guest, "main ", true));
	assert_int_equal(guest->record, VSND_RECORD_DENY);
	/* The microphone is a right of its own. */
	guest = vsnd_config_guest(config, "any");
	assert_string_equal(guest->name, "*");
	assert_true(vsnd_guest_may_use(guest, "bench", false));
	assert_false(vsnd_guest_may_use(guest, "bench", true));
	/* An empty section takes the guest out of "*". */
	guest = vsnd_config_guest(config, "evil");
	assert_false(vsnd_guest_may_use(guest, "bench", false));
	free_config(config);
}

static void test_formats(void **state)
{
	char text[200];

	(void)state;
	for (uint8_t i = 0; i <= XENSND_PCM_FORMAT_F64_BE; i++) {
		struct vsnd_config *config;

		snprintf(text, sizeof(text),
			"[device a]\ntype=clock\nformat=%s\nrate=44100\nchannels=6\n"
			"[device b]\ntype=clock\n",
			vsnd_format_name(i));
		config = read_good(text);
		assert_int_equal(config->cards->format, i + 1);
		assert_int_equal(config->cards->rate_hz, 44100);
		assert_int_equal(config->cards->channels, 6);
		assert_int_equal(config->cards->next->format, 0);
		assert_int_equal(config->cards->next->rate_hz, 0);
		assert_int_equal(config->cards->next->channels, 0);
		free_config(config);
	}
}

/* In order of preference; a list of one is one. */
static void test_places(void **state)
{
	struct vsnd_config *config =
		read_good("[device a]\ntype=alsa\nplayback=path:pci-0000:00:1b.0,3\n"
			  "capture=mic\nplayback = hw:CARD=USB,DEV=0\nplayback=default\n"
			  "[device b]\ntype=wav\ncapture=/x\n");
	const struct vsnd_card_config *card = config->cards;

	(void)state;
	assert_string_equal(card->playback, "path:pci-0000:00:1b.0,3");
	assert_string_equal(card->playbacks[0], card->playback);
	assert_string_equal(card->playbacks[1], "hw:CARD=USB,DEV=0");
	assert_string_equal(card->playbacks[2], "default");
	assert_null(card->playbacks[3]);
	assert_string_equal(card->capture, "mic");
	assert_null(card->captures[1]);
	card = card->next;
	assert_null(card->playback);
	assert_null(card->playbacks);
	assert_string_equal(card->captures[0], "/x");
	free_config(config);
}

static void test_depth(void **state)
{
	struct vsnd_config *config = read_good(
		"[device a]\ntype=alsa\nplayback=x\n"
		"[device b]\ntype=alsa\nplayback=x\ndepth=auto\ndepth-min=2.5 ms\ndepth-max=0.04s\n"
		"dropouts-per-hour=12\n"
		"[device c]\ntype=alsa\nplayback=x\ndepth=10500us\n"
		"[device d]\ntype=alsa\nplayback=x\ndepth-min=50ms\n");
	const struct vsnd_card_config *card = config->cards;

	(void)state;
	assert_int_equal(card->depth_us, 0);
	assert_int_equal(card->depth_min_us, 0);
	assert_int_equal(card->depth_max_us, 0);
	assert_int_equal(card->dropouts_per_hour, 1);
	card = card->next;
	assert_int_equal(card->depth_us, 0);
	assert_int_equal(card->depth_min_us, 2500);
	assert_int_equal(card->depth_max_us, 40000);
	assert_int_equal(card->dropouts_per_hour, 12);
	assert_int_equal(card->next->depth_us, 10500);
	assert_int_equal(card->next->next->depth_min_us, 50000);
	free_config(config);
}

static void test_defaults(void **state)
{
	struct vsnd_config *config = read_good("[device a]\ntype=clock\n[guest g]\ncapture=a\n");

	(void)state;
	assert_string_equal(config->common.control_socket, RUNSTATEDIR "/pvmedia/pvsndd.sock");
	assert_false(config->cards->loop);
	assert_int_equal(config->cards->priority, 70);
	assert_null(vsnd_config_guest(config, "other"));
	free_config(config);
	config = read_good("");
	assert_null(config->cards);
	assert_null(vsnd_config_guest(config, "g"));
	free_config(config);
}

#define BAD_DEPTH "4: [device a] depth: must be auto or a time from 0.1ms to 1000ms, such as 10ms"

#define BAD_PATH                                                                                   \
	"4: [device a] capture: must be path:ID_PATH, as udevadm info tells it, or "               \
	"path:ID_PATH,DEVICE"

static const struct config_bad_text bad[] = {
	{"[source a]\n",
		"1: [source a]: no such section (there are [daemon], [device NAME], [guest NAME])"},
	{"[device]\n", "1: [device]: needs a name of 1 to 63 letters, digits, . _ or -"},
	{"[device *]\n", "1: [device *]: needs a name of 1 to 63 letters, digits, . _ or -"},
	{"[device a]\ntype=clock\n[device a]\n", "3: [device a]: is there twice"},
	{"\n[device a]\n", "2: [device a] type: is missing"},
	{"[device a]\ntype = oss\n", "2: [device a] type: must be alsa, wav or clock"},
	{"[device a]\ntype=clock\ntype=clock\n", "3: [device a] type: is there twice"},
	{"[device a]\ntype=alsa\n", "1: [device a] playback: is missing, and so is capture; "
				    "type = alsa needs at least one"},
	{"[device a]\ntype=wav\n", "1: [device a] playback: is missing, and so is capture; "
				   "type = wav needs at least one"},
	{"[device a]\ntype=alsa\nplayback=\n", "3: [device a] playback: must name a PCM or a file"},
	{"[device a]\ntype=wav\nplayback=x.wav\n",
		"3: [device a] playback: must be a path that starts with /, and type is wav"},
	{"[device a]\ntype=wav\ncapture=x.wav\n",
		"3: [device a] capture: must be a path that starts with /, and type is wav"},
	{"[device a]\ntype=wav\ncapture=/x\nplayback=/x\n",
		"1: [device a] capture: must be another file than that of playback"},
	{"[device a]\ntype=wav\nplayback=/x\nplayback=/y\n",
		"3: [device a] playback: is there twice, which is only for type = alsa"},
	{"[device a]\ntype=alsa\nplayback=x\ncapture=x\ncapture=path:\n", BAD_PATH},
	{"[device a]\ntype=alsa\nplayback=x\ncapture=path:,1\n", BAD_PATH},
	{"[device a]\ntype=alsa\nplayback=x\ncapture=path:pci-0,\n", BAD_PATH},
	{"[device a]\ntype=alsa\nplayback=x\ncapture=path:pci-0,256\n", BAD_PATH},
	{"[device a]\ntype=clock\ncapture=x\n",
		"1: [device a] capture: is not for type = clock, which has both by itself"},
	{"[device a]\ntype=clock\nplayback=x\n",
		"1: [device a] playback: is not for type = clock, which has both by itself"},
	{"[device a]\ntype=alsa\nplayback=x\nloop=no\n",
		"1: [device a] loop: is only for type = clock"},
	{"[device a]\ntype=clock\nloop=maybe\n", "3: [device a] loop: must be yes or no"},
	{"[device a]\ntype=clock\ndepth=10ms\n", "1: [device a] depth: is only for type = alsa"},
	{"[device a]\ntype=wav\nplayback=/x\ndropouts-per-hour=1\n",
		"1: [device a] dropouts-per-hour: is only for type = alsa"},
	{"[device a]\ntype=alsa\nplayback=x\ndepth=10\n", BAD_DEPTH},
	{"[device a]\ntype=alsa\nplayback=x\ndepth=ms\n", BAD_DEPTH},
	{"[device a]\ntype=alsa\nplayback=x\ndepth=-1ms\n", BAD_DEPTH},
	{"[device a]\ntype=alsa\nplayback=x\ndepth=1.ms\n", BAD_DEPTH},
	{"[device a]\ntype=alsa\nplayback=x\ndepth=1.2.3ms\n", BAD_DEPTH},
	{"[device a]\ntype=alsa\nplayback=x\ndepth=100.5us\n", BAD_DEPTH},
	{"[device a]\ntype=alsa\nplayback=x\ndepth=99us\n", BAD_DEPTH},
	{"[device a]\ntype=alsa\nplayback=x\ndepth=1.000001s\n", BAD_DEPTH},
	{"[device a]\ntype=alsa\nplayback=x\ndepth=99999999999999999999s\n", BAD_DEPTH},
	{"[device a]\ntype=alsa\nplayback=x\ndepth-max=auto\n",
		"4: [device a] depth-max: must be a time from 0.1ms to 1000ms, such as 10ms"},
	{"[device a]\ntype=alsa\nplayback=x\ndepth-min=10ms\ndepth-max=9ms\n",
		"1: [device a] depth-min: must not be above depth-max"},
	{"[device a]\ntype=alsa\nplayback=x\ndepth-min=1ms\ndepth=9ms\n",
		"1: [device a] depth-min: is only for depth = auto"},
	{"[device a]\ntype=alsa\nplayback=x\ndepth-max=1ms\ndepth=9ms\n",
		"1: [device a] depth-max: is only for depth = auto"},
	{"[device a]\ntype=alsa\nplayback=x\ndropouts-per-hour=0\n",
		"4: [device a] dropouts-per-hour: must be a number from 1 to 3600"},
	{"[device a]\ntype=clock\npriority=0\n",
		"3: [device a] priority: must be a number from 1 to 90"},
	{"[device a]\ntype=clock\npriority=91\n",
		"3: [device a] priority: must be a number from 1 to 90"},
	{"[device a]\ntype=clock\n[guest g]\nplayback=a, b\n",
		"4: [guest g] playback: there is no [device b]"},
	{"[device a]\ntype=clock\n[guest g]\nplayback=a\ncapture=c\n",
		"5: [guest g] capture: there is no [device c]"},
	{"[guest g]\ncapture=*, a\n", "2: [guest g] capture: * means all devices and stands alone"},
};

static void test_bad_files(void **state)
{
	(void)state;
	config_assert_refused(&vsnd_config_layout, bad, sizeof(bad) / sizeof(bad[0]));
}

static void test_common(void **state)
{
	(void)state;
	config_assert_common(&vsnd_config_layout);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_file),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_common),
	};

	return cmocka_run_group_tests(tests, config_make_file, config_remove_file);
}
