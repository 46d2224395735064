# SPDX-License-Identifier: MIT
# What scripts/demo and scripts/check share. Source it from the top of the tree.

say() {
	printf '%s\n' "$*" >&2
}

die() {
	say "$0: $*"
	exit 1
}

# need_packages KIND…: installs what scripts/packages lists for these kinds and is not there yet; who
# is not root is told the one line to run.
need_packages() {
	missing=
	for kind; do
		for package in $(sed -n "s/^$kind //p" scripts/packages); do
			dpkg-query -W -f '${Status}' "$package" 2>/dev/null |
				grep -q 'install ok installed' || missing="$missing $package"
		done
	done
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" != 0 ]; then
		say "Packages are missing. Run this line, then this script again:"
		say "  sudo apt-get update && sudo apt-get install --no-install-recommends$missing"
		exit 1
	fi
	say "installing:$missing"
	apt-get update -q > /dev/null || die "apt-get update failed: is there a network?"
	# shellcheck disable=SC2086
	DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing \
		> build/apt.log 2>&1 || die "apt-get install failed, see build/apt.log"
}

bootstrapped() {
	(
		flock 8
		if [ ! -x configure ] || [ configure.ac -nt configure ]; then
			./bootstrap > build/bootstrap.log 2>&1 || die "./bootstrap failed, see build/bootstrap.log"
		fi
	) 8> build/bootstrap.lock || exit 1
}

# configured DIR OPTION…: a build tree, configured if it is new or configure changed.
configured() {
	tree=$1
	shift
	bootstrapped
	if [ ! -e "$tree/config.status" ] || [ configure -nt "$tree/config.status" ]; then
		mkdir -p "$tree"
		(cd "$tree" && ../../configure "$@" > configure.log 2>&1) ||
			die "configure failed, see $tree/configure.log"
	fi
}

# make_xen TARGET…: makes them in build/xen, configured as for a machine with Xen. The lab installs from there and memcheck
# runs its tests, so one at a time.
make_xen() {
	(
		flock 7
		configured build/xen --prefix=/usr --sysconfdir=/etc --localstatedir=/var
		make -C build/xen -j"$(nproc)" "$@" 7>&-
	) 7> build/xen.lock
}
