#!/bin/sh
# SPDX-License-Identifier: MIT
# A hostile sound frontend of class pvsnd, which connects 50 times over, and one that is killed: pvsndd
# keeps nothing of it, logs little, notices, and serves on; and it is served again after its own death.
# shellcheck disable=SC2154 # make_guest sets the ids
. "${top_srcdir:-.}/tests/e2e/lib.sh"
. "$top_srcdir/tests/e2e/footprint.sh"
program=${top_builddir:-.}/tests/hostile/snd_ops_test

start_xenloop
make_guest g1
make_guest g2
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
dom0 pvctl attach g2 pvsnd 'CARD, frontend=user, buffer-size=65536, sample-rates=8000;48000' PCM \
	'STREAM, unique-id=speaker, type=P, channels-max=2'
in_domain "$g1" "$program" pvsnd/0 || fail "it ended with $?"
in_domain "$g1" "$program" pvsnd/1 capture || fail "captured: it ended with $?"
sleep 0.5 # the last session's thread
footprint_mark pvsndd # with the nodes that only guests write
in_domain "$g1" "$program" pvsnd/0 || fail "again, it ended with $?"
in_domain "$g1" "$program" pvsnd/1 capture || fail "captured: it ended with $?"
within 5 footprint_same pvsndd

# --- the frontend dies; pvsndd closes the device with one line
for _ in 1 2 3; do
	start doomed "$g2" "$program" pvsnd/0
	within 10 states g2 pvsnd 0 Connected Connected
	stop doomed KILL || :
	within 5 states g2 pvsnd 0 Closed
done
same 3 "$(grep -c "g2 pvsnd/0: the frontend's process is gone" "$work/pvsndd.log")" "lines on 3 deaths"

# --- more than 100 connections of the first one are a few lines (20 a minute), and a number
lines=$(grep -c "g1 pvsnd/0: " "$work/pvsndd.log")
[ "$lines" -le 66 ] || fail "$lines lines about one device"
grep -q "g1 pvsnd/0: too much to log" "$work/pvsndd.log" || fail "it does not say that it left out lines"
dom0 pvctl detach g1 pvsnd 0
left_out=$(sed -n 's/.*g1 pvsnd.0: \([0-9]*\) lines about it were left out/\1/p' "$work/pvsndd.log" |
	awk '{ sum += $1 } END { print sum }')
[ "$left_out" -ge 100 ] || fail "$left_out lines left out"

# --- pvsndd dies, and serves the same device again
stop pvsndd KILL || :
restart_pvsndd
in_domain "$g2" "$program" pvsnd/0 || fail "after pvsndd's death it ended with $?"
stop pvsndd || fail "pvsndd ended with $?"
