#!/bin/sh
# SPDX-License-Identifier: MIT
# The model of Linux's driver, old and new, against pvsndd: each in a guest of its own, at once; pvsndd is killed and
# started again in between.
# shellcheck disable=SC2154,SC2086 # make_guest sets the ids
. "${top_srcdir:-.}/tests/e2e/lib.sh"

# Linux takes events in a thread of its interrupt, with a real-time priority.
like_an_interrupt=
! chrt -f 40 true 2> /dev/null || like_an_interrupt='chrt -f 40'

start_xenloop
make_guest old
make_guest new
start_pvsndd <<CONF
[device first]
type = clock
[device second]
type = clock
[guest *]
playback = *
capture = *
CONF
dom0 pvctl attach old pvsnd 'CARD, short-name=Main' PCM 'STREAM, unique-id=first, type=P' \
	'STREAM, unique-id=first, type=C'
dom0 pvctl attach new pvsnd 'CARD, short-name=Main' PCM 'STREAM, unique-id=second, type=P' \
	'STREAM, unique-id=second, type=C'
for generation in old new; do
	eval "start $generation \$$generation $like_an_interrupt \"\${top_builddir:-.}/tests/hostile/snd_linux_test\" \
		vsnd/0 $generation \"$work/$generation.file\""
done

# The model of each driver waits, or has ended before its time.
both_wait() {
	for generation in old new; do
		[ -e "$work/$generation.file" ] || ended $generation || return 1
	done
}

within 60 both_wait
stop pvsndd KILL || :
rm -f "$work"/*.file
within 10 both_wait
restart_pvsndd
rm -f "$work"/*.file
within 60 ended old
within 60 ended new
for generation in old new; do
	stop $generation || fail "the $generation driver: $(cat "$work/$generation.log")"
done
stop pvsndd || fail "pvsndd ended with $?"
