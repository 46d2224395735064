#!/bin/sh
# SPDX-License-Identifier: MIT
# A card in use: both directions at once, a second program, pause, xruns, poll, the mixer beside a
# playing aplay, ALSA's own plugins on top, and deaths of either side.
. "${top_srcdir:-.}/tests/e2e/sound_lib.sh"
skip_without_alsa

start_xenloop --gntalloc-limit=65536
make_guest g1
make_guest g2
sound_tool make "$work/in.raw" "$work/in.wav" S16_LE 48000 2 48001
sound_tool make "$work/two.raw" "$work/two.wav" S16_LE 48000 2 48007
sound_tool constant "$work/long.raw" 16000 240000
start_pvsndd << EOT
[device out]
type = wav
gaps = silence
playback = $work/out.wav
[device in]
type = wav
gaps = silence
capture = $work/in.wav
[device file]
type = wav
playback = $work/file.wav
[guest *]
playback = *
capture = *
EOT
attach_card g1 Main out in:C
attach_card g1 File file
attach_card g2 Main out
pcm=pvsnd:CARD=Main

# play TAG FORMAT-OPTIONS…: quietly, in the background
play() {
	play_tag=$1
	shift
	start_in_guest "$play_tag" "$g1" aplay -q -D $pcm -t raw -f S16_LE -r 48000 "$@"
}

# --- a whole file; both directions at once, in blocking, non-blocking and mmap mode
for mode in "" -N -M; do
	play player -c 2 $mode "$work/two.raw"
	in_guest "$g1" arecord -q -D $pcm $mode -t raw -f S16_LE -r 48000 -c 2 -s 48001 \
		"$work/got.raw"
	within 10 ended player
	stop player || fail "aplay $mode: $(cat "$work/player.log")"
	within 3 sound_tool match "$work/two.raw" "$work/out.wav" S16_LE 48000 2
	sound_tool begins "$work/in.raw" "$work/got.raw" S16_LE || fail "arecord $mode"
done

# --- what aplay does not do. The program is in time: what the plugin does is looked at.
on_time=
! chrt -f 40 true 2> /dev/null || on_time='chrt -f 40'
for what in pause xrun poll again; do
	# shellcheck disable=SC2086 # words
	own_in_guest "$g1" $on_time sound_client $what $pcm || fail "sound_client $what"
	both() {
		[ "$(sound_tool count "$work/out.wav" 1000 1000)" = 9600 ] &&
			[ "$(sound_tool count "$work/out.wav" 2000 2000)" = 9600 ]
	}
	within 3 both
	same 0 "$(sound_tool count "$work/out.wav" 3000 4000)" "$what: frames that were dropped"
done

# --- what ALSA says is to come is, to the frame, what dom0 has not played
for _ in 1 2 3; do
	# shellcheck disable=SC2086
	delay=$(own_in_guest "$g1" $on_time sound_client delay $pcm) || fail "sound_client delay"
	rest() {
		same_count=$(sound_tool count "$work/out.wav" 1000 1000)
		[ "$same_count" = $((9600 - delay)) ] || { echo "$same_count and $delay"; return 1; }
	}
	within 3 rest
done

# --- a second one in this guest; volume beside it
play player -c 1 "$work/long.raw"
within 5 states g1 pvsnd 0 Connected Connected
! in_guest "$g1" aplay -q -D $pcm "$work/two.wav" > "$work/second.log" 2>&1 || fail "two in a guest"
grep -q "resource busy" "$work/second.log" || fail "$(cat "$work/second.log")"
within 5 grep -q RIFF "$work/out.wav"
start_in_guest events "$g1" stdbuf -oL amixer -D $pcm sevents
mixer() {
	in_guest "$g1" amixer -D $pcm "$@" > "$work/mixer"
}
within 5 grep -q Ready "$work/events.log"
sleep 0.4
mixer sset Master -- -20dB
grep -q '10000 .*\[-20.00dB\] \[on\]' "$work/mixer" || fail "$(cat "$work/mixer")"
within 3 grep -q "event value: 'Master'" "$work/events.log"
sleep 0.4
mixer sset Master mute
grep -q '\[off\]' "$work/mixer" || fail "$(cat "$work/mixer")"
sleep 0.4
mixer sset Master -- -6dB unmute
grep -q '\[-6.00dB\] \[on\]' "$work/mixer" || fail "$(cat "$work/mixer")"
mixer sget Capture
grep -q '\[0.00dB\] \[on\]' "$work/mixer" || fail "$(cat "$work/mixer")"
stop events || :
within 10 ended player
stop player || fail "$(cat "$work/player.log")"
# For as long as it was so: as sent, a tenth, nothing, about half.
for range in "16000 16000" "1599 1601" "8018 8020"; do
	# shellcheck disable=SC2086
	frames=$(sound_tool count "$work/out.wav" $range)
	[ "$frames" -gt 9600 ] || fail "$frames frames of $range"
done
frames=$(sound_tool count "$work/out.wav" 0 0)
[ "$frames" -gt 9600 ] || fail "$frames frames muted"
in_guest "$g2" amixer -D $pcm sget Master > "$work/mixer"
grep -q '\[0.00dB\]' "$work/mixer" || fail "another guest's volume: $(cat "$work/mixer")"
# A daemon that starts anew asks the guest: its last word must be the one that counts below.
mixer sset Master mute
mixer sset Master 0dB unmute

# --- ALSA's own plugins and alsaloop
in_guest "$g1" aplay -q -D "plug:'$pcm'" -t raw -f MU_LAW -r 32000 -c 1 -d 1 "$work/long.raw"
looping=0
in_guest "$g1" timeout 2 alsaloop -C $pcm -P pvsnd:CARD=File -f S16_LE -r 48000 -c 2 -t 200000 \
	> "$work/alsaloop.log" 2>&1 || looping=$?
same 124 $looping "alsaloop: $(cat "$work/alsaloop.log")"
looped() { # about half of its noise is over 0
	[ "$(sound_tool count "$work/file.wav" 1 32767)" -gt 30000 ]
}
within 3 looped

# --- deaths
play player -c 1 "$work/long.raw"
within 5 states g1 pvsnd 0 Connected Connected
stop player KILL || :
after_death() {
	in_guest "$g1" aplay -q -D $pcm "$work/two.wav"
}
within 5 after_death
within 3 sound_tool match "$work/two.raw" "$work/out.wav" S16_LE 48000 2
play player -c 1 "$work/long.raw"
within 5 states g1 pvsnd 0 Connected Connected
stop pvsndd KILL || :
within 5 ended player
player_status=0
stop player || player_status=$?
same 1 $player_status "aplay without a backend"
grep -q "No such device" "$work/player.log" || fail "$(cat "$work/player.log")"
restart_pvsndd
within 10 after_death
within 3 sound_tool match "$work/two.raw" "$work/out.wav" S16_LE 48000 2
stop pvsndd || fail "pvsndd ended with $?"
