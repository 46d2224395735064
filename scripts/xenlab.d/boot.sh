# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # lab and the options' values: scripts/xenlab
# Boots what image.sh made. dom0 sees $lab/share as a 9p file system: it finds its orders and the guests' kernels
# there, and leaves the tests' files in out/. A kind of boot is a list of words with dashes: icount, systemd, hda;
# else plain. Source it after lib.sh.

boots=()
boot_end() {
	trap - EXIT INT TERM
	if [ ${#boots[@]} != 0 ]; then
		kill "${boots[@]}" 2>/dev/null || :
		wait "${boots[@]}" 2>/dev/null || :
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

# boot_line NAME: fills qemu_line, makes the folder for the boot's logs. The emulator's IRET breaks PV kernels with
# SMAP on; its AVX loses registers under Xen. Guests may use persistent grants for their disks, which look like leaks.
boot_line() {
	local append="console=hvc0 quiet mitigations=off xen_blkback.feature_persistent=0 lab.boot=$1" cpus=$smp
	case $1 in *systemd*) append="$append lab.systemd systemd.getty_auto=0" ;; esac
	case $1 in *icount*) cpus=1 ;; esac
	logs=$lab/out/boot-$1
	mkdir -p "$logs"
	qemu_line=(qemu-system-x86_64 -machine "q35,accel=tcg" -cpu "max,-smap,-xsave" -m "$memory" -smp "$cpus"
		-display none -nodefaults -monitor none -no-reboot
		-kernel "$lab/xen" -append "bootscrub=0 spec-ctrl=no xpti=no pv-l1tf=no console=com1 com1=115200,8n1 conring_size=1M sched=credit dom0_mem=2304M,max:2304M"
		-initrd "$lab/stock/vmlinuz rdinit=/memory $append,$lab/memory"
		-virtfs "local,path=$lab/share,mount_tag=lab,security_model=none"
		-serial "file:$logs/console.log")
	boot_disk "$lab/debian.img"
	boot_disk "$lab/pvmedia.img"
	boot_disk "$lab/stock/modules.img"
	[ ! -e "$lab/new/modules.img" ] || boot_disk "$lab/new/modules.img"
	case $1 in *icount*) qemu_line+=(-icount "shift=1,sleep=off,align=off") ;; esac
	case $1 in *hda*) boot_card "$logs/line.wav" ;; esac
}

# A sound card, Intel's, with two codecs: what the first plays goes into a file as it is, since it has no volume of its
# own; the second records silence.
boot_card() { # FILE
	# shellcheck disable=SC2054 # QEMU's commas
	qemu_line+=(-audiodev "wav,id=line,path=$1,out.mixing-engine=off" -audiodev none,id=air -device ich9-intel-hda
		-device "hda-output,audiodev=line,mixer=off" -device "hda-duplex,audiodev=air,mixer=off")
}

# boot_orders NAME WORD…: what dom0 is to do.
boot_orders() {
	local name=$1
	shift
	printf 'export LAB_LONG=%s\norders=(%s)\n' "$long" "$*" > "$lab/share/orders-$name"
}

# What a test asks for with a line "# xenlab: WORD…".
test_words() { # TEST
	sed -n 's/^# xenlab: *//p' "tests/xen/$1" | tr '\n' ' '
}

test_kind() { # TEST
	local word kind=
	for word in $icount $systemd $hda $(test_words "$1"); do
		case $word in
		icount | systemd | hda) case $kind in *$word*) ;; *) kind=$kind-$word ;; esac ;;
		long | newer | seconds=*) ;;
		*) die "tests/xen/$1: what is '$word' in its line xenlab?" ;;
		esac
	done
	[ -n "$kind" ] || kind=-plain
	echo "$kind" | tr - '\n' | sort | xargs | tr ' ' -
}

# What these tests may take of the time inside, as scripts/xenlab.d/dom0 has it, in our seconds: an emulator takes up to
# four for one. And what goes before and between them.
test_seconds() { # TEST…
	local name word sum=300 seconds
	for name; do
		seconds=600
		for word in $(test_words "$name"); do
			case $word in seconds=*) seconds=${word#*=} ;; esac
		done
		sum=$((sum + 4 * seconds))
	done
	echo $sum
}

# All of them, those for --long only with it.
test_names() {
	local name
	find tests/xen -type f -perm -u+x -printf '%P\n' | sort | while read -r name; do
		[ -z "$long" ] && case " $(test_words "$name")" in *" long "*) continue ;; esac
		echo "$name"
	done
}

# boot_once NAME TEST…: what the tests print comes over the second serial line.
boot_once() {
	local status=0 name=$1 begin=$SECONDS left=$limit
	shift
	[ -n "$left" ] || left=$(test_seconds "$@")
	if [ -n "$within" ] && [ "$left" -gt $((within - SECONDS)) ]; then
		left=$((within - SECONDS))
		[ $left -gt 0 ] || { say "no time left for a boot"; return; }
	fi
	boot_line "$name"
	boot_orders "$name" run "$@"
	say "Xen ($name)"
	timeout -k 5 "$left" "${qemu_line[@]}" -serial stdio < /dev/null 9>&- &
	boots=($!)
	trap boot_end EXIT
	trap 'exit 130' INT TERM
	wait "${boots[0]}" || status=$?
	boots=()
	[ $status != 124 ] || say "not done after $left s, see $logs/console.log"
	[ -e "$logs/result" ] || say "Xen ended early, see $logs/console.log"
	say "($name: $((SECONDS - begin)) s)"
}

# Deals the tests out: boot_tests[NAME]="TEST…" for each boot; a kind with several tests may be several boots.
boot_deal() {
	local name kind number
	local -A of_kind=()
	for name in $tests; do
		kind=$(test_kind "$name") || exit 1
		number=$((${of_kind[$kind]:-0} % jobs))
		of_kind[$kind]=$((number + 1))
		[ $number = 0 ] || kind=$kind-$((number + 1))
		boot_tests[$kind]="${boot_tests[$kind]:-} $name"
	done
}

# A test that its boot did not come to has failed. Returns what scripts/xenlab is to end with.
boot_count() {
	local boot name result passed=0 failed=0 skipped=0
	for boot in "${!boot_tests[@]}"; do
		for name in ${boot_tests[$boot]}; do
			result=$(sed -n "s|^$name ||p" "$lab/out/boot-$boot/result" 2>/dev/null || :)
			case ${result:=failed 0} in
			passed*) passed=$((passed + 1)) ;;
			failed*) failed=$((failed + 1)); say "  FAIL  $name, see $lab/out/boot-$boot and $lab/out/$name" ;;
			esac
			skipped=$((skipped + ${result##* }))
		done
	done
	[ $skipped = 0 ] && echo "$passed passed, $failed failed" ||
		echo "$passed passed, $failed failed, $skipped skipped"
	[ $failed = 0 ] || return 1
	[ $passed != 0 ] || [ $skipped = 0 ] || return 77
}

# Boots at least once for each kind that the tests ask for, as many at once as --jobs says.
boot_run() {
	local boot
	local -A boot_tests=()
	[ -n "$tests" ] || tests=$(test_names)
	boot_deal
	boot_share
	trap boot_end EXIT
	trap 'exit 130' INT TERM
	for boot in "${!boot_tests[@]}"; do
		while [ "$(jobs -pr | wc -l)" -ge "$jobs" ]; do
			wait -n || :
		done
		# shellcheck disable=SC2086 # words
		if [ "$jobs" = 1 ]; then
			boot_once "$boot" ${boot_tests[$boot]} &
		else
			boot_once "$boot" ${boot_tests[$boot]} > >(sed -u "s/^/$boot: /") &
		fi
		boots+=($!)
	done
	wait "${boots[@]}" || :
	boots=()
	boot_count
}

boot_shell() {
	local kind
	kind=$(echo "$icount $systemd $hda" | xargs | tr ' ' -)
	boot_share
	boot_line "${kind:=plain}"
	boot_orders "$kind" shell
	say "Xen (a prompt comes in half a minute; exit ends it)"
	exec "${qemu_line[@]}" -chardev "stdio,id=tty,signal=off" -serial chardev:tty
}
