#!/bin/sh
# SPDX-License-Identifier: MIT
# A guest floods two rings with the most expensive requests that there are: each session gets the
# quarter of a processor that pvsndd(8) names, and no more, however long one of its turns is.
# shellcheck disable=SC2154 # make_guest sets the ids
. "${top_srcdir:-.}/tests/e2e/lib.sh"
PATH=$top_builddir/tests/hostile:$PATH
seconds=2
share_percent=25 share_slack=10 # as exact as a shell reads clocks on a machine at work
flood_percent=15 # less, and the machine had no time for a flood

start_xenloop --gntalloc-limit=4096
make_guest flooder
start_pvsndd << EOT
[device n1]
type = clock
[device n2]
type = clock
[guest flooder]
playback = n1, n2
EOT
dom0 pvctl attach flooder pvsnd 'CARD, buffer-size=4194304' PCM 'STREAM, unique-id=n1, type=P' \
	'STREAM, unique-id=n2, type=P'
floods() {
	dom0 pvctl stat --json --socket "$pvsndd_socket" > "$work/stat"
	[ "$(jq '[.streams[].requests] | add' "$work/stat")" -gt 100 ]
}
# A line for each thread of pvsndd: its id, how long it ran, and when that was read.
thread_times() {
	for times_task in /proc/"$(e2e_pid pvsndd)"/task/*; do
		echo "${times_task##*/} $(cut -d ' ' -f 1 "$times_task/schedstat") $(date +%s%N)"
	done
}

start flood "$flooder" snd_flood vsnd/0 1000 dear
within 10 floods
thread_times > "$work/before"
sleep $seconds
thread_times > "$work/after"
alive flood || fail "snd_flood ended"
stop flood || :
# The percentages that threads had of a processor, the most first.
awk 'NR == FNR { ran[$1] = $2; at[$1] = $3; next }
	$1 in ran { printf "%.1f\n", 100 * ($2 - ran[$1]) / ($3 - at[$1]) }' \
	"$work/before" "$work/after" | sort -rn > "$work/shares"
echo "percent of a processor, by thread: $(xargs < "$work/shares")"
busiest=$(head -n 1 "$work/shares")
[ "${busiest%.*}" -ge $flood_percent ] || fail "a flood that needs $busiest % of a processor is none"
[ "${busiest%.*}" -lt $((share_percent + share_slack)) ] || fail "a session got $busiest %"
stop pvsndd || fail "pvsndd ended with $?"
