/* SPDX-License-Identifier: MIT */
#include "tests/bench/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/program.h"

#define HEAR_TIMEOUT_S 120
#define END_TIMEOUT_MS 5000

volatile sig_atomic_t pvbench_interrupted;

static void on_signal(int number)
{
	pvbench_interrupted = number;
}

void pvbench_child_catch_signals(void)
{
	/* No SA_RESTART: what sleeps must wake up. */
	struct sigaction action = {.sa_handler = on_signal};
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

char *pvbench_child_self(void)
{
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (length <= 0)
		return NULL;
	path[length] = '\0';
	return strdup(path);
}

/* DIR/TAIL/NAME if it can be run. */
static char *candidate(const char *dir, const char *tail, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s/%s", dir, tail, name) < 0)
		return NULL;
	if (access(path, X_OK) == 0)
		return path;
	free(path);
	return NULL;
}

/* Cuts the last component off, and libtool's .libs before it. */
static void cut_to_dir(char *path)
{
	size_t length;

	*strrchr(path, '/') = '\0';
	length = strlen(path);
	if (length > 6 && strcmp(path + length - 6, "/.libs") == 0)
		path[length - 6] = '\0';
}

char *pvbench_child_find(const char *folder, const char *name)
{
	static const char *const tails[] = {"../../%s", ".", "../sbin"};
	char *dir = pvbench_child_self(), *found = NULL;
	char tail[128];

	if (dir == NULL)
		return strdup(name);
	cut_to_dir(dir);
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]) && found == NULL; i++) {
		if (i == 0)
			snprintf(tail, sizeof(tail), "../../%s", folder);
		else
			snprintf(tail, sizeof(tail), "%s", tails[i]);
		found = candidate(dir, tail, name);
	}
	free(dir);
	return found != NULL ? found : strdup(name);
}

void pvbench_child_become_fifo(void)
{
	struct sched_param lowest = {.sched_priority = 1};

	if (sched_setscheduler(0, SCHED_FIFO, &lowest) < 0)
		pv_program_fail("pvbench",
			"no real-time priority: %s; run as root, or without --fifo",
			strerror(errno));
}

static void pin(int cpu)
{
	cpu_set_t cpus;

	if (cpu < 0)
		return;
	CPU_ZERO(&cpus);
	CPU_SET((unsigned)cpu, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
}

/* In the child: its descriptors 0, 1 and 2. */
static void redirect(const struct pvbench_child_start *start, int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	dup2(fd >= 0 ? fd : null, STDIN_FILENO);
	dup2(fd >= 0 ? fd : null, STDOUT_FILENO);
	if (start->log != NULL) {
		int log = open(start->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

		if (log >= 0)
			dup2(log, STDERR_FILENO);
	}
}

static _Noreturn void become(const struct pvbench_child_start *start, int fd, pid_t parent)
{
	struct sigaction standard = {.sa_handler = SIG_DFL};

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0ul, 0ul, 0ul);
	if (getppid() != parent)
		_exit(127);
	/* Ctrl-C is ours: we end everybody in order. */
	setpgid(0, 0);
	sigaction(SIGPIPE, &standard, NULL);
	redirect(start, fd);
	pin(start->cpu);
	execvp(start->argv[0], start->argv);
	_exit(127);
}

static int socket_pair(int ret[2])
{
	struct timeval timeout = {.tv_sec = HEAR_TIMEOUT_S};

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ret) < 0)
		return -errno;
	setsockopt(ret[0], SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	return 0;
}

int pvbench_child_start(const struct pvbench_child_start *start, struct pvbench_child *ret)
{
	int pair[2] = {-1, -1}, error = start->talks ? socket_pair(pair) : 0;
	struct pvbench_child child = {0};
	pid_t parent = getpid();

	if (error < 0)
		return error;
	child.pid = fork();
	if (child.pid == 0)
		become(start, pair[1], parent);
	error = child.pid < 0 ? -errno : 0;
	if (start->talks) {
		close(pair[1]);
		if (error == 0)
			child.lines = fdopen(pair[0], "r");
		else
			close(pair[0]);
	}
	if (error == 0)
		*ret = child;
	return error;
}

int pvbench_child_say(struct pvbench_child *child, const char *format, ...)
{
	va_list arguments;
	int sent;

	va_start(arguments, format);
	sent = vdprintf(fileno(child->lines), format, arguments);
	va_end(arguments);
	return sent < 0 ? -EPIPE : 0;
}

int pvbench_child_hear(struct pvbench_child *child, char *line, size_t line_bytes)
{
	if (pvbench_interrupted)
		return -EINTR;
	if (fgets(line, (int)line_bytes, child->lines) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		return 0;
	}
	if (feof(child->lines))
		return -EPIPE;
	return errno == EAGAIN ? -ETIMEDOUT : -errno;
}

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_nsec = ms * 1000000l}, NULL);
}

void pvbench_child_end(struct pvbench_child *child, bool by_signal)
{
	if (child->lines != NULL)
		fclose(child->lines);
	child->lines = NULL;
	if (child->pid <= 0)
		return;
	if (by_signal)
		kill(child->pid, SIGTERM);
	for (int waited_ms = 0; waitpid(child->pid, NULL, WNOHANG) == 0; waited_ms += 5) {
		if (waited_ms == END_TIMEOUT_MS)
			kill(child->pid, SIGKILL);
		sleep_ms(5);
	}
	child->pid = 0;
}

int pvbench_child_wait(struct pvbench_child *child, char *line, size_t line_bytes)
{
	char rest[256];
	int status;

	if (line != NULL && pvbench_child_hear(child, line, line_bytes) < 0)
		line[0] = '\0';
	while (child->lines != NULL && pvbench_child_hear(child, rest, sizeof(rest)) == 0)
		;
	while (waitpid(child->pid, &status, 0) < 0)
		if (errno != EINTR || pvbench_interrupted)
			return -errno;
	child->pid = 0;
	pvbench_child_end(child, false);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}
