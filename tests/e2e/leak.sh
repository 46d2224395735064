#!/bin/sh
# SPDX-License-Identifier: MIT
# 50 times connecting, streaming and leaving, and 10 deaths under way, leave nothing behind: no
# descriptor, thread, mapping, grant, port or xenstore node.
# shellcheck disable=SC2154 # make_guest sets the ids
E2E_SECONDS=60
. "${top_srcdir:-.}/tests/e2e/lib.sh"

count() {
	find "$@" -mindepth 1 -maxdepth 1 | wc -l
}

# All that could grow, one a line. Stacks of threads that ended are kept for the next ones, by
# number and not by name: the mappings may differ by a few, not by one for each time.
footprint() {
	footprint_proc=/proc/$(e2e_pid pvcamd)
	echo "pvcamd descriptors $(count "$footprint_proc/fd")"
	echo "pvcamd threads $(count "$footprint_proc/task")"
	[ "${sanitizers:-}" = thread ] || # which maps as it likes
		echo "pvcamd mappings $((($(wc -l < "$footprint_proc/maps") + ${1:-0}) / 16))"
	echo "xenloop descriptors $(count "/proc/$(e2e_pid xenloop)/fd")"
	xenloop stat --dir "$xen"
	dom0 xenstore-ls -f | sed 's/ = .*//'
}

as_before() {
	for slack in 0 8; do # one of the two is not at a boundary of 16
		footprint $slack > "$work/now"
		! diff "$work/before$slack" "$work/now" || return 0
	done
	return 1
}

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
footprint 0 > "$work/before0"
footprint 8 > "$work/before8"
for _ in $(seq 50); do grab; done
within 5 as_before
for _ in $(seq 10); do grab_and_die; done
grab
within 5 as_before
stop pvcamd || fail "pvcamd ended with $?"
