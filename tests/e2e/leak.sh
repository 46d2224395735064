#!/bin/sh
# SPDX-License-Identifier: MIT
# 50 times connecting, streaming and leaving, and 10 deaths under way, leave nothing behind: no
# descriptor, thread, mapping, grant, port or xenstore node.
# shellcheck disable=SC2154 # make_guest sets the ids
E2E_SECONDS=60
. "${top_srcdir:-.}/tests/e2e/lib.sh"
. "$top_srcdir/tests/e2e/footprint.sh"

grab() {
	in_domain "$g1" pvcam grab cam -n 2 -o /dev/null --as raw --quiet
}

streams() {
	pvctl stat --json --socket "$pvcamd_socket" g1 | tr -d ' \n' | grep -q '"delivered":[1-9]'
}

no_session() {
	pvctl stat --json --socket "$pvcamd_socket" | tr -d ' \n' | grep -q '"sessions":\[\]'
}

grab_and_die() {
	start doomed "$g1" pvcam grab cam -n 0 -o /dev/null --as raw --quiet
	within 5 streams
	stop doomed KILL || :
	within 5 no_session
}

start_xenloop
make_guest g1
start_pvcamd <<CONF
[source cam]
type = pattern
size = 320x240
rate = 100
[guest *]
sources = cam
CONF
dom0 pvctl attach g1 pvcam unique-id=cam > /dev/null
for _ in 1 2 3; do
	grab_and_die
	grab
done
within 5 no_session
sleep 0.5 # the last stream's threads
footprint_mark pvcamd
for _ in $(seq 50); do grab; done
within 5 footprint_same pvcamd
for _ in $(seq 10); do grab_and_die; done
grab
within 5 footprint_same pvcamd
stop pvcamd || fail "pvcamd ended with $?"
