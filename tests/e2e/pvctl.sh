#!/bin/sh
# SPDX-License-Identifier: MIT
# pvctl's attach, list and detach against xenstore. The backend is played by this script: it sets
# the states that a daemon would.
# shellcheck disable=SC2154,SC2016,SC2119 # make_guest sets the ids; sh -c gets its text as it is
. "${top_srcdir:-.}/tests/e2e/lib.sh"

value() {
	dom0 xenstore-read "$1"
}

# Waits, as dom0, until PATH is OLD, then writes the PATHs and VALUEs behind.
play_backend() {
	start "$1" 0 sh -c 'path=$1 old=$2
		shift 2
		until [ "$(xenstore-read "$path" 2>/dev/null)" = "$old" ]; do sleep 0.02; done
		xenstore-write "$@"' sh "$2" "$3" "$4" "$5" ${6+"$6" "$7"}
}

# The directories of all classes stay.
snapshot() {
	dom0 xenstore-ls -f -p > "$work/all"
	grep -Ev '^/local/domain/0/backend(/[a-z]+)? ' "$work/all" > "$1"
}

# The text of --help has no line that ends in the middle.
pvctl --help > "$work/help"
grep -q '^GUEST is .* WORDS are those of an xl config' "$work/help" || fail "$(cat "$work/help")"

start_xenloop
make_guest g1
make_guest g2
back=/local/domain/0/backend/pvcam/$g1
front=/local/domain/$g1/device/pvcam
snapshot "$work/before"

# --- the nodes of one device, and who may read and write them
got=$(dom0 pvctl attach --no-wait g1 pvcam 'unique-id=front, max-buffers=4, controls=hue;contrast' \
	'format=YUYV, resolution=640x480, frame-rates=30/1;15/1')
same "g1 pvcam 0 attached (front)" "$got"
same "$front/0" "$(value "$back/0/frontend")"
same "$g1" "$(value "$back/0/frontend-id")"
same 1 "$(value "$back/0/online")"
same "$back/0" "$(value "$front/0/backend")"
same 0 "$(value "$front/0/backend-id")"
same "$back/0" "$(value /libxl/"$g1"/device/pvcam/0/backend)"
same "$front/0" "$(value /libxl/"$g1"/device/pvcam/0/frontend)"
for dir in "$back/0" "$front/0"; do
	same 1 "$(value "$dir/state")"
	same front "$(value "$dir/unique-id")"
	same 4 "$(value "$dir/max-buffers")"
	same hue,contrast "$(value "$dir/controls")"
	same 30/1,15/1 "$(value "$dir/formats/YUYV/640x480/frame-rates")"
done
rates=formats/YUYV/640x480/frame-rates
snapshot "$work/nodes"
grep -q "^$back/0/$rates = .*(n0,r$g1)\$" "$work/nodes" || fail "permissions of the backend"
grep -q "^$front/0/$rates = .*(n$g1,r0)\$" "$work/nodes" || fail "permissions of the frontend"
in_domain "$g1" xenstore-write device/pvcam/0/max-buffers 9
! in_domain "$g1" xenstore-write "$back/0/max-buffers" 9 2>/dev/null || fail "guest writes to dom0"
in_domain "$g1" xenstore-read "$back/0/max-buffers" > /dev/null
! in_domain "$g2" xenstore-read "$back/0/max-buffers" 2>/dev/null || fail "g2 reads g1's nodes"

# --- numbers, doubles, the other class
refuses 1 "g1 has front already: pvcam 0" dom0 pvctl attach --no-wait g1 pvcam unique-id=front
same "g1 pvcam 1 attached (0)" "$(dom0 pvctl attach --no-wait "$g1" pvcam unique-id=0)"
got=$(dom0 pvctl attach --no-wait g1 pvcam 'unique-id=side, frontend=kernel')
same "g1 vcamera 0 attached (side)" "$got"
refuses 1 "g1 has side already: vcamera 0" dom0 pvctl attach --no-wait g1 pvcam unique-id=side
same "g2 pvcam 0 attached (front)" "$(dom0 pvctl attach --no-wait g2 pvcam unique-id=front)"

# --- list
dom0 xenstore-write "$back/1/state" 6 "$back/1/error" "No such device"
in_domain "$g1" xenstore-write device/pvcam/0/state 99
dom0 pvctl list > "$work/list"
same 5 "$(wc -l < "$work/list")" "lines of pvctl list"
grep -Eq '^g1 +pvcam +0 +front +Initialising +Unknown$' "$work/list" || fail "list: g1 pvcam 0"
grep -Eq '^g1 +vcamera +0 +side +Initialising +Initialising$' "$work/list" || fail "list: vcamera"
states g1 pvcam 1 Closed Initialising
same 2 "$(dom0 pvctl list g2 | wc -l)" "lines of pvctl list g2"
dom0 pvctl list --json g1 > "$work/json"
same 3 "$(grep -c '"domid": '"$g1" "$work/json")" "devices in JSON"
grep -q '"error": "No such device"' "$work/json" || fail "JSON without the backend's error"
same "[]" "$(dom0 pvctl list --json Domain-0)"

# --- detach: by number before unique-id, by unique-id; the lowest number is free again
play_backend closing "$back/0/state" 5 "$back/0/state" 6
same "g1 pvcam 0 detached" "$(dom0 pvctl detach g1 pvcam 0)"
same "g1 pvcam 0 attached (front)" "$(dom0 pvctl attach --no-wait g1 pvcam unique-id=front)"
same "g1 pvcam 1 detached" "$(dom0 pvctl detach g1 pvcam 1)" # Closed already: nobody to wait for
play_backend offline "$back/0/online" 0 "$back/0/state" 6
same "g1 pvcam 0 detached" "$(dom0 pvctl detach g1 pvcam front)"
same "g1 vcamera 0 detached" "$(dom0 pvctl detach --force g1 vcamera side)"
same "g2 pvcam 0 detached" "$(dom0 pvctl detach --force g2 pvcam front)"
snapshot "$work/after"
same_lines "$work/before" "$work/after" "nodes left behind"
refuses 1 "g1 has no pvcam front" dom0 pvctl detach g1 pvcam front

# --- what the backend answers
play_backend ready "$back/0/state" 1 "$back/0/state" 2
same "g1 pvcam 0 attached (front)" "$(dom0 pvctl attach g1 pvcam unique-id=front)"
play_backend refusing "$back/1/state" 1 "$back/1/error" "No such file" "$back/1/state" 6
refuses 1 "refused pvcam back: No such file" dom0 pvctl attach g1 pvcam unique-id=back
! dom0 xenstore-exists "$back/1" || fail "a refused device leaves its nodes"
refuses 1 "pvcamd does not answer" dom0 pvctl attach g2 pvcam unique-id=front
states g2 pvcam 0 Initialising Initialising
dom0 pvctl detach --force g2 pvcam 0 > /dev/null
dom0 pvctl detach --force g1 pvcam 0 > /dev/null

# --- an xl config
cat > "$work/g1.cfg" <<CFG
name = "g1"
memory = 256
pvcam = [ [ 'unique-id=front, max-buffers=2', 'format=NV12, resolution=64x48, frame-rates=25' ],
	[ "unique-id=side, frontend=kernel" ] ]
CFG
dom0 pvctl attach --no-wait "$work/g1.cfg" > "$work/attached"
same "g1 pvcam 0 attached (front) g1 vcamera 0 attached (side)" "$(xargs < "$work/attached")"
same 25/1 "$(value "$back/0/formats/NV12/64x48/frame-rates")"
echo 'name = "g9"' > "$work/g9.cfg"
refuses 1 "g9.cfg: no pvcam" dom0 pvctl attach "$work/g9.cfg"
refuses 1 "g8.cfg: No such file" dom0 pvctl attach "$work/g8.cfg"
echo 'name = = "g1"' > "$work/wrong.cfg"
refuses 1 "wrong.cfg:1: " dom0 pvctl attach "$work/wrong.cfg"
echo 'name = "g1"
pvcam = [ "unique-id=front" ]' > "$work/flat.cfg"
refuses 1 "not a list of lists" dom0 pvctl attach "$work/flat.cfg"

# --- a device that outlived its guest, and nobody removed it
dom0 pvctl attach --no-wait g2 pvcam unique-id=front > /dev/null
xenloop domain destroy --dir "$xen" "$g2"
states "domain-$g2" pvcam 0 Initialising Unknown
refuses 1 "domain-$g2: no such domain" dom0 pvctl attach "$g2" pvcam unique-id=side
same "domain-$g2 pvcam 0 detached" "$(dom0 pvctl detach --force "$g2" pvcam front)"

# --- wrong input: nothing changes
snapshot "$work/before"
refuses 1 "format=YUYVX: not a four-character code" dom0 pvctl attach g1 pvcam unique-id=a \
	format=YUYVX
refuses 1 "g3: no such domain" dom0 pvctl attach g3 pvcam unique-id=front
refuses 1 "77: no such domain" dom0 pvctl list 77
refuses 1 "not allowed; run it in dom0" in_domain "$g1" pvctl attach "$g1" pvcam unique-id=a
refuses 2 "only pvcam" dom0 pvctl attach g1 vcamera unique-id=a
refuses 2 "no such command" pvctl frobnicate
refuses 2 "list does not take --force" pvctl list --force
refuses 2 "--wait: unknown option" pvctl attach --wait
refuses 2 "wrong number of arguments" pvctl detach g1
snapshot "$work/after"
same_lines "$work/before" "$work/after" "nodes after refusals"
stop xenloop || fail "xenloop ended with $?"
refuses 1 "xen" pvctl list
