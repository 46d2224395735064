#!/bin/bash
# SPDX-License-Identifier: MIT
# Guests that play on one device at once: what dom0 keeps is their sum, sample by sample, and the one that
# goes on is untouched before and after. One of them at another rate, which is converted.
# shellcheck source=tests/e2e/sound_lib.sh
. "${top_srcdir:-.}/tests/e2e/sound_lib.sh"

skip_without_alsa
start_xenloop --gntalloc-limit=65536
make_guest g1
make_guest g2
sound_tool constant "$work/long.raw" 5000 192000
sound_tool constant "$work/short.raw" 300 24000
start_pvsndd << EOT
[device out]
type = wav
gaps = silence
playback = $work/out.wav
[device other]
type = wav
gaps = silence
playback = $work/other.wav
[guest *]
playback = *
EOT
attach_card g1 Main out
attach_card g2 Main out
attach_card g1 Other other
attach_card g2 Other other

counted() { # FILE VALUE TO: samples of these values
	sound_tool count "$work/$1.wav" "$2" "$3"
}

play_raw() { # LABEL GUEST CARD OPTION…
	local label=$1 guest=$2 card=$3
	shift 3
	start_in_guest "$label" "$guest" aplay -q -D pvsnd:CARD=$card -t raw -f S16_LE -c 2 --period-size=1024 \
		--buffer-size=32768 "$@"
}

# --- one begins, the other comes and goes
play_raw one "$g1" Main -r 48000 "$work/long.raw"
within 5 test -s "$work/out.wav"
within 5 eval '[ "$(counted out 5000 5000)" -gt 9600 ]'
in_guest "$g2" aplay -q -D pvsnd:CARD=Main -t raw -f S16_LE -c 2 -r 48000 --period-size=1024 --buffer-size=32768 \
	"$work/short.raw" || fail "the second guest"
within 15 ended one
stop one || fail "$(cat "$work/one.log")"
sum=$(counted out 5300 5300) alone=$(counted out 5000 5000)
same 24000 "$sum" "samples with both guests in them"
same 168000 "$alone" "samples with the first guest alone"

# --- at another rate: the last sample of a converted sound is no constant, its middle is
play_raw one "$g1" Other -r 48000 "$work/long.raw"
within 5 test -s "$work/other.wav"
within 5 eval '[ "$(counted other 5000 5000)" -gt 9600 ]'
in_guest "$g2" aplay -q -D pvsnd:CARD=Other -t raw -f S16_LE -c 2 -r 44100 --period-size=1024 --buffer-size=32768 \
	"$work/short.raw" || fail "the second guest at 44.1 kHz"
within 15 ended one
stop one || fail "$(cat "$work/one.log")"
sum=$(counted other 5298 5302)
{ [ "$sum" -gt 25700 ] && [ "$sum" -lt 26300 ]; } ||
	fail "12000 frames at 44.1 kHz were heard in $sum samples at 48 kHz, not 26122"
