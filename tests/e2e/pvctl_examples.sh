#!/bin/sh
# SPDX-License-Identifier: MIT
# The configuration and the guest that are installed as examples work as they are, by two lines of an xl config.
# shellcheck disable=SC2154 # make_guest sets the ids
. "${top_srcdir:-.}/tests/e2e/sound_lib.sh"
skip_without_alsa

examples=$top_srcdir/scripts/examples
start_xenloop
start_pvcamd < "$examples/pvcamd.conf"
start_pvsndd < "$examples/pvsndd.conf"
mkdir "$work/xen.d"
grep -E '^(name|pvcam|pvsnd) ' "$examples/guest.cfg" > "$work/lines"
same 3 "$(wc -l < "$work/lines")" "lines that matter in guest.cfg"
cp "$examples/guest.cfg" "$work/xen.d"
start watch 0 pvctl watch --config-dir "$work/xen.d"
make_guest guest
within 10 states guest pvcam 0 InitWait
within 10 states guest pvsnd 1 InitWait

in_domain "$guest" pvcam grab test -n 1 -o "$work/picture.png" --quiet
head -c 4 "$work/picture.png" | grep -q PNG || fail "no picture"
dd if=/dev/zero of="$work/second.raw" bs=96000 count=1 2> "$work/dd"
in_guest "$guest" aplay -q -D pvsnd:CARD=Main -t raw -f S16_LE -r 48000 "$work/second.raw"
in_guest "$guest" arecord -q -D pvsnd:CARD=Main -f S16_LE -r 48000 -d 1 "$work/got.wav"
same 96044 "$(stat -c %s "$work/got.wav")" "bytes of a second"

# What stat says of a stream: the rate of its card, what waits in it, nothing amiss.
start_in_guest tone "$guest" aplay -q -D pvsnd:CARD=Main -t raw -f S16_LE -r 48000 /dev/zero
within 10 states guest pvsnd 0 Connected
plays() {
	pvctl stat --json --interval 1 --socket "$pvsndd_socket" guest > "$work/stat.json"
	speed=$(sed -n 's/.*"frames_per_second": \([0-9]*\).*/\1/p' "$work/stat.json" | sort -n | tail -n 1)
	[ "${speed:-0}" -gt 40000 ] && [ "$speed" -lt 56000 ] && grep -q '"fill_frames": [1-9]' "$work/stat.json"
}
within 10 plays
pvctl stat --interval 1 --socket "$pvsndd_socket" > "$work/stat"
grep -Eq '^guest +pvsnd +0/0/0 +test +playback +s16_le 48000x1 [0-9/]+ +[45][0-9]{4} +[1-9][0-9]* +[1-9][0-9.]* ' "$work/stat" ||
	fail "$(cat "$work/stat")"
stop tone || :

# Cards by their names, not numbers, and without ALSA's own conversion.
! grep -nE '^#?(playback|capture) = (plug|hw:[0-9])' "$examples"/* "$top_srcdir"/backend/*/*.[58] > "$work/cards" ||
	fail "examples: $(cat "$work/cards")"
# What examples write, a service may write where others see it: its /tmp and /var/tmp are its own.
! grep -nE '^#?(path|playback|capture|control-socket) = /(var/)?tmp/' "$examples"/* \
	"$top_srcdir"/backend/*/*.[58] > "$work/private" || fail "examples: $(cat "$work/private")"

# Real devices stand there as comments: what a reader makes of them is read.
for daemon in pvcamd pvsndd; do
	sed 's/^#\([][a-z]\)/\1/; /^sources = test$/d; /^playback = test$/d' "$examples/$daemon.conf" > "$work/all.conf"
	$daemon --check-config -c "$work/all.conf" > "$work/out" 2>&1 || : # this machine need not have them
	! grep -q "conf:[0-9]" "$work/out" || fail "$daemon: $(cat "$work/out")"
done
