/* SPDX-License-Identifier: MIT */
#include "tests/bench/world.h"

#include <errno.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ctl.h"
#include "common/program.h"
#include "tests/bench/worker.h"

#define NAME "pvbench"
#define WORKERS_MAX 32u
#define ARGS_MAX 32u
#define CTL_TIMEOUT_MS 5000
#define GNTALLOC_PAGES "131072"

struct pvbench_world {
	char *dir;
	char *log;
	char *config;
	char *control_socket;
	char *self, *xenloop_path, *pvcamd_path, *pvsndd_path, *pvctl_path;
	struct pvbench_cpus cpus;
	struct pvbench_child xenloop;
	struct pvbench_child daemon;
	unsigned guests;
	unsigned domids[PVBENCH_GUESTS_MAX];
	unsigned num_workers;
	struct pvbench_child workers[WORKERS_MAX];
};

/* The one that stands, for the way out of the program. */
static struct pvbench_world *standing;

static void take_down(void)
{
	pvbench_world_destroy(standing);
}

/* The last complaint in the log, to tell why something failed. */
static void log_last_line(char *line, size_t line_bytes)
{
	FILE *log = standing != NULL ? fopen(standing->log, "r") : NULL;
	char next[512];

	line[0] = '\0';
	if (log == NULL)
		return;
	while (fgets(next, sizeof(next), log) != NULL) {
		next[strcspn(next, "\n")] = '\0';
		if (strstr(next, ": info: ") == NULL)
			snprintf(line, line_bytes, " (log: %.400s)", next);
	}
	fclose(log);
}

void pvbench_world_fail(const char *format, ...)
{
	char why[512], log[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, sizeof(why), format, arguments);
	va_end(arguments);
	if (pvbench_interrupted)
		pv_program_fail(NAME, "interrupted");
	log_last_line(log, sizeof(log));
	pv_program_fail(NAME, "%s%s", why, log);
}

static char *print(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char *print(const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		pvbench_world_fail("no memory");
	return text;
}

/* Runs a program to its end; line (may be NULL) gets the first line that it prints. */
static void run(struct pvbench_world *world, char *const *argv, char *line, size_t line_bytes)
{
	struct pvbench_child_start start = {
		.argv = argv, .cpu = world->cpus.dom0, .talks = true, .log = world->log};
	struct pvbench_child child;
	int status = pvbench_child_start(&start, &child);

	if (status == 0)
		status = pvbench_child_wait(&child, line, line_bytes);
	if (status == 127)
		pvbench_world_fail("%s cannot be run; install pvmedia, or run make", argv[0]);
	if (status != 0)
		pvbench_world_fail("%s %s failed", argv[0], argv[1]);
}

static void start_xenloop(struct pvbench_world *world)
{
	char *argv[] = {world->xenloop_path, "serve", "--dir", world->dir, "--gntalloc-limit",
		GNTALLOC_PAGES, NULL};
	struct pvbench_child_start start = {
		.argv = argv, .cpu = world->cpus.dom0, .talks = true, .log = world->log};
	char line[256];

	if (pvbench_child_start(&start, &world->xenloop) < 0)
		pvbench_world_fail("no new process");
	do {
		if (pvbench_child_hear(&world->xenloop, line, sizeof(line)) < 0)
			pvbench_world_fail("%s does not start; is pvmedia installed or built?",
				world->xenloop_path);
	} while (strstr(line, "ready") == NULL);
}

static void create_guests(struct pvbench_world *world)
{
	for (unsigned i = 0; i < world->guests; i++) {
		char *name = print("bench%u", i);
		char *argv[] = {
			world->xenloop_path, "domain", "create", "--dir", world->dir, name, NULL};
		char line[64];

		run(world, argv, line, sizeof(line));
		world->domids[i] = (unsigned)atoi(line);
		free(name);
	}
}

struct pvbench_world *pvbench_world_create(struct pvbench_cpus cpus, unsigned guests)
{
	const char *tmp = getenv("TMPDIR");
	struct pvbench_world *world = calloc(1, sizeof(*world));
	static bool at_exit;

	if (world == NULL)
		pvbench_world_fail("no memory");
	world->dir = print("%s/pvbench.XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(world->dir) == NULL)
		pvbench_world_fail("%s: %s; set TMPDIR", world->dir, strerror(errno));
	world->log = print("%s/log", world->dir);
	world->config = print("%s/daemon.conf", world->dir);
	world->control_socket = print("%s/daemon.sock", world->dir);
	world->self = pvbench_child_self();
	world->xenloop_path = pvbench_child_find("xenbus/loop", "xenloop");
	world->pvcamd_path = pvbench_child_find("backend/camera", "pvcamd");
	world->pvsndd_path = pvbench_child_find("backend/sound", "pvsndd");
	world->pvctl_path = pvbench_child_find("backend/ctl", "pvctl");
	world->cpus = cpus;
	world->guests = guests;
	standing = world;
	if (!at_exit)
		atexit(take_down);
	at_exit = true;
	start_xenloop(world);
	create_guests(world);
	return world;
}

static int remove_one(const char *path, const struct stat *stat, int kind, struct FTW *where)
{
	(void)stat, (void)kind, (void)where;
	return remove(path);
}

void pvbench_world_destroy(struct pvbench_world *world)
{
	if (world == NULL)
		return;
	standing = NULL;
	while (world->num_workers > 0)
		pvbench_child_end(&world->workers[--world->num_workers], false);
	pvbench_child_end(&world->daemon, true);
	pvbench_child_end(&world->xenloop, true);
	nftw(world->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(world->pvctl_path);
	free(world->pvsndd_path);
	free(world->pvcamd_path);
	free(world->xenloop_path);
	free(world->self);
	free(world->control_socket);
	free(world->config);
	free(world->log);
	free(world->dir);
	free(world);
}

unsigned pvbench_world_domid(const struct pvbench_world *world, unsigned guest)
{
	return world->domids[guest];
}

pid_t pvbench_world_daemon(const struct pvbench_world *world)
{
	return world->daemon.pid;
}

json_t *pvbench_world_stat(const struct pvbench_world *world)
{
	json_t *request = json_pack("{s:b}", "stat", 1), *answer;
	int error = pv_ctl_call(world->control_socket, request, CTL_TIMEOUT_MS, &answer);

	json_decref(request);
	if (error < 0)
		pvbench_world_fail("the daemon does not answer: %s", strerror(-error));
	return answer;
}

static void write_config(const struct pvbench_world *world, const char *sections)
{
	FILE *file = fopen(world->config, "w");

	if (file == NULL)
		pvbench_world_fail("%s: %s", world->config, strerror(errno));
	fprintf(file, "[daemon]\ncontrol-socket = %s\n%s", world->control_socket, sections);
	if (fclose(file) != 0)
		pvbench_world_fail("%s: %s", world->config, strerror(errno));
}

static void start_daemon(
	struct pvbench_world *world, char *path, const char *things, const char *rights)
{
	char *argv[] = {world->xenloop_path, "run", "--dir", world->dir, "0", "--", path, "-c",
		world->config, NULL};
	struct pvbench_child_start start = {
		.argv = argv, .cpu = world->cpus.dom0, .log = world->log};
	char *sections = print("%s\n[guest *]\n%s", things, rights);

	write_config(world, sections);
	free(sections);
	if (pvbench_child_start(&start, &world->daemon) < 0)
		pvbench_world_fail("no new process");
}

void pvbench_world_serve(struct pvbench_world *world, const char *sources)
{
	start_daemon(world, world->pvcamd_path, sources, "sources = *\nmax-buffers = 32\n");
}

void pvbench_world_serve_sound(struct pvbench_world *world, const char *devices)
{
	start_daemon(world, world->pvsndd_path, devices, "playback = *\ncapture = *\n");
}

void pvbench_world_attach(struct pvbench_world *world, unsigned guest, const char *source)
{
	char *name = print("bench%u", guest), *words = print("unique-id=%s", source);
	char *argv[] = {world->xenloop_path, "run", "--dir", world->dir, "0", "--",
		world->pvctl_path, "attach", name, "pvcam", words, NULL};

	run(world, argv, NULL, 0);
	free(words);
	free(name);
}

void pvbench_world_attach_sound(
	struct pvbench_world *world, unsigned guest, const char *device, bool capture)
{
	char *name = print("bench%u", guest);
	char *playback = print("STREAM, unique-id=%s, type=P", device);
	char *record = print("STREAM, unique-id=%s, type=C", device);
	char *argv[] = {world->xenloop_path, "run", "--dir", world->dir, "0", "--",
		world->pvctl_path, "attach", name, "pvsnd", "CARD, short-name=Bench, frontend=user",
		"PCM", playback, capture ? record : NULL, NULL};

	run(world, argv, NULL, 0);
	free(record);
	free(playback);
	free(name);
}

struct pvbench_child *pvbench_world_worker(
	struct pvbench_world *world, int domid, const char *const *words, char *ret_ready)
{
	char id[16], line[PVBENCH_LINE_BYTES];
	char *argv[ARGS_MAX] = {world->xenloop_path, "run", "--dir", world->dir, id, "--"};
	struct pvbench_child_start start = {
		.argv = domid == PVBENCH_NOWHERE ? argv + 6 : argv,
		.cpu = domid > 0 ? world->cpus.guest : world->cpus.dom0,
		.talks = true,
		.log = world->log,
	};
	struct pvbench_child *worker = &world->workers[world->num_workers];
	unsigned used = 6;

	snprintf(id, sizeof(id), "%d", domid);
	argv[used++] = world->self;
	argv[used++] = "--worker";
	while (*words != NULL && used < ARGS_MAX - 1)
		argv[used++] = (char *)*words++;
	if (world->num_workers == WORKERS_MAX || pvbench_child_start(&start, worker) < 0)
		pvbench_world_fail("no new process");
	world->num_workers++;
	if (pvbench_child_hear(worker, line, sizeof(line)) < 0)
		pvbench_world_fail("%s ended at once", argv[8]);
	if (strncmp(line, "ready ", 6) != 0)
		pvbench_world_fail("%s: %s", argv[8], line);
	if (ret_ready != NULL)
		snprintf(ret_ready, PVBENCH_LINE_BYTES, "%s", line + 6);
	return worker;
}
