/* SPDX-License-Identifier: MIT */
#include "xenbus/loop/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "xenbus/loop/domain.h"

#define COMMAND_BYTES 512

/* A connection: first its line is read, then the answer written. */
struct loop_command {
	LIST_ENTRY(loop_command) next;
	struct loop_server *server;
	ev_io io;
	size_t got_bytes;
	char line[COMMAND_BYTES];
	char *answer;
	size_t answer_bytes;
	size_t sent_bytes;
};

static void end_command(struct loop_command *command)
{
	LIST_REMOVE(command, next);
	ev_io_stop(command->server->loop, &command->io);
	close(command->io.fd);
	free(command->answer);
	free(command);
}

static void answer_create(struct loop_server *server, const char *name, FILE *answer)
{
	uint32_t domid;
	int err = loop_domain_create(server, name, &domid);

	if (!err)
		fprintf(answer, "%u\nok\n", domid);
	else if (err == -EEXIST)
		fprintf(answer, "error there is a domain called %s; choose another name\n", name);
	else if (err == -EINVAL)
		fprintf(answer, "error a name has 1 to %d printable characters and no /\n",
			LOOP_NAME_BYTES - 1);
	else
		fprintf(answer, "error domain not made: %s\n", strerror(-err));
}

static void answer_destroy(struct loop_server *server, const char *id, FILE *answer)
{
	char *end;
	unsigned long domid = strtoul(id, &end, 10);
	int err = *id < '0' || *id > '9' || *end ? -EINVAL : -ENOENT;

	if (err != -EINVAL && domid < LOOP_DOMIDS)
		err = loop_domain_destroy(server, (uint32_t)domid);
	if (!err)
		fprintf(answer, "ok\n");
	else if (err == -ENOENT)
		fprintf(answer,
			"error there is no domain %s; "
			"`xenloop domain list` shows them\n",
			id);
	else if (err == -EPERM)
		fprintf(answer, "error domain 0 lives as long as the server; stop that instead\n");
	else
		fprintf(answer, "error a domain's id is a number, not %s\n", id);
}

static void answer_list(const struct loop_server *server, FILE *answer)
{
	const struct loop_entry *entry;

	TAILQ_FOREACH(entry, &server->domains, next)
	fprintf(answer, "%u %s\n", entry->id, entry->name);
	fprintf(answer, "ok\n");
}

static void answer_stat(const struct loop_server *server, FILE *answer)
{
	struct loop_hyper_stat hyper;
	struct loop_store_stat store;

	loop_hyper_stat(server->hyper, &hyper);
	loop_store_stat(server->store, &store);
	fprintf(answer,
		"domains %u\nconnections %u\ngrants %u\nshares %u\nmaps %u\nports %u\n"
		"notifies %u\n",
		hyper.domains, hyper.connections, hyper.grants, hyper.shares, hyper.maps,
		hyper.ports, hyper.notifies);
	fprintf(answer, "store-nodes %zu\nstore-clients %u\nstore-watches %u\nstore-txns %u\nok\n",
		store.nodes, store.clients, store.watches, store.txns);
}

static int make_answer(struct loop_command *command)
{
	FILE *answer = open_memstream(&command->answer, &command->answer_bytes);
	const char *line = command->line;

	if (!answer)
		return -ENOMEM;
	if (!strncmp(line, "create ", 7))
		answer_create(command->server, line + 7, answer);
	else if (!strncmp(line, "destroy ", 8))
		answer_destroy(command->server, line + 8, answer);
	else if (!strcmp(line, "list"))
		answer_list(command->server, answer);
	else if (!strcmp(line, "stat"))
		answer_stat(command->server, answer);
	else
		fprintf(answer, "error unknown command\n");
	return fclose(answer) ? -ENOMEM : 0;
}

static void on_writable(struct ev_loop *loop, ev_io *watcher, int events)
{
	struct loop_command *command = watcher->data;
	ssize_t bytes = send(watcher->fd, command->answer + command->sent_bytes,
		command->answer_bytes - command->sent_bytes, MSG_DONTWAIT | MSG_NOSIGNAL);

	(void)loop;
	(void)events;
	if (bytes < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (bytes > 0)
		command->sent_bytes += (size_t)bytes;
	if (bytes < 0 || command->sent_bytes == command->answer_bytes)
		end_command(command);
}

static void on_readable(struct ev_loop *loop, ev_io *watcher, int events)
{
	struct loop_command *command = watcher->data;
	ssize_t bytes = recv(watcher->fd, command->line + command->got_bytes,
		sizeof(command->line) - 1 - command->got_bytes, MSG_DONTWAIT);
	char *newline;

	(void)events;
	if (bytes < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (bytes > 0)
		command->got_bytes += (size_t)bytes;
	newline = memchr(command->line, '\n', command->got_bytes);
	if (newline)
		*newline = '\0';
	/* A client that ends before its line, or never ends it, gets no answer. */
	if (bytes <= 0 || (!newline && command->got_bytes == sizeof(command->line) - 1) ||
		(newline && make_answer(command))) {
		end_command(command);
		return;
	}
	if (!newline)
		return;
	ev_io_stop(loop, watcher);
	ev_set_cb(watcher, on_writable);
	ev_io_set(watcher, watcher->fd, EV_WRITE);
	ev_io_start(loop, watcher);
}

void loop_control_accept(struct loop_server *server, uint32_t domid, int fd)
{
	struct loop_command *command = calloc(1, sizeof(*command));

	(void)domid;
	if (!command) {
		close(fd);
		return;
	}
	command->server = server;
	ev_io_init(&command->io, on_readable, fd, EV_READ);
	command->io.data = command;
	LIST_INSERT_HEAD(&server->commands, command, next);
	ev_io_start(server->loop, &command->io);
}

void loop_control_end_all(struct loop_server *server)
{
	while (!LIST_EMPTY(&server->commands))
		end_command(LIST_FIRST(&server->commands));
}

/* Prints all lines but the last, which says how it went. */
static int print_answer(FILE *answer)
{
	char *line = NULL;
	size_t room = 0;
	int status = -1;

	while (status < 0 && getline(&line, &room, answer) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (!strcmp(line, "ok")) {
			status = 0;
		} else if (!strncmp(line, "error ", 6)) {
			fprintf(stderr, "xenloop: %s\n", line + 6);
			status = 1;
		} else {
			puts(line);
		}
	}
	free(line);
	if (status < 0)
		fprintf(stderr, "xenloop: the server went away; see what `xenloop serve` said\n");
	return status ? 1 : 0;
}

int loop_control_send(const char *dir, const char *command)
{
	struct loop_dir opened;
	FILE *answer;
	int fd = -1;
	int status = 1;
	int err = loop_dir_open(dir, false, &opened);

	if (!err) {
		err = loop_dir_connect(&opened, "control", &fd);
		loop_dir_close(&opened);
	}
	if (err) {
		fprintf(stderr, "xenloop: no server in %s (%s); start `xenloop serve --dir %s`\n",
			dir, strerror(-err), dir);
		return 1;
	}
	if (dprintf(fd, "%s\n", command) > 0 && (answer = fdopen(fd, "r"))) {
		status = print_answer(answer);
		fclose(answer);
	} else {
		fprintf(stderr, "xenloop: the server went away\n");
		close(fd);
	}
	return status;
}
