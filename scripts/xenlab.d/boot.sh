# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # lab and the options' values: scripts/xenlab
# Boots what image.sh made. dom0 sees $lab/share as a 9p file system: it finds its orders and the guests' kernels
# there, and leaves the tests' files in out/. A kind of boot is a list of words with dashes: icount, systemd; else
# plain. Source it after lib.sh.

qemu=
boot_end() {
	trap - EXIT INT TERM
	if [ -n "$qemu" ]; then
		kill "$qemu" 2>/dev/null || :
		wait "$qemu" 2>/dev/null || :
	fi
}

# Lays $lab/share anew.
boot_share() {
	local kernel
	rm -rf "$lab/share"
	mkdir -p "$lab/share/out"
	ln -sfn share/out "$lab/out"
	for kernel in stock new; do
		[ -e "$lab/$kernel/vmlinuz" ] || continue
		mkdir "$lab/share/$kernel"
		cp "$lab/$kernel"/{vmlinuz,ramdisk} "$lab/share/$kernel"
	done
}

boot_disk() { # FILE
	qemu_line+=(-drive "if=virtio,format=raw,readonly=on,file=$1")
}

# boot_line KIND: fills qemu_line, makes the folder for the boot's logs. The emulator's IRET breaks PV kernels with
# SMAP on; its AVX loses registers under Xen. Guests may use persistent grants for their disks, which look like leaks.
boot_line() {
	local append="console=hvc0 quiet mitigations=off xen_blkback.feature_persistent=0" cpus=$smp
	case $1 in *systemd*) append="$append lab.systemd systemd.getty_auto=0" ;; esac
	case $1 in *icount*) cpus=1 ;; esac
	logs=$lab/out/boot-$1
	mkdir -p "$logs"
	qemu_line=(qemu-system-x86_64 -machine "q35,accel=tcg" -cpu "max,-smap,-xsave" -m "$memory" -smp "$cpus"
		-display none -nodefaults -monitor none -no-reboot
		-kernel "$lab/xen" -append "bootscrub=0 spec-ctrl=no xpti=no pv-l1tf=no console=com1 com1=115200,8n1 conring_size=1M sched=credit dom0_mem=1536M,max:1536M"
		-initrd "$lab/stock/vmlinuz $append,$lab/stock/ramdisk"
		-virtfs "local,path=$lab/share,mount_tag=lab,security_model=none"
		-serial "file:$logs/console.log")
	boot_disk "$lab/debian.img"
	boot_disk "$lab/pvmedia.img"
	boot_disk "$lab/stock/modules.img"
	[ ! -e "$lab/new/modules.img" ] || boot_disk "$lab/new/modules.img"
	case $1 in *icount*) qemu_line+=(-icount "shift=1,sleep=off,align=off") ;; esac
}

# boot_orders KIND WORD…: what dom0 is to do.
boot_orders() {
	local kind=$1
	shift
	printf 'kind=%s\nexport LAB_LONG=%s\norders=(%s)\n' "$kind" "$long" "$*" > "$lab/share/orders"
}

# What a test asks for with a line "# xenlab: WORD…".
test_words() { # TEST
	sed -n 's/^# xenlab: *//p' "tests/xen/$1" | tr '\n' ' '
}

test_kind() { # TEST
	local word kind=
	for word in $icount $systemd $(test_words "$1"); do
		case $word in
		icount | systemd) case $kind in *$word*) ;; *) kind=$kind-$word ;; esac ;;
		long) ;;
		*) die "tests/xen/$1: what is '$word' in its line xenlab?" ;;
		esac
	done
	echo "${kind#-}" | sed 's/^$/plain/; s/^systemd-icount$/icount-systemd/'
}

# All of them, those for --long only with it.
test_names() {
	local name
	find tests/xen -type f -perm -u+x -printf '%P\n' | sort | while read -r name; do
		[ -z "$long" ] && case " $(test_words "$name")" in *" long "*) continue ;; esac
		echo "$name"
	done
}

# boot_once KIND TEST…: what the tests print comes over the second serial line.
boot_once() {
	local status=0 kind=$1 begin=$SECONDS
	shift
	boot_line "$kind"
	boot_orders "$kind" run "$@"
	say "Xen ($kind)"
	timeout -k 5 "$limit" "${qemu_line[@]}" -serial stdio < /dev/null 9>&- &
	qemu=$!
	wait "$qemu" || status=$?
	qemu=
	[ $status != 124 ] || say "not done after $limit s, see $logs/console.log"
	[ -e "$logs/result" ] || say "Xen ended early, see $logs/console.log"
	say "($kind: $((SECONDS - begin)) s)"
}

# Boots once for each kind that the tests ask for, adds up. A test that a boot did not come to has failed.
boot_run() {
	local name kind result line passed=0 failed=0 skipped=0
	local -A kinds=()
	[ -n "$tests" ] || tests=$(test_names)
	for name in $tests; do
		kind=$(test_kind "$name") || exit 1
		kinds[$kind]="${kinds[$kind]:-} $name"
	done
	boot_share
	trap boot_end EXIT
	trap 'exit 130' INT TERM
	for kind in "${!kinds[@]}"; do
		# shellcheck disable=SC2086 # words
		boot_once "$kind" ${kinds[$kind]}
		for name in ${kinds[$kind]}; do
			line=$(grep "^$name " "$logs/result" 2>/dev/null || echo "$name failed 0")
			result=${line#"$name "}
			case $result in
			passed*) passed=$((passed + 1)) ;;
			failed*) failed=$((failed + 1)); say "  FAIL  $name" ;;
			esac
			skipped=$((skipped + ${result##* }))
		done
	done
	line="$passed passed, $failed failed"
	[ $skipped = 0 ] || line="$line, $skipped skipped"
	echo "$line"
	exit $((failed != 0))
}

boot_shell() {
	local kind
	kind=$(echo "$icount $systemd" | xargs | tr ' ' -)
	boot_share
	boot_line "${kind:=plain}"
	boot_orders "$kind" shell
	say "Xen (a prompt comes in half a minute; exit ends it)"
	exec "${qemu_line[@]}" -chardev "stdio,id=tty,signal=off" -serial chardev:tty
}
