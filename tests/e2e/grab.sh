#!/bin/sh
# SPDX-License-Identifier: MIT
# pvcam as a user meets it: what it writes, what it refuses, and how it ends.
# shellcheck disable=SC2154,SC2164 # lib.sh and make_guest set them
. "${top_srcdir:-.}/tests/e2e/lib.sh"

ended() {
	! alive "$1"
}

frames_in() { # FILE FRAME_BYTES: whole frames of a Y4M, behind one line of heading
	echo $((($(wc -c < "$1") - $(head -n 1 "$1" | wc -c)) / (6 + $2)))
}

whole_frames() { # FILE FRAME_BYTES
	same 0 $((($(wc -c < "$1") - $(head -n 1 "$1" | wc -c)) % (6 + $2))) "half a frame in $1"
	[ "$(frames_in "$1" "$2")" -gt 0 ] || fail "no frame in $1"
}

# A PNG's heading holds its size, depth and colour type; its last chunk is IEND.
is_png() { # FILE WIDTH HEIGHT COLOUR_TYPE
	same "$2 $3 8 $4" "$(od -An -j16 -N10 -t u1 "$1" |
		awk '{ print $3 * 256 + $4, $7 * 256 + $8, $9, $10 }')" "heading of $1"
	tail -c 8 "$1" | head -c 4 | grep -q IEND || fail "$1 is cut short"
}

has_frames() { # FILE FRAME_BYTES LEAST
	[ -s "$1" ] && [ "$(frames_in "$1" "$2")" -ge "$3" ]
}

start_xenloop --gntalloc-limit 1024
make_guest g1
start_pvcamd <<EOT
[source front]
type = pattern
size = 320x240
[source large]
type = pattern
[guest *]
sources = *
controls = write
EOT
same "no camera in this guest; dom0 adds one with pvctl attach" "$(in_domain "$g1" pvcam list)"
same "[]" "$(in_domain "$g1" pvcam list --json)"
refuses 1 "no such camera" in_domain "$g1" pvcam info
dom0 pvctl attach g1 pvcam unique-id=front
dom0 pvctl attach g1 pvcam unique-id=large
same "front large " "$(in_domain "$g1" pvcam list | awk 'NR > 1 { printf "%s ", $2 }')"
in_domain "$g1" pvcam info front > "$work/info"
grep -q '^settings: YUYV 320x240 at 30/1$' "$work/info" || fail "$(cat "$work/info")"

# What it writes.
cd "$work"
in_domain "$g1" pvcam grab front -n 5 -o a.y4m --second b%02d.png,format=GREY,size=160x120 \
	--timing t.csv --set brightness=25 --json > a.json
same 5 "$(frames_in a.y4m 153600)" "frames in a.y4m"
whole_frames a.y4m 153600
same "b00.png b01.png b02.png b03.png b04.png" "$(echo b*.png)"
is_png b04.png 160 120 0
same 5 "$(grep -c ^frame, t.csv)" "frames in the log"
for op in open settings start get convert write give-back stop close; do
	grep -q "^$op,[0-9]*,[0-9]*,,,$" t.csv || fail "no $op in the log"
	grep -q "^# $op " t.csv || fail "no sum of $op in the log"
done
grep -q '"frames": 5, "lost": ' a.json || fail "$(cat a.json)"
in_domain "$g1" pvcam info front | grep -q '^  brightness 25 ' || fail "brightness was not set"
in_domain "$g1" pvcam grab front -n 3 -o c.raw --format NV12 --rate 15 > c.log
same $((320 * 240 * 3 / 2 * 3)) "$(wc -c < c.raw)" "bytes of c.raw"
in_domain "$g1" pvcam grab front -n 2 -o - --as y4m > d.y4m
same 2 "$(frames_in d.y4m 153600)" "frames on stdout"

# What it refuses.
refuses 2 "no output file" in_domain "$g1" pvcam grab front
refuses 2 "ends in none of" in_domain "$g1" pvcam grab front -o x.jpg
refuses 1 "no such camera" in_domain "$g1" pvcam grab rear -o x.png
refuses 1 "is on offer" in_domain "$g1" pvcam grab front -o x.png --size 32x32
refuses 1 "has no control 'zoom'" in_domain "$g1" pvcam grab front -o x.png --set zoom=1
refuses 1 "hue goes from -180 to 180" in_domain "$g1" pvcam grab front -o x.png --set hue=181
refuses 1 "does not allow" in_domain "$g1" pvcam grab front -o x.png --buffers 32
refuses 1 "No such file" in_domain "$g1" pvcam grab front -o none/x.png
refuses 1 "No space left" in_domain "$g1" pvcam grab front -o /dev/full --as raw
refuses 1 "xen_gntalloc" in_domain "$g1" pvcam grab large -o x.png
[ ! -e x.png ] || fail "a failed grab left a file that is no PNG"

# How it ends: by a signal, without its backend, with one that is silent.
start grab "$g1" pvcam grab front -n 0 -o e.y4m
within 10 has_frames e.y4m 153600 3
refuses 1 "another process" in_domain "$g1" pvcam grab front -o x.png
stop grab INT || fail "an interrupted grab fails: $(cat grab.log)"
whole_frames e.y4m 153600

start grab "$g1" pvcam grab front -n 0 -o f.y4m --second g.png
within 10 has_frames f.y4m 153600 3
stop pvcamd KILL || :
within 5 ended grab
status=0
stop grab || status=$?
same 1 $status "exit status without a backend"
grep -q "the backend is gone" grab.log || fail "$(cat grab.log)"
whole_frames f.y4m 153600
is_png g.png 320 240 2

restart_pvcamd
start grab "$g1" pvcam grab front -n 0 -o h.y4m
within 10 has_frames h.y4m 153600 3
kill -STOP "$(e2e_pid pvcamd)"
within 8 ended grab
kill -CONT "$(e2e_pid pvcamd)"
status=0
stop grab || status=$?
same 1 $status "exit status with a silent backend"
grep -q "no backend answers" grab.log || fail "$(cat grab.log)"
within 5 in_domain "$g1" pvcam grab front -o i.png
is_png i.png 320 240 2
