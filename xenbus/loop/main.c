/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "common/parse.h"
#include "common/program.h"
#include "xenbus/loop/control.h"
#include "xenbus/loop/run.h"
#include "xenbus/loop/server.h"

#define NAME "xenloop"

static const char help[] =
	"Usage: xenloop serve --dir DIR [--gntalloc-limit PAGES]\n"
	"       xenloop domain create --dir DIR NAME\n"
	"       xenloop domain destroy --dir DIR ID\n"
	"       xenloop domain list --dir DIR\n"
	"       xenloop run --dir DIR ID [--] COMMAND...\n"
	"       xenloop stat --dir DIR\n"
	"A stand-in for the Xen hypervisor and xenstored.\n"
	"      --dir DIR               where the server and its domains meet\n"
	"      --gntalloc-limit PAGES  pages one domain may share at a time (32768)\n"
	"      --help                  show this\n"
	"      --version               show the version\n";

struct options {
	const char *dir;
	struct loop_hyper_limits limits;
};

/* Reads the options behind argv[0]; returns the index of the first argument behind them. */
static int parse(int argc, char *argv[], struct options *options)
{
	static const struct option known[] = {
		{"dir", required_argument, NULL, 'd'},
		{"gntalloc-limit", required_argument, NULL, 'g'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{0},
	};
	int option;

	opterr = 0;
	optind = 1;
	while ((option = getopt_long(argc, argv, "+:", known, NULL)) >= 0) {
		switch (option) {
		case 'd':
			options->dir = optarg;
			break;
		case 'g':
			if (pv_parse_u32(optarg, 0, UINT32_MAX, &options->limits.gntalloc_pages))
				pv_program_usage(NAME, "--gntalloc-limit takes a number of pages");
			break;
		case 'h':
			fputs(help, stdout);
			exit(PV_EXIT_DONE);
		case 'V':
			pv_program_version(NAME);
		case ':':
			pv_program_usage(NAME, "%s lacks its value", argv[optind - 1]);
		default:
			pv_program_usage(NAME, "unknown option %s", argv[optind - 1]);
		}
	}
	return optind;
}

static int serve(const struct options *options, int argc)
{
	if (argc)
		pv_program_usage(NAME, "serve takes no arguments");
	return loop_server_run(options->dir, &options->limits);
}

/* Sends "VERB" or "VERB ARGUMENT" to the server. */
static int send_command(const struct options *options, const char *verb, const char *argument)
{
	char command[512];
	int length = snprintf(command, sizeof(command), "%s%s%s", verb, argument ? " " : "",
		argument ? argument : "");

	if (length >= (int)sizeof(command) || strchr(command, '\n'))
		pv_program_usage(NAME, "a domain's name is one line of at most 127 characters");
	return loop_control_send(options->dir, command);
}

static int domain(const char *verb, const struct options *options, int argc, char *argv[])
{
	bool lists = !strcmp(verb, "list");

	if (!lists && strcmp(verb, "create") && strcmp(verb, "destroy"))
		pv_program_usage(NAME, "domain can create, destroy, list");
	if (argc != (lists ? 0 : 1))
		pv_program_usage(NAME, lists ? "domain list takes no arguments"
					     : "domain create takes a NAME, domain destroy an ID");
	return send_command(options, verb, lists ? NULL : argv[0]);
}

static int show_stat(const struct options *options, int argc)
{
	if (argc)
		pv_program_usage(NAME, "stat takes no arguments");
	return send_command(options, "stat", NULL);
}

static int run(const struct options *options, int argc, char *argv[])
{
	uint32_t domid;

	if (!argc || pv_parse_u32(argv[0], 0, LOOP_DOMIDS - 1, &domid))
		pv_program_usage(NAME, "run takes a domain's ID, a number, then a COMMAND");
	argc--;
	argv++;
	if (argc && !strcmp(argv[0], "--")) {
		argc--;
		argv++;
	}
	if (!argc)
		pv_program_usage(NAME, "run takes a COMMAND behind the domain's ID");
	return loop_run(options->dir, domid, argv);
}

int main(int argc, char *argv[])
{
	struct options options = {.limits = loop_hyper_limits_default};
	const char *verb = argc > 1 ? argv[1] : "";
	const char *domain_verb = "";
	int words = 1; /* before the options */

	if (argc == 1)
		pv_program_usage(NAME, "what to do is missing");
	if (verb[0] == '-')
		words = 0;
	else if (!strcmp(verb, "domain") && argc > 2 && argv[2][0] != '-')
		domain_verb = argv[++words];
	words += parse(argc - words, argv + words, &options);
	argc -= words;
	argv += words;
	if (strcmp(verb, "serve") && strcmp(verb, "domain") && strcmp(verb, "run") &&
		strcmp(verb, "stat"))
		pv_program_usage(NAME, "it can serve, domain, run, stat");
	if (!options.dir)
		pv_program_usage(NAME, "--dir is missing");
	if (!strcmp(verb, "serve"))
		return serve(&options, argc);
	if (!strcmp(verb, "run"))
		return run(&options, argc, argv);
	if (!strcmp(verb, "stat"))
		return show_stat(&options, argc);
	return domain(domain_verb, &options, argc, argv);
}
