#!/bin/sh
# SPDX-License-Identifier: MIT
# pvcam bridge, with a file in the place of its v4l2loopback: captures while somebody has it open,
# whoever opens and closes how often; shows a placeholder otherwise; a reader notices of a backend
# or camera that goes and comes back nothing but the placeholder.
# shellcheck disable=SC2154,SC2119 # make_guest sets the ids
. "${top_srcdir:-.}/tests/e2e/lib.sh"

pvcam_fake=$top_builddir/tests/e2e/pvcam_fake
device=$work/video
bars=180 card=48 # the first luma of the pattern's picture and of a placeholder

bridge() { # ID [OPTION…]
	bridge_id=$1
	shift
	start bridge "$bridge_id" env "LOOPBACK_FAKE=$work" "$pvcam_fake" bridge "$@"
}

says() { # WORDS
	grep -q -- "$1" "$work/bridge.log"
}

frames() { # LUMA DEVICE: how many of the kind were written
	awk -v luma="$1" 'NF == 3 && $2 == luma { n++ } END { print n + 0 }' "$2.log"
}

shows() { # LUMA [DEVICE]: it is the newest
	tail -n 1 "${2:-$device}.log" | grep -q "^[0-9]* $1 [0-9]*\$"
}

streaming() { # GUEST
	pvctl stat --json --socket "$pvcamd_socket" "$1" | tr -d ' \n' | grep -q '"streaming":true'
}

not_streaming() {
	! streaming "$1"
}

# A reader: a process that has the device open, and does nothing else.
read_as() { # TAG [DEVICE]
	sleep 100 3< "${2:-$device}" &
	eval "reader_$1=$!"
}

ends() { # of captures
	grep -c "nobody reads any more" "$work/bridge.log" || :
}

has_it_open() { # TAG
	eval "[ -e /proc/\$reader_$1/fd/3 ]"
}

end_reading() { # TAG
	eval "kill \$reader_$1"
	eval "wait \$reader_$1" 2>/dev/null || :
}

open_often() {
	for _ in 1 2 3 4 5 6 7 8 9; do : < "$device"; : < "$device"; done
}

at_rate() { # SECONDS: frames come at 30/s, more or less, whatever they show
	at_rate_before=$(grep -c . "$device.log")
	at_rate_begin=$(date +%s%N)
	sleep "$1"
	at_rate_more=$(($(grep -c . "$device.log") - at_rate_before))
	at_rate_wanted=$((($(date +%s%N) - at_rate_begin) * 30 / 1000000000))
	[ $at_rate_more -ge $((at_rate_wanted * 7 / 10)) ] ||
		fail "only $at_rate_more frames where $at_rate_wanted were due"
	[ $at_rate_more -le $((at_rate_wanted * 12 / 10 + 2)) ] ||
		fail "$at_rate_more frames where $at_rate_wanted were due"
}

cat > "$work/cam.conf" <<CONF
[source cam]
type = pattern
size = 320x240
rate = 30
[source film]
type = pattern
size = 160x120
format = GREY
rate = 15
[source large]
type = pattern
size = 1920x1080
rate = 30
[guest *]
sources = *
CONF

start_xenloop --gntalloc-limit 1024
make_guest g1
make_guest g2
make_guest g3
refuses 1 "no xenstore here" "$pvcam_fake" bridge
refuses 2 "is no path" "$pvcam_fake" bridge cam --device video0
refuses 2 "name it" "$pvcam_fake" bridge --device /dev/video0

# --- before there is a camera, and when it comes
start_pvcamd < "$work/cam.conf"
bridge "$g1" cam --device "$device"
within 10 says ready
[ ! -e "$device" ] || fail "a device of a camera that nobody knows"
dom0 pvctl attach g1 pvcam unique-id=cam > /dev/null
within 10 says "cam: is $device, YUYV 320x240 at 30/1"
same "YUYV 320x240 30/1 label=cam" "$(head -n 1 "$device.log")" "the device's settings"

# --- nobody reads: a placeholder, once, and no capture
sleep 1
same 1 "$(frames $card "$device")" "placeholders for nobody"
same 0 "$(frames $bars "$device")" "pictures for nobody"
not_streaming g1 || fail "captures for nobody"

# --- one reads, another too; opens and closes beside them come merged
read_as one
within 5 shows $bars
streaming g1 || fail "shows a picture, and pvcamd does not stream"
at_rate 2
read_as two
open_often
end_reading one
open_often
sleep 2
streaming g1 || fail "captures no more, and one reads still"
shows $bars || fail "shows $(tail -n 1 "$device.log")"
# --- who reads for long, closes and opens again a moment later keeps the capture
for _ in 1 2 3 4 5; do
	sleep 2.5
	ends_before=$(ends) closed=$(date +%s%N)
	end_reading two
	sleep 0.2
	read_as two
	within 5 has_it_open two
	[ $(($(date +%s%N) - closed)) -gt 800000000 ] || break # else the machine was away
done
sleep 1.5
same "$ends_before" "$(ends)" "ends of a capture that somebody reads: $(cat "$work/bridge.log")"
end_reading two
within 5 not_streaming g1
within 5 shows $card
same $((ends_before + 1)) "$(ends)" "ends of captures: $(cat "$work/bridge.log")"
idle=$(grep -c . "$device.log")
sleep 1
same "$idle" "$(grep -c . "$device.log")" "frames for nobody"
# in the mean time the camera is free for others
in_domain "$g1" pvcam grab cam -n 3 -o /dev/null --as raw --quiet

# --- the backend is killed in mid-stream, and comes back; the reader does nothing
read_as one
within 5 shows $bars
stop pvcamd KILL || :
within 5 shows $card
at_rate 4
start_pvcamd < "$work/cam.conf"
within 10 shows $bars
at_rate 1

# --- the camera goes and comes back
dom0 pvctl detach g1 pvcam 0 > /dev/null
within 5 shows $card
within 10 says "no such camera"
dom0 pvctl attach g1 pvcam unique-id=cam > /dev/null
within 10 shows $bars

# --- in another size even: the device stays as it is
dom0 pvctl detach g1 pvcam 0 > /dev/null
within 5 shows $card
dom0 pvctl attach g1 pvcam unique-id=cam 'format=YUYV, resolution=160x120, frame-rates=15/1' > /dev/null
within 10 says "cam: captures YUYV 160x120 at 15/1"
within 5 shows $bars
at_rate 2
same 153600 "$(tail -n 1 "$device.log" | cut -d ' ' -f 3)" "bytes of a frame"

# --- an end in order, while somebody reads: no picture is left
stop bridge || fail "bridge ended with $?"
shows $card || fail "a picture is left: $(tail -n 1 "$device.log")"
end_reading one
within 5 not_streaming g1

# --- all cameras of a guest, by the file's word, in devices that are made and removed
dom0 pvctl attach g2 pvcam unique-id=cam > /dev/null
dom0 pvctl attach g2 pvcam unique-id=film > /dev/null
cat > "$work/bridge.conf" <<CONF
[camera *]
rate = 10
[camera film]
label = The film
format = UYVY
CONF
bridge "$g2" -c "$work/bridge.conf"
within 10 says ready
same "YUYV 320x240 10/1 label=cam" "$(head -n 1 "$work/cam.log")" "settings of cam"
same "UYVY 160x120 10/1 label=The film" "$(head -n 1 "$work/The film.log")" "settings of film"
read_as one "$work/cam"
read_as two "$work/The film"
within 5 shows $bars "$work/cam"
within 5 shows 128 "$work/The film" # UYVY has chroma first
stop bridge || fail "bridge ended with $?"
[ ! -e "$work/cam" ] && [ ! -e "$work/The film" ] || fail "devices are left"
end_reading one
end_reading two

# --- too few pages to share for frames so large: both say how many it takes
dom0 pvctl attach g3 pvcam unique-id=large > /dev/null
need='4 frames of 4147200 bytes need 4058'
refuses 1 "$need" in_domain "$g3" pvcam grab large -o "$work/large.raw"
refuses 1 '2 frames of 4147200 bytes need 2030' in_domain "$g3" pvcam grab large --buffers 2 -o "$work/large.raw"
bridge "$g3"
within 10 says ready
read_as one "$work/large"
within 5 says "$need; raise the limit: echo [0-9]* > /sys/module/xen_gntalloc/parameters/limit"
within 5 shows $card "$work/large"
stop bridge || fail "bridge ended with $?"
end_reading one

# --- mistakes
refuses 2 "YUYV has no size 641x481" in_domain "$g2" "$pvcam_fake" bridge cam --size 641x481
printf '[camera cam]\nsize = large\n' > "$work/wrong.conf"
refuses 1 "wrong.conf:2: [camera cam] size: 'large' is no size" in_domain "$g2" "$pvcam_fake" bridge -c "$work/wrong.conf"
