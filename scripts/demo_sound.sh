# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # work, out, xen and others come from scripts/demo
# The sound half of scripts/demo: one guest plays a recording into dom0's WAV, the other records it
# back. Sourced.

audio_default=/usr/share/sounds/alsa/Front_Center.wav

# number FILE OFFSET BYTES: little-endian.
number() {
	od -An -v -t "u$3" -j "$2" -N "$3" "$1" | tr -d ' '
}

# samples FILE: where its samples begin, and how many bytes they are.
samples() {
	local at
	at=$(LC_ALL=C grep -abo -m 1 data "$1" | sed 1q | cut -d: -f1)
	[ -n "$at" ] || return 1
	echo "$((at + 8)) $(number "$1" $((at + 4)) 4)"
}

# audio_format FILE: FORMAT RATE CHANNELS FRAME-BYTES, ALSA's words for what a WAV holds.
audio_format() {
	local name
	[ "$(head -c 4 "$1")" = RIFF ] || return 1
	case $(number "$1" 20 2)-$(number "$1" 34 2) in
	*-8) name=U8 ;;
	*-16) name=S16_LE ;;
	*-24) name=S24_3LE ;;
	3-32) name=FLOAT_LE ;;
	*-32) name=S32_LE ;;
	*) return 1 ;;
	esac
	echo "$name $(number "$1" 24 4) $(number "$1" 22 2) $(number "$1" 32 2)"
}

# in_guest ID COMMAND…: with ALSA's plugins of this build.
in_guest() {
	local id=$1
	shift
	xenloop run --dir "$xen" "$id" -- env ALSA_PLUGIN_DIR="$PWD/build/demo/frontend/sound/.libs" \
		ALSA_CONFIG_PATH="/usr/share/alsa/alsa.conf:$PWD/frontend/sound/50-pvsnd.conf" "$@"
}

# A card for user space, of one stream: GUEST DEVICE P|C
attach_card() {
	xenloop run --dir "$xen" 0 -- pvctl attach "$1" pvsnd 'CARD, short-name=Main, frontend=user' \
		PCM "STREAM, unique-id=$2, type=$3" >&2
}

# The daemon, its two devices, and a card for the guest that plays.
start_sound() {
	cat > "$work/pvsndd.conf" <<-EOT
		[daemon]
		control-socket = $work/pvsndd.sock
		[device recorder]
		type = wav
		gaps = silence
		playback = $out/dom0.wav
		[device player]
		type = wav
		gaps = silence
		capture = $out/dom0.wav
		[guest *]
		playback = *
		capture = *
	EOT
	rm -f "$out/dom0.wav" "$out/guest-two.wav"
	xenloop run --dir "$xen" 0 -- pvsndd -c "$work/pvsndd.conf" > "$work/pvsndd.log" 2>&1 &
	children="$! $children"
	wait_for 10 eval "grep -q ready '$work/pvsndd.log' || ! kill -0 $!"
	attach_card guest-one recorder P
}

# Plays $audio in guest one, then records dom0's WAV in guest two; says what it did in sound.txt.
play_and_record() {
	local format rate channels frame_bytes begin bytes got same=bit-exact
	read -r format rate channels frame_bytes <<< "$(audio_format "$audio")"
	read -r begin bytes <<< "$(samples "$audio")"
	in_guest "$one" aplay -q -D "plug:'pvsnd:CARD=Main'" "$audio"
	wait_for 5 test -s "$out/dom0.wav"
	attach_card guest-two player C
	in_guest "$two" arecord -q -D "plug:'pvsnd:CARD=Main'" -f "$format" -r "$rate" -c "$channels" \
		-s $((bytes / frame_bytes)) "$out/guest-two.wav"
	for got in "$out/dom0.wav" "$out/guest-two.wav"; do
		cmp -s -n "$bytes" -i "$begin:$(samples "$got" | cut -d' ' -f1)" "$audio" "$got" ||
			same="NOT bit-exact"
	done
	{
		echo "sound: $audio ($format, $rate Hz, $channels channels, $((bytes / frame_bytes)) frames)"
		echo "  guest-one (aplay) -> dom0.wav -> guest-two.wav (arecord): $same"
	} > "$work/sound.txt"
}
