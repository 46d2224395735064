#!/bin/sh
# SPDX-License-Identifier: MIT
# pvctl with a real pvcamd: what it accepts, what it refuses and why, its counts.
# shellcheck disable=SC2154,SC2119 # make_guest sets the ids
. "${top_srcdir:-.}/tests/e2e/lib.sh"

start_xenloop
make_guest g1
make_guest g2
refuses 1 "nobody listens at $pvcamd_socket" pvctl stat --socket "$pvcamd_socket"
dom0 pvctl attach --no-wait g2 pvcam unique-id=front > /dev/null # before there is a daemon

start_pvcamd <<CONF
[source front]
type = pattern
format = YUYV
size = 320x240
rate = 30/1

[source side]
type = pattern
format = GREY
size = 64x48
rate = 15/1

[guest g1]
sources = front
max-buffers = 4

[guest g2]
sources = *
CONF
within 10 states g2 pvcam 0 InitWait

# --- what it answers an attach
got=$(dom0 pvctl attach g1 pvcam 'unique-id=front, max-buffers=9' 'format=NV12')
same "g1 pvcam 0 attached (front)" "$got"
front=/local/domain/$g1/device/pvcam/0
same 4 "$(dom0 xenstore-read "$front/max-buffers")" "buffers beyond dom0's bound"
same "NV12" "$(dom0 xenstore-list "$front/formats")" "formats offered"
refuses 1 "refused pvcam side: " dom0 pvctl attach g1 pvcam unique-id=side
# Several times: pvcamd looks again while the nodes go, and must not bring any back.
for id in a b c d e f g h i j; do
	refuses 1 "refused pvcam $id: " dom0 pvctl attach g1 pvcam unique-id=$id
done
refuses 1 "refused vcamera big: " dom0 pvctl attach g2 pvcam 'unique-id=big, frontend=kernel'
same 2 "$(dom0 pvctl list --json | grep -c InitWait)" "devices in InitWait"
same 0 "$(dom0 pvctl list --json | grep -c Closed)" "devices refused that are still there"

# --- its counts
pvctl stat --socket "$pvcamd_socket" > "$work/stat"
grep -Eq '^front +pattern +YUYV 320x240@30/1 +idle +0 ' "$work/stat" || fail "$(cat "$work/stat")"
grep -Eq '^side +pattern +GREY 64x48@15/1 +idle +0 ' "$work/stat" || fail "$(cat "$work/stat")"
grep -Eq '^GUEST .* DELIVERED +DROPPED$' "$work/stat" || fail "$(cat "$work/stat")"
pvctl stat --json --interval 1 --socket "$pvcamd_socket" > "$work/stat.json"
grep -q '"sessions": \[\]' "$work/stat.json" || fail "no guest runs: $(cat "$work/stat.json")"

# --- counts of a guest that streams, and detach under way
start grab "$g2" pvcam grab -n 100000 -o "$work/grabbed.raw"
within 10 states g2 pvcam 0 Connected Connected
delivers() {
	pvctl stat --socket "$pvcamd_socket" g2 > "$work/stat"
	grep -Eq '^front +pattern +YUYV 320x240@30/1 +running +1 ' "$work/stat" &&
		grep -Eq '^g2 +pvcam +0 +front +YUYV 320x240@30/1 +[1-9][0-9]* ' "$work/stat"
}
within 10 delivers
pvctl stat --json --interval 1 --socket "$pvcamd_socket" > "$work/stat.json"
grep -Eq '"fps": [1-9][0-9]*\.' "$work/stat.json" || fail "$(cat "$work/stat.json")"
pvctl stat --interval 1 --count 2 --socket "$pvcamd_socket" > "$work/stat"
same 2 "$(grep -Ec '^g2 +pvcam +0 +front +YUYV 320x240@30/1 +[1-9][0-9.]* +[1-9]' "$work/stat")" "samples: $(cat "$work/stat")"
refuses 2 "--count needs --interval" pvctl stat --count 2
pvctl stat --socket "$pvcamd_socket" g1 > "$work/stat"
! grep -q '^g[12] ' "$work/stat" || fail "g1 is not connected: $(cat "$work/stat")"
same "g2 pvcam 0 detached" "$(dom0 pvctl detach g2 pvcam 0)"
within 10 ended grab
grab_status=0
stop grab || grab_status=$?
same 1 $grab_status "pvcam's exit status when its camera goes: $(cat "$work/grab.log")"

# --- detach, and attach again
same "g1 pvcam 0 detached" "$(dom0 pvctl detach g1 pvcam front)"
same 1 "$(dom0 pvctl list | wc -l)" "lines of pvctl list"
same "g1 pvcam 0 attached (front)" "$(dom0 pvctl attach g1 pvcam unique-id=front)"
stop pvcamd || fail "pvcamd ended with $?"
within 10 states g1 pvcam 0 Closed
restart_pvcamd
within 10 states g1 pvcam 0 InitWait
same "g1 pvcam 0 detached" "$(dom0 pvctl detach g1 pvcam 0)"
