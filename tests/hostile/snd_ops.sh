#!/bin/sh
# SPDX-License-Identifier: MIT
# A hostile sound frontend of class pvsnd, which connects 50 times over, and one that is killed: pvsndd
# keeps nothing of it, notices, and serves on; and it is served again after its own death.
# shellcheck disable=SC2154 # make_guest sets the ids
. "${top_srcdir:-.}/tests/e2e/lib.sh"
. "$top_srcdir/tests/e2e/footprint.sh"
program=${top_builddir:-.}/tests/hostile/snd_ops_test

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
in_domain "$g1" "$program" pvsnd/0 || fail "it ended with $?"
in_domain "$g1" "$program" pvsnd/1 capture || fail "captured: it ended with $?"
sleep 0.5 # the last session's thread
footprint_mark pvsndd # with the nodes that only guests write
in_domain "$g1" "$program" pvsnd/0 || fail "again, it ended with $?"
in_domain "$g1" "$program" pvsnd/1 capture || fail "captured: it ended with $?"
within 5 footprint_same pvsndd

# --- the frontend dies; pvsndd closes the device with one line
for _ in 1 2 3; do
	start doomed "$g1" "$program" pvsnd/0
	within 10 states g1 pvsnd 0 Connected Connected
	stop doomed KILL || :
	within 5 states g1 pvsnd 0 Closed
done
within 5 footprint_same pvsndd
same 3 "$(grep -c "g1 pvsnd/0: the frontend's process is gone" "$work/pvsndd.log")" "lines on 3 deaths"

# --- pvsndd dies, and serves the same device again
stop pvsndd KILL || :
restart_pvsndd
in_domain "$g1" "$program" pvsnd/0 || fail "after pvsndd's death it ended with $?"
stop pvsndd || fail "pvsndd ended with $?"
