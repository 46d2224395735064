/* SPDX-License-Identifier: MIT */
/*
 * The control socket: a client sends one line, the server answers lines and closes. Commands:
 * "create NAME", "destroy ID", "list", "stat" (a name and a number a line). The last line is "ok",
 * or "error" and what went wrong; those before are the command's output.
 */
#ifndef LOOP_CONTROL_H
#define LOOP_CONTROL_H

#include "xenbus/loop/server.h"

/* Serves one connection of the control socket; takes the descriptor. */
void loop_control_accept(struct loop_server *server, uint32_t domid, int fd);

/* Ends all connections. */
void loop_control_end_all(struct loop_server *server);

/*
 * Sends a command to the server of dir and prints its output to stdout. 0, or 1 after a line on
 * stderr.
 */
int loop_control_send(const char *dir, const char *command);

#endif
