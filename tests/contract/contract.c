/* SPDX-License-Identifier: MIT */
#include "tests/contract/contract.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xenstore.h>

uint32_t contract_domid(void)
{
	struct xs_handle *store = xs_open(0);
	uint32_t domid;
	char *text;

	assert_non_null(store);
	text = xs_read(store, XBT_NULL, "domid", NULL);
	assert_non_null(text);
	domid = (uint32_t)strtoul(text, NULL, 10);
	free(text);
	xs_close(store);
	return domid;
}

xengntshr_handle *contract_gntshr(void)
{
	xengntshr_handle *handle = xengntshr_open(NULL, 0);

	assert_non_null(handle);
	return handle;
}

xengnttab_handle *contract_gnttab(void)
{
	xengnttab_handle *handle = xengnttab_open(NULL, 0);

	assert_non_null(handle);
	return handle;
}

xenevtchn_handle *contract_evtchn(void)
{
	xenevtchn_handle *handle = xenevtchn_open(NULL, 0);

	assert_non_null(handle);
	return handle;
}

void contract_bind(xenevtchn_handle *one, xenevtchn_handle *other, int *ret_one, int *ret_other)
{
	uint32_t domid = contract_domid();

	*ret_one = xenevtchn_bind_unbound_port(one, domid);
	assert_true(*ret_one > 0);
	*ret_other = xenevtchn_bind_interdomain(other, domid, (evtchn_port_t)*ret_one);
	assert_true(*ret_other > 0);
	assert_int_equal(contract_event(other, EVENT_MS), *ret_other);
}

int contract_event(xenevtchn_handle *handle, int within_ms)
{
	struct pollfd readable = {.fd = xenevtchn_fd(handle), .events = POLLIN};
	int port;

	if (poll(&readable, 1, within_ms) <= 0)
		return 0;
	port = xenevtchn_pending(handle);
	if (port <= 0 || xenevtchn_unmask(handle, (evtchn_port_t)port))
		return -1;
	return port;
}

void contract_child_start(struct contract_child *child, const char *role)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	child->pid = fork();
	assert_true(child->pid >= 0);
	if (!child->pid) {
		dup2(ends[1], STDIN_FILENO);
		execl("/proc/self/exe", "child", role, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	child->fd = ends[0];
}

void contract_child_kill(struct contract_child *child)
{
	kill(child->pid, SIGKILL);
	waitpid(child->pid, NULL, 0);
	close(child->fd);
}

void contract_tell(int fd, uint32_t value)
{
	if (write(fd, &value, sizeof(value)) != (ssize_t)sizeof(value))
		abort();
}

uint32_t contract_hear(int fd)
{
	uint32_t value;

	if (read(fd, &value, sizeof(value)) != (ssize_t)sizeof(value))
		abort();
	return value;
}
