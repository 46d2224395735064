#!/bin/bash
# SPDX-License-Identifier: MIT
# Devices that cannot be opened: guests play at the right speed all the same, hear of nothing, and are heard when the device
# comes; and devices that have more than one place.
# shellcheck source=tests/e2e/sound_lib.sh
. "${top_srcdir:-.}/tests/e2e/sound_lib.sh"

skip_without_alsa
start_xenloop --gntalloc-limit=65536
make_guest g1
sound_tool constant "$work/long.raw" 5000 384000
start_pvsndd << EOT
[device out]
type = wav
gaps = silence
playback = $work/there/out.wav
[device list]
type = alsa
playback = hw:CARD=NoSuchCard,DEV=0
playback = path:pci-0000:ff:1f.7-nowhere
playback = null
[guest *]
playback = *
EOT
attach_card g1 Main out list

place() { # DEVICE: "there PCM", "gone -" or "closed -" of what it plays on
	dom0 pvctl stat --socket "$pvsndd_socket" | awk -v device="$1" '$1 == device && $2 == "playback" && $3 ~ /^(there|gone|closed)$/ { print $3, $NF }'
}

is_at() { # DEVICE STATE PCM
	[ "$(place "$1")" = "$2 $3" ]
}

times_in_log() { # TEXT
	grep -c "$1" "$work/pvsndd.log"
}

# --- a folder that is not there yet: 4 s of sound take 4 s
began=$(date +%s%N)
start_in_guest one "$g1" aplay -q -D pvsnd:CARD=Main -t raw -f S16_LE -c 2 -r 48000 "$work/long.raw"
within 5 eval '[ "$(times_in_log "out: playback cannot be opened (No such file or directory)")" = 1 ]'
within 5 eval 'dom0 pvctl stat --socket "$pvsndd_socket" --json | grep -q "\"running\": true"'
sleep 1
mkdir "$work/there"
within 5 is_at out there "$work/there/out.wav"
within 5 test -s "$work/there/out.wav"
within 15 ended one
stop one || fail "$(cat "$work/one.log")"
took=$((($(date +%s%N) - began) / 1000000))
[ "$took" -gt 3500 ] || fail "4 s of sound took $took ms"
[ "$(sound_tool count "$work/there/out.wav" 5000 5000)" -gt 9600 ] || fail "nothing was heard in the end"
same 1 "$(times_in_log 'out: playback cannot be opened')" "lines about it"
same 1 "$(times_in_log 'out: playback is back, on')" "lines when it came"
within 5 is_at out closed -

# --- the last place in a list
in_guest "$g1" aplay -q -D pvsnd:CARD=Main,DEV=1 -t raw -f S16_LE -c 2 -r 48000 "$work/long.raw" ||
	fail "the device with three places"
dom0 pvctl stat --socket "$pvsndd_socket" --json > "$work/stat.json"
grep -q '"generation": 1' "$work/stat.json" || fail "no place: $(cat "$work/stat.json")"
same 0 "$(times_in_log 'list: playback cannot be opened')" "lines about the list"
