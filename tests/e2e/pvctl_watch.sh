#!/bin/sh
# SPDX-License-Identifier: MIT
# pvctl watch: domains get what their xl configs say, once, and nothing of them is left.
# shellcheck disable=SC2154,SC2119 # make_guest sets the ids
. "${top_srcdir:-.}/tests/e2e/lib.sh"

configs=$work/xen.d
mkdir -p "$configs/auto" "$work/more"

# One line for each device: CLASS DEVICE UNIQUE-ID.
devices() {
	dom0 pvctl list "$1" | awk 'NR > 1 { print $2, $3, $4 }' | xargs
}

has() { # GUEST DEVICES
	has_now=$(devices "$1")
	[ "$has_now" = "$2" ] || { echo "$1 has: $has_now"; return 1; }
}

start_watch() { # [OPTION…]
	start watch 0 pvctl watch --config-dir "$configs" --config-dir "$work/more" "$@"
	within 10 grep -q ready "$work/watch.log"
}

said() { # COUNT TEXT
	said_count=$(grep -cF -- "$2" "$work/watch.log" || :)
	[ "$said_count" = "$1" ] || { echo "$said_count times '$2'"; return 1; }
}

nodes() {
	dom0 xenstore-ls -f -p | grep -Ev '^/(vm|libxl|local/domain/0/backend(/[a-z]+)?) '
}

destroy() {
	xenloop domain destroy --dir "$xen" "$1"
}

camera="pvcam = [ [ 'unique-id=front, max-buffers=4', 'format=YUYV, resolution=64x48, frame-rates=25' ] ]"
card="'CARD, frontend=user', 'PCM', 'STREAM, unique-id=speaker, type=P', 'STREAM, unique-id=mic, type=C'"
cat > "$configs/g1.cfg" <<CFG
name = "g1"
memory = 256
vsnd = [[ "CARD, short-name=xl", "PCM, name=pcm0", "STREAM, unique-id=speaker, type=P" ]]
$camera
pvsnd = [ [ $card ],
	[ 'PCM', 'STREAM, unique-id=speaker, type=P' ] ]
CFG
all="pvcam 0 front pvsnd 0 speaker pvsnd 1 mic vsnd 16 speaker"
ln -s ../g1.cfg "$configs/auto/g1"
start_xenloop
nodes > "$work/before"

# --- a domain that starts, is rebooted (another id) with another config, and goes
start_watch
make_guest g1
within 10 has g1 "$all"
same 0 "$(dom0 xenstore-read "/local/domain/0/backend/pvsnd/$g1/1/card")" "the card of a card's second stream"
same 25/1 "$(dom0 xenstore-read "/local/domain/$g1/device/pvcam/0/formats/YUYV/64x48/frame-rates")"
destroy "$g1"
nothing() {
	nodes > "$work/now"
	diff -u "$work/before" "$work/now"
}
within 10 nothing
printf 'name = "g1"\npvcam = [ [ "unique-id=side" ] ]\n' > "$configs/g1.cfg"
make_guest g1
within 10 has g1 "pvcam 0 side"
said 1 "g1 ($g1): pvcam 0 (side) attached, $configs/"
destroy "$g1"
within 10 nothing

# --- names: later than the domain, of a domain that comes in, and such as no file may have
printf 'name = "late"\n%s\n' "$camera" > "$configs/late.cfg"
printf 'name = "../up/down"\n%s\n' "$camera" > "$configs/up.cfg"
make_guest other
dom0 xenstore-rm "/local/domain/$other/name"
late=$(xenloop domain create --dir "$xen" late--incoming)
sleep 0.3
has late--incoming "" || fail "before it has its name"
dom0 xenstore-write "/local/domain/$late/name" late
within 10 has late "pvcam 0 front"
dom0 xenstore-write "/local/domain/$other/name" ../up/down
within 10 has ../up/down "pvcam 0 front"
dom0 xenstore-write "/local/domain/$late/name" g1
sleep 0.3
has "$late" "pvcam 0 front" || fail "a domain is served once"
destroy "$late"
destroy "$other"
within 10 nothing

# --- several at once
for i in 1 2 3 4 5 6 7 8; do
	printf 'name = "many%d"\n%s\npvsnd = [ [ %s ] ]\n' $i "$camera" "$card" > "$work/more/many$i.cfg"
	xenloop domain create --dir "$xen" many$i > "$work/many$i" &
done
for i in 1 2 3 4 5 6 7 8; do
	within 10 has many$i "pvcam 0 front pvsnd 0 speaker pvsnd 1 mic"
done
for i in 1 2 3 4 5 6 7 8; do
	destroy "$(cat "$work/many$i")"
done
within 10 nothing
stop watch || fail "watch ended with $?"

# --- what happened while it was off: one came, one went, one was attached by hand
printf 'name = "came"\n%s\npvsnd = [ [ %s ] ]\n' "$camera" "$card" > "$configs/came.cfg"
make_guest went
dom0 pvctl attach --no-wait went pvcam unique-id=front > "$work/out"
destroy "$went"
make_guest came
dom0 pvctl attach --no-wait came pvsnd 'CARD, frontend=user' PCM 'STREAM, unique-id=speaker, type=P' > "$work/out"
make_guest late
dom0 pvctl attach --no-wait "$configs/late.cfg" > "$work/out"
start_watch
within 10 has came "pvcam 0 front pvsnd 0 speaker pvsnd 1 mic"
same 0 "$(dom0 xenstore-read "/local/domain/0/backend/pvsnd/$came/1/card")" "the card that was begun by hand"
said 1 "came ($came): pvsnd 0 (speaker) is there already"
said 1 "domain $went is gone: pvcam 0 removed"
! dom0 xenstore-exists "/local/domain/0/backend/pvcam/$went" || fail "left by a domain that went"
has late "pvcam 0 front"

# --- started again: nothing twice, and what was taken away by hand stays away
stop watch || fail "watch ended with $?"
dom0 pvctl detach --force came pvcam 0 > "$work/out"
in_domain "$came" xenstore-rm device/pvsnd/0
in_domain "$late" xenstore-write device/pvcam/0/unique-id x device/pvcam/0/state 6 device/pvcam/0/backend /
start_watch
sleep 0.3
has came "pvsnd 0 speaker pvsnd 1 mic"
has late "pvcam 0 front"
said 0 attached
destroy "$came"
destroy "$late"
within 10 nothing

# --- configs that cannot be used: a line each, once, and the others go on
printf 'name = "bad"\nmemory = = 3\n' > "$configs/syntax.cfg"
printf 'name = "bad"\n\npvcam = [ [ "unique-id=a" ],\n\t[ "unique-id=b, sise=3" ] ]\n' > "$configs/words.cfg"
printf 'name = "bad"\npvsnd = [ "PCM" ]\n' > "$configs/flat.cfg"
printf 'name = "bad"\npvsnd = "PCM"\n' > "$configs/string.cfg"
printf 'name = "bad"\npvcam = [ [ [ "PCM" ] ] ]\n' > "$configs/deep.cfg"
printf 'name = "late"\n%s\n' "$camera" > "$configs/late2.cfg"
yes '# a line' | head -c 1100000 > "$configs/huge.cfg"
yes '[' | head -c 1000000 | tr -d '\n' | sed 's/^/pvcam = /' > "$configs/nested.cfg"
printf '\377\000\001name = \002' > "$configs/noise.cfg"
{
	printf 'name = "bad"\npvcam = [\n'
	for i in $(seq 80); do printf '[ "unique-id=c%d" ],\n' "$i"; done
	echo ']'
} > "$configs/crowd.cfg"
mkfifo "$configs/pipe.cfg"
ln -s nowhere "$configs/auto/dangling"
make_guest late
within 10 has late "pvcam 0 front" # also by way of late2.cfg, which is not counted
make_guest bad
destroy "$late"
make_guest late
within 10 has late "pvcam 0 front"
for sentence in "syntax.cfg:2: " "words.cfg:4: pvcam: sise=3: unknown word" "flat.cfg:2: pvsnd: not a list" \
	"string.cfg:2: pvsnd: not a list" "deep.cfg:2: pvcam: a list in a list" "late2.cfg: name = \"late\", as in" \
	"huge.cfg: more than " "nested.cfg" "noise.cfg" "crowd.cfg: more than 64 devices" "pipe.cfg: not a regular" \
	"auto/dangling: No such file"; do
	said 1 "$sentence"
done
same "" "$(devices bad)" "devices of a domain whose config is broken"
printf 'name = "bad"\npvcam = [ [ "unique-id=a" ] ]\n' > "$configs/words.cfg"
kill -HUP "$(e2e_pid watch)"
within 10 has bad "pvcam 0 a"

# --- JSON, and what it refuses
stop watch || fail "watch ended with $?"
destroy "$bad"
destroy "$late"
start_watch --json
make_guest late
within 10 has late "pvcam 0 front"
grep -F '"event":"attached"' "$work/watch.log" > "$work/line"
same 1 "$(wc -l < "$work/line")" "lines about one device"
for field in '"guest":"late"' "\"domid\":$late" '"class":"pvcam"' '"device":0' '"unique-id":"front"' \
	"\"config\":\"$configs/late.cfg\""; do
	grep -qF "$field" "$work/line" || fail "no $field: $(cat "$work/line")"
done
grep -qF "\"event\":\"removed\",\"message\":\"domain $bad is gone" "$work/watch.log" || fail "nothing about bad"
grep -qF '"event":"config"' "$work/watch.log" || fail "nothing about configs"
destroy "$late"
within 10 said 3 '"event":"removed"'

# --- with a daemon: nothing but the start of the domain
start_pvcamd <<CONF
[source front]
type = pattern
size = 64x48
rate = 25
[guest *]
sources = *
CONF
make_guest late
within 10 states late pvcam 0 InitWait
in_domain "$late" pvcam grab front -n 3 -o "$work/grabbed.raw" --quiet
same $((64 * 48 * 2 * 3)) "$(stat -c %s "$work/grabbed.raw")" "bytes of three frames"
destroy "$late"
within 10 nothing
stop pvcamd || fail "pvcamd ended with $?"
refuses 2 "wrong number of arguments" pvctl watch g1
stop xenloop || fail "xenloop ended with $?"
within 10 ended watch
watch_status=0
stop watch || watch_status=$?
same 1 $watch_status "status without a xenstore"
