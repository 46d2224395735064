#!/bin/sh
# SPDX-License-Identifier: MIT
# 30 times playing and recording, and 10 deaths under way, leave nothing behind: no descriptor, thread,
# mapping, grant, port or xenstore node.
# shellcheck disable=SC2154 # make_guest sets the ids
. "${top_srcdir:-.}/tests/e2e/sound_lib.sh"
. "$top_srcdir/tests/e2e/footprint.sh"
skip_without_alsa

sound_once() {
	in_guest "$g1" arecord -q -D pvsnd:CARD=Main -t raw -f S16_LE -r 48000 -c 2 -s 960 \
		--buffer-size=4800 /dev/null
	in_guest "$g1" aplay -q -D pvsnd:CARD=Main -t raw -f S16_LE -r 48000 -c 2 \
		--buffer-size=4800 "$work/short.raw"
}

streams_open() { # how many
	[ "$(pvctl stat --json --socket "$pvsndd_socket" | jq '[.streams[] | select(.open)] | length')" = "$1" ]
}

no_stream() {
	[ "$(pvctl stat --json --socket "$pvsndd_socket" | jq '.streams | length')" = 0 ]
}

die_under_way() {
	start_in_guest player "$g1" aplay -q -D pvsnd:CARD=Main -t raw -f S16_LE -r 48000 -c 2 /dev/zero
	start_in_guest recorder "$g1" arecord -q -D pvsnd:CARD=Main -t raw -f S16_LE -r 48000 -c 2 /dev/null
	within 5 streams_open 2
	stop player KILL || :
	stop recorder KILL || :
	within 5 no_stream
}

start_xenloop --gntalloc-limit=4096
make_guest g1
sound_tool make "$work/short.raw" "$work/short.wav" S16_LE 48000 2 960
start_pvsndd << EOT
[device main]
type = clock
loop = yes
[guest *]
playback = *
capture = *
EOT
attach_card g1 Main main main:C
for _ in 1 2 3; do
	die_under_way
	sound_once
done
within 5 no_stream
sleep 0.5 # the last stream's threads
footprint_mark pvsndd
for _ in $(seq 30); do sound_once; done
within 5 footprint_same pvsndd
for _ in $(seq 10); do die_under_way; done
sound_once
within 5 footprint_same pvsndd
stop pvsndd || fail "pvsndd ended with $?"
