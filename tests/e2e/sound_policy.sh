#!/bin/sh
# SPDX-License-Identifier: MIT
# Who may record: with record = deny a guest's programs record as ever, but only silence, whatever
# the guest writes and sets; with allow they record the sound, until dom0 mutes it.
# shellcheck disable=SC2154 # make_guest sets the ids
. "${top_srcdir:-.}/tests/e2e/sound_lib.sh"
skip_without_alsa

start_xenloop --gntalloc-limit=65536
make_guest g1
make_guest g2
start_pvsndd << 'EOT'
[device mic]
type = clock
[guest g1]
capture = mic
[guest g2]
capture = mic
record = deny
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
stop pvsndd || fail "pvsndd ended with $?"
