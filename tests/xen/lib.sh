# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Words for the tests in dom0. OUT is the folder for what a test leaves.
set -u

failures=0
# check NAME COMMAND…: shows whether it succeeds, and what it printed if not.
check() {
	local name=$1 begin=$SECONDS
	shift
	if "$@" > /run/lab/check 2>&1; then
		echo "  ok    $name ($((SECONDS - begin)) s)"
		return 0
	fi
	failures=$((failures + 1))
	echo "  FAIL  $name ($((SECONDS - begin)) s)"
	tail -n 60 /run/lab/check
	return 1
}

# within SECONDS COMMAND…: until it succeeds.
within() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.2
	done
}

guest_id() { # NAME
	xl domid "$1"
}

# guest_create NAME [LINE…]: a PV guest with a stock kernel; further lines for its config.
guest_create() {
	local name=$1 extra="console=hvc0 quiet ${GUEST_APPEND:-}"
	shift
	{
		printf 'name="%s"\ntype="pv"\nkernel="/share/vmlinuz"\nramdisk="/share/ramdisk"\n' "$name"
		printf 'memory=%s\nvcpus=1\nextra="%s"\non_crash="destroy"\n' "${GUEST_MEMORY:-384}" "$extra"
		printf 'disk=["phy:/dev/vda,xvda,r","phy:/dev/vdb,xvdb,r","phy:/dev/vdc,xvdc,r"]\n'
		[ $# = 0 ] || printf '%s\n' "$@"
	} > "/run/lab/$name.cfg"
	echo 0 > "/run/lab/$name.number"
	xl create "/run/lab/$name.cfg" > "/run/lab/$name.xl" 2>&1 || { cat "/run/lab/$name.xl"; return 1; }
	within 120 xenstore-exists "/local/domain/$(guest_id "$name")/data/lab/ready"
}

guest_destroy() { # NAME
	xl destroy "$1"
}

# guest_run NAME COMMAND: runs it in the guest, prints what it prints, returns its status. One at a time for
# each guest.
guest_run() {
	local name=$1 number log=/share/out/console/guest-$1.log line status=1 lines tail end
	number=$(($(cat "/run/lab/$name.number") + 1))
	echo $number > "/run/lab/$name.number"
	exec {lines}< <(exec tail -c "+$(($(stat -c %s "$log") + 1))" -f "$log")
	tail=$!
	xenstore-write -R "/local/domain/$(guest_id "$name")/data/lab/command" "$number $2"
	end=$((SECONDS + ${GUEST_SECONDS:-120}))
	while [ $SECONDS -lt $end ]; do
		IFS= read -r -t 5 line <&$lines || continue
		line=${line%$'\r'}
		case $line in
		"@lab $number "*@)
			status=${line#"@lab $number "}
			status=${status%@}
			break
			;;
		*) printf '%s\n' "$line" ;;
		esac
	done
	[ $SECONDS -lt $end ] || echo "guest $name: no end after ${GUEST_SECONDS:-120} s: $2"
	kill $tail
	exec {lines}<&-
	return "$status"
}

# guest_get NAME PATH FILE: a file of the guest; small, it comes over the console.
guest_get() {
	guest_run "$1" "base64 -w 2000 $2" | base64 -d > "$3"
}

finish() {
	[ $failures = 0 ] || echo "  $failures failed"
	exit $((failures != 0))
}
