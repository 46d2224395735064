# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # lab: scripts/xenlab
# What scripts/xenlab boots, in $lab: xen; three read-only disks for dom0 and guests alike, debian.img, modules.img and
# pvmedia.img (pvmedia as installed, the tests, the machines' init); vmlinuz and ramdisk. The kernel's own are in
# stock/; memory is dom0's ramdisk. Trees may share these files by hard links, so none is ever written in place. Source it after lib.sh.

image_words() { # FILE: its words without comments
	sed 's/#.*//' "scripts/xenlab.d/$1"
}

# Ends with 77, in one line, where there is no way to a real Xen.
can_be_had() {
	[ "$(uname -m)" = x86_64 ] || { say "scripts/xenlab: needs an x86-64 machine, skipped"; exit 77; }
	(need_packages build xen) 2> "$lab/packages.log" || {
		say "scripts/xenlab: no real Xen without packages that are not here, skipped:" \
			"$(tail -n 1 "$lab/packages.log" | sed 's/^ *//; s/^[^ ]*scripts\/xenlab: //')"
		exit 77
	}
}

# step NAME FUNCTION INPUT…: runs the function unless it was done as it is written now, with the same inputs; also: more
# text that it depends on.
step() {
	local name=$1 stamp begin=$SECONDS
	shift
	stamp=$( (declare -f image_words image_download image_unpack image_squash "$1"; echo "$@"; printf %s "${also:-}") | sha256sum)
	[ "$(cat "$lab/$name.stamp" 2>/dev/null)" != "$stamp" ] || return 0
	rm -f "$lab/$name.stamp" "$lab/$name.log"
	"$@" > "$lab/$name.log" 2>&1 &
	step_wait $! "$name" || step_failed "$name"
	echo "$stamp" > "$lab/$name.stamp"
	say "  $name: $((SECONDS - begin)) s"
}

# Without Debian's packages there is no real Xen; all else is a failure.
step_failed() { # NAME
	local folder=$lab/network
	rm -rf "$folder"
	mkdir "$folder"
	image_download "$folder" hostname > "$lab/network.log" 2>&1 ||
		{ say "scripts/xenlab: no way to Debian's packages, skipped"; exit 77; }
	die "$1 failed, see $lab/$1.log"
}

# Shows every ten seconds what a step is at.
step_wait() { # PID NAME
	local tick=0
	say "  $2 …"
	while kill -0 "$1" 2>/dev/null; do
		sleep 0.2
		[ $((tick = (tick + 1) % 50)) != 0 ] || say "    $(tail -n 1 "$lab/$2.log" | tr '\r' '\n' | tail -n 1 | cut -c 1-90)"
	done
	wait "$1"
}

# The sources of apt on this machine, as far as they are Debian's.
image_sources() {
	# shellcheck disable=SC2016 # apt's own
	apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' 'Origin: Debian' | sort -u
}

image_download() { # FOLDER PACKAGE…
	(cd "$1" && shift && apt-get -q download "$@") || { apt-get -q update && (cd "$1" && shift && apt-get -q download "$@"); }
}

# Packages unpacked into a folder, not installed.
image_unpack() { # FOLDER PACKAGE…
	local deb folder=$1
	shift
	rm -rf "$folder"
	mkdir -p "$folder/debs"
	image_download "$folder/debs" "$@" || return 1
	for deb in "$folder"/debs/*.deb; do
		dpkg -x "$deb" "$folder" || return 1
	done
	rm -r "$folder/debs"
}

# Uncompressed: an emulated processor would pay for it at each boot.
image_squash() { # FOLDER FILE
	rm -f "$2.new"
	mksquashfs "$1" "$2.new" -all-root -noI -noD -noF -noX -no-progress -quiet && mv "$2.new" "$2"
}

image_cpio() { # FOLDER FILE
	(cd "$1" && find . -print0 | sort -z | cpio -0 -o -H newc -R 0:0 --quiet) > "$2.new" && mv "$2.new" "$2"
}

# Debian itself. Nothing here draws in three dimensions, so what does is left out.
image_debian() { # PACKAGE…
	image_sources > "$lab/sources.new" && mv "$lab/sources.new" "$lab/sources"
	mmdebstrap --variant=essential --format=tar --include="$(echo "$@" | tr ' ' ,)" \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
		--dpkgopt='path-exclude=*/libLLVM*' --dpkgopt='path-exclude=*/dri/*' \
		--aptopt='Acquire::Check-Valid-Until "false"' bookworm - "$lab/sources" |
		sqfstar -noI -noD -noF -noX -no-progress -quiet "$lab/debian.img.new"
	[ "${PIPESTATUS[*]}" = "0 0" ] && mv "$lab/debian.img.new" "$lab/debian.img"
}

# Xen and the kernel, and v4l2loopback from Debian's source built against Debian's headers.
image_kernel() {
	local image release tree=$lab/tree headers
	image=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-.*\)/\1/p' | head -n 1)
	[ -n "$image" ] || { apt-get -q update; image=$(apt-cache depends linux-image-amd64 |
		sed -n 's/.*Depends: \(linux-image-.*\)/\1/p' | head -n 1); }
	release=${image#linux-image-}
	image_unpack "$tree" xen-hypervisor-4.17-amd64 busybox-static v4l2loopback-dkms linux-kbuild-6.1 "$image" \
		"linux-headers-$release" "linux-headers-${release%-amd64}-common" || return 1
	headers=$tree/usr/src/linux-headers-$release
	sed -i "s|/usr/src|$tree/usr/src|" "$headers/Makefile"
	make -C "$headers" M="$(echo "$tree"/usr/src/v4l2loopback-*)" modules &&
		install -D -m 644 "$tree"/usr/src/v4l2loopback-*/v4l2loopback.ko -t "$tree/lib/modules/$release/extra" &&
		rm -rf "${tree:?}/usr" && zcat "$tree"/boot/xen-4.17-amd64.gz > "$lab/xen.new" && mv "$lab/xen.new" "$lab/xen"
}

# modules_copy TREE RELEASE FOLDER MODULE…: the modules with all that they need, unpacked; prints their names in order.
modules_copy() {
	local tree=$1 release=$2 folder=$3 line file
	shift 3
	mkdir -p "$folder"
	for line; do
		modprobe -d "$tree" -S "$release" --show-depends "$line" || return 1
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' | while read -r line; do
		file=${line##*/}
		case $line in
		*.xz) xz -dc "$line" > "$folder/${file%.xz}" ;;
		*) cp "$line" "$folder/$file" ;;
		esac || return 1
		echo "${file%.xz}"
	done
}

# kernel_unpacked FILE: what is in a kernel packed with xz, as its header tells (Linux's Documentation/arch/x86/boot.rst);
# another as it is. Xen and xl would unpack it on the emulated processor, each time that a domain starts.
kernel_unpacked() {
	local sectors offset bytes
	sectors=$(od -An -t u1 -j 497 -N 1 "$1")
	offset=$(od -An -t u4 -j 584 -N 4 "$1")
	bytes=$(od -An -t u4 -j 588 -N 4 "$1")
	tail -c "+$(((sectors + 1) * 512 + offset + 1))" "$1" | head -c "$bytes" | xz -dc --single-stream || cat "$1"
}

# modules.img, vmlinuz, and a ramdisk with the modules that it takes to find the disks.
image_modules() { # TREE FOLDER MODULE…
	local tree=$1 folder=$2 release work
	shift 2
	work=$folder/work
	release=$(basename "$(echo "$tree"/lib/modules/*)")
	rm -rf "$folder"
	mkdir -p "$work/disk/usr/lib/modules/$release" "$work/early"
	depmod -b "$tree" "$release" &&
		modules_copy "$tree" "$release" "$work/disk/usr/lib/modules/$release/kernel" "$@" &&
		cp "$tree/lib/modules/$release"/modules.{order,builtin,builtin.modinfo} \
			"$work/disk/usr/lib/modules/$release" &&
		depmod -b "$work/disk/usr" "$release" && image_squash "$work/disk" "$folder/modules.img" &&
		modules_copy "$tree" "$release" "$work/early/lib" virtio_pci virtio_blk xen-blkfront squashfs overlay \
			> "$work/early/modules" &&
		cp "$lab/tree/bin/busybox" "$work/early" && cp scripts/xenlab.d/ramdisk "$work/early/init" &&
		chmod 755 "$work/early/init" && image_cpio "$work/early" "$folder/ramdisk" &&
		kernel_unpacked "$(find "$tree/boot" "$tree/lib/modules/$release" -maxdepth 1 -name 'vmlinuz*' | head -n 1)" \
			> "$folder/vmlinuz" && rm -rf "$work"
}

# dom0's ramdisk, which takes the disks into memory first.
image_memory() {
	local work=$lab/memory.work release
	release=$(basename "$(echo "$lab"/tree/lib/modules/*)")
	rm -rf "$work"
	mkdir -p "$work"
	modules_copy "$lab/tree" "$release" "$work/lib" loop && cp scripts/xenlab.d/memory "$work" &&
		chmod 755 "$work/memory" && image_cpio "$work" "$work.cpio" &&
		cat "$lab/stock/ramdisk" "$work.cpio" > "$lab/memory.new" && mv "$lab/memory.new" "$lab/memory" &&
		rm -r "$work" "$work.cpio"
}

# A kernel of Debian's unstable suite, by an apt of our own.
image_new() { # MODULE…
	local image='' tree=$lab/new.tree apt=$lab/new.apt
	rm -rf "$apt"
	mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial"
	sed -n 's/ bookworm main$/ sid main/p' "$lab/sources" > "$apt/sources"
	cat > "$apt/config" <<-EOT
		Dir::Etc::sourcelist "$apt/sources";
		Dir::Etc::sourceparts "-";
		Dir::State "$apt/state";
		Dir::Cache "$apt/cache";
		Acquire::Languages "none";
		Acquire::Check-Valid-Until "false";
		APT::Sandbox::User "";
	EOT
	export APT_CONFIG=$apt/config
	apt-get -q update && image=$(apt-cache depends linux-image-amd64 |
		sed -n 's/.*Depends: \(linux-image-.*\)/\1/p' | head -n 1)
	[ -n "$image" ] || return 1
	# Newer packages have the kernel and its modules apart.
	# shellcheck disable=SC2046 # words
	image_unpack "$tree" $(apt-cache depends "$image" |
		sed -n 's/.*Depends: \(linux-\(base\|binary\|modules\)-.*\)/\1/p') "$image" || return 1
	[ -e "$tree/lib/modules" ] || ln -sfn usr/lib "$tree/lib"
	image_modules "$tree" "$lab/new" "$@" && rm -rf "$tree" "$apt"
}

# pvmedia as `make install` leaves it, and what tests need beside it.
image_pvmedia() {
	local root=$lab/pvmedia
	make_xen -s xenlab-programs > build/xen.log 2>&1 || die "the build failed, see build/xen.log"
	rm -rf "$root"
	mkdir -p "$root/lab"
	make -C build/xen -s install-xenlab DESTDIR="$root" XENLAB="$root/lab" > "$lab/install.log" 2>&1 ||
		die "make install failed, see $lab/install.log"
	cp -r tests/xen/. scripts/xenlab.d/{dom0,guest,init,renew} "$root/lab"
	chmod 755 "$root"/lab/{dom0,guest,init,renew}
	install -D -m 644 scripts/xenlab.d/lab.service -t "$root/etc/systemd/system"
	mkdir "$root/etc/systemd/system/multi-user.target.wants"
	ln -s ../lab.service "$root/etc/systemd/system/multi-user.target.wants"
	echo 0123456789abcdef0123456789abcdef > "$root/etc/machine-id"
	install -d "$root/etc/default"
	echo 'XENCONSOLED_ARGS=--log=guest' > "$root/etc/default/xen"
	image_squash "$root" "$lab/pvmedia.img" > /dev/null
}

# The newest kernel is for those who ask for it, and for the long tests.
wants_newer() {
	local name
	[ "$command" = run ] && [ -z "$long" ] || return 0
	for name in $tests; do
		case " $(test_words "$name") " in *" newer "*) return 0 ;; esac
	done
	return 1
}

image_all() {
	local modules also='' build
	modules=$(image_words modules)
	image_pvmedia 9>&- &
	build=$!
	say "images, pvmedia"
	# shellcheck disable=SC2046,SC2086 # words
	{
		step kernel image_kernel
		step debian image_debian $(image_words packages)
		also=$(declare -f modules_copy image_cpio kernel_unpacked image_modules; cat scripts/xenlab.d/ramdisk)
		(also=$also$(cat "$lab/kernel.stamp") && step modules image_modules "$lab/tree" "$lab/stock" $modules v4l2loopback)
		(also=$also$(cat scripts/xenlab.d/memory "$lab/modules.stamp") && step memory image_memory)
		! wants_newer || (step new image_new $modules) || { rm -rf "$lab/new"; say "  no newer kernel to be had"; }
	}
	wait $build || exit 1
}

# For a shell that runs.
image_push() {
	ls "$lab"/share/orders-* > /dev/null 2>&1 || die "no shell runs in this tree"
	image_pvmedia
	cp "$lab/pvmedia.img" "$lab/share/pvmedia.img"
}
