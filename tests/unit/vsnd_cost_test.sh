#!/bin/sh
# SPDX-License-Identifier: MIT
# What a stream costs the engine, in instructions for a quantum of 128 frames, which are the same on
# a busy machine: bounds, and that the cost grows in a line up to 64 streams. Processor time is
# pvbench engine's to measure.
# shellcheck source=tests/e2e/lib.sh
. "${top_srcdir:-.}/tests/e2e/lib.sh"

[ "${sanitizers:-no}" = no ] || skip "sanitizers count, too"
command -v valgrind > /dev/null || skip "no valgrind"
quanta=40

# cost WAY STREAMS: instructions for one quantum.
cost() {
	valgrind --tool=callgrind --toggle-collect=vsnd_cost_quantum --callgrind-out-file=/dev/null \
		"$top_builddir/tests/unit/vsnd_cost" "$1" "$2" "$quanta" 2> "$work/$1.$2" ||
		fail "vsnd_cost $1 $2: $(cat "$work/$1.$2")"
	total=$(sed -n 's/.*Collected : //p' "$work/$1.$2")
	[ "${total:-0}" -gt 0 ] || fail "nothing was counted: $(cat "$work/$1.$2")"
	echo $((total / quanta))
}

# at_most WHAT COST BOUND
at_most() {
	echo "$1: $2 instructions a quantum, at most $3"
	[ "$2" -le "$3" ] || fail "$1: $2 instructions a quantum are more than $3"
}

# line WAY FIRST_BOUND EACH_BOUND: the first stream, each one more, and from 8 to 64 they cost what
# they cost from 1 to 8, within a tenth.
line() {
	one=$(cost "$1" 1)
	eight=$(cost "$1" 8)
	most=$(cost "$1" 64)
	near=$(((eight - one) / 7)) far=$(((most - eight) / 56))
	at_most "$1, the first stream" "$one" "$2"
	at_most "$1, each one more" "$near" "$3"
	echo "$1, from 8 streams to 64: $far each"
	case $((10 * far / near)) in
	9 | 10) ;;
	*) fail "$1: not in a line: $near each up to 8 streams, $far each from there to 64" ;;
	esac
}

# Half as much again as gcc's code took.
line untouched 54000 30000
line played 500000 28000
line recorded 500000 36000
