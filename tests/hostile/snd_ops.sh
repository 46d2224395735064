#!/bin/sh
# SPDX-License-Identifier: MIT
# A hostile sound frontend of class pvsnd, and one that is killed: pvsndd does not grow, notices, and
# serves on; and it is served again after its own death.
# shellcheck disable=SC2154 # make_guest sets the ids
. "${top_srcdir:-.}/tests/e2e/lib.sh"
program=${top_builddir:-.}/tests/hostile/snd_ops_test

# Descriptors and threads of pvsndd.
footprint() {
	find "/proc/$(e2e_pid pvsndd)/fd" "/proc/$(e2e_pid pvsndd)/task" -mindepth 1 -maxdepth 1 |
		wc -l
}

is_as_small_as() {
	[ "$(footprint)" -le "$1" ]
}

start_xenloop
make_guest g1
start_pvsndd <<CONF
[device speaker]
type = clock
[device mic]
type = clock
[guest *]
playback = *
capture = mic
CONF
dom0 pvctl attach g1 pvsnd 'CARD, frontend=user, buffer-size=65536, sample-rates=8000;48000' PCM \
	'STREAM, unique-id=speaker, type=P, channels-max=2'
refuses 1 "refused vsnd speaker" dom0 pvctl attach g1 pvsnd PCM 'STREAM, unique-id=speaker, type=C'
dom0 pvctl attach g1 pvsnd 'CARD, frontend=user, buffer-size=65536, sample-rates=8000;48000' PCM \
	'STREAM, unique-id=mic, type=C, channels-max=2'
before=$(footprint)
in_domain "$g1" "$program" pvsnd/0 || fail "it ended with $?"
in_domain "$g1" "$program" pvsnd/1 capture || fail "captured: it ended with $?"
within 5 is_as_small_as "$before"

# --- the frontend dies; pvsndd closes the device with one line
for _ in 1 2 3; do
	start doomed "$g1" "$program" pvsnd/0
	within 10 states g1 pvsnd 0 Connected Connected
	stop doomed KILL || :
	within 5 states g1 pvsnd 0 Closed
done
within 5 is_as_small_as "$before"
same 3 "$(grep -c "g1 pvsnd/0: the frontend's process is gone" "$work/pvsndd.log")" "lines on 3 deaths"

# --- pvsndd dies, and serves the same device again
stop pvsndd KILL || :
restart_pvsndd
in_domain "$g1" "$program" pvsnd/0 || fail "after pvsndd's death it ended with $?"
stop pvsndd || fail "pvsndd ended with $?"
