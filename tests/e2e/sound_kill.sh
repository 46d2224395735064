#!/bin/sh
# SPDX-License-Identifier: MIT
# What ends in the middle of playing, and what is left then: a frontend in a drain, one that stood still
# for longer than its buffer, a domain, pvsndd in order, xenloop; and a configuration that is read again.
# (Others that are killed: sound_card.sh.)
# shellcheck disable=SC2154 # make_guest sets the ids
. "${top_srcdir:-.}/tests/e2e/sound_lib.sh"
skip_without_alsa

pcm='-q -D pvsnd:CARD=Main -t raw -f S16_LE -r 48000'

streams_open() { # GUEST HOW-MANY
	[ "$(pvctl stat --json --socket "$pvsndd_socket" |
		jq "[.streams[] | select(.guest == \"$1\" and .open)] | length")" = "$2" ]
}

play() { # GUEST ID
	# shellcheck disable=SC2086
	start_in_guest "play_$1" "$2" aplay $pcm -c 2 /dev/zero
	within 5 streams_open "$1" 1
}

plays_exactly() {
	# shellcheck disable=SC2086
	in_guest "$g1" aplay $pcm -c 2 "$work/two.raw"
	within 3 sound_tool match "$work/two.raw" "$work/out.wav" S16_LE 48000 2
}

# It has ended by itself, with 1 and its reason.
failed_with() { # TAG TEXT
	within 5 ended "$1"
	failed_status=0
	stop "$1" || failed_status=$?
	same 1 $failed_status "exit status of $1"
	grep -q "$2" "$work/$1.log" || fail "$1 says: $(cat "$work/$1.log")"
}

lines_with() { # TEXT
	grep -c "$1" "$work/pvsndd.log" || :
}

start_xenloop --gntalloc-limit=4096
make_guest g1
make_guest g2
sound_tool make "$work/two.raw" "$work/two.wav" S16_LE 48000 2 4807
sound_tool constant "$work/long.raw" 16000 48000 # mono
start_pvsndd << EOT
[device out]
type = wav
gaps = silence
playback = $work/out.wav
[device clock]
type = clock
[guest g1]
playback = out
[guest g2]
playback = clock
EOT
attach_card g1 Main out
attach_card g2 Main clock
play g2 "$g2"

# --- a frontend in its drain (before it, nothing plays: all fits into the buffer); another guest does not notice
# shellcheck disable=SC2086
start_in_guest play_g1 "$g1" aplay $pcm --buffer-size=96000 "$work/long.raw"
drains() {
	[ "$(pvctl stat --json --socket "$pvsndd_socket" | jq '.streams[] |
		select(.guest == "g1") | .position_frames > 4800')" = true ]
}
within 5 drains
stop play_g1 KILL || :
within 5 streams_open g1 0
same 1 "$(lines_with "g1 pvsnd/0: the frontend's process is gone")" "lines on the death of g1"
same 1 "$(lines_with 'warning\|error')" "warnings: $(cat "$work/pvsndd.log")"
within 5 plays_exactly

# --- one that stands still until its buffer is empty recovers, and loses nothing
# shellcheck disable=SC2086
start_in_guest play_g1 "$g1" aplay $pcm --buffer-size=9600 --period-size=2400 "$work/long.raw"
within 5 streams_open g1 1
aplay_pid=$(e2e_pid play_g1)
kill -STOP "$aplay_pid"
ran_dry() {
	pvctl stat --json --socket "$pvsndd_socket" | jq -e '.streams[] |
		select(.guest == "g1") | .silence_frames > 9600' > /dev/null
}
within 5 ran_dry
kill -CONT "$aplay_pid"
within 10 ended play_g1
stop play_g1 || fail "aplay after a stop: $(cat "$work/play_g1.log")"
grep -q underrun "$work/play_g1.log" || fail "aplay did not hear of its underrun"
all_there() {
	[ "$(sound_tool count "$work/out.wav" 16000 16000)" = 48000 ]
}
within 3 all_there
alive play_g2 || fail "g2 ended with g1: $(cat "$work/play_g2.log")"

# --- read again: who was connected comes back to the new configuration
play g1 "$g1"
sed "s|out.wav|new.wav|" "$work/pvsndd.conf" > "$work/new.conf"
cp "$work/pvsndd.conf" "$work/old.conf"
cp "$work/new.conf" "$work/pvsndd.conf"
kill -HUP "$(e2e_pid pvsndd)"
failed_with play_g1 "No such device"
failed_with play_g2 "No such device"
within 5 grep -q 'read again' "$work/pvsndd.log"
again() {
	# shellcheck disable=SC2086
	in_guest "$g1" aplay $pcm -c 2 "$work/two.raw"
}
within 5 again
within 3 sound_tool match "$work/two.raw" "$work/new.wav" S16_LE 48000 2
cp "$work/old.conf" "$work/pvsndd.conf"
printf 'playback = nowhere\n' >> "$work/pvsndd.conf"
play g1 "$g1"
kill -HUP "$(e2e_pid pvsndd)"
within 5 grep -q 'going on with the old' "$work/pvsndd.log"
alive play_g1 || fail "a configuration that is broken ended aplay"
cp "$work/old.conf" "$work/pvsndd.conf"

# --- an end in order
stop pvsndd || fail "pvsndd ended with $?"
failed_with play_g1 "No such device"
states g1 pvsnd 0 Closed || fail "$(states g1 pvsnd 0 Closed)"
[ ! -e "$pvsndd_socket" ] || fail "the socket is left"
restart_pvsndd
within 5 plays_exactly

# --- the domain
play g1 "$g1"
play g2 "$g2"
xenloop domain destroy --dir "$xen" "$g1"
gone() {
	! dom0 xenstore-exists "backend/pvsnd/$g1" && streams_open g1 0
}
within 5 gone
within 5 ended play_g1
stop play_g1 || :
! dom0 xenstore-ls -f | grep "/$g1/" || fail "nodes of the domain are left"
alive play_g2 || fail "g2 ended with g1: $(cat "$work/play_g2.log")"

# --- xenloop
stop xenloop KILL || :
failed_with pvsndd "xenstore is gone"
failed_with play_g2 .
