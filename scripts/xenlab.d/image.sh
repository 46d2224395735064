# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # lab: scripts/xenlab
# What scripts/xenlab boots, in $lab: xen, vmlinuz, base.cpio (Debian and kernel modules: dom0 and guests
# alike), overlay.cpio (pvmedia as installed, the tests, the machines' init). Source it after lib.sh.

image_words() { # FILE: its words without comments
	sed 's/#.*//' "scripts/xenlab.d/$1"
}

# Ends with 77 where there is no way to a real Xen.
can_be_had() {
	[ "$(uname -m)" = x86_64 ] || { say "scripts/xenlab: needs an x86-64 machine, skipped"; exit 77; }
	(need_packages build xen) || { say "scripts/xenlab: no real Xen without these packages, skipped"; exit 77; }
}

# step NAME STAMP COMMAND…: runs it unless it was done with the same stamp.
step() {
	local name=$1 stamp=$2 begin=$SECONDS
	shift 2
	[ "$(cat "$lab/$name.stamp" 2>/dev/null)" != "$stamp" ] || return 0
	say "  $name …"
	rm -f "$lab/$name.stamp"
	"$@" > "$lab/$name.log" 2>&1 || die "$name failed, see $lab/$name.log"
	echo "$stamp" > "$lab/$name.stamp"
	say "  $name: $((SECONDS - begin)) s"
}

# The sources of apt on this machine, as far as they are Debian's.
image_sources() {
	# shellcheck disable=SC2016 # apt's own
	apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' 'Origin: Debian' | sort -u
}

image_download() {
	local kernel
	kernel=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-.*\)/\1/p' | head -n 1)
	(cd "$lab/kernel/debs" && apt-get download "${kernel:-linux-image-amd64}" xen-hypervisor-4.17-amd64)
}

# Xen and the kernel, unpacked, not installed.
image_kernel() {
	local deb
	rm -rf "$lab/kernel"
	mkdir -p "$lab/kernel/debs"
	image_download || { apt-get update && image_download; } || return 1
	for deb in "$lab"/kernel/debs/*.deb; do
		dpkg -x "$deb" "$lab/kernel" || return 1
	done
	rm -r "$lab/kernel/debs"
	zcat "$lab"/kernel/boot/xen-4.17-amd64.gz > "$lab/xen" &&
		cp "$lab"/kernel/boot/vmlinuz-* "$lab/vmlinuz"
}

image_debian() {
	image_sources > "$lab/sources"
	rm -rf "$lab/root"
	mkdir "$lab/root"
	mmdebstrap --variant=essential --format=tar --include="$(image_words packages | xargs | tr ' ' ,)" \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
		--aptopt='Acquire::Check-Valid-Until "false"' bookworm - "$lab/sources" |
		tar -x -C "$lab/root" --no-same-owner --exclude='./dev/*'
	[ "${PIPESTATUS[*]}" = "0 0" ]
}

# The modules named, with all that they need.
image_modules() {
	local release module line
	release=$(basename "$(echo "$lab"/kernel/lib/modules/*)")
	depmod -b "$lab/kernel" "$release" || return 1
	rm -rf "$lab/root/usr/lib/modules"
	for module in $(image_words modules); do
		modprobe -d "$lab/kernel" -S "$release" --show-depends "$module" || return 1
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | sort -u | while read -r line; do
		install -D -m 644 "$line" "$lab/root/usr${line#"$lab/kernel"}" || return 1
	done || return 1
	cp "$lab/kernel/lib/modules/$release"/modules.{order,builtin,builtin.modinfo} \
		"$lab/root/usr/lib/modules/$release" && depmod -b "$lab/root" "$release"
}

image_cpio() { # FOLDER FILE
	(cd "$1" && find . -print0 | sort -z | cpio -0 -o -H newc -R 0:0 --quiet) > "$2.new" && mv "$2.new" "$2"
}

image_base() {
	image_modules && image_cpio "$lab/root" "$lab/base.cpio"
}

# pvmedia as `make install` leaves it, and what tests need beside it.
image_overlay() {
	rm -rf "$lab/overlay"
	mkdir -p "$lab/overlay/lab"
	make -C build/xen -s install-xenlab DESTDIR="$lab/overlay" XENLAB="$lab/overlay/lab" \
		> "$lab/install.log" 2>&1 || die "make install failed, see $lab/install.log"
	cp -r tests/xen/. scripts/xenlab.d/dom0 scripts/xenlab.d/guest "$lab/overlay/lab"
	install -m 755 scripts/xenlab.d/init "$lab/overlay/init"
	image_cpio "$lab/overlay" "$lab/overlay.cpio"
}

image_all() {
	local packages kernel
	packages=$( (image_words packages; cat scripts/xenlab.d/image.sh) | sha256sum)
	kernel=$( (echo "$packages"; image_words modules) | sha256sum)
	say "images"
	step kernel "$packages" image_kernel
	step debian "$packages" image_debian
	step base "$kernel" image_base
	say "pvmedia"
	configured build/xen --prefix=/usr --sysconfdir=/etc --localstatedir=/var
	make -C build/xen -s -j"$(nproc)" xenlab-programs > build/xen/make.log 2>&1 ||
		die "the build failed, see build/xen/make.log"
	image_overlay
}
