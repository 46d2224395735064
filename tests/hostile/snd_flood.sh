#!/bin/sh
# SPDX-License-Identifier: MIT
# One guest plays while another floods its rings, on other devices: what the first one played is
# in dom0's WAV bit for bit, nothing of it came late and nothing was missed. (What holds the flooding
# sessions back is shown by snd_budget.sh: here there are processors enough, and what floods is
# an ordinary process that gets none while they run.)
# shellcheck disable=SC2154,SC2086 # make_guest sets the ids
. "${top_srcdir:-.}/tests/e2e/lib.sh"
PATH=$top_builddir/tests/hostile:$top_builddir/tests/e2e:$PATH

# The guest that plays is ready in time, whatever the one that floods takes of the processor: that
# is for a hypervisor to share out, not for pvsndd.
on_time=
! chrt -f 40 true 2> /dev/null || on_time='chrt -f 40'

start_xenloop
make_guest player
make_guest flooder
sound_tool make "$work/in.raw" "$work/in.wav" S16_LE 48000 2 192003
start_pvsndd << EOT
[device out]
type = wav
gaps = silence
playback = $work/out.wav
[device n1]
type = clock
[device n2]
type = clock
[device n3]
type = clock
[device n4]
type = clock
[guest player]
playback = out
[guest flooder]
playback = n1, n2, n3, n4
EOT
dom0 pvctl attach player pvsnd 'CARD, frontend=user' PCM 'STREAM, unique-id=out, type=P'
dom0 pvctl attach flooder pvsnd 'CARD, buffer-size=262144' PCM 'STREAM, unique-id=n1, type=P' \
	'STREAM, unique-id=n2, type=P' 'STREAM, unique-id=n3, type=P' \
	'STREAM, unique-id=n4, type=P'

# pvctl may wait for seconds beside a flood: one look for all counts.
look() {
	dom0 pvctl stat --json --socket "$pvsndd_socket" > "$work/stat"
}
# of GUEST KEY: the sum over the guest's streams, at the last look
of() {
	jq "[.. | objects | select(.guest? == \"$1\") | .$2] | add" "$work/stat"
}
floods() {
	look
	[ "$(of flooder requests)" -gt 1000 ]
}

start flood "$flooder" snd_flood vsnd/0 64
within 10 floods
before=$(of flooder requests)
start play "$player" $on_time snd_play pvsnd/0 "$work/in.raw" 0 1024 4 "$work/held"
all_written() {
	alive play || fail "snd_play ended"
	[ -e "$work/held" ]
}
within 15 all_written
look
during=$(($(of flooder requests) - before))
for count in underruns late_frames silence_frames lost_events; do
	same 0 "$(of player $count)" "$count beside a flood"
done
rm "$work/held"
within 10 ended play
stop play || fail "snd_play ended with $?"
alive flood || fail "snd_flood ended"
stop flood || :
within 3 sound_tool match "$work/in.raw" "$work/out.wav" S16_LE 48000 2
[ $during -gt 10000 ] || fail "a flood of $during requests is none"
echo "bit-exact beside $during requests of another guest in 4 s"
stop pvsndd || fail "pvsndd ended with $?"
