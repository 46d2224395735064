#!/bin/sh
# SPDX-License-Identifier: MIT
# SIGHUP: a new configuration is taken whole and serves guests at once; a broken one not at all.
# shellcheck disable=SC2154 # make_guest sets the ids
. "${top_srcdir:-.}/tests/e2e/lib.sh"

mode() {
	in_domain "$g1" pvcam info | sed -n 's/^settings: //p'
}

is_mode() {
	[ "$(mode)" = "$1" ]
}

start_xenloop
make_guest g1
start_pvcamd <<EOT
[source cam]
type = pattern
size = 320x240
[guest *]
sources = cam
EOT
dom0 pvctl attach g1 pvcam unique-id=cam
within 5 is_mode "YUYV 320x240 at 30/1"

sed -i 's/320x240/640x480/' "$work/pvcamd.conf"
kill -HUP "$(e2e_pid pvcamd)"
within 5 grep -q 'read again' "$work/pvcamd.log"
within 5 is_mode "YUYV 640x480 at 30/1"

# It can be read, but what it names is not there.
cp "$work/pvcamd.conf" "$work/good.conf"
printf '[source gone]\ntype = file\npath = %s/none.y4m\n' "$work" >> "$work/pvcamd.conf"
kill -HUP "$(e2e_pid pvcamd)"
within 5 grep -q 'none.y4m: .*going on with the old' "$work/pvcamd.log"
within 5 is_mode "YUYV 640x480 at 30/1"

cp "$work/good.conf" "$work/pvcamd.conf"
printf 'size = huge\n' >> "$work/pvcamd.conf"
kill -HUP "$(e2e_pid pvcamd)"
within 5 grep -q 'size: .*going on with the old' "$work/pvcamd.log"
same "YUYV 640x480 at 30/1" "$(mode)"
