/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "config.h"
#include "xenbus/loop/control.h"
#include "xenbus/loop/run.h"
#include "xenbus/loop/server.h"

#define EXIT_USAGE 2

static const char usage[] =
	"Usage: xenloop serve --dir DIR\n"
	"       xenloop domain create --dir DIR NAME\n"
	"       xenloop domain destroy --dir DIR ID\n"
	"       xenloop domain list --dir DIR\n"
	"       xenloop run --dir DIR ID [--] COMMAND...\n"
	"A stand-in for the Xen hypervisor and xenstored.\n"
	"      --dir DIR   where the server and its domains meet\n"
	"      --help      show this\n"
	"      --version   show the version\n";

struct options {
	const char *dir;
};

static int wrong_usage(const char *what)
{
	fprintf(stderr, "xenloop: %s; `xenloop --help` shows how\n", what);
	return EXIT_USAGE;
}

/*
 * Reads the options behind argv[0]; *ret_first is the first argument behind them.
 * -1, or the status to exit with.
 */
static int parse(int argc, char *argv[], struct options *options, int *ret_first)
{
	static const struct option known[] = {
		{ "dir", required_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "+:", known, NULL)) >= 0) {
		switch (option) {
		case 'd':
			options->dir = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		case 'V':
			puts("xenloop (" PACKAGE_NAME ") " PACKAGE_VERSION);
			return 0;
		case ':':
			return wrong_usage("an option lacks its value");
		default:
			return wrong_usage("unknown option");
		}
	}
	*ret_first = optind;
	return -1;
}

static int serve(const struct options *options, int argc)
{
	if (argc)
		return wrong_usage("serve takes no arguments");
	return loop_server_run(options->dir);
}

static int send_command(const struct options *options, const char *verb, const char *argument)
{
	char command[512];
	int length = snprintf(command, sizeof(command), "%s%s%s", verb, argument ? " " : "",
		argument ? argument : "");

	if (length >= (int)sizeof(command) || strchr(command, '\n'))
		return wrong_usage("a domain's name is one line of at most 127 characters");
	return loop_control_send(options->dir, command);
}

static int domain(const char *verb, const struct options *options, int argc, char *argv[])
{
	bool lists = !strcmp(verb, "list");

	if (!lists && strcmp(verb, "create") && strcmp(verb, "destroy"))
		return wrong_usage("domain can create, destroy, list");
	if (argc != (lists ? 0 : 1))
		return wrong_usage(lists ? "domain list takes no arguments"
					 : "domain create takes a NAME, domain destroy an ID");
	return send_command(options, verb, lists ? NULL : argv[0]);
}

static int run(const struct options *options, int argc, char *argv[])
{
	const char *domid = argc ? argv[0] : "";
	const char *c;

	for (c = domid; isdigit((unsigned char)*c); c++)
		;
	if (c == domid || *c || c > domid + 5)
		return wrong_usage("run takes a domain's ID, a number, then a COMMAND");
	argc--;
	argv++;
	if (argc && !strcmp(argv[0], "--")) {
		argc--;
		argv++;
	}
	if (!argc)
		return wrong_usage("run takes a COMMAND behind the domain's ID");
	return loop_run(options->dir, domid, argv);
}

int main(int argc, char *argv[])
{
	struct options options = { 0 };
	const char *verb = argc > 1 ? argv[1] : "";
	const char *domain_verb = "";
	int skipped = 1, first = 0, status;

	/* Options may stand before everything else only to ask for help. */
	if (verb[0] == '-')
		skipped = 0;
	else if (!strcmp(verb, "domain") && argc > 2 && argv[2][0] != '-')
		domain_verb = argv[++skipped];
	if (skipped >= argc)
		return wrong_usage("what to do is missing");
	status = parse(argc - skipped, argv + skipped, &options, &first);
	if (status >= 0)
		return status;
	argc -= skipped + first;
	argv += skipped + first;
	if (strcmp(verb, "serve") && strcmp(verb, "domain") && strcmp(verb, "run"))
		return wrong_usage("xenloop can serve, domain, run");
	if (!options.dir)
		return wrong_usage("--dir is missing");
	if (!strcmp(verb, "serve"))
		return serve(&options, argc);
	if (!strcmp(verb, "run"))
		return run(&options, argc, argv);
	return domain(domain_verb, &options, argc, argv);
}
