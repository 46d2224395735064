#!/bin/sh
# SPDX-License-Identifier: MIT
# The depth of a device's buffer: configured, chosen, and raised when the device ran dry; in pvctl stat.
# shellcheck disable=SC2086 # words
. "${top_srcdir:-.}/tests/e2e/sound_lib.sh"
skip_without_alsa

cat > "$work/host.conf" << EOT
pcm_type.clocked { lib "$top_builddir/tests/unit/.libs/pcm_clocked.so" }
pcm.fine { type clocked }
pcm.coarse { type clocked step 192 stall_at_ms 3000 stall_ms 40 }
pcm.nothing { type null }
EOT

start_xenloop --gntalloc-limit=65536
make_guest g1
ALSA_CONFIG_PATH=$work/host.conf start_pvsndd << EOT
[device coarse]
type = alsa
playback = coarse
depth-max = 90 ms
[device fixed]
type = alsa
playback = fine
depth = 20ms
[device clock]
type = clock
[device nothing]
type = alsa
playback = nothing
[guest *]
playback = *
EOT
for device in coarse fixed clock nothing; do
	attach_card g1 $device $device
done

# Everything, as it is now.
look() {
	dom0 pvctl stat --json --socket "$pvsndd_socket" > "$work/stat.json"
}
# of DEVICE KEY: of what was told of its depth when we looked
of() {
	jq -r "[.. | .devices? // empty | .[] | select(.name == \"$1\")][0].depth.$2" "$work/stat.json"
}
is() {
	[ "$(of "$1" "$2" | cut -d. -f1)" = "$3" ]
}
known() {
	look
	[ "$(of "$1" now_ms)" != null ]
}
# A busy machine made the thread late.
was_late() {
	[ "$(of coarse dropouts)" -gt 0 ] || [ "$(of coarse 'below | length')" -gt 1 ]
}
ran_dry() {
	look
	[ "$(of coarse dropouts)" -ge 1 ] && [ "$(of coarse now_ms | cut -d. -f1)" -ge 20 ]
}

for device in coarse fixed clock nothing; do
	start_in_guest "$device" "$g1" aplay -q -D "pvsnd:CARD=$device" -t raw -f S16_LE -r 48000 -c 2 \
		--period-size=1024 --buffer-size=4096 /dev/zero
done

# Quanta of 128 frames (2.67 ms): of such a device four and its step, 14.7 ms; the floor is two less.
within 15 known coarse
was_late || is coarse now_ms 14 || fail "it begins with $(of coarse now_ms) ms"
was_late || is coarse floor_ms 9 || fail "the floor is $(of coarse floor_ms) ms"
is coarse device_step_ms 4 || fail "it counts in $(of coarse device_step_ms) ms"
within 15 ran_dry
[ "$(of coarse now_ms | cut -d. -f1)" -le 90 ] || fail "it is $(of coarse now_ms) ms deep"

within 15 known fixed
is fixed now_ms 20 || fail "fixed at 20 ms, it is $(of fixed now_ms) ms"
[ "$(of fixed fixed)" = true ] || fail "not fixed"

# Nothing of these can run dry.
look
for device in clock nothing; do
	jq -e "[.. | .devices? // empty | .[] | select(.name == \"$device\")][0] |
		.depth == null and .playback.rate == 48000 and .playback.channels == 2 and .playback.format == \"s16_le\" and
		.playback.quantum_frames == 128 and .capture == null" "$work/stat.json" > "$work/answer" ||
		fail "$device: $(cat "$work/stat.json")"
done
dom0 pvctl stat --socket "$pvsndd_socket" > "$work/stat.txt"
grep -q 'DEPTH-MS' "$work/stat.txt" || fail "$(cat "$work/stat.txt")"
grep -Eq '^fixed +playback +s16_le 48000x2 +128 +20.00 +[5-6]\.[0-9]+ +fixed +' "$work/stat.txt" || fail "$(cat "$work/stat.txt")"
grep -Eq '^clock +playback +s16_le 48000x2 +128 +- +-' "$work/stat.txt" || fail "$(cat "$work/stat.txt")"
for device in coarse fixed clock nothing; do
	stop "$device" || :
done
stop pvsndd || fail "pvsndd ended with $?"
