# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # lab and the options' values: scripts/xenlab
# Boots what image.sh made. dom0 sees $lab/share as a 9p file system: it finds its orders, the guests'
# kernel and ramdisk there, and leaves the tests' files in out/. Source it after lib.sh.

qemu=
boot_end() {
	trap - EXIT INT TERM
	if [ -n "$qemu" ]; then
		kill "$qemu" 2>/dev/null || :
		wait "$qemu" 2>/dev/null || :
	fi
}

# Lays $lab/share anew; orders: what dom0 is to do.
boot_share() {
	rm -rf "$lab/share"
	mkdir -p "$lab/share/out"
	ln -sfn share/out "$lab/out"
	cp "$lab"/stock/{vmlinuz,ramdisk} "$lab/share"
	printf '%s\n' "$@" > "$lab/share/orders"
}

boot_disk() { # FILE
	qemu_line+=(-drive "if=virtio,format=raw,readonly=on,file=$1")
}

# Fills qemu_line. The emulator's IRET breaks PV kernels with SMAP on; its AVX loses registers under Xen.
boot_line() {
	qemu_line=(qemu-system-x86_64 -machine "q35,accel=tcg" -cpu "max,-smap,-xsave" -m "$memory" -smp "$smp"
		-display none -nodefaults -monitor none -no-reboot
		-kernel "$lab/xen" -append "console=com1 com1=115200,8n1 dom0_mem=1536M,max:1536M sched=credit bootscrub=0"
		-initrd "$lab/stock/vmlinuz console=hvc0 quiet,$lab/stock/ramdisk"
		-virtfs "local,path=$lab/share,mount_tag=lab,security_model=none"
		-serial "file:$lab/out/console.log")
	boot_disk "$lab/debian.img"
	boot_disk "$lab/pvmedia.img"
	boot_disk "$lab/stock/modules.img"
	[ -z "$icount" ] || qemu_line+=(-icount "shift=1,sleep=off,align=off")
}

# What the tests print comes over the second serial line.
boot_run() {
	local status
	[ -n "$tests" ] || tests=$(cd tests/xen && find . -type f -perm -u+x -printf '%P\n' | sort | xargs)
	# shellcheck disable=SC2086 # words
	boot_share run $tests
	boot_line
	trap boot_end EXIT
	trap 'exit 130' INT TERM
	say "Xen"
	timeout -k 5 "$limit" "${qemu_line[@]}" -serial stdio < /dev/null 9>&- &
	qemu=$!
	status=0
	wait "$qemu" || status=$?
	qemu=
	[ $status != 124 ] || die "not done after $limit s, see $lab/out/console.log"
	[ -e "$lab/out/status" ] || die "Xen ended early, see $lab/out/console.log"
	exit "$(cat "$lab/out/status")"
}

boot_shell() {
	boot_share shell
	boot_line
	say "Xen (a prompt comes in half a minute; exit ends it)"
	exec "${qemu_line[@]}" -chardev "stdio,id=tty,signal=off" -serial chardev:tty
}
