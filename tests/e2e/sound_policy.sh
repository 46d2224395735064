#!/bin/sh
# SPDX-License-Identifier: MIT
# Who may record: with record = deny a guest's programs record as ever, but only silence, whatever
# the guest writes and sets; with allow they record the sound, until dom0 mutes it: within a quantum,
# apart from what is played, and also after pvsndd and the guest's program were started again.
# shellcheck disable=SC2154 # make_guest sets the ids
. "${top_srcdir:-.}/tests/e2e/sound_lib.sh"
skip_without_alsa

start_xenloop --gntalloc-limit=65536
make_guest g1
make_guest g2
make_guest g3
start_pvsndd << 'EOT'
[device mic]
type = clock
[guest g1]
capture = mic
[guest g2]
capture = mic
record = deny
[guest g3]
playback = mic
capture = mic
EOT
for guest in g1 g2; do
	cat > "$work/$guest.cfg" << EOT
name = "$guest"
pvsnd = [[ 'CARD, short-name=Main, frontend=user', 'PCM', 'STREAM, unique-id=mic, type=C' ]]
EOT
	dom0 pvctl attach "$work/$guest.cfg"
	states $guest pvsnd 0 InitWait || fail "$guest: not attached"
done

records() {
	in_guest "$1" arecord -q -D pvsnd:CARD=Main -t raw -f S16_LE -r 48000 -c 1 -s 9600 \
		"$work/recorded.raw"
	same 19200 "$(stat -c %s "$work/recorded.raw")" "bytes recorded"
}
is_silent() {
	cmp -s -n 19200 "$work/recorded.raw" /dev/zero
}
records "$g1"
! is_silent || fail "a guest that may record hears nothing"
dom0 pvctl mute --socket "$pvsndd_socket" g1
records "$g1"
is_silent || fail "dom0's mute does not silence what is recorded"
records "$g2"
is_silent || fail "a guest that may not record hears something"

# all that it can change
in_domain "$g2" xenstore-write device/pvsnd/0/volume 0 device/pvsnd/0/mute 0 \
	device/pvsnd/0/record allow
in_guest "$g2" amixer -D pvsnd:CARD=Main sset Master 0dB unmute > "$work/mixer" 2>&1 || :
dom0 pvctl unmute --socket "$pvsndd_socket" g2 > /dev/null
records "$g2"
is_silent || fail "a guest gets round record = deny"
same 1 "$(grep -c 'may not record' "$work/pvsndd.log")" "times that the log says so"

# --- in the middle: what was captured up to the answer may be sound, and the quantum under way; frame
# x of the file is the stream's frame x
quantum=128
told() { # COMMAND…: position_frames in the answer
	dom0 pvctl "$@" --json --socket "$pvsndd_socket" g1 | jq '.streams[0].position_frames'
}
sounding() { # FROM TO: samples that are not silent
	od -An -v -td2 -w2 -j $((2 * $1)) -N $((2 * ($2 - $1))) "$work/long.raw" |
		awk '$1 != 0 { sounds++ } END { print sounds + 0 }'
}
position_is() {
	[ "$(told stat)" -ge "$1" ]
}
dom0 pvctl unmute --capture --socket "$pvsndd_socket" g1 > /dev/null
start_in_guest recorder "$g1" arecord -q -D pvsnd:CARD=Main -t raw -f S16_LE -r 48000 -c 1 \
	--buffer-size=48000 "$work/long.raw"
within 10 position_is 24000
muted=$(told mute --capture)
same 1 "$(dom0 pvctl stat --json --socket "$pvsndd_socket" g1 | jq -r '.streams[0].mute')" "mute in the stat"
within 10 position_is $((muted + 24000))
before=$(told stat)
dom0 pvctl unmute --playback --socket "$pvsndd_socket" g1 > /dev/null
within 10 position_is $((before + 9600))
until=$(told stat)
unmuted=$(told unmute --capture)
within 10 position_is $((unmuted + 24000))
stop recorder INT || :
[ "$(sounding 0 24000)" -gt 20000 ] || fail "nothing was heard before"
same 0 "$(sounding $((muted + quantum)) "$until")" "sounding samples a quantum after mute --capture"
[ "$(sounding $((unmuted + quantum)) $((unmuted + 9600)))" -gt 8000 ] || fail "nothing is heard after"

# --- both directions of one card, and what outlives pvsndd
dom0 pvctl attach g3 pvsnd 'CARD' PCM 'STREAM, unique-id=mic, type=P' 'STREAM, unique-id=mic, type=C'
mutes() { # GUEST COMMAND…: the mutes that are set then, of both directions
	mutes_guest=$1
	shift
	dom0 pvctl "$@" --json --socket "$pvsndd_socket" "$mutes_guest" |
		jq -rc '[.streams[] | .direction + .mute] | sort | join(" ")'
}
same "capture1" "$(mutes g3 mute --capture)"
same "playback0" "$(mutes g3 unmute --playback)"
same "capture1" "$(mutes g1 mute --capture)"
stop pvsndd KILL || :
restart_pvsndd
within 5 states g1 pvsnd 0 InitWait
records "$g1"
is_silent || fail "mute --capture does not outlive pvsndd"
for node in dom0-mute dom0-mute/capture dom0-mute/capture/mic; do
	! in_domain "$g1" xenstore-write "/local/domain/0/backend/pvsnd/$g1/0/$node" 0 2> "$work/refused.err" ||
		fail "the guest writes dom0's $node"
	in_domain "$g1" xenstore-write "device/pvsnd/0/$node" 0
done
in_guest "$g1" amixer -D pvsnd:CARD=Main sset Master 0dB unmute > "$work/mixer" 2>&1 || :
records "$g1"
is_silent || fail "a guest undoes mute --capture"
same "capture1 playback0" "$(dom0 pvctl volume --json --socket "$pvsndd_socket" g3 0 |
	jq -rc '[.streams[] | .direction + .mute] | sort | join(" ")')"
same "capture0 playback0" "$(mutes g3 unmute)"
dom0 pvctl mute --socket "$pvsndd_socket" g3 mic > /dev/null # by unique-id: both
same "capture0" "$(dom0 pvctl unmute --capture --json --socket "$pvsndd_socket" g3 mic |
	jq -r '.streams[] | .direction + .mute')"
refuses 1 "no such sound device" dom0 pvctl mute --playback --socket "$pvsndd_socket" g1 mic
refuses 2 "neither for both" dom0 pvctl mute --playback --capture g1
refuses 2 "does not take --capture" dom0 pvctl volume --capture g1 -- -3
stop pvsndd || fail "pvsndd ended with $?"
