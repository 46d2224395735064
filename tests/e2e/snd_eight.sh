#!/bin/sh
# SPDX-License-Identifier: MIT
# Eight guests on eight clock devices for 10 s (ten minutes with PV_LONG=1): no dropout beyond those
# that as many bare timer threads of the same quantum and priority had beside them. Both are counted
# on the same machine at the same time, so a machine that halts for a while halts both.
# shellcheck disable=SC2086,SC2154 # a prefix of words; make_guest sets the ids
seconds=10
[ -z "${PV_LONG:-}" ] || seconds=600 E2E_SECONDS=900
. "${top_srcdir:-.}/tests/e2e/lib.sh"
PATH=$top_builddir/tests/hostile:$top_builddir/tests/e2e:$PATH

guests='g1 g2 g3 g4 g5 g6 g7 g8'
# Threads due at once wait for each other, and which of them a halt meets at the wrong end of
# a quantum is chance: so much more than the bare threads (and 2 quanta a device) proves nothing.
tolerance_percent=25
tolerance_quanta=16

# The guests themselves are in time: what pvsndd does is looked at.
on_time=
! chrt -f 40 true 2> /dev/null || on_time='chrt -f 40'

start_xenloop
for guest in $guests; do
	make_guest $guest
	printf '[device of_%s]\ntype = clock\n[guest %s]\nplayback = of_%s\n' $guest $guest $guest
done > "$work/devices"
start_pvsndd < "$work/devices"
for guest in $guests; do
	dom0 pvctl attach $guest pvsnd 'CARD, frontend=user' PCM "STREAM, unique-id=of_$guest, type=P"
done
sound_tool make "$work/in.raw" "$work/in.wav" S16_LE 48000 2 48000

# of LIST KEY: the sum of a counter of all streams or devices
of() {
	dom0 pvctl stat --json --socket "$pvsndd_socket" > "$work/stat"
	jq "[.. | objects | .$1? // [] | .[] | objects | .$2] | add" "$work/stat"
}
all_held() {
	for held_guest in $guests; do
		alive play_$held_guest || fail "snd_play of $held_guest ended"
		[ -e "$work/$held_guest.held" ] || return 1
	done
}

# From before the first stream until after the last.
start bare 0 sound_timers 8 2500 $((seconds + 2)) 70
# 960 frames × 4: the quantum is 120 frames, 2.5 ms
for guest in $guests; do
	eval "id=\$$guest"
	start play_$guest "$id" $on_time snd_play pvsnd/0 "$work/in.raw" $seconds 960 4 \
		"$work/$guest.held"
done
within $((seconds + 10)) all_held
underruns=$(of streams underruns)
lost=$(($(of streams late_frames) + $(of streams silence_frames)))
late=$(of devices late_quanta)
quanta=$(of devices quanta)
for guest in $guests; do
	rm "$work/$guest.held"
done
for guest in $guests; do
	within 5 ended play_$guest
	stop play_$guest || fail "snd_play of $guest ended with $?"
done
within 10 ended bare
stop bare || fail "sound_timers ended with $?"
bare=$(cat "$work/bare.log")
echo "$seconds s: late quanta $late of $quanta and underruns $underruns ($lost frames)," \
	"bare threads $bare late"
[ "$quanta" -ge $((seconds * 8 * 380)) ] || fail "only $quanta quanta in $seconds s"
allowed=$((bare + bare * tolerance_percent / 100 + tolerance_quanta))
[ $((late + underruns)) -le $allowed ] || fail "more dropouts than the $allowed of bare threads"
stop pvsndd || fail "pvsndd ended with $?"
