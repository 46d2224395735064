#!/bin/sh
# SPDX-License-Identifier: MIT
# A film played as a camera arrives byte for byte, at its own rate, in two guests at once, while a
# third takes it in another format, size and rate.
. "${top_srcdir:-.}/tests/e2e/lib.sh"
PATH=$top_builddir/tests/e2e:$PATH

ended() {
	! alive "$1"
}

start_xenloop
make_guest g1
make_guest g2
make_guest g3
y4m_tool make "$work/film.y4m" 320x240 30/1 45
start_pvcamd <<EOT
[source film]
type = file
path = $work/film.y4m
[guest *]
sources = film
max-buffers = 16
EOT
dom0 pvctl attach g1 pvcam unique-id=film
dom0 pvctl attach g2 pvcam unique-id=film
dom0 pvctl attach g3 pvcam unique-id=film 'format=RGB3, resolution=160x120, frame-rates=15/1'

cd "$work"
start one "$g1" pvcam grab -n 100 -o one.y4m --format YU12 --size 320x240 --buffers 16 --json
start two "$g2" pvcam grab -n 100 -o two.y4m --format YU12 --size 320x240 --buffers 16 --json
start three "$g3" pvcam grab -n 40 -o three.raw --format RGB3 --size 160x120 --rate 15/1 --buffers 16 --json
for tag in one two three; do
	within 15 ended $tag
	stop $tag || fail "$tag failed"
	same 0 "$(sed -n 's/.*"lost": \([0-9]*\).*/\1/p' $tag.log)" "frames lost by $tag"
	same 0 "$(sed -n 's/.*"doubled": \([0-9]*\).*/\1/p' $tag.log)" "frames doubled for $tag"
done
same "100 frames match" "$(y4m_tool match film.y4m one.y4m 1)"
same "100 frames match" "$(y4m_tool match film.y4m two.y4m 1)"
same "40 frames match" "$(y4m_tool match-raw film.y4m three.raw RGB3 160x120 2)"

start alone "$g1" pvcam grab -n 45 -o alone.y4m --format YU12 --size 320x240 --buffers 16
within 10 ended alone
stop alone || fail "alone failed"
cmp film.y4m alone.y4m || fail "the first guest of a film gets it from its beginning"
