#!/bin/sh
# SPDX-License-Identifier: MIT
# The stock xenstore-* programs, as domain 0 and as a guest.
set -eu

fail() {
	echo "$1" >&2
	exit 1
}

equal() {
	[ "$1" = "$2" ] || fail "$3: got '$1', expected '$2'"
}

if [ $# -eq 0 ]; then
	command -v xenstore-ls > /dev/null || { echo "skipped: no xenstore-ls: install xenstore-utils"; exit 77; }
	"$top_srcdir/tests/contract/run" --as dom0 "$0" dom0
	exec "$top_srcdir/tests/contract/run" --as guest "$0" guest
fi

xenstore-write data/tools/a 1 data/tools/b 'two words'
equal "$(xenstore-read data/tools/a data/tools/b)" "1
two words" read
equal "$(xenstore-list data/tools)" "a
b" list
equal "$(xenstore-ls data/tools)" 'a = "1"
b = "two words"' ls
xenstore-exists data/tools/a || fail 'exists: a is there'
! xenstore-exists data/tools/c || fail 'exists: c is not there'
xenstore-rm data/tools/a
! xenstore-exists data/tools/a || fail 'rm: a is still there'
! xenstore-read data/tools/a 2> /dev/null || fail 'read: a is not there'

# The nodes below one and their permissions.
perms() {
	xenstore-ls -p "$1" | sed 's/^ *\([^ ]*\) .*(\(.*\))$/\1 \2/'
}

id=$(xenstore-read domid)
xenstore-chmod data/tools/b "b$id" r0
equal "$(perms data/tools)" "b b$id,r0" chmod
xenstore-write data/tools/sub/leaf x
xenstore-chmod -r data/tools "n$id"
equal "$(perms data/tools/sub)" "leaf n$id" 'chmod -r'

# -n: the first event of each of the two watches, then those of two changes.
events=$XENLOOP_DIR/events
: > "$events"
xenstore-watch -n 4 data/tools/watched data/tools/other >> "$events" &
watcher=$!
trap 'kill $watcher 2> /dev/null || :' EXIT
tries=0
until [ "$(wc -l < "$events")" -ge 2 ]; do
	tries=$((tries + 1))
	[ $tries -lt 500 ] || fail 'watch: no first events'
	sleep 0.02
done
xenstore-write data/tools/watched/below 1
xenstore-rm data/tools/watched
wait $watcher || fail 'watch: failed'
trap - EXIT
equal "$(cat "$events")" 'data/tools/watched
data/tools/other
data/tools/watched/below
data/tools/watched' watch

case $1 in
dom0)
	equal "$(xenstore-read "/local/domain/$GUEST_DOMID/name")" guest 'read as dom0'
	equal "$(xenstore-list /local/domain)" "0
$GUEST_DOMID" 'list as dom0'
	xenstore-ls -f | grep -q '^/tool/xenstored = ""$' || fail 'ls: no /tool/xenstored'
	;;
guest)
	! xenstore-write /tool/x 1 2> /dev/null || fail 'write: a guest wrote to /tool'
	! xenstore-list / 2> /dev/null || fail 'list: a guest saw the root'
	;;
esac
xenstore-rm data/tools
echo "PASS: tools as $1"
