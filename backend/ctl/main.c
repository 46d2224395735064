/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/ctl/ctl.h"
#include "backend/ctl/scan.h"
#include "common/parse.h"

#define NAME "pvctl"
#define INTERVAL_MAX_S 3600

static const char usage_text[] =
	"Usage: pvctl attach [--no-wait] GUEST pvcam WORDS…\n"
	"       pvctl attach [--no-wait] GUEST pvsnd WORDS…\n"
	"       pvctl attach [--no-wait] GUEST.cfg\n"
	"       pvctl detach [--force] GUEST pvcam|vcamera|pvsnd|vsnd DEVICE|UNIQUE-ID\n"
	"       pvctl list [--json] [GUEST]\n"
	"       pvctl stat [--json] [--interval SECONDS [--count N]] [--socket PATH] [GUEST]\n"
	"       pvctl watch [--json] [--config-dir DIR]…\n"
	"       pvctl volume [--json] [--socket PATH] GUEST [DEVICE|UNIQUE-ID] -20dB|+N|-N\n"
	"       pvctl mute|unmute [--playback|--capture] [--json] [--socket PATH] GUEST\n"
	"               [DEVICE|UNIQUE-ID]\n"
	"Gives guests cameras and sound, shows how they do, sets how loud they are.\n"
	"GUEST is a domain's name or id; WORDS are those of an xl config, each string of its list\n"
	"one argument:\n"
	"       pvctl attach g1 pvcam 'unique-id=front, max-buffers=4' \\\n"
	"               'format=YUYV, resolution=640x480, frame-rates=30/1;15/1'\n"
	"       pvctl attach g1 pvsnd 'CARD, short-name=Main' PCM \\\n"
	"               'STREAM, unique-id=speaker, type=P'\n"
	"      --no-wait           do not wait for the daemon to answer\n"
	"      --force             remove the device although the backend still holds it\n"
	"      --playback          mute or unmute only what the guest plays\n"
	"      --capture           mute or unmute only what it records\n"
	"      --json              print JSON\n"
	"      --interval SECONDS  look twice, so long apart, and show rates\n"
	"      --count N           so many times\n"
	"      --config-dir DIR    where watch looks for xl configs (/etc/xen)\n"
	"      --socket PATH       the control socket of pvcamd or pvsndd\n"
	"      --help, --version\n";

enum {
	OPT_NO_WAIT = 1,
	OPT_FORCE,
	OPT_JSON,
	OPT_INTERVAL,
	OPT_SOCKET,
	OPT_COUNT,
	OPT_CONFIG_DIR,
	OPT_PLAYBACK,
	OPT_CAPTURE,
	OPT_HELP,
	OPT_VERSION,
};

static const struct option all_options[] = {
	{"no-wait", no_argument, NULL, OPT_NO_WAIT},
	{"force", no_argument, NULL, OPT_FORCE},
	{"json", no_argument, NULL, OPT_JSON},
	{"interval", required_argument, NULL, OPT_INTERVAL},
	{"count", required_argument, NULL, OPT_COUNT},
	{"socket", required_argument, NULL, OPT_SOCKET},
	{"config-dir", required_argument, NULL, OPT_CONFIG_DIR},
	{"playback", no_argument, NULL, OPT_PLAYBACK},
	{"capture", no_argument, NULL, OPT_CAPTURE},
	{"help", no_argument, NULL, OPT_HELP},
	{"version", no_argument, NULL, OPT_VERSION},
	{0},
};

enum pv_exit pvctl_fail(const char *format, ...)
{
	va_list args;

	fputs(NAME ": ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return PV_EXIT_FAILED;
}

enum pv_exit pvctl_fail_store(const char *doing, int error)
{
	if (error == -EACCES)
		return pvctl_fail("cannot %s: not allowed; run it in dom0, as root", doing);
	return pvctl_fail("cannot %s: xenstore: %s", doing, strerror(-error));
}

enum pv_exit pvctl_fail_guest(const char *guest, int error)
{
	if (error == -ENOENT)
		return pvctl_fail("%s: no such domain; xl list shows those that run", guest);
	return pvctl_fail_store("look for the domain", error);
}

enum pv_exit pvctl_print_json(json_t *value)
{
	int status = value ? json_dumpf(value, stdout, JSON_INDENT(2)) : -1;

	json_decref(value);
	if (status < 0)
		return pvctl_fail("cannot print JSON: out of memory or the output is closed");
	putchar('\n');
	return PV_EXIT_DONE;
}

static void take_option(int option, struct pvctl_options *options)
{
	switch (option) {
	case OPT_NO_WAIT:
		options->no_wait = true;
		break;
	case OPT_FORCE:
		options->force = true;
		break;
	case OPT_JSON:
		options->json = true;
		break;
	case OPT_INTERVAL:
		if (pv_parse_u32(optarg, 1, INTERVAL_MAX_S, &options->interval_s) < 0)
			pv_program_usage(NAME,
				"--interval %s: not a number of seconds from 1 to %d", optarg,
				INTERVAL_MAX_S);
		break;
	case OPT_COUNT:
		if (pv_parse_u32(optarg, 1, UINT32_MAX, &options->count) < 0)
			pv_program_usage(NAME, "--count %s: not a number from 1 on", optarg);
		break;
	case OPT_PLAYBACK:
		options->direction = "playback";
		break;
	case OPT_CAPTURE:
		options->direction = "capture";
		break;
	case OPT_SOCKET:
		options->socket = optarg;
		break;
	case OPT_CONFIG_DIR:
		if (options->num_config_dirs == PVCTL_CONFIG_DIRS)
			pv_program_usage(
				NAME, "--config-dir: at most %d of them", PVCTL_CONFIG_DIRS);
		options->config_dirs[options->num_config_dirs++] = optarg;
		break;
	}
}

/* "-3" is a level and no option. Those go to the end, where a level stands anyway; answers how many
 * words are before them. */
static int set_levels_aside(int argc, char **argv)
{
	for (int i = argc - 1; i > 1; i--) {
		char *level = argv[i];

		if (level[0] != '-' || !isdigit((unsigned char)level[1]))
			continue;
		argc--;
		memmove(&argv[i], &argv[i + 1], (size_t)(argc - i) * sizeof(*argv));
		argv[argc] = level;
	}
	return argc;
}

/* Options may stand anywhere. Afterwards argv[optind…] are the arguments. Answers which options
 * were there, as bits. */
static unsigned take_options(int argc, char **argv, struct pvctl_options *options)
{
	unsigned seen = 0;
	int option;

	argc = set_levels_aside(argc, argv);
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", all_options, NULL)) != -1) {
		if (option == OPT_HELP) {
			fputs(usage_text, stdout);
			exit(PV_EXIT_DONE);
		}
		if (option == OPT_VERSION)
			pv_program_version(NAME);
		if (option == ':')
			pv_program_usage(NAME, "%s needs a value", argv[optind - 1]);
		if (option == '?')
			pv_program_usage(NAME, "%s: unknown option", argv[optind - 1]);
		seen |= 1u << option;
		take_option(option, options);
	}
	return seen;
}

static enum pv_exit run_attach(
	struct xb_store *store, const struct pvctl_options *options, int argc, char **argv)
{
	if (argc == 1)
		return pvctl_attach_file(store, options, argv[0]);
	if (strcmp(argv[1], PVCTL_KEY_CAMERA) != 0 && strcmp(argv[1], PVCTL_KEY_SOUND) != 0) {
		pvctl_fail("attach: class %s: only pvcam and pvsnd (frontend= among their words "
			   "makes them vcamera and vsnd)",
			argv[1]);
		return PV_EXIT_USAGE;
	}
	return pvctl_attach(store, options, argv[0], argv[1], (const char *const *)argv + 2,
		(unsigned)argc - 2);
}

static enum pv_exit run_detach(
	struct xb_store *store, const struct pvctl_options *options, int argc, char **argv)
{
	(void)argc;
	for (const char *const *class = pvctl_classes; *class; class ++)
		if (strcmp(*class, argv[1]) == 0)
			return pvctl_detach(store, options, argv[0], *class, argv[2]);
	pvctl_fail("detach: class %s: only pvcam, vcamera, pvsnd and vsnd", argv[1]);
	return PV_EXIT_USAGE;
}

static enum pv_exit run_list(
	struct xb_store *store, const struct pvctl_options *options, int argc, char **argv)
{
	return pvctl_list(store, options, argc ? argv[0] : NULL);
}

static enum pv_exit run_stat(
	struct xb_store *store, const struct pvctl_options *options, int argc, char **argv)
{
	(void)store;
	return pvctl_stat(options, argc ? argv[0] : NULL);
}

static enum pv_exit run_watch(
	struct xb_store *store, const struct pvctl_options *options, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return pvctl_watch(store, options);
}

static enum pv_exit run_volume(
	struct xb_store *store, const struct pvctl_options *options, int argc, char **argv)
{
	(void)store;
	return pvctl_volume(options, argv[0], argc == 3 ? argv[1] : NULL, argv[argc - 1]);
}

static enum pv_exit run_mute(
	struct xb_store *store, const struct pvctl_options *options, int argc, char **argv)
{
	(void)store;
	return pvctl_mute(options, argv[0], argc == 2 ? argv[1] : NULL, true);
}

static enum pv_exit run_unmute(
	struct xb_store *store, const struct pvctl_options *options, int argc, char **argv)
{
	(void)store;
	return pvctl_mute(options, argv[0], argc == 2 ? argv[1] : NULL, false);
}

#define MUTE_OPTIONS (1u << OPT_PLAYBACK | 1u << OPT_CAPTURE | 1u << OPT_JSON | 1u << OPT_SOCKET)

static const struct command {
	const char *name;
	int min_args;
	int max_args;
	unsigned options; /* bits, 1u << OPT_… */
	bool needs_store;
	enum pv_exit (*run)(
		struct xb_store *store, const struct pvctl_options *options, int argc, char **argv);
} commands[] = {
	{"attach", 1, VCAM_OFFER_MODES + 3, 1u << OPT_NO_WAIT, true, run_attach},
	{"detach", 3, 3, 1u << OPT_FORCE, true, run_detach},
	{"list", 0, 1, 1u << OPT_JSON, true, run_list},
	{"stat", 0, 1, 1u << OPT_JSON | 1u << OPT_INTERVAL | 1u << OPT_COUNT | 1u << OPT_SOCKET,
		false, run_stat},
	{"watch", 0, 0, 1u << OPT_JSON | 1u << OPT_CONFIG_DIR, true, run_watch},
	{"volume", 2, 3, 1u << OPT_JSON | 1u << OPT_SOCKET, false, run_volume},
	{"mute", 1, 2, MUTE_OPTIONS, false, run_mute},
	{"unmute", 1, 2, MUTE_OPTIONS, false, run_unmute},
};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static void check_usage(const struct command *command, unsigned options_seen, int argc)
{
	for (const struct option *option = all_options; option->name; option++)
		if (options_seen & ~command->options & 1u << option->val)
			pv_program_usage(
				NAME, "%s does not take --%s", command->name, option->name);
	if (argc < command->min_args || argc > command->max_args)
		pv_program_usage(NAME, "%s: wrong number of arguments", command->name);
	if ((options_seen & 1u << OPT_PLAYBACK) && (options_seen & 1u << OPT_CAPTURE))
		pv_program_usage(
			NAME, "%s: --playback or --capture, or neither for both", command->name);
	if ((options_seen & 1u << OPT_COUNT) && !(options_seen & 1u << OPT_INTERVAL))
		pv_program_usage(NAME, "--count needs --interval");
}

int main(int argc, char **argv)
{
	struct pvctl_options options = {0};
	unsigned options_seen = take_options(argc, argv, &options);
	const struct command *command;
	struct xb_store *store = NULL;
	enum pv_exit exit;
	int status = 0;

	if (optind == argc)
		pv_program_usage(NAME, "no command");
	command = find_command(argv[optind]);
	if (!command)
		pv_program_usage(NAME, "%s: no such command", argv[optind]);
	argc -= optind + 1;
	argv += optind + 1;
	check_usage(command, options_seen, argc);
	if (command->needs_store)
		status = xb_store_open(&store);
	if (status < 0)
		return pvctl_fail("%s", xb_store_open_error(status));
	exit = command->run(store, &options, argc, argv);
	if (store)
		xb_store_close(store);
	if (fflush(stdout) != 0)
		return pvctl_fail("cannot write: %s", strerror(errno));
	return exit;
}
