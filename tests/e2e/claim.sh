#!/bin/sh
# SPDX-License-Identifier: MIT
# A camera serves one process of a guest at a time, in whatever namespaces the guest's processes
# are (a service has a network of its own, a container also mounts), and only of that guest.
# shellcheck disable=SC2154,SC2086 # make_guest sets the ids; words of a command
. "${top_srcdir:-.}/tests/e2e/lib.sh"

# In a network and with a /run of its own.
cat > "$work/apart" <<'SH'
#!/bin/sh
exec unshare $UNSHARE --net --mount sh -c 'mount -t tmpfs run /run && exec "$@"' sh "$@"
SH
chmod +x "$work/apart"
UNSHARE=
"$work/apart" true 2>/dev/null || UNSHARE=--map-root-user
export UNSHARE
"$work/apart" true 2>/dev/null || skip "no namespaces here"

in_use() { # ID [COMMAND]: as COMMAND sees it
	in_domain "$@" pvcam list | grep -q 'cam *in use'
}

start_xenloop
make_guest g1
make_guest g2
start_pvcamd << CONF
[source cam]
type = pattern
size = 320x240
rate = 30
[guest *]
sources = cam
CONF
dom0 pvctl attach g1 pvcam unique-id=cam > /dev/null
dom0 pvctl attach g2 pvcam unique-id=cam > /dev/null
grab='pvcam grab cam -o /dev/null --as raw --quiet'

for first in '' "$work/apart"; do
	start first "$g1" $first $grab -n 0
	for second in '' "$work/apart"; do
		within 5 in_use "$g1" $second
		refuses 1 "another process of this guest" in_domain "$g1" $second $grab -n 3
		alive first || fail "the first has lost its camera: $(cat "$work/first.log")"
	done
	in_domain "$g2" $grab -n 3
	# A claim ends with its process, by whatever death.
	stop first KILL || :
	within 5 in_domain "$g1" "$work/apart" $grab -n 3
done
