#!/bin/sh
# SPDX-License-Identifier: MIT
# What pvctl stat calls an underrun: an xrun after which the guest goes on, not the end of a drain.
# shellcheck disable=SC2086 # words
. "${top_srcdir:-.}/tests/e2e/sound_lib.sh"
skip_without_alsa

start_xenloop --gntalloc-limit=65536
make_guest g1
sound_tool make "$work/in.raw" "$work/in.wav" S16_LE 48000 2 4801
sound_tool constant "$work/long.raw" 16000 480000
start_pvsndd << EOT
[device out]
type = clock
[guest *]
playback = *
EOT
attach_card g1 Main out

on_time=
! chrt -f 40 true 2> /dev/null || on_time='chrt -f 40'

# of KEY: a counter of the stream
of() {
	dom0 pvctl stat --json --socket "$pvsndd_socket" | jq "[.. | .streams? // empty | .[] | .$1][0]"
}
further() {
	[ "$(of position_frames)" -gt 24000 ]
}
counted() {
	[ "$(of underruns)" -gt 0 ]
}

# The first file ends in a drain, the second goes on in the same connection.
start_in_guest player "$g1" $on_time aplay -q -D pvsnd:CARD=Main -t raw -f S16_LE -r 48000 -c 2 \
	--buffer-size=24000 "$work/in.raw" "$work/long.raw"
within 10 further
underruns=$(of underruns) silence=$(of silence_frames)
[ "$underruns" = 0 ] && [ "$silence" = 0 ] ||
	fail "a drain made $underruns underruns, $silence silent frames"

# A program that is held up has an xrun, and goes on.
pid=$(e2e_pid player)
kill -STOP "$pid"
sleep 1
kill -CONT "$pid"
within 5 counted || fail "an xrun was not counted"
stop player || :
stop pvsndd || fail "pvsndd ended with $?"
