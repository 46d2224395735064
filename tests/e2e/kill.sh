#!/bin/sh
# SPDX-License-Identifier: MIT
# Each of the three killed in the middle of streaming: the others notice within 5 seconds, say it in
# one line, and go on or end, as fits. And how pvcamd ends, and what it leaves.
# shellcheck disable=SC2154 # make_guest sets the ids
. "${top_srcdir:-.}/tests/e2e/lib.sh"

ended() {
	! alive "$1"
}

streams() {
	pvctl stat --json --socket "$pvcamd_socket" "$1" | tr -d ' \n' | grep -q '"delivered":[1-9]'
}

no_session_of() {
	! pvctl stat --json --socket "$pvcamd_socket" "$1" | tr -d ' \n' |
		grep -q "\"guest\":\"$1\""
}

grab() { # GUEST ID
	rm -f "$work/grab_$1.log"
	start "grab_$1" "$2" pvcam grab cam -n 0 -o /dev/null --as raw --quiet
	within 10 streams "$1"
}

# It has ended by itself, with 1 and one line.
failed_with() { # TAG TEXT
	within 5 ended "$1"
	failed_status=0
	stop "$1" || failed_status=$?
	same 1 $failed_status "exit status of $1"
	grep -q "$2" "$work/$1.log" || fail "$1 says: $(cat "$work/$1.log")"
}

lines_with() { # TEXT TAG
	grep -c "$1" "$work/$2.log" || :
}

cat > "$work/cam.conf" <<CONF
[source cam]
type = pattern
size = 320x240
rate = 30
[guest *]
sources = cam
CONF

start_xenloop
make_guest g1
make_guest g2
start_pvcamd < "$work/cam.conf"
dom0 pvctl attach g1 pvcam unique-id=cam > /dev/null
dom0 pvctl attach g2 pvcam unique-id=cam > /dev/null

# --- the frontend; another guest does not notice
grab g2 "$g2"
grab g1 "$g1"
stop grab_g1 KILL || :
within 5 no_session_of g1
same 1 "$(lines_with "g1 pvcam/0: the frontend's process is gone" pvcamd)" "lines on the death of g1"
same 1 "$(lines_with 'warning\|error' pvcamd)" "warnings: $(cat "$work/pvcamd.log")"
within 5 in_domain "$g1" pvcam grab cam -n 3 -o /dev/null --as raw --quiet
alive grab_g2 || fail "g2 ended with g1: $(cat "$work/grab_g2.log")"

# --- the backend; started again it serves the same guests without any other step
grab g1 "$g1"
in_domain "$g1" pvcam list | grep -q 'cam *in use' || fail "a camera that streams is not in use"
stop pvcamd KILL || :
for guest in g1 g2; do
	failed_with grab_$guest "the backend is gone"
	same 1 "$(wc -l < "$work/grab_$guest.log")" "lines of grab: $(cat "$work/grab_$guest.log")"
done
in_domain "$g1" pvcam list | grep -q 'cam *no backend' || fail "a camera without a backend is not told so"
start_pvcamd < "$work/cam.conf"
for guest in "$g1" "$g2"; do
	within 5 in_domain "$guest" pvcam grab cam -n 3 -o /dev/null --as raw --quiet
done

# --- one at a time
refuses 1 "already running" dom0 pvcamd -c "$work/pvcamd.conf"

# --- the domain
grab g1 "$g1"
xenloop domain destroy --dir "$xen" "$g1"
gone() {
	! dom0 xenstore-exists "backend/pvcam/$g1" && no_session_of g1
}
within 5 gone
failed_with grab_g1 .
! dom0 xenstore-ls -f | grep "/$g1/" || fail "nodes of the domain are left"
grab g2 "$g2"

# --- an end in order: the frontend is told, the socket goes
stop pvcamd || fail "pvcamd ended with $?"
failed_with grab_g2 "the backend is gone"
states g2 pvcam 0 Closed || fail "$(states g2 pvcam 0 Closed)"
[ ! -e "$pvcamd_socket" ] || fail "the socket is left"
start_pvcamd < "$work/cam.conf"
grab g2 "$g2"

# --- xenloop
e2e_xenloop_pid=$(e2e_pid xenloop)
stop xenloop KILL || :
failed_with pvcamd "xenstore is gone"
failed_with grab_g2 .
same 1 "$(wc -l < "$work/grab_g2.log")" "lines of grab: $(cat "$work/grab_g2.log")"
same 1 "$(lines_with 'warning\|error' pvcamd)" "warnings: $(cat "$work/pvcamd.log")"
! kill -0 "$e2e_xenloop_pid" 2>/dev/null || fail "xenloop lives"
