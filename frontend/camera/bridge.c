/* SPDX-License-Identifier: MIT */
/* pvcam bridge: cameras as /dev/videoN. */
#include <config.h>

#include <errno.h>
#include <ev.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include "common/log.h"
#include "common/parse.h"
#include "common/program.h"
#include "frontend/camera/bridged.h"
#include "frontend/camera/tool.h"

#define LIST_SECONDS 2. /* how soon a camera that dom0 attaches is seen */

struct bridge {
	struct pvcam_bridge_options options;
	struct ev_loop *loop;
	int changed_fd; /* a camera's thread has news */
	ev_io changed;
	ev_timer list;
	struct pvcam_bridged *first;
	bool ready;
	int exit_status;
};

static void notify_manager(const char *state)
{
#ifdef HAVE_SYSTEMD
	sd_notify(0, state);
#else
	(void)state;
#endif
}

static void stop(struct bridge *bridge, int exit_status)
{
	bridge->exit_status = exit_status;
	ev_break(bridge->loop, EVBREAK_ALL);
}

static void on_device_failed(void *ctx)
{
	stop(ctx, PV_EXIT_FAILED);
}

static void add_camera(struct bridge *bridge, const char *name)
{
	struct pvcam_bridge_entry entry;
	struct pvcam_bridged **end = &bridge->first;
	int r;

	if (!pvcam_bridge_options_camera(&bridge->options, name, &entry))
		return;
	for (; *end; end = &(*end)->next)
		if (strcmp((*end)->entry.name, name) == 0)
			return;
	r = pvcam_bridged_create(
		bridge->loop, &entry, bridge->changed_fd, on_device_failed, bridge, end);
	if (r < 0) {
		pv_error("%s: %s", name, strerror(-r));
		stop(bridge, PV_EXIT_FAILED);
	}
}

/* -errno: there is no xenstore. */
static int list_cameras(struct bridge *bridge)
{
	struct pvcam_entry *entries;
	size_t count;
	int r;

	r = pvcam_list(&entries, &count);
	if (r < 0)
		return r;
	for (size_t i = 0; i < count && !bridge->options.num_names; i++)
		add_camera(bridge, entries[i].name);
	free(entries);
	return 0;
}

static void on_list(struct ev_loop *loop, ev_timer *watcher, int events)
{
	(void)loop;
	(void)events;
	(void)list_cameras(watcher->data); /* a store that is gone shows in the cameras */
}

/* Ready is who has a device for each camera that can be seen. */
static void look_if_ready(struct bridge *bridge)
{
	if (bridge->ready)
		return;
	for (struct pvcam_bridged *i = bridge->first; i; i = i->next)
		if (!pvcam_capture_tried(i->capture))
			return;
	bridge->ready = true;
	pv_info("ready");
	notify_manager("READY=1");
}

static void on_changed(struct ev_loop *loop, ev_io *watcher, int events)
{
	struct bridge *bridge = watcher->data;
	eventfd_t count;
	char why[512];

	(void)loop;
	(void)events;
	eventfd_read(bridge->changed_fd, &count);
	for (struct pvcam_bridged *i = bridge->first; i; i = i->next) {
		if (pvcam_bridged_look(i, why, sizeof(why)) == 0)
			continue;
		pv_error("%s: %s", i->entry.name, why);
		stop(bridge, PV_EXIT_FAILED);
		return;
	}
	look_if_ready(bridge);
}

static void on_end(struct ev_loop *loop, ev_signal *watcher, int events)
{
	(void)loop;
	(void)events;
	stop(watcher->data, PV_EXIT_DONE);
}

static int run(struct bridge *bridge)
{
	ev_signal term, interrupt;

	ev_io_init(&bridge->changed, on_changed, bridge->changed_fd, EV_READ);
	ev_timer_init(&bridge->list, on_list, LIST_SECONDS, LIST_SECONDS);
	ev_signal_init(&term, on_end, SIGTERM);
	ev_signal_init(&interrupt, on_end, SIGINT);
	bridge->changed.data = bridge->list.data = term.data = interrupt.data = bridge;
	ev_io_start(bridge->loop, &bridge->changed);
	if (!bridge->options.num_names)
		ev_timer_start(bridge->loop, &bridge->list);
	ev_signal_start(bridge->loop, &term);
	ev_signal_start(bridge->loop, &interrupt);
	for (unsigned i = 0; i < bridge->options.num_names; i++)
		add_camera(bridge, bridge->options.names[i]);
	look_if_ready(bridge);
	ev_run(bridge->loop, 0);
	notify_manager("STOPPING=1");
	return bridge->exit_status;
}

static void end_cameras(struct bridge *bridge)
{
	for (struct pvcam_bridged *i = bridge->first; i; i = i->next)
		pvcam_capture_end(i->capture);
	while (bridge->first) {
		struct pvcam_bridged *next = bridge->first->next;

		pvcam_bridged_destroy(bridge->first);
		bridge->first = next;
	}
}

static int begin(struct bridge *bridge)
{
	int r;

	bridge->loop = ev_default_loop(EVFLAG_AUTO);
	bridge->changed_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!bridge->loop || bridge->changed_fd < 0)
		pv_program_fail(PVCAM_TOOL, "out of memory or descriptors");
	r = list_cameras(bridge);
	if (r < 0) {
		pv_error("%s", pvcam_strerror(r));
		return r;
	}
	if (!pvcam_readers_sees_all())
		pv_warning("programs of other users cannot be seen to read: run this as root");
	if (!bridge->first && !bridge->options.num_names)
		pv_info("no camera in this guest yet; dom0 adds one with pvctl attach");
	return 0;
}

int pvcam_tool_bridge(int argc, char **argv)
{
	struct bridge bridge = {.exit_status = PV_EXIT_DONE};
	char why[512] = "out of memory";
	int r, status = PV_EXIT_FAILED;

	r = pvcam_bridge_options_parse(argc, argv, &bridge.options, why, sizeof(why));
	if (r == -EINVAL)
		pv_program_usage(PVCAM_TOOL, "%s", why);
	if (r < 0)
		pv_program_fail(PVCAM_TOOL, "%s", why);
	if (bridge.options.help) {
		pvcam_tool_help();
		return PV_EXIT_DONE;
	}
	pv_log_init(PVCAM_TOOL, bridge.options.verbose ? PV_LOG_DEBUG : PV_LOG_INFO);
	if (begin(&bridge) == 0)
		status = run(&bridge);
	end_cameras(&bridge);
	pvcam_bridge_options_finish(&bridge.options);
	close(bridge.changed_fd);
	ev_loop_destroy(bridge.loop);
	return status;
}
