#!/bin/sh
# SPDX-License-Identifier: MIT
# The device's thread goes before the session's and both before main, at real-time priorities. Without
# the right to them that is said once, and a guest plays and records all the same, bit for bit.
# shellcheck disable=SC2154 # make_guest sets the ids
. "${top_srcdir:-.}/tests/e2e/sound_lib.sh"
skip_without_alsa

# Its own threads by priority, 0 for ordinary ones, the highest first.
priorities() {
	for priorities_task in /proc/"$(e2e_pid pvsndd)"/task/*; do
		sed 's/.*) //' "$priorities_task/stat" 2>/dev/null | cut -d ' ' -f 38 || :
	done | sort -rn | xargs
}

# RT of the device out, as pvctl shows it
real_time() {
	pvctl stat --socket "$pvsndd_socket" | awk '$1 == "out" && $2 == "wav" { print $4 }'
}

streams_open() {
	[ "$(pvctl stat --json --socket "$pvsndd_socket" | jq '[.streams[] | select(.open)] | length')" = "$1" ]
}

play_long() {
	start_in_guest player "$g1" aplay -q -D pvsnd:CARD=Main -t raw -f S16_LE -r 48000 -c 2 /dev/zero
	within 5 streams_open 1
}

start_xenloop --gntalloc-limit=4096
make_guest g1
sound_tool make "$work/in.raw" "$work/in.wav" S16_LE 48000 2 4801
start_pvsndd << EOT
[device out]
type = wav
gaps = silence
priority = 33
playback = $work/out.wav
[device in]
type = wav
capture = $work/in.wav
[guest *]
playback = *
capture = *
EOT
attach_card g1 Main out in:C

if chrt -f 33 true 2> /dev/null; then
	same - "$(real_time)" "RT of a device that nobody uses"
	play_long
	same yes "$(real_time)" RT
	case $(priorities) in
	"33 23 0"*) ;;
	*) fail "priorities $(priorities)" ;;
	esac
	stop player || :
fi
stop pvsndd || fail "pvsndd ended with $?"

# --- without the right
if [ "$(id -u)" = 0 ]; then
	command -v setpriv > /dev/null || skip "no setpriv: install util-linux"
	without='setpriv --bounding-set -sys_nice,-sys_resource --inh-caps -sys_nice,-sys_resource'
fi
e2e_nice= # which it could not set
# shellcheck disable=SC2086 # words
start pvsndd 0 ${without:-} prlimit --rtprio=0:0 pvsndd -c "$work/pvsndd.conf"
within 10 e2e_pvsndd_ready
play_long
same no "$(real_time)" "RT without the right to it"
stop player || :
for _ in 1 2; do
	in_guest "$g1" aplay -q -D pvsnd:CARD=Main -t raw -f S16_LE -r 48000 -c 2 "$work/in.raw"
	in_guest "$g1" arecord -q -D pvsnd:CARD=Main -t raw -f S16_LE -r 48000 -c 2 -s 4801 "$work/got.raw"
	within 3 sound_tool match "$work/in.raw" "$work/out.wav" S16_LE 48000 2
	sound_tool begins "$work/in.raw" "$work/got.raw" S16_LE || fail "captured otherwise"
done
same 1 "$(grep -c 'may not use real-time' "$work/pvsndd.log")" "lines about it: $(cat "$work/pvsndd.log")"
stop pvsndd || fail "pvsndd ended with $?"
