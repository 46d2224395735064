#!/bin/sh
# SPDX-License-Identifier: MIT
# A guest has 16 streams of 8 channels converted from rates that have no divisor in common with the
# device's: the device's thread still has most of its time for others, one of whom plays and hears
# nothing of it.
# shellcheck disable=SC2154 # make_guest sets the ids
. "${top_srcdir:-.}/tests/e2e/lib.sh"
PATH=$top_builddir/tests/hostile:$top_builddir/tests/e2e:$PATH
[ "${sanitizers:-no}" = no ] || skip "sanitizers take time, too"
seconds=2
most_percent=80 # they are 128 channels of 192 kHz, whoever converts them

start_xenloop --gntalloc-limit=4096
make_guest greedy
make_guest g1
start_pvsndd << EOT
[device out]
type = clock
[guest *]
playback = out
EOT
set -- 'STREAM, unique-id=out, type=P'
set -- "$@" "$@" "$@" "$@" "$@" "$@" "$@" "$@"
dom0 pvctl attach greedy pvsnd 'CARD, buffer-size=65536' PCM "$@" PCM "$@"
dom0 pvctl attach g1 pvsnd 'CARD, frontend=user' PCM 'STREAM, unique-id=out, type=P'
sound_tool sine "$work/in.raw" 16000 1000 48000
stat_of() { # JQ…
	dom0 pvctl stat --json --socket "$pvsndd_socket" | jq -r "$@"
}

start play "$g1" snd_play pvsnd/0 "$work/in.raw" 60 960 16 "$work/held"
plays() {
	[ "$(stat_of '[.streams[] | select(.running)] | length')" -ge 1 ]
}
within 10 plays
start rates "$greedy" snd_rates vsnd/0
all_run() {
	grep -q "16 streams run" "$work/rates.log"
}
within 20 all_run
# The thread that runs for the device: how long it ran, and the device's quanta, of which so many came late.
runtime() {
	for times_task in /proc/"$(e2e_pid pvsndd)"/task/*; do
		[ "$(cat "$times_task/comm")" != out:out ] || cut -d ' ' -f 1 "$times_task/schedstat"
	done
}
counts='.devices[0] | "\(.quanta) \(.late_quanta)"'
sleep 1 # the device was opened for all of them
before=$(runtime) before_ns=$(date +%s%N) counted_before=$(stat_of "$counts")
sleep $seconds
after=$(runtime) after_ns=$(date +%s%N) counted=$(stat_of "$counts")
percent=$(((after - before) * 100 / (after_ns - before_ns)))
quanta=$((${counted% *} - ${counted_before% *})) late=$((${counted#* } - ${counted_before#* }))
stat_of '[.streams[].conversion] | group_by(.) | map("\(length) \(.[0])") | join(", ")' > "$work/conversions"
echo "$percent % of a processor, $late of $quanta quanta late; conversions: $(cat "$work/conversions")"
[ $percent -lt $most_percent ] || fail "the device's thread takes $percent % of a processor"
[ $((late * 10)) -lt $quanta ] || fail "$late of $quanta quanta came late"
grep -q coarse "$work/conversions" || fail "nothing was coarse: $(cat "$work/conversions")"
same usual "$(stat_of '.streams[] | select(.guest == "g1").conversion')" "the other guest's conversion"
stop play || :
stop rates || :
stop pvsndd || fail "pvsndd ended with $?"
