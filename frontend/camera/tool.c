/* SPDX-License-Identifier: MIT */
#include "frontend/camera/tool.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/pixfmt.h"
#include "common/program.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{"list", pvcam_tool_list},
	{"info", pvcam_tool_info},
	{"grab", pvcam_tool_grab},
	{"bridge", pvcam_tool_bridge},
};

void pvcam_tool_help(void)
{
	puts("usage: pvcam list [--json]\n"
	     "       pvcam info [CAMERA] [--json]\n"
	     "       pvcam grab [CAMERA] -o FILE.{png,y4m,raw} [-n FRAMES] [--seconds S]\n"
	     "                  [--format FOURCC] [--size WxH] [--rate N/D] [--buffers N]\n"
	     "                  [--set CONTROL=NUMBER]... [--second FILE[,format=F][,size=WxH]]\n"
	     "                  [--timing FILE.csv] [--as png|y4m|raw] [--json] [--progress]\n"
	     "                  [--quiet]\n"
	     "       pvcam bridge [CAMERA]... [-c FILE] [--format FOURCC] [--size WxH]\n"
	     "                  [--rate N/D] [--device /dev/videoN] [--label NAME] [-v]\n"
	     "       pvcam --help | --version\n"
	     "\n"
	     "Cameras that dom0 gives to this Xen guest. CAMERA is a name or a number of `pvcam\n"
	     "list`; without one it is the first. See pvcam(1).");
}

const char *pvcam_tool_format(uint32_t fourcc)
{
	const struct pv_pixfmt *pixfmt = pv_pixfmt_find(fourcc);

	return pixfmt ? pixfmt->name : "?";
}

void pvcam_tool_words(int argc, char **argv, int max_names, struct pvcam_tool_words *ret)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int option;

	*ret = (struct pvcam_tool_words){0};
	optind = 0;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == '?')
			pv_program_usage(
				PVCAM_TOOL, "unknown option '%s' of %s", argv[optind - 1], argv[0]);
		if (option == 'h') {
			pvcam_tool_help();
			exit(PV_EXIT_DONE);
		}
		ret->json = 1;
	}
	if (argc - optind > max_names)
		pv_program_usage(
			PVCAM_TOOL, "'%s' is too much for %s", argv[optind + max_names], argv[0]);
	if (optind < argc)
		ret->name = argv[optind];
}

int main(int argc, char **argv)
{
	if (argc < 2)
		pv_program_usage(PVCAM_TOOL, "no command: list, info, grab or bridge");
	if (strcmp(argv[1], "--version") == 0)
		pv_program_version(PVCAM_TOOL);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		pvcam_tool_help();
		return PV_EXIT_DONE;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	pv_program_usage(PVCAM_TOOL, "unknown command '%s': list, info, grab or bridge", argv[1]);
}
