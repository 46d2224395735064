# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154 # work and others come from lib.sh
# What a daemon and its guests hold, for tests that nothing is left behind; on top of lib.sh.
#
#   footprint_mark TAG       remembers descriptors, threads and mappings of this daemon, what xenloop
#                            holds (grants, mappings, ports, descriptors), and all xenstore's nodes
#   footprint_same TAG       whether it is the same now

footprint_count() {
	find "$@" -mindepth 1 -maxdepth 1 | wc -l
}

# All that could grow, one a line. Stacks of threads that ended are kept for the next ones, by
# number and not by name: the mappings may differ by a few, not by one for each time.
footprint() {
	footprint_proc=/proc/$(e2e_pid "$1")
	echo "$1 descriptors $(footprint_count "$footprint_proc/fd")"
	echo "$1 threads $(footprint_count "$footprint_proc/task")"
	[ "${sanitizers:-}" = thread ] || # which maps as it likes
		echo "$1 mappings $((($(wc -l < "$footprint_proc/maps") + $2) / 16))"
	echo "xenloop descriptors $(footprint_count "/proc/$(e2e_pid xenloop)/fd")"
	xenloop stat --dir "$xen"
	dom0 xenstore-ls -f | sed 's/ = .*//'
}

footprint_mark() {
	footprint "$1" 0 > "$work/before0"
	footprint "$1" 8 > "$work/before8"
}

footprint_same() {
	for footprint_slack in 0 8; do # one of the two is not at a boundary of 16
		footprint "$1" $footprint_slack > "$work/now"
		! diff "$work/before$footprint_slack" "$work/now" || return 0
	done
	return 1
}
