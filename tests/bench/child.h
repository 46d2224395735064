/* SPDX-License-Identifier: MIT */
/* Child processes: found, pinned, spoken to by lines, ended. Main thread only. */
#ifndef PVBENCH_CHILD_H
#define PVBENCH_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct pvbench_child {
	pid_t pid;   /* 0: none */
	FILE *lines; /* its output; its input is the same socket. NULL: it has neither */
};

/* Set by SIGINT, SIGTERM or SIGHUP: whatever waits gives up. */
extern volatile sig_atomic_t pvbench_interrupted;
void pvbench_child_catch_signals(void);

/* Real-time priority for this process, and for all that it starts. Ends the program without it. */
void pvbench_child_become_fifo(void);

/*
 * A program of ours, in the build tree that this one is in, beside this one, or in PATH. folder is
 * where the build tree has it ("xenbus/loop"). Never fails; the caller frees.
 */
char *pvbench_child_find(const char *folder, const char *name);
/* This program's file. The caller frees; NULL on failure. */
char *pvbench_child_self(void);

/*
 * Starts argv[0], pinned to one CPU (-1: not), which dies with us. talks: with a socket as its
 * standard input and output, otherwise with neither. log: standard error goes to that file's end;
 * NULL: ours. -errno.
 */
struct pvbench_child_start {
	char *const *argv;
	int cpu;
	bool talks;
	const char *log;
};
int pvbench_child_start(const struct pvbench_child_start *start, struct pvbench_child *ret);

/* One line to its input. -EPIPE: it is gone. */
int pvbench_child_say(struct pvbench_child *child, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Its next line, without the newline. -EPIPE it is gone; -ETIMEDOUT nothing in two minutes;
 * -EINTR pvbench_interrupted. */
int pvbench_child_hear(struct pvbench_child *child, char *line, size_t line_bytes);

/* Closes its input, sends SIGTERM unless it is a worker that ends by that, waits 5 seconds for it,
 * kills it. Takes what was never started. */
void pvbench_child_end(struct pvbench_child *child, bool by_signal);
/* Waits for its own end: its exit status, or -errno. *ret_line (if not NULL) gets its first line of
 * output. */
int pvbench_child_wait(struct pvbench_child *child, char *line, size_t line_bytes);

#endif
