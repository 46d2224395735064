#!/bin/sh
# SPDX-License-Identifier: MIT
# A guest that sets its volume a thousand times a second while a sine plays: what dom0 recorded has no step
# above the sine's own and the ramp's, and nothing ran dry. xenstore is told ten times a second, and of the last.
# shellcheck source=tests/e2e/lib.sh disable=SC2154 # make_guest sets the ids
. "${top_srcdir:-.}/tests/e2e/lib.sh"
PATH=$top_builddir/tests/hostile:$top_builddir/tests/e2e:$PATH

on_time=
! chrt -f 40 true 2> /dev/null || on_time='chrt -f 40'
highest=16000 period=1000 # frames: 48 Hz
start_xenloop
make_guest g1
sound_tool sine "$work/in.raw" $highest $period 48000
start_pvsndd << EOT
[device out]
type = wav
playback = $work/out.wav
[guest g1]
playback = out
EOT
dom0 pvctl attach g1 pvsnd 'CARD, frontend=user' PCM 'STREAM, unique-id=out, type=P'

start writes 0 xenstore-watch "/local/domain/0/backend/pvsnd/$g1/0/volume"
began_s=$(date +%s)
# shellcheck disable=SC2086 # a prefix of words
start play "$g1" $on_time snd_play pvsnd/0 "$work/in.raw" 2 960 16 "$work/held" 1000
held() {
	alive play || fail "snd_play ended: $(cat "$work/play.log")"
	[ -e "$work/held" ]
}
within 10 held
dom0 pvctl stat --json --socket "$pvsndd_socket" > "$work/stat"
same 0 "$(jq '.streams[0].underruns' "$work/stat")" "times that the stream ran dry"
same 0 "$(jq '.streams[0].refused' "$work/stat")" "requests refused"
last_is_told() {
	[ "$(dom0 xenstore-read "/local/domain/0/backend/pvsnd/$g1/0/volume")" = \
		"$(dom0 pvctl stat --json --socket "$pvsndd_socket" | jq -r '.streams[0].guest_volume')" ]
}
within 2 last_is_told
writes=$(grep -c . "$work/writes.log") most_writes=$((10 * ($(date +%s) - began_s + 1) + 2))
echo "told $writes times, $most_writes may be"
[ "$writes" -le $most_writes ] || fail "xenstore was told $writes times"
[ "$writes" -ge 5 ] || fail "xenstore was told $writes times only"
stop writes || :
rm "$work/held"
within 10 ended play
stop play || fail "snd_play ended with $?"
volumes=$(sed -n 's/ volumes$//p' "$work/play.log")
# In two seconds.
[ "$volumes" -ge 1900 ] || fail "only $volumes volumes"
stop pvsndd || fail "pvsndd ended with $?"
# A full way takes 10 ms, 480 frames; what is rounded, with dither, may be one and a half off at both ends.
most=$(awk -v a=$highest -v p=$period 'BEGIN { print int(a * 2 * 3.14159266 / p + a / 480 + 3) }')
step=$(sound_tool step "$work/out.wav")
echo "$volumes volumes; the largest step is $step, $most may be"
[ "$step" -le "$most" ] || fail "a step of $step"
[ "$step" -ge $((most / 4)) ] || fail "no sine was recorded: the largest step is $step"
