#!/bin/sh
# SPDX-License-Identifier: MIT
# Volume and mute of dom0 and of the guest: what is in dom0's WAV is their product, silence where
# either mutes, and no click where one changes. A guest gets no louder than dom0 lets it, by no
# means that it has; both outlive the session and pvsndd. Cards come out of an xl config; a mixer
# that looks at one notices when it goes.
# shellcheck disable=SC2154 # make_guest sets the ids
. "${top_srcdir:-.}/tests/e2e/sound_lib.sh"
skip_without_alsa
PATH=$top_builddir/tests/hostile:$PATH

start_xenloop --gntalloc-limit=65536
make_guest g1
make_guest g2
sound_tool constant "$work/long.raw" 16000 480000
sound_tool constant "$work/short.raw" 16000 9600
start_pvsndd << EOT
[device out]
type = wav
gaps = silence
playback = $work/out.wav
[device other.one]
type = wav
gaps = silence
playback = $work/other.wav
[guest *]
playback = *
EOT
cat > "$work/g1.cfg" << 'EOT'
name = "g1"
pvsnd = [[ 'CARD, short-name=Main, frontend=user', 'PCM', 'STREAM, unique-id=out, type=P' ]]
EOT
cat > "$work/g2.cfg" << 'EOT'
name = "g2"
pvsnd = [[ 'CARD, short-name=Kernel', 'PCM', 'STREAM, unique-id=out, type=P',
	'STREAM, unique-id=other.one, type=P' ]]
EOT
dom0 pvctl attach "$work/g1.cfg"
dom0 pvctl attach "$work/g2.cfg"
states g1 pvsnd 0 InitWait || fail "not attached"
states g2 vsnd 0 InitWait || fail "not attached"

mixer() {
	in_guest "$g1" amixer -D pvsnd:CARD=Main "$@" > "$work/mixer"
}
pvctl_sound() {
	pvctl_word=$1
	shift
	dom0 pvctl "$pvctl_word" --socket "$pvsndd_socket" "$@"
}
aplay_short() {
	in_guest "$g1" aplay -q -D pvsnd:CARD=Main -t raw -f S16_LE -r 48000 -c 1 "$work/short.raw"
}
# all of short.raw, as a guest that knows only the protocol
kernel_plays() {
	rm -f "$work/held"
	start kernel "$g2" snd_play vsnd/0 "$work/short.raw" 0 960 16 "$work/held"
	within 5 test -e "$work/held"
	rm "$work/held"
	within 5 ended kernel
	stop kernel || fail "snd_play: $(cat "$work/kernel.log")"
}
# holds WAV COUNT FROM TO: that many samples within this range
holds() {
	[ "$(sound_tool count "$1" "$3" "$4")" -ge "$2" ] || { echo "not $2 of $3 to $4"; return 1; }
}
# is WAV COUNT VALUE: that many samples of this value, rounded, and none louder
is() {
	holds "$1" "$2" $(($3 - ($3 > 0))) $(($3 + ($3 > 0))) || return 1
	[ "$(sound_tool count "$1" $(($3 + 1 + ($3 > 0))) 32767)" = 0 ] || { echo "louder than $3"; return 1; }
}

# --- on a playing stream
start_in_guest player "$g1" aplay -q -D pvsnd:CARD=Main -t raw -f S16_LE -r 48000 -c 1 \
	"$work/long.raw"
within 5 grep -q RIFF "$work/out.wav"
sleep 0.4 # as sent
dom0 pvctl volume g1 out -6dB --socket "$pvsndd_socket" > "$work/told"
same "g1 pvsnd 0 out playback volume -6000" "$(cat "$work/told")"
sleep 0.4 # 8019
mixer sset Master -- -20dB
grep -q '\[-20.00dB\] \[on\]' "$work/mixer" || fail "$(cat "$work/mixer")"
sleep 0.4 # 802
pvctl_sound mute g1
mixer sset Master 0dB unmute
grep -q '\[0.00dB\] \[on\]' "$work/mixer" || fail "dom0's mute in the guest: $(cat "$work/mixer")"
pvctl_sound stat g1 > "$work/told"
grep -Eq '^g1 +pvsnd +0/0/0 +out +playback +s16_le 48000x1 .* -6000 +1 +0 +0 +[0-9]+ +[0-9]+$' "$work/told" ||
	fail "stat: $(cat "$work/told")"
sleep 0.4 # nothing
pvctl_sound unmute g1
mixer sset Master mute
pvctl_sound stat --json g1 > "$work/told"
same '["-6000","0","0","1",true]' "$(jq -c '.streams[0] |
	[.volume, .mute, .guest_volume, .guest_mute, .running]' "$work/told")" "stat --json"
sleep 0.2
mixer sset Master unmute
sleep 0.4 # 8019 again
start_in_guest events "$g1" stdbuf -oL amixer -D pvsnd:CARD=Main sevents
within 5 grep -q Ready "$work/events.log"
alive events || fail "$(cat "$work/events.log")"
dom0 pvctl detach g1 pvsnd 0 # in the middle
within 5 ended player
within 5 ended events
stop events || :
player_status=0
stop player || player_status=$?
same 1 $player_status "aplay whose card went"
grep -q "No such device" "$work/player.log" || fail "$(cat "$work/player.log")"
played() {
	holds "$work/out.wav" 9600 16000 16000 && holds "$work/out.wav" 24000 8018 8020 &&
		holds "$work/out.wav" 9600 801 803 && holds "$work/out.wav" 9600 0 0
}
within 3 played
# A ramp takes 10 ms: 34 a frame. In silence the two changes were apart by more than that.
[ "$(sound_tool step "$work/out.wav")" -le 48 ] ||
	fail "a click of $(sound_tool step "$work/out.wav")"

# --- what was decided goes with the card
dom0 pvctl attach "$work/g1.cfg"
aplay_short
within 3 is "$work/out.wav" 9600 16000

# --- a guest cannot get louder, and both outlive pvsndd
pvctl_sound volume g1 0 -6
mixer sset Master -- -20dB
! in_domain "$g1" xenstore-write "/local/domain/0/backend/pvsnd/$g1/0/dom0-volume" 0 \
	2> "$work/refused.err" || fail "the guest writes dom0's volume"
in_domain "$g1" xenstore-write device/pvsnd/0/dom0-volume 0
aplay_short
within 3 is "$work/out.wav" 9600 802
stop pvsndd || fail "pvsndd ended with $?"
restart_pvsndd
within 5 states g1 pvsnd 0 InitWait
aplay_short
within 3 is "$work/out.wav" 9600 802
mixer sget Master
grep -q '\[-20.00dB\] \[on\]' "$work/mixer" || fail "$(cat "$work/mixer")"
mixer sset Master 0dB
aplay_short
within 3 is "$work/out.wav" 9600 8019
pvctl_sound mute g1 out
stop pvsndd KILL || :
restart_pvsndd
within 5 states g1 pvsnd 0 InitWait
aplay_short
within 3 is "$work/out.wav" 9600 0
pvctl_sound unmute g1 > "$work/told"
same "g1 pvsnd 0 out playback volume -6000" "$(cat "$work/told")"
mixer sset Master 0dB unmute

# --- class vsnd, whose configuration the guest may write as xl leaves it: it takes the streams one
# for the other, and one away, and back
dom0 xenstore-rm "backend/vsnd/$g2/0/0"
kernel_plays
within 3 is "$work/out.wav" 9600 16000
pvctl_sound mute g2 other.one
kernel_plays
within 3 is "$work/out.wav" 9600 16000
swap() {
	in_domain "$g2" xenstore-write device/vsnd/0/0/0/unique-id "$1" \
		device/vsnd/0/0/1/unique-id "$2"
}
swap other.one out
kernel_plays
within 3 is "$work/other.wav" 9600 0
swap out out
pvctl_sound unmute g2 > "$work/told"
pvctl_sound mute g2 vsnd > /dev/null 2>&1 && fail "vsnd is no device"
pvctl_sound mute g2 0 > "$work/told"
same 2 "$(grep -c muted "$work/told")" "streams muted: $(cat "$work/told")"
stop pvsndd || fail "pvsndd ended with $?"
restart_pvsndd
swap other.one out
kernel_plays
within 3 is "$work/other.wav" 9600 0
pvctl_sound unmute g2 > "$work/told"
same 0 "$(grep -c muted "$work/told")" "streams muted: $(cat "$work/told")"
kernel_plays
within 3 is "$work/other.wav" 9600 16000

# --- what is refused changes nothing of what it was
swap "no such" out
start kernel "$g2" snd_play vsnd/0 "$work/short.raw" 0 960 16 "$work/held"
within 10 grep -q "g2 vsnd/0: refused: a unique-id" "$work/pvsndd.log"
stop kernel || :
pvctl_sound mute g2 other.one > "$work/told"
pvctl_sound volume g2 0 > "$work/told" # kept as well
same 2 "$(grep -c . "$work/told")" "streams: $(cat "$work/told")"
stop pvsndd || fail "pvsndd ended with $?"
