/* SPDX-License-Identifier: MIT */
/* `pvctl watch`: gives every domain that starts what its xl config says, and clears up after it. */
#include "backend/ctl/watch.h"

#include <errno.h>
#include <ev.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/ctl/ctl.h"
#include "backend/ctl/nodes.h"
#include "backend/notify.h"
#include "common/parse.h"

#define LOOK_SECONDS 1. /* a store that died does not make its descriptor readable */
#define AGAIN_MIN_S 1
#define AGAIN_MAX_S 64

struct domain {
	struct domain *next;
	struct watch *watch;
	uint32_t domid;
	bool served;       /* once in its life */
	unsigned again_s;  /* after a failure; 0: there was none */
	uint64_t again_ns; /* when */
	struct xb_watch *name_watch;
};

struct watch {
	struct xb_store *store;
	struct ev_loop *loop;
	struct pvctl_finder finder;
	bool json;
	struct domain *domains;
	struct xb_watch *introduced, *released;
	enum pv_exit exit;
};

void pvctl_watch_tell(bool json, enum pv_log_level level, const char *event, json_t *more,
	const char *format, ...)
{
	char message[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (json) {
		json_t *line = json_pack("{s:s, s:s}", "event", event, "message", message);

		/* A path need not be UTF-8. */
		if (!line)
			line = json_pack("{s:s}", "event", event);
		if (more)
			json_object_update(line, more);
		json_dumpf(line, stdout, JSON_COMPACT);
		putchar('\n');
		fflush(stdout);
		json_decref(line);
	} else {
		pv_log(level, "%s", message);
	}
	json_decref(more);
}

static void complain(void *ctx, const char *sentence)
{
	struct watch *watch = ctx;

	pvctl_watch_tell(watch->json, PV_LOG_ERROR, "config", NULL, "%s", sentence);
}

static json_t *device_json(const struct pvctl_device *device, const char *guest)
{
	return json_pack("{s:s*, s:I, s:s, s:I}", "guest", guest, "domid",
		(json_int_t)device->domid, "class", device->device_class, "device",
		(json_int_t)device->device);
}

static void tell_served(const struct watch *watch, const char *name, const char *path,
	const struct pvctl_xlcfg *cfg, const struct pvctl_device *devices, const bool *made)
{
	for (unsigned i = 0; i < cfg->count; i++) {
		const char *unique_id = cfg->configs[i].unique_id;
		json_t *more = device_json(&devices[i], name);

		json_object_set_new(more, "unique-id", json_string(unique_id));
		json_object_set_new(more, "config", json_string(path));
		pvctl_watch_tell(watch->json, PV_LOG_INFO, made[i] ? "attached" : "present", more,
			"%s (%" PRIu32 "): %s %" PRIu32 " (%s) %s, %s", name, devices[i].domid,
			devices[i].device_class, devices[i].device, unique_id,
			made[i] ? "attached" : "is there already", path);
	}
}

/* Asks for another try, later each time. */
static void try_again(struct domain *domain, const char *name, const char *path, int status)
{
	const struct watch *watch = domain->watch;

	if (!domain->again_s)
		pvctl_watch_tell(watch->json, PV_LOG_ERROR, "failed",
			json_pack("{s:s*, s:I}", "guest", name, "domid", (json_int_t)domain->domid),
			"%s (%" PRIu32
			"): cannot make the devices of %s: xenstore: %s; trying again",
			name, domain->domid, path, strerror(-status));
	domain->again_s = domain->again_s ? domain->again_s * 2 : AGAIN_MIN_S;
	if (domain->again_s > AGAIN_MAX_S)
		domain->again_s = AGAIN_MAX_S;
	domain->again_ns = pv_now_ns() + domain->again_s * UINT64_C(1000000000);
}

static void serve(struct domain *domain, const char *name)
{
	struct watch *watch = domain->watch;
	struct pvctl_device devices[PVCTL_XLCFG_DEVICES];
	bool made[PVCTL_XLCFG_DEVICES];
	struct pvctl_xlcfg cfg;
	char *path;
	int status = pvctl_finder_look(&watch->finder, name, &cfg, &path);

	if (status < 0)
		return;
	status = pvctl_nodes_serve(
		watch->store, domain->domid, path, cfg.configs, cfg.count, devices, made);
	domain->served = status == 0 || status == -EALREADY;
	if (status == 0)
		tell_served(watch, name, path, &cfg, devices, made);
	else if (status != -EALREADY && status != -ENOENT)
		try_again(domain, name, path, status);
	free(path);
	pvctl_xlcfg_free(&cfg);
}

/* A name may come later than the domain, and change: an incoming one gets its own at the end. */
static void evaluate(struct domain *domain)
{
	char dir[XB_PATH_BYTES], *name;

	if (domain->served)
		return;
	snprintf(dir, sizeof(dir), "/local/domain/%" PRIu32, domain->domid);
	if (xb_store_read(
		    domain->watch->store, XBT_NULL, dir, "name", XENSTORE_ABS_PATH_MAX, &name) < 0)
		return;
	serve(domain, name);
	free(name);
}

static void name_changed(const char *path, void *ctx)
{
	(void)path;
	evaluate(ctx);
}

static struct domain **find_domain(struct watch *watch, uint32_t domid)
{
	struct domain **link = &watch->domains;

	while (*link && (*link)->domid != domid)
		link = &(*link)->next;
	return link;
}

static void forget(struct domain **link)
{
	struct domain *domain = *link;

	*link = domain->next;
	xb_watch_remove(domain->name_watch);
	free(domain);
}

/* The watch's first event, which always comes, evaluates the new domain. */
static void add_domain(struct watch *watch, uint32_t domid)
{
	struct domain *domain = calloc(1, sizeof(*domain));
	char path[XB_PATH_BYTES];

	if (!domain)
		return;
	domain->watch = watch;
	domain->domid = domid;
	snprintf(path, sizeof(path), "/local/domain/%" PRIu32 "/name", domid);
	if (xb_watch_add(watch->store, path, name_changed, domain, &domain->name_watch) < 0) {
		free(domain);
		return;
	}
	domain->next = watch->domains;
	watch->domains = domain;
	evaluate(domain);
}

/* What a domain that is gone has left: pvcamd and pvsndd remove their own when they run. */
static int sweep(const struct pvctl_device *device, void *ctx)
{
	struct watch *watch = ctx;

	if (xb_store_domain_alive(watch->store, device->domid) ||
		pvctl_nodes_remove(watch->store, device) < 0)
		return 0;
	pvctl_watch_tell(watch->json, PV_LOG_INFO, "removed", device_json(device, NULL),
		"domain %" PRIu32 " is gone: %s %" PRIu32 " removed", device->domid,
		device->device_class, device->device);
	return 0;
}

static void domains_changed(const char *path, void *ctx)
{
	struct watch *watch = ctx;
	uint32_t *domids;
	unsigned count;

	(void)path;
	for (struct domain **link = &watch->domains; *link;) {
		if (xb_store_domain_alive(watch->store, (*link)->domid))
			link = &(*link)->next;
		else
			forget(link);
	}
	pvctl_scan_each(watch->store, pvctl_classes, sweep, watch);
	if (pvctl_scan_domains(watch->store, &domids, &count) < 0)
		return;
	for (unsigned i = 0; i < count; i++)
		if (domids[i] != 0 && !*find_domain(watch, domids[i]) &&
			xb_store_domain_alive(watch->store, domids[i]))
			add_domain(watch, domids[i]);
	free(domids);
}

static void stop(struct watch *watch, enum pv_exit exit)
{
	watch->exit = exit;
	ev_break(watch->loop, EVBREAK_ALL);
}

static void on_store(struct watch *watch)
{
	if (xb_store_dispatch(watch->store) == 0)
		return;
	pv_error("xenstore is gone (was xenstored or xenloop ended?); ending, to be started again");
	stop(watch, PV_EXIT_FAILED);
}

static void on_store_io(struct ev_loop *loop, ev_io *watcher, int events)
{
	(void)loop;
	(void)events;
	on_store(watcher->data);
}

static void on_look(struct ev_loop *loop, ev_timer *watcher, int events)
{
	struct watch *watch = watcher->data;
	uint64_t now_ns = pv_now_ns();

	(void)loop;
	(void)events;
	for (struct domain *domain = watch->domains; domain; domain = domain->next)
		if (domain->again_s && now_ns >= domain->again_ns)
			evaluate(domain);
	on_store(watch);
}

static void on_end(struct ev_loop *loop, ev_signal *watcher, int events)
{
	(void)loop;
	(void)events;
	stop(watcher->data, PV_EXIT_DONE);
}

/* Configs may have been put right since their domains started. */
static void on_reload(struct ev_loop *loop, ev_signal *watcher, int events)
{
	struct watch *watch = watcher->data;

	(void)loop;
	(void)events;
	vb_notify("RELOADING=1");
	pvctl_finder_end(&watch->finder);
	pvctl_finder_look(&watch->finder, NULL, NULL, NULL);
	for (struct domain *domain = watch->domains; domain; domain = domain->next)
		evaluate(domain);
	vb_notify("READY=1");
}

static void run(struct watch *watch)
{
	ev_signal term, interrupt, hup;
	ev_timer look;
	ev_io io;

	ev_io_init(&io, on_store_io, xb_store_fd(watch->store), EV_READ);
	ev_timer_init(&look, on_look, LOOK_SECONDS, LOOK_SECONDS);
	ev_signal_init(&term, on_end, SIGTERM);
	ev_signal_init(&interrupt, on_end, SIGINT);
	ev_signal_init(&hup, on_reload, SIGHUP);
	io.data = look.data = term.data = interrupt.data = hup.data = watch;
	ev_io_start(watch->loop, &io);
	ev_timer_start(watch->loop, &look);
	ev_signal_start(watch->loop, &term);
	ev_signal_start(watch->loop, &interrupt);
	ev_signal_start(watch->loop, &hup);
	domains_changed(NULL, watch);
	pvctl_watch_tell(watch->json, PV_LOG_INFO, "ready", NULL, "ready");
	vb_notify("READY=1");
	ev_run(watch->loop, 0);
	vb_notify("STOPPING=1");
}

enum pv_exit pvctl_watch(struct xb_store *store, const struct pvctl_options *options)
{
	static const char *const usual_dir = "/etc/xen";
	struct watch watch = {
		.store = store,
		.finder =
			{
				.dirs = options->num_config_dirs ? options->config_dirs
								 : &usual_dir,
				.num_dirs = options->num_config_dirs ? options->num_config_dirs : 1,
				.complain = complain,
				.ctx = &watch,
			},
		.json = options->json,
		.exit = PV_EXIT_DONE,
	};
	int status;

	pv_log_init("pvctl", PV_LOG_INFO);
	watch.loop = ev_default_loop(EVFLAG_AUTO);
	status =
		xb_watch_add(store, "@introduceDomain", domains_changed, &watch, &watch.introduced);
	if (status == 0)
		status = xb_watch_add(
			store, "@releaseDomain", domains_changed, &watch, &watch.released);
	if (status < 0)
		return pvctl_fail_store("watch for domains", status);
	pvctl_finder_look(&watch.finder, NULL, NULL, NULL);
	run(&watch);
	while (watch.domains)
		forget(&watch.domains);
	pvctl_finder_end(&watch.finder);
	ev_loop_destroy(watch.loop);
	return watch.exit;
}
