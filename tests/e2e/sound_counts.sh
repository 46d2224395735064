#!/bin/sh
# SPDX-License-Identifier: MIT
# What pvctl stat calls an underrun: an xrun after which the guest goes on, not the end of a drain. And
# that of each frame that goes in it tells where it is, or what became of it, at any moment.
# shellcheck disable=SC2086 # words
. "${top_srcdir:-.}/tests/e2e/sound_lib.sh"
skip_without_alsa

start_xenloop --gntalloc-limit=65536
make_guest g1
sound_tool make "$work/in.raw" "$work/in.wav" S16_LE 48000 2 4801
cat > "$work/host.conf" << EOT
pcm_type.clocked { lib "$top_builddir/tests/unit/.libs/pcm_clocked.so" }
pcm.stalls { type clocked stall_at_ms 1500 stall_ms 300 }
EOT
ALSA_CONFIG_PATH=$work/host.conf start_pvsndd << EOT
[device out]
type = clock
[device mic]
type = clock
[device dry]
type = alsa
playback = stalls
[device full]
type = alsa
capture = stalls
[guest *]
playback = *
capture = *
EOT
attach_card g1 Main out mic:C
attach_card g1 Dry dry
attach_card g1 Full full:C

on_time=
! chrt -f 40 true 2> /dev/null || on_time='chrt -f 40'

# of KEY: a counter of the one stream that is open
of() {
	dom0 pvctl stat --json --socket "$pvsndd_socket" | jq "[.streams[] | .$1][0]"
}
# Nothing is left over: what the frames that went in and out leave, of both directions.
adds_up() {
	dom0 pvctl stat --json --socket "$pvsndd_socket" > "$work/stat"
	jq -e '[.streams[] | ([.silence[]] | add) as $silence | ([.dropped[]] | add) as $dropped |
		if .direction == "playback" then .device_frames - .guest_frames else .guest_frames - .device_frames end
		+ $dropped - $silence + .fill_frames] | length > 0 and all(. == 0)' \
		"$work/stat" > "$work/sum" || fail "$1: it does not add up: $(cat "$work/stat")"
}
further() {
	[ "$(of position_frames)" -gt 24000 ]
}
counted() {
	[ "$(of underruns)" -gt 0 ]
}

# The first file ends in a drain, the second goes on in the same connection.
start_in_guest player "$g1" $on_time aplay -q -D pvsnd:CARD=Main -t raw -f S16_LE -r 48000 -c 2 \
	--buffer-size=24000 "$work/in.raw" /dev/zero
within 10 further
adds_up "after a drain"
[ "$(of silence.end)" -gt 0 ] || fail "the end of a drain is no silence"
[ "$(of latency_frames)" -gt 12000 ] || fail "a full buffer of 24000 frames is no latency"
underruns=$(of underruns) silence=$(of silence_frames)
[ "$underruns" = 0 ] && [ "$silence" = 0 ] ||
	fail "a drain made $underruns underruns, $silence silent frames"

# A program that is held up has an xrun, and goes on.
pid=$(e2e_pid player)
kill -STOP "$pid"
sleep 1
kill -CONT "$pid"
within 5 counted || fail "an xrun was not counted"
adds_up "after an xrun"
late=$(of silence.guest_late)
[ "$late" -ge 12000 ] || fail "a guest that is held up for 1 s was late for $late frames"
dom0 pvctl stat --socket "$pvsndd_socket" > "$work/table"
grep -Eq '^g1 +pvsnd +0/0/0 +out +playback +s16_le 48000x2 .* 0 +[0-9]+ +[0-9]+$' "$work/table" ||
	fail "stat: $(cat "$work/table")"
grep -Eq '^g1 +pvsnd +0/0/0 +out +playback +[0-9]+ +[0-9]+ +[0-9]+  .*guest_late [0-9]+' "$work/table" ||
	fail "stat: $(cat "$work/table")"
stop player || :

# --- recorded by a program that is held up
held_up() {
	[ "$(of dropped.late)" -gt 0 ]
}
start_in_guest recorder "$g1" $on_time arecord -q -D pvsnd:CARD=Main -t raw -f S16_LE -r 44100 -c 1 \
	--buffer-size=8192 "$work/recorded.raw"
within 10 further
adds_up captured
pid=$(e2e_pid recorder)
kill -STOP "$pid"
within 5 held_up
adds_up "while the guest does not read"
kill -CONT "$pid"
stop recorder || :

# --- a device whose thread is kept from it for 300 ms: silence, of which no guest is the cause
ran_dry() {
	[ "$(of silence.device_xrun)" -gt 0 ]
}
start_in_guest player "$g1" $on_time aplay -q -D pvsnd:CARD=Dry -t raw -f S16_LE -r 48000 -c 2 \
	--buffer-size=48000 /dev/zero
within 10 further
adds_up "on a device of ALSA's"
within 5 ran_dry
adds_up "after the device ran dry"
jq -e '.streams[0].silence.device_xrun as $dry | $dry > 9600 and
	.streams[0].latency_frames - .streams[0].fill_frames > 256 and
	(.streams[0].wake_delay | .wakes > 100 and .p50_us <= .p99_us and .max_us > 200000)' "$work/stat" > "$work/answer" ||
	fail "dry for 300 ms: $(cat "$work/stat")"
jq -e '.devices[] | select(.name == "dry") | .xruns > 0 and .wake_delay.max_us > 200000 and .wake_delay.wakes > 100' \
	"$work/stat" > "$work/answer" || fail "late by 300 ms: $(cat "$work/stat")"
stop player || :

# --- and from one that records: lost, with what it had kept until then; nothing stands in its place
ran_full() {
	[ "$(of dropped.device_xrun)" -gt 0 ]
}
start_in_guest recorder "$g1" $on_time arecord -q -D pvsnd:CARD=Full -t raw -f S16_LE -r 48000 -c 2 \
	--buffer-size=48000 "$work/recorded.raw"
within 10 further
adds_up "recorded from a device of ALSA's"
within 5 ran_full
adds_up "after the device ran full"
jq -e '.streams[0] | .dropped.device_xrun >= 14400 and .silence.device_xrun == 0 and
	.device_frames == .position_frames + .dropped.device_xrun' "$work/stat" > "$work/answer" ||
	fail "full for 300 ms: $(cat "$work/stat")"
jq -e '.devices[] | select(.name == "full") | .xruns > 0 and .wake_delay.max_us >= 300000' \
	"$work/stat" > "$work/answer" || fail "late by 300 ms: $(cat "$work/stat")"
stop recorder || :
stop pvsndd || fail "pvsndd ended with $?"
