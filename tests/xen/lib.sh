# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Words for the tests in dom0. OUT is the folder for what a test leaves. What a test needs stands in a line of its own:
# "# xenlab: icount" (time follows the instructions run), "systemd" (dom0 is run by it), "long" (only with --long; others
# may do more when LAB_LONG=1), "newer" (a guest with Debian's newest kernel), "seconds=N" (more than the usual 600).
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

# skip NAME REASON: shown and counted. A test that can do nothing at all exits with 77 after it.
skip() {
	echo "  skip  $1: $2"
	echo "$1" >> /run/lab/skipped
}

# Is there a kernel of that kind for guests: "stock" (dom0's own), "new" (Debian's newest)?
kernel_is_there() {
	[ -e "/run/lab/$1/vmlinuz" ]
}

guest_id() { # NAME
	xl domid "$1"
}

# guest_config NAME [LINE…]: /run/lab/NAME.cfg, for a PV guest with a stock kernel, or another (GUEST_KERNEL=new), of
# GUEST_MEMORY MiB; GUEST_APPEND: more words for its kernel; further lines for its config.
guest_config() {
	local name=$1 kernel=${GUEST_KERNEL:-stock} modules=vdc
	shift
	[ "$kernel" = stock ] || modules=vdd
	{
		printf 'name="%s"\ntype="pv"\nkernel="/run/lab/%s/vmlinuz"\nramdisk="/run/lab/%s/ramdisk"\n' \
			"$name" "$kernel" "$kernel"
		printf 'memory=%s\nvcpus=1\nextra="console=hvc0 quiet mitigations=off %s"\non_crash="destroy"\ntsc_mode="native"\n' \
			"${GUEST_MEMORY:-384}" "${GUEST_APPEND:-}"
		printf 'disk=["phy:/dev/vda,xvda,r","phy:%s,xvdb,r","phy:/dev/%s,xvdc,r"]\n' \
			"$(cat /run/lab/pvmedia.disk 2> /dev/null || echo /dev/vdb)" $modules
		[ $# = 0 ] || printf '%s\n' "$@"
	} > "/run/lab/$name.cfg"
}

# guest_create NAME [LINE…]: the guest of such a config, running.
guest_create() {
	local name=$1
	guest_config "$@"
	xl create "/run/lab/$name.cfg" > "/run/lab/$name.xl" 2>&1 || { cat "/run/lab/$name.xl"; return 1; }
	guest_ready "$name"
}

# guest_ready NAME: waits until a guest that was created or restored takes commands.
guest_ready() {
	echo 0 > "/run/lab/$1.number"
	within 120 xenstore-exists "/local/domain/$(guest_id "$1")/data/lab/ready"
}

guest_destroy() { # NAME
	xl destroy "$1"
}

# guest_run NAME COMMAND: runs it in the guest, prints what it prints, returns its status. One at a time for
# each guest.
guest_run() {
	local name=$1 number log=/run/lab/logs/console/guest-$1.log line part begun='' status=1 lines tail end
	[ -e "$log" ] || { echo "guest $name: its console is not logged"; return 1; }
	number=$(($(cat "/run/lab/$name.number") + 1))
	echo $number > "/run/lab/$name.number"
	exec {lines}< <(exec tail -c "+$(($(stat -c %s "$log") + 1))" -f "$log")
	tail=$!
	xenstore-write -R "/local/domain/$(guest_id "$name")/data/lab/command" "$number $2"
	end=$((SECONDS + ${GUEST_SECONDS:-120}))
	while [ $SECONDS -lt $end ]; do
		# What came of a line before the time was up is the beginning of what comes next.
		IFS= read -r -t 5 part <&$lines || { begun+=$part; continue; }
		line=$begun${part%$'\r'} begun=
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

# What there is of domains: "grants DOMAIN NUMBER" (in its table, active), "ports DOMAIN NUMBER", "maps PROGRAM NUMBER" (of
# guests' pages, in dom0), "node PATH".
leak_list() {
	xl dmesg -c >> /run/lab/logs/xen.log
	xl debug-keys ge
	sleep 0.5
	xl dmesg -c | tee -a /run/lab/logs/xen.log | awk '
		/grant-table for remote d/ { sub(/.*remote d/, ""); sub(/[^0-9].*/, ""); domain = $0; next }
		/Event channel information for domain/ { sub(/.*domain /, ""); sub(/[^0-9].*/, ""); domain = $0; next }
		/^\(XEN\) \[0x[0-9a-f]+\] / { grants[domain]++ }
		/^\(XEN\) +[0-9]+ \[[0-9p]/ { ports[domain]++ }
		END { for (d in grants) print "grants", d, grants[d]; for (d in ports) print "ports", d, ports[d] }'
	grep -c /dev/xen/gntdev /proc/[0-9]*/maps 2> /dev/null | grep -v ':0$' | while IFS=: read -r file number; do
		echo "maps $(cat "${file%maps}comm" 2> /dev/null) $number"
	done
	xenstore-ls -f / 2> /dev/null | sed -nE '\#/data/lab#d; s# = .*##; s#^/(local/domain|libxl|vm)/#node &#p'
}

# leak_mark: remembers what there is. leak_check: is there anything more now? Waits 20 s for it to go, then shows it.
leak_mark() {
	leak_list | sort > /run/lab/leak.mark
}

leak_none() {
	leak_list | sort > /run/lab/leak.now
	awk 'NR == FNR { was[$1 " " $2] += $1 == "node" ? 1 : $3; next }
		{ now[$1 " " $2] += $1 == "node" ? 1 : $3 }
		END { for (i in now) if (now[i] > was[i]) { print "more than before:", i, was[i] + 0, "->", now[i]; more = 1 }
			exit more }' /run/lab/leak.mark /run/lab/leak.now > /run/lab/leak.more
}

leak_check() {
	within 20 leak_none || { sort /run/lab/leak.more; return 1; }
}

finish() {
	[ $failures = 0 ] || echo "  $failures failed"
	exit $((failures != 0))
}
