/* SPDX-License-Identifier: MIT */
#include "backend/daemon.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/notify.h"
#include "common/ctl.h"
#include "common/log.h"
#include "common/program.h"

#define STORE_LOOK_SECONDS 1. /* a store that died does not make its descriptor readable */

struct daemon {
	const struct vb_daemon_ops *ops;
	const char *config_path;
	const char *name;
	struct vb_config *config;
	void *devices; /* NULL: ending, after a reload that failed */
	bool stuck;    /* a session is, in a guest's mapping: its memory must be left to it */
	struct xb_store *store;
	struct pv_ctl *ctl;
	struct ev_loop *loop;
	int exit_status;
};

static void usage(const struct vb_daemon_ops *ops)
{
	const char *name = ops->layout->daemon;

	printf("Usage: %s [-c FILE] [--check-config] [-v]\n"
	       "Serves dom0's %ss to Xen guests. Stays in the foreground.\n\n"
	       "  -c, --config FILE  the configuration (" SYSCONFDIR "/pvmedia/%s.conf)\n"
	       "      --check-config read the configuration, open what it names, and exit\n"
	       "  -v, --verbose      log more\n"
	       "  -h, --help         this text\n"
	       "  -V, --version      the version\n\n"
	       "SIGTERM ends it cleanly, SIGHUP reads the configuration again.\n"
	       "See %s(8) and %s.conf(5).\n",
		name, ops->serves, name, name, name);
}

static int read_config(
	const struct daemon *daemon, struct vb_config **ret, char *error, size_t error_bytes)
{
	const struct vb_daemon_ops *ops = daemon->ops;
	int failed = vb_config_read(ops->layout, daemon->config_path, ret, error, error_bytes);

	if (!failed && !vb_config_has_guests(ops->layout, *ret))
		pv_warning("%s has no [guest] section: no guest may use any %s",
			daemon->config_path, ops->serves);
	return failed;
}

static json_t *answer_control(const json_t *request, void *ctx)
{
	struct daemon *daemon = ctx;
	json_t *answer;

	if (!daemon->devices)
		return json_pack("{s:s}", "error", "the daemon is ending");
	answer = daemon->ops->control(daemon->devices, request);
	return answer ? answer : json_pack("{s:s}", "error", "unknown request");
}

static void stop(struct daemon *daemon, int exit_status)
{
	daemon->exit_status = exit_status;
	ev_break(daemon->loop, EVBREAK_ALL);
}

static void on_store(struct daemon *daemon)
{
	if (xb_store_dispatch(daemon->store) == 0)
		return;
	pv_error("xenstore is gone (was xenstored or xenloop ended?); ending, to be started again");
	stop(daemon, PV_EXIT_FAILED);
}

static void on_store_io(struct ev_loop *loop, ev_io *watcher, int events)
{
	(void)loop;
	(void)events;
	on_store(watcher->data);
}

static void on_store_look(struct ev_loop *loop, ev_timer *watcher, int events)
{
	(void)loop;
	(void)events;
	on_store(watcher->data);
}

static void on_end(struct ev_loop *loop, ev_signal *watcher, int events)
{
	(void)loop;
	(void)events;
	stop(watcher->data, PV_EXIT_DONE);
}

static int serve_guests(
	struct daemon *daemon, const struct vb_config *config, char *error, size_t error_bytes)
{
	return daemon->ops->serve(
		daemon->loop, daemon->store, config, &daemon->devices, error, error_bytes);
}

/* Nothing is served now. What the configuration names may not be there: then the old one is. */
static void change_config(struct daemon *daemon, struct vb_config *config)
{
	const struct vb_config_layout *layout = daemon->ops->layout;
	char error[512];

	daemon->devices = NULL;
	if (serve_guests(daemon, config, error, sizeof(error)) == 0) {
		vb_config_free(layout, daemon->config);
		daemon->config = config;
		pv_info("configuration read again from %s", daemon->config_path);
		return;
	}
	pv_error("%s; going on with the old configuration", error);
	vb_config_free(layout, config);
	if (serve_guests(daemon, daemon->config, error, sizeof(error)) != 0) {
		pv_error("%s", error);
		stop(daemon, PV_EXIT_FAILED);
	}
}

/* A new configuration is taken whole or not at all; guests reconnect to it. */
static void on_reload(struct ev_loop *loop, ev_signal *watcher, int events)
{
	struct daemon *daemon = watcher->data;
	struct vb_config *config;
	char error[512];

	(void)loop;
	(void)events;
	vb_notify("RELOADING=1");
	if (read_config(daemon, &config, error, sizeof(error)) != 0) {
		pv_error("%s; going on with the old configuration", error);
	} else if (daemon->ops->end(daemon->devices) != 0) {
		pv_error("a guest holds up its session; ending, to be started again");
		daemon->devices = NULL;
		daemon->stuck = true;
		stop(daemon, PV_EXIT_FAILED);
	} else {
		change_config(daemon, config);
	}
	vb_notify("READY=1");
}

static int serve(struct daemon *daemon)
{
	ev_signal term, interrupt, hup;
	ev_timer look;
	ev_io io;

	ev_io_init(&io, on_store_io, xb_store_fd(daemon->store), EV_READ);
	ev_timer_init(&look, on_store_look, STORE_LOOK_SECONDS, STORE_LOOK_SECONDS);
	ev_signal_init(&term, on_end, SIGTERM);
	ev_signal_init(&interrupt, on_end, SIGINT);
	ev_signal_init(&hup, on_reload, SIGHUP);
	io.data = look.data = term.data = interrupt.data = hup.data = daemon;
	ev_io_start(daemon->loop, &io);
	ev_timer_start(daemon->loop, &look);
	ev_signal_start(daemon->loop, &term);
	ev_signal_start(daemon->loop, &interrupt);
	ev_signal_start(daemon->loop, &hup);
	pv_info("ready");
	vb_notify("READY=1");
	ev_run(daemon->loop, 0);
	vb_notify("STOPPING=1");
	return daemon->exit_status;
}

static void open_control(struct daemon *daemon)
{
	const char *path = daemon->config->control_socket;
	const char *name = daemon->name;
	int error = pv_ctl_listen(daemon->loop, path, answer_control, daemon, &daemon->ctl);

	if (error == -EADDRINUSE)
		pv_program_fail(name, "already running: another %s holds %s", name, path);
	if (error)
		pv_program_fail(name, "cannot listen on %s: %s (set control-socket under [daemon])",
			path, strerror(-error));
}

static int run(struct daemon *daemon)
{
	char error[512];
	int failed, status;

	daemon->loop = ev_default_loop(EVFLAG_AUTO);
	open_control(daemon);
	failed = xb_store_open(&daemon->store);
	if (failed) {
		pv_ctl_close(daemon->ctl);
		pv_program_fail(daemon->name, "%s", xb_store_open_error(failed));
	}
	if (serve_guests(daemon, daemon->config, error, sizeof(error)) != 0) {
		pv_ctl_close(daemon->ctl);
		pv_program_fail(daemon->name, "%s", error);
	}
	status = serve(daemon);
	pv_ctl_close(daemon->ctl);
	if (daemon->stuck || daemon->ops->end(daemon->devices) != 0)
		_Exit(status);
	xb_store_close(daemon->store);
	vb_config_free(daemon->ops->layout, daemon->config);
	ev_loop_destroy(daemon->loop);
	return status;
}

int vb_daemon_main(int argc, char **argv, const struct vb_daemon_ops *ops)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"check-config", no_argument, NULL, 'k'},
		{"verbose", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{0},
	};
	char default_path[128];
	struct daemon daemon = {
		.ops = ops, .name = ops->layout->daemon, .config_path = default_path};
	enum pv_log_level level = PV_LOG_INFO;
	bool check = false;
	char error[512];
	int option;

	snprintf(default_path, sizeof(default_path), SYSCONFDIR "/pvmedia/%s.conf", daemon.name);
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":c:vhV", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			daemon.config_path = optarg;
			break;
		case 'k':
			check = true;
			break;
		case 'v':
			level = PV_LOG_DEBUG;
			break;
		case 'h':
			usage(ops);
			return PV_EXIT_DONE;
		case 'V':
			pv_program_version(daemon.name);
		case ':':
			pv_program_usage(daemon.name, "%s needs a value", argv[optind - 1]);
		default:
			pv_program_usage(daemon.name, "unknown option %s", argv[optind - 1]);
		}
	}
	if (optind < argc)
		pv_program_usage(daemon.name, "what is '%s'?", argv[optind]);
	pv_log_init(daemon.name, level);
	if (read_config(&daemon, &daemon.config, error, sizeof(error)) != 0)
		pv_program_fail(daemon.name, "%s", error);
	if (!check)
		return run(&daemon);
	if (ops->check_config(daemon.config, error, sizeof(error)) != 0)
		pv_program_fail(daemon.name, "%s", error);
	vb_config_free(ops->layout, daemon.config);
	return PV_EXIT_DONE;
}
