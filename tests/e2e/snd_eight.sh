#!/bin/sh
# SPDX-License-Identifier: MIT
# Eight guests on eight clock devices, or (snd_mixed.sh) mixed on one while ordinary processes keep all
# processors busy, for 10 s (ten minutes with PV_LONG=1): no dropout but for those of the machine. Beside
# them run as many bare timer threads of the devices' quantum and priority, as many of the guests' period
# and priority, and some on each processor that no halt escapes. Then
# - the quanta that came late may not be more than those of the bare threads by more than chance does: a
#   halt meets all threads of a kind at most, so the difference of the counts has a variance of up to so
#   many times their sum, and of their sum with one device; and guests may have no more underruns than bare
#   threads of theirs are late, but for one halt that met all eight of the guests only;
# - with PV_LONG=1, for a quiet machine, each look at the counters (twice a second) that finds a new
#   dropout must have a halt of a bare thread in its time or right before it: quanta that came late one of
#   the last, underruns one of the second. That finds a single dropout of pvsndd's own.
# shellcheck disable=SC2086,SC2154 # a prefix of words; make_guest sets the ids
seconds=10
[ -z "${PV_LONG:-}" ] || seconds=600 E2E_SECONDS=900
. "${top_srcdir:-.}/tests/e2e/lib.sh"
PATH=$top_builddir/tests/hostile:$top_builddir/tests/e2e:$PATH

guests='g1 g2 g3 g4 g5 g6 g7 g8'
chance=3 # standard deviations
quantum_frames=128 # an eighth of the guests' period
quantum_us=2667

# The guests themselves are in time: what pvsndd does is looked at.
on_time=
! chrt -f 40 true 2> /dev/null || on_time='chrt -f 40'

devices=8
[ -z "${mixed:-}" ] || devices=1
device_of() {
	[ $devices = 1 ] && echo of_all || echo "of_$1"
}

start_xenloop
for guest in $guests; do
	make_guest $guest
	[ $devices = 1 ] && [ $guest != g1 ] || printf '[device %s]\ntype = clock\n' "$(device_of $guest)"
	printf '[guest %s]\nplayback = %s\n' $guest "$(device_of $guest)"
done > "$work/devices"
start_pvsndd < "$work/devices"
for guest in $guests; do
	dom0 pvctl attach $guest pvsnd 'CARD, frontend=user' PCM "STREAM, unique-id=$(device_of $guest), type=P"
done
[ $devices = 8 ] || for load in 1 2 3 4; do
	start load$load 0 nice -n 15 sh -c 'while :; do :; done'
done
sound_tool make "$work/in.raw" "$work/in.wav" S16_LE 48000 2 48000

look() {
	dom0 pvctl stat --json --socket "$pvsndd_socket" > "$work/stat"
}
# of LIST KEY: the sum of a counter of all streams or devices, when it was looked last
of() {
	jq "[.. | objects | .$1? // [] | .[] | objects | .$2] | add" "$work/stat"
}
# A line in $work/looks: when, quanta that came late, underruns.
note() {
	look
	echo "$(date +%s.%N) $(of devices late_quanta) $(of streams underruns)" >> "$work/looks"
}
all_held() {
	for held_guest in $guests; do
		alive play_$held_guest || fail "snd_play of $held_guest ended"
		[ -e "$work/$held_guest.held" ] || return 1
	done
}

# From before the first stream until after the last.
start bare 0 sound_timers $devices $quantum_us $((seconds + 2)) 70
start halts 0 sound_timers 0 $quantum_us $((seconds + 2)) 70
start bare_guests 0 sound_timers 8 $((8 * quantum_us)) $((seconds + 2)) 40
note
for guest in $guests; do
	eval "id=\$$guest"
	start play_$guest "$id" $on_time snd_play pvsnd/0 "$work/in.raw" $seconds $((8 * quantum_frames)) 4 \
		"$work/$guest.held"
done
while [ "$(wc -l < "$work/looks")" -lt $((seconds * 2)) ] && ! all_held; do
	sleep 0.4
	note
done
within $((seconds + 10)) all_held
note
underruns=$(of streams underruns)
guest_late=$(of streams silence.guest_late)
engine_late=$(of streams silence.engine_late)
late=$(of devices late_quanta)
quanta=$(of devices quanta)
for guest in $guests; do
	rm "$work/$guest.held"
done
for guest in $guests; do
	within 5 ended play_$guest
	stop play_$guest || fail "snd_play of $guest ended with $?"
done
for witness in bare halts bare_guests; do
	within 10 ended $witness
	stop $witness || fail "sound_timers ended with $?"
done
bare=$(head -n 1 "$work/bare.log")
echo "$seconds s: late quanta $late of $quanta, bare threads $bare late; underruns $underruns:" \
	"$guest_late frames because guests were late, $engine_late because the engine was"
[ "$late" -gt 0 ] || [ "$engine_late" = 0 ] || fail "$engine_late frames by an engine that was in time"
[ "$quanta" -ge $((seconds * devices * 356)) ] || fail "only $quanta quanta in $seconds s"
# unexplained COLUMN LOG AFTER WHAT: looks with more dropouts than the one before, and no halt that
# ended since the last but one, or so many seconds after: an underrun is counted when it begins.
unexplained() {
	awk -v column="$1" -v after="$3" 'FNR == 1 && NR != 1 { looks = 1 }
		!looks { if (NR > 1) halt[++halts] = $1; next }
		FNR > 1 && $column > before {
			for (i = 1; i <= halts && (halt[i] < earlier || halt[i] > $1 + after); i++);
			if (i > halts) print
		}
		{ earlier = FNR > 1 ? last : $1; last = $1; before = $column }' \
		"$work/$2.log" "$work/looks" > "$work/unexplained"
	[ ! -s "$work/unexplained" ] ||
		fail "dropouts ($4) when the machine did not halt: $(cat "$work/unexplained")"
}
bare_underruns=$(head -n 1 "$work/bare_guests.log")
[ "$underruns" -le $((bare_underruns + 8)) ] ||
	fail "$underruns underruns, while bare threads were late $bare_underruns times"
if [ -n "${PV_LONG:-}" ]; then
	unexplained 2 halts 0.1 "late quanta"
	unexplained 3 bare_guests 1 underruns
fi
awk -v late="$late" -v bare="$bare" -v chance=$chance -v threads=$devices \
	'BEGIN { exit !(late - bare <= chance * sqrt(threads * (late + bare))) }' ||
	fail "more late quanta than by chance"
stop pvsndd || fail "pvsndd ended with $?"
