# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2034 # names made by eval
# What end-to-end tests share. A test is a sh script that sources this file:
#
#	. "${top_srcdir:-.}/tests/e2e/lib.sh"
#	start_xenloop
#	make_guest g1
#	printf '…' | start_pvcamd
#	within 5 states g1 pvcam 0 Connected
#
# Words for the test:
#   start_xenloop [OPTION…]  a server of its own; ends with the test. Take --gntalloc-limit=65536
#                            for pictures over VGA: the default is 1024 pages, as in Linux
#   make_guest NAME          a domain; its id is in $NAME then (so NAME is a shell variable's name)
#   in_domain ID COMMAND…    runs a program as that domain (0: dom0), 60 s at most
#   dom0 COMMAND…            the same as dom0
#   start TAG ID COMMAND…    the same in the background; output goes to $work/TAG.log
#   start_pvcamd [OPTION…]   pvcamd with the configuration on stdin, until its socket answers:
#                            $pvcamd_socket, which stands first in the configuration by itself;
#                            to start it again: restart_pvcamd
#   start_pvsndd, restart_pvsndd, $pvsndd_socket   the same for pvsndd
#   stop TAG [SIGNAL]        TERM or SIGNAL, waits 10 s at most, then KILL; answers its exit status
#   alive TAG, ended TAG     whether it runs still, or no more
#   within SECONDS COMMAND…  repeats until it succeeds; fails the test when the time is over
#   states GUEST CLASS DEV BACKEND [FRONTEND]   whether the device's states have these names
#   refuses STATUS TEXT COMMAND…   fails the test unless COMMAND exits with STATUS and one line on
#                            stderr that contains TEXT
#   same WANT GOT [WHAT]     fails the test unless equal
#   same_lines FILE FILE WHAT      the same for files
#   fail MESSAGE…            ends the test; the logs are shown
#   skip MESSAGE…            ends it as skipped
#
# $work is a directory for the test, short of path, removed at the end (kept with E2E_KEEP=1).
# The programs of the build are first in PATH. Every process started here ends with the test; one
# that ends badly by itself, or after a TERM (a leak that a sanitiser found), fails it. Signals and
# time: a test that hangs is ended by its deadline, E2E_SECONDS (120).
set -eu

top_builddir=${top_builddir:-$PWD}
top_srcdir=${top_srcdir:-$PWD}
for e2e_folder in frontend/camera backend/camera backend/sound backend/ctl xenbus/loop; do
	PATH=$top_builddir/$e2e_folder:$PATH
done
export PATH
work=$(mktemp -d)
xen=$work/xen
pvcamd_socket=$work/pvcamd.sock
pvsndd_socket=$work/pvsndd.sock
e2e_tags=
e2e_failed=
# What streams goes before what builds or is tested beside it, where that is permitted.
e2e_nice=
! nice -n -10 true 2>/dev/null || e2e_nice='nice -n -10'

# The script's own stderr: also from a command whose output goes elsewhere.
exec 3>&2

fail() {
	e2e_failed=yes
	echo "FAIL: $*" >&3
	exit 1
}

skip() {
	echo "SKIP: $*" >&2
	exit 77
}

e2e_pid() {
	eval "echo \"\${e2e_pid_$1:-}\""
}

start() {
	start_tag=$1 start_id=$2
	shift 2
	[ -z "$(e2e_pid "$start_tag")" ] || fail "start $start_tag: it runs already"
	$e2e_nice xenloop run --dir "$xen" "$start_id" -- "$@" > "$work/$start_tag.log" 2>&1 < /dev/null 3>&- &
	eval "e2e_pid_$start_tag=$!"
	e2e_tags="$start_tag $e2e_tags"
}

alive() {
	kill -0 "$(e2e_pid "$1")" 2>/dev/null
}

ended() {
	! alive "$1"
}

stop() {
	stop_pid=$(e2e_pid "$1")
	[ -n "$stop_pid" ] || fail "stop $1: not started"
	kill -"${2:-TERM}" "$stop_pid" 2>/dev/null || :
	stop_left=500 stop_status=0
	while kill -0 "$stop_pid" 2>/dev/null; do
		[ $stop_left -gt 0 ] || kill -KILL "$stop_pid"
		stop_left=$((stop_left - 1))
		sleep 0.02
	done
	wait "$stop_pid" 2>/dev/null || stop_status=$?
	eval "e2e_pid_$1="
	return $stop_status
}

e2e_end() {
	end_status=$?
	trap - EXIT
	trap '' HUP INT TERM
	set +e
	for end_tag in $e2e_tags xenloop; do
		[ -n "$(e2e_pid "$end_tag")" ] || continue
		stop "$end_tag"
		end_stopped=$?
		# 143: a program that leaves TERM to its default.
		if [ $end_status = 0 ] && [ $end_stopped != 0 ] && [ $end_stopped != 143 ]; then
			echo "FAIL: $end_tag ended with status $end_stopped" >&3
			end_status=1 e2e_failed=yes
		fi
	done
	kill "$e2e_deadline" 2>/dev/null
	wait "$e2e_deadline" 2>/dev/null
	if [ $end_status != 0 ] && [ $end_status != 77 ]; then
		[ -n "$e2e_failed" ] || echo "FAIL: the last command ended with status $end_status" >&3
		for end_log in "$work"/*.log; do
			[ ! -s "$end_log" ] || { echo "--- ${end_log##*/}"; tail -n 40 "$end_log"; } >&2
		done
	fi
	[ -n "${E2E_KEEP:-}" ] || rm -rf "$work"
	exit $end_status
}

trap e2e_end EXIT
trap 'exit 130' HUP INT
trap 'fail "interrupted, or over its deadline of ${E2E_SECONDS:-120} s"' TERM
(
	exec > /dev/null 2>&1 < /dev/null 3>&-
	seconds=${E2E_SECONDS:-120}
	while [ "$seconds" -gt 0 ] && kill -0 $$; do
		sleep 1
		seconds=$((seconds - 1))
	done
	kill -TERM $$
	pkill -TERM -P $$ # the shell waits for the command that it runs before it looks at signals
) &
e2e_deadline=$!

start_xenloop() {
	xenloop serve --dir "$xen" "$@" > "$work/xenloop.log" 2>&1 < /dev/null 3>&- &
	e2e_pid_xenloop=$!
	within 10 e2e_xenloop_ready
}

e2e_xenloop_ready() {
	alive xenloop || fail "xenloop does not start"
	grep -q ready "$work/xenloop.log"
}

in_domain() {
	in_domain_id=$1
	shift
	timeout 60 xenloop run --dir "$xen" "$in_domain_id" -- "$@"
}

dom0() {
	in_domain 0 "$@"
}

make_guest() {
	make_guest_id=$(xenloop domain create --dir "$xen" "$1") || fail "no domain $1"
	eval "$1=\$make_guest_id"
}

within() {
	within_left=$(($1 * 20))
	shift
	until "$@" > "$work/within" 2>&1; do
		within_left=$((within_left - 1))
		[ $within_left -gt 0 ] || fail "in time: $* ($(tail -n 3 "$work/within"))"
		sleep 0.05
	done
}

states() {
	states_line=$(dom0 pvctl list "$1" | awk -v class="$2" -v device="$3" \
		'$2 == class && $3 == device { print $(NF - 1), $NF }')
	if [ "${states_line% *}" != "$4" ] || [ "${states_line#* }" != "${5:-${states_line#* }}" ]; then
		echo "states: ${states_line:-no such device}"
		return 1
	fi
}

refuses() {
	refuses_status=$1 refuses_text=$2 refuses_got=0
	shift 2
	"$@" > "$work/refused.out" 2> "$work/refused.err" || refuses_got=$?
	same "$refuses_status" $refuses_got "exit status of $*: $(cat "$work/refused.err")"
	same 1 "$(wc -l < "$work/refused.err")" "lines on stderr of $*: $(cat "$work/refused.err")"
	grep -qF -- "$refuses_text" "$work/refused.err" ||
		fail "$*: says '$(cat "$work/refused.err")', not '$refuses_text'"
}

same_lines() {
	diff -u "$1" "$2" > "$work/diff" || fail "$3: $(cat "$work/diff")"
}

same() {
	[ "$1" = "$2" ] || fail "${3:-values}: want '$1', got '$2'"
}

start_pvcamd() {
	{
		printf '[daemon]\ncontrol-socket = %s\n' "$pvcamd_socket"
		cat
	} > "$work/pvcamd.conf"
	restart_pvcamd "$@"
}

restart_pvcamd() {
	start pvcamd 0 pvcamd -c "$work/pvcamd.conf" "$@"
	within 10 e2e_pvcamd_ready
}

e2e_pvcamd_ready() {
	alive pvcamd || fail "pvcamd ended: $(tail -n 3 "$work/pvcamd.log")"
	pvctl stat --socket "$pvcamd_socket"
}

start_pvsndd() {
	{
		printf '[daemon]\ncontrol-socket = %s\n' "$pvsndd_socket"
		cat
	} > "$work/pvsndd.conf"
	restart_pvsndd "$@"
}

restart_pvsndd() {
	start pvsndd 0 pvsndd -c "$work/pvsndd.conf" "$@"
	within 10 e2e_pvsndd_ready
}

e2e_pvsndd_ready() {
	alive pvsndd || fail "pvsndd ended: $(tail -n 3 "$work/pvsndd.log")"
	pvctl stat --socket "$pvsndd_socket"
}
