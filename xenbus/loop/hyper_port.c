/* SPDX-License-Identifier: MIT */
/* Event channels of a domain: what Xen's event_channel.c and Linux's evtchn device keep. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include <xen/xen.h>

#include "xenbus/loop/hyper_impl.h"

#define VIRQS 24U /* NR_VIRQS of the hypervisor's ABI */

enum port_state { PORT_UNBOUND, PORT_INTERDOMAIN, PORT_VIRQ };

struct loop_port {
	struct loop_hyper_domain *domain;
	uint32_t number;
	struct loop_handle *owner; /* NULL: closed by its handle, held by a notify */
	unsigned int holders;      /* notifies, and the handle */
	enum port_state state;
	uint32_t remote; /* UNBOUND: the domain that may bind */
	uint32_t virq;
	struct loop_port *peer; /* INTERDOMAIN */
};

static int port_create(
	struct loop_hyper_conn *conn, enum port_state state, struct loop_port **ret_port)
{
	struct loop_hyper_domain *domain = conn->domain;
	struct loop_port *port;
	uint32_t number = 1;

	if (domain->ports_used >= conn->hyper->limits.ports)
		return -ENOSPC;
	while (domain->ports[number])
		number++;
	port = calloc(1, sizeof(*port));
	if (!port)
		return -ENOMEM;
	port->domain = domain;
	port->number = number;
	port->owner = conn->handle;
	port->holders = 1;
	port->state = state;
	domain->ports[number] = port;
	domain->ports_used++;
	conn->hyper->stat.ports++;
	loop_handle_bind(port->owner, number);
	*ret_port = port;
	return 0;
}

/* The peer's notifies become silent, and its domain's port may be bound again. */
static void peer_leave(struct loop_port *port)
{
	struct loop_port *peer = port->peer;

	if (!peer)
		return;
	peer->peer = NULL;
	peer->state = PORT_UNBOUND;
	peer->remote = port->domain->domid;
	if (peer->owner)
		loop_handle_bind(peer->owner, peer->number);
}

void loop_port_release(struct loop_port *port)
{
	if (--port->holders)
		return;
	peer_leave(port);
	port->domain->ports[port->number] = NULL;
	port->domain->ports_used--;
	port->domain->hyper->stat.ports--;
	free(port);
}

static void port_close(struct loop_port *port)
{
	/* Our process may have died between raising an event and writing into the peer's pipe. */
	if (port->peer && port->peer->owner)
		loop_handle_rouse(port->peer->owner, port->peer->number);
	loop_handle_unbind(port->owner, port->number);
	port->owner = NULL;
	loop_port_release(port);
}

void loop_port_close_all(struct loop_hyper_domain *domain, const struct loop_handle *handle)
{
	for (uint32_t number = 1; number < LOOP_PORTS; number++)
		if (domain->ports[number] && domain->ports[number]->owner == handle)
			port_close(domain->ports[number]);
}

struct loop_port *loop_port_hold(struct loop_hyper_domain *domain, uint32_t number)
{
	if (number >= LOOP_PORTS || !domain->ports[number])
		return NULL;
	domain->ports[number]->holders++;
	return domain->ports[number];
}

void loop_port_send(struct loop_port *port)
{
	if (port->peer && port->peer->owner)
		loop_handle_raise(port->peer->owner, port->peer->number);
}

/* The handle's own port of that number, else NULL. */
static struct loop_port *port_of(const struct loop_hyper_conn *conn, uint32_t number)
{
	struct loop_port *port = number < LOOP_PORTS ? conn->domain->ports[number] : NULL;

	return port && port->owner == conn->handle ? port : NULL;
}

static bool domid_allowed(const struct loop_hyper_conn *conn, uint32_t domid)
{
	int64_t restricted = loop_handle_restricted(conn->handle);

	return restricted < 0 || restricted == domid;
}

/* As the hypervisor takes it. */
static uint32_t domid_resolve(const struct loop_hyper_conn *conn, uint32_t domid)
{
	return domid == DOMID_SELF ? conn->domain->domid : domid;
}

int loop_port_bind_unbound(
	struct loop_hyper_conn *conn, const struct loop_call *call, struct loop_reply *reply)
{
	struct loop_port *port;
	int error;

	if (loop_handle_restricted(conn->handle) >= 0)
		return -EACCES;
	error = port_create(conn, PORT_UNBOUND, &port);
	if (error)
		return error;
	port->remote = domid_resolve(conn, call->head->a);
	reply->head.value = port->number;
	return 0;
}

int loop_port_bind_interdomain(
	struct loop_hyper_conn *conn, const struct loop_call *call, struct loop_reply *reply)
{
	struct loop_hyper_domain *domain =
		loop_hyper_domain(conn->hyper, domid_resolve(conn, call->head->a));
	struct loop_port *port, *peer;
	int error;

	if (!domid_allowed(conn, call->head->a))
		return -EACCES;
	if (!domain)
		return -ESRCH;
	peer = call->head->b < LOOP_PORTS ? domain->ports[call->head->b] : NULL;
	if (!peer || peer->state != PORT_UNBOUND || peer->remote != conn->domain->domid)
		return -EINVAL;
	error = port_create(conn, PORT_INTERDOMAIN, &port);
	if (error)
		return error;
	port->peer = peer;
	peer->peer = port;
	peer->state = PORT_INTERDOMAIN;
	if (peer->owner)
		loop_handle_bind(peer->owner, peer->number);
	/* Events sent before now were lost: one is always raised at the binder, as Xen does. */
	loop_handle_raise(port->owner, port->number);
	reply->head.value = port->number;
	return 0;
}

int loop_port_bind_virq(
	struct loop_hyper_conn *conn, const struct loop_call *call, struct loop_reply *reply)
{
	struct loop_port *port;
	int error;

	if (loop_handle_restricted(conn->handle) >= 0)
		return -EACCES;
	if (call->head->a >= VIRQS)
		return -EINVAL;
	for (uint32_t number = 1; number < LOOP_PORTS; number++) {
		port = conn->domain->ports[number];
		if (port && port->state == PORT_VIRQ && port->virq == call->head->a)
			return -EEXIST;
	}
	error = port_create(conn, PORT_VIRQ, &port);
	if (error)
		return error;
	port->virq = call->head->a;
	reply->head.value = port->number;
	return 0;
}

int loop_port_unbind(
	struct loop_hyper_conn *conn, const struct loop_call *call, struct loop_reply *reply)
{
	struct loop_port *port = port_of(conn, call->head->a);

	(void)reply;
	if (!port)
		return call->head->a < LOOP_PORTS ? -ENOTCONN : -EINVAL;
	port_close(port);
	return 0;
}

int loop_port_peer(
	struct loop_hyper_conn *conn, const struct loop_call *call, struct loop_reply *reply)
{
	const struct loop_port *port = port_of(conn, call->head->a);

	if (!port)
		return -ENOTCONN;
	if (!port->peer || !port->peer->owner)
		return 0;
	reply->head.value = port->peer->number;
	return loop_handle_share(port->peer->owner, reply);
}

int loop_port_restrict(
	struct loop_hyper_conn *conn, const struct loop_call *call, struct loop_reply *reply)
{
	(void)reply;
	if (loop_handle_restricted(conn->handle) >= 0)
		return -EACCES;
	if (call->head->a == 0 || call->head->a >= DOMID_FIRST_RESERVED)
		return -EINVAL;
	loop_handle_restrict(conn->handle, call->head->a);
	return 0;
}
