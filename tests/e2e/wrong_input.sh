#!/bin/sh
# SPDX-License-Identifier: MIT
# What a user may get wrong with pvcamd and pvsndd: each time one line that says what and what to do, the right
# exit status, and no waiting.
# shellcheck disable=SC2154 # make_guest sets the ids
. "${top_srcdir:-.}/tests/e2e/lib.sh"

cd "$work"
conf() {
	printf '[daemon]\ncontrol-socket = %s\n' "$pvcamd_socket" > wrong.conf
	cat >> wrong.conf
}

quickly() {
	timeout 5 "$@"
}

# --- options
refuses 2 "unknown option" quickly pvcamd --frobnicate
refuses 2 "needs a value" quickly pvcamd -c
refuses 2 "what is 'more'" quickly pvcamd more
refuses 2 "" quickly pvcam grab -n
refuses 2 "" quickly pvcam frobnicate
refuses 2 "" quickly xenloop
quickly pvcamd --help > /dev/null
quickly pvcamd --version > /dev/null

# --- the configuration: line and key
refuses 1 "No such file" quickly pvcamd -c none.conf --check-config
refuses 1 "Is a directory" quickly pvcamd -c "$work" --check-config
conf <<CONF
[source cam]
type = pattern
size = 0x0
CONF
refuses 1 "wrong.conf:5: [source cam] size" quickly pvcamd -c wrong.conf --check-config
conf <<CONF
[source cam]
type = pattern
colour = red
CONF
refuses 1 "wrong.conf:5: [source cam] colour" quickly pvcamd -c wrong.conf --check-config
conf <<CONF
[guest g1]
max-buffers = 33
CONF
refuses 1 "wrong.conf:4: [guest g1] max-buffers" quickly pvcamd -c wrong.conf --check-config
echo '[source cam' | conf
refuses 1 "wrong.conf:3" quickly pvcamd -c wrong.conf --check-config

# --- files
conf <<CONF
[source cam]
type = file
path = $work/none.y4m
[guest *]
sources = cam
CONF
refuses 1 "none.y4m" quickly pvcamd -c wrong.conf --check-config
printf 'YUV4MPEG2 W16 H16 F30:1 C420jpeg\nFRAME\nshort' > cut.y4m
sed -i 's/none/cut/' wrong.conf
refuses 1 "cut.y4m" quickly pvcamd -c wrong.conf --check-config
echo 'no video at all' > cut.y4m
refuses 1 "cut.y4m" quickly pvcamd -c wrong.conf --check-config
: > cut.y4m
refuses 1 "cut.y4m" quickly pvcamd -c wrong.conf --check-config

# --- sound: what is not there may come, what is wrong stays so
conf <<CONF
[device a]
type = alsa
playback = hw:CARD=Nobody
playback = path:nowhere
[guest *]
playback = a
CONF
quickly pvsndd -c wrong.conf --check-config 2> absent.err || fail "a card that is absent: $(cat absent.err)"
same 1 "$(wc -l < absent.err)" "lines about a card that is absent: $(cat absent.err)"
grep -q 'device a\] playback: hw:CARD=Nobody .*No such device.*aplay -L' absent.err || fail "$(cat absent.err)"
for channel in $(seq 0 99); do # more than can be served
	echo "pcm.wide.bindings.$channel { slave a channel $channel }"
done > wide.pcm
echo 'pcm.wide { type multi slaves.a { pcm null channels 100 } }' >> wide.pcm
sed -i '/^playback = path/d; s/hw:CARD=Nobody/wide/' wrong.conf
refuses 1 "[device a] playback: wide is no PCM, or can nothing" \
	env ALSA_CONFIG_PATH="/usr/share/alsa/alsa.conf:$work/wide.pcm" pvsndd -c wrong.conf --check-config
sed -i "s|alsa|wav|; s|^playback = wide|capture = $work/none.wav|; s|^playback = a|capture = a|" wrong.conf
refuses 1 "[device a] capture: $work/none.wav cannot be used: No such file" quickly pvsndd -c wrong.conf --check-config
sed -i "s|^capture = $work/none.wav|playback = $work/none/out.wav|; s|^capture = a|playback = a|" wrong.conf
refuses 1 "[device a] playback: $work/none/out.wav cannot be used: No such file" quickly pvsndd -c wrong.conf --check-config
mkdir none
quickly pvsndd -c wrong.conf --check-config || fail "a file that can be made"
[ ! -e none/out.wav ] || fail "--check-config made a file"

# --- no xenstore, one that is dead, one that is not ours
conf <<CONF
[source cam]
type = pattern
[guest *]
sources = cam
CONF
export XENSTORED_PATH="$work/no-xenstore"
refuses 1 "neither Xen nor xenloop" quickly pvcamd -c wrong.conf
[ ! -e "$pvcamd_socket" ] || fail "a daemon that could not start leaves its socket"
refuses 1 "" quickly pvcam list
refuses 1 "" quickly pvctl list
unset XENSTORED_PATH
refuses 1 "nobody listens" quickly pvctl stat --socket "$work/nobody.sock"

start_xenloop
make_guest g1
start_pvcamd < /dev/null
grep -q 'no \[guest\] section' pvcamd.log || fail "$(cat pvcamd.log)"
refuses 1 "refused pvcam cam: " dom0 pvctl attach g1 pvcam unique-id=cam
refuses 1 "already running" dom0 pvcamd -c wrong.conf
refuses 1 "no such camera" in_domain "$g1" pvcam grab cam -o x.png
refuses 1 "xenloop serve" quickly xenloop run --dir "$work/nowhere" 0 -- true
refuses 1 "no domain 77" quickly xenloop run --dir "$xen" 77 -- true
# Sockets of somebody else: root without its powers is anybody, and can still run the build.
if [ "$(id -u)" = 0 ] && command -v setpriv > /dev/null; then
	socket=$(dom0 sh -c 'echo "$XENSTORED_PATH"')
	chown 65534 "$socket" "$pvcamd_socket"
	chmod 600 "$socket" "$pvcamd_socket"
	refuses 1 "ermission" env XENSTORED_PATH="$socket" setpriv \
		--bounding-set=-dac_override,-dac_read_search timeout 5 pvcam list
	refuses 1 "ermission" quickly setpriv --bounding-set=-dac_override,-dac_read_search \
		pvctl stat --socket "$pvcamd_socket"
	chown 0 "$socket" "$pvcamd_socket"
fi
stop xenloop || fail "xenloop ended with $?"
within 5 sh -c "! kill -0 $(e2e_pid pvcamd) 2>/dev/null"
! stop pvcamd || fail "pvcamd ended well without xenstore"
