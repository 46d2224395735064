#!/bin/sh
# SPDX-License-Identifier: MIT
# A guest that may not record, or whose capture dom0 muted, tries everything it can, on several streams,
# and hears nothing; one that may hears the same attempts succeed.
# shellcheck disable=SC2154 # make_guest sets the ids
. "${top_srcdir:-.}/tests/e2e/lib.sh"
program=${top_builddir:-.}/tests/hostile/snd_deny_test

start_xenloop
make_guest g1
make_guest g2
start_pvsndd << CONF
[device mic]
type = clock
[guest g1]
capture = mic
[guest g2]
capture = mic
record = deny
CONF
# xl's way: what is attached the guest may write.
for guest in g1 g2; do
	dom0 pvctl attach $guest pvsnd 'CARD, buffer-size=65536' PCM \
		'STREAM, unique-id=mic, type=C' 'STREAM, unique-id=mic, type=C' PCM \
		'STREAM, unique-id=mic, type=C'
done
listens() {
	in_domain "$1" "$program" vsnd/0 "$2" || fail "$3: it ended with $?"
}
listens "$g1" sound "may record"
listens "$g2" silent denied
dom0 pvctl unmute --capture --socket "$pvsndd_socket" g2
listens "$g2" silent "denied, unmuted"
dom0 pvctl mute --capture --socket "$pvsndd_socket" g1
listens "$g1" silent muted
dom0 pvctl unmute --playback --socket "$pvsndd_socket" g1
listens "$g1" silent "muted, playback unmuted"
dom0 pvctl unmute --capture --socket "$pvsndd_socket" g1 mic
listens "$g1" sound unmuted
stop pvsndd || fail "pvsndd ended with $?"
