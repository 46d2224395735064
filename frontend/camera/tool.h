/* SPDX-License-Identifier: MIT */
/* The tool `pvcam`: one function a command, each answering the exit status. argv[0] is the
 * command's name. */
#ifndef PVCAM_TOOL_H
#define PVCAM_TOOL_H

#include "frontend/camera/pvcam.h"

#define PVCAM_TOOL "pvcam"

int pvcam_tool_list(int argc, char **argv);
int pvcam_tool_info(int argc, char **argv);
int pvcam_tool_grab(int argc, char **argv);
int pvcam_tool_bridge(int argc, char **argv);

/* "YUYV"; "?" for a format nobody knows. Static. */
const char *pvcam_tool_format(uint32_t fourcc);

/* The options of list and info. Exits 2 on wrong usage. */
struct pvcam_tool_words {
	const char *name; /* NULL: none given */
	int json;
};
void pvcam_tool_words(int argc, char **argv, int max_names, struct pvcam_tool_words *ret);

/* Prints the usage of all commands to stdout. */
void pvcam_tool_help(void);

#endif
