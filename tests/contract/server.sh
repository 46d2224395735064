#!/bin/sh
# SPDX-License-Identifier: MIT
# xenloop's own life: starting, being killed, being in the way, long paths, what it says when
# something is wrong. Then domains at once, and leaks.
set -eu

xenloop=$top_builddir/xenbus/loop/xenloop
XENLOOP_BIN=$xenloop
export XENLOOP_BIN
top=$(mktemp -d)
pids=

clean() {
	trap - EXIT HUP INT TERM
	for pid in $pids; do
		kill -9 "$pid" 2> /dev/null || :
	done
	rm -rf "$top"
}
trap clean EXIT
trap 'clean; exit 1' HUP INT TERM

fail() {
	echo "server: $1" >&2
	exit 1
}

# serve DIR: starts a server and waits until it is ready; its process is $server then.
serve() {
	: > "$top/out"
	"$xenloop" serve --dir "$1" > "$top/out" 2> "$top/err" &
	server=$!
	pids="$pids $server"
	tries=0
	until grep -q "^xenloop: ready in " "$top/out"; do
		tries=$((tries + 1))
		[ $tries -lt 500 ] || fail "not ready: $(cat "$top/err")"
		sleep 0.02
	done
}

# stops SIGNAL: what `serve` started ends cleanly.
stops() {
	kill "-$1" "$server"
	tries=0
	until ! [ -e "/proc/$server" ] || grep -q '^State:.Z' "/proc/$server/status"; do
		tries=$((tries + 1))
		[ $tries -lt 500 ] || fail "SIG$1 does not end it"
		sleep 0.02
	done
	wait "$server" || fail "status $? at SIG$1"
}

# refuses STATUS PATTERN COMMAND...: it exits so, with one line on stderr that matches.
refuses() {
	expected=$1 pattern=$2
	shift 2
	status=0
	timeout 20 "$@" > "$top/refused.out" 2> "$top/refused" || status=$?
	[ $status -eq "$expected" ] || fail "$*: status $status, not $expected"
	[ "$(wc -l < "$top/refused")" -eq 1 ] || fail "$*: not one line: $(cat "$top/refused")"
	grep -q "$pattern" "$top/refused" || fail "$*: said $(cat "$top/refused")"
}

dir=$top/d
serve "$dir"
[ "$(cat "$dir/pid")" = $server ] || fail 'wrong pid file'
refuses 1 "served already, by process $server" "$xenloop" serve --dir "$dir"
[ "$("$xenloop" domain list --dir "$dir")" = '0 Domain-0' ] || fail 'wrong list'
id=$("$xenloop" domain create --dir "$dir" one)
[ "$("$xenloop" domain create --dir "$dir" 'two words')" = $((id + 1)) ] || fail 'ids do not go up'
refuses 1 'called one' "$xenloop" domain create --dir "$dir" one
refuses 1 'printable' "$xenloop" domain create --dir "$dir" ''
refuses 1 'no domain 99' "$xenloop" domain destroy --dir "$dir" 99
refuses 1 'number, not x' "$xenloop" domain destroy --dir "$dir" x
refuses 1 'domain 0' "$xenloop" domain destroy --dir "$dir" 0
refuses 1 'no domain 99' "$xenloop" run --dir "$dir" 99 -- true
refuses 1 'no-such-program' "$xenloop" run --dir "$dir" 0 -- no-such-program
refuses 2 'see xenloop --help' "$xenloop" run --dir "$dir" one -- true
refuses 2 'see xenloop --help' "$xenloop" run --dir "$dir" 0
refuses 2 'see xenloop --help' "$xenloop" serve
refuses 2 'see xenloop --help' "$xenloop" domain rename --dir "$dir" x
refuses 2 'see xenloop --help' "$xenloop" serve --dir "$dir" --gntalloc-limit many
refuses 2 'see xenloop --help' "$xenloop" --nonsense
refuses 2 'see xenloop --help' "$xenloop"
XENLOOP_LIBDIR=/nonexistent
export XENLOOP_LIBDIR
refuses 1 'XENLOOP_LIBDIR' "$xenloop" run --dir "$dir" 0 -- true
unset XENLOOP_LIBDIR

# The command takes the process's place, as that domain, with its status.
# shellcheck disable=SC2016
"$xenloop" run --dir "$dir" "$id" -- sh -c 'echo $$ $XENLOOP_DOMID; exit 7' > "$top/ran" &
pid=$!
status=0
wait $pid || status=$?
[ $status -eq 7 ] || fail "run: status $status"
[ "$(cat "$top/ran")" = "$pid $id" ] || fail "run: $(cat "$top/ran")"
"$xenloop" domain destroy --dir "$dir" "$id"
[ ! -e "$dir/$id" ] || fail 'a destroyed domain left its directory'

# A dead server's directory is taken over; a live one's end removes all.
kill -9 $server
wait $server 2> /dev/null || :
[ -S "$dir/control" ] || fail 'kill -9 cleaned up?'
refuses 1 'no server in' "$xenloop" domain list --dir "$dir"
refuses 1 'no server in' "$xenloop" run --dir "$dir" 0 -- true
serve "$dir"
[ "$("$xenloop" domain list --dir "$dir")" = '0 Domain-0' ] || fail 'old domains are back'
stops TERM
[ -z "$(ls "$dir")" ] || fail "left behind: $(ls "$dir")"
serve "$dir"
stops INT
[ -z "$(ls "$dir")" ] || fail "left behind: $(ls "$dir")"
refuses 1 'start `xenloop serve' "$xenloop" domain list --dir "$dir"
refuses 1 'No such file' "$xenloop" serve --dir "$top/no/such"

# A path of 200 characters and more, relative too.
long=$top/$(printf '%0150d' 0)/$(printf '%050d' 0)
mkdir -p "$long"
serve "$long/d"
id=$("$xenloop" domain create --dir "$long/d" long)
[ "$("$xenloop" run --dir "$long/d" "$id" -- xenstore-read name)" = long ] || fail 'long path'
[ "$(cd "$long" && "$xenloop" run --dir d "$id" -- sh -c 'xenstore-read name')" = long ] ||
	fail 'long relative path'
stops TERM

serve "$top/s"
[ "$(cd "$top" && "$xenloop" run --dir s 0 -- xenstore-read name)" = Domain-0 ] || fail 'relative path'
# shellcheck disable=SC2016
[ "$(cd "$top" && "$xenloop" run --dir s 0 -- sh -c 'cd / && xenstore-read name')" = Domain-0 ] ||
	fail 'relative path after chdir'
stops TERM
echo 'PASS: server'

for name in domains leaks; do
	"$top_srcdir/tests/contract/run" --as dom0 "$top_builddir/tests/contract/store_$name"
done
