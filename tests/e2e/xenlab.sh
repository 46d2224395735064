#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2015,SC2016 # words for the stand-ins
# scripts/xenlab where it cannot boot: why, in one line, and how it counts and limits what it would run. With stand-ins
# for Debian's programs.
set -eu
top_srcdir=${top_srcdir:-$PWD}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
	echo "FAIL: $*" >&2
	exit 1
}

mkdir -p "$work/bin" "$work/tests/xen"
cp -r "$top_srcdir/scripts" "$work"
chmod -R u+w "$work/scripts"
fake() { # NAME LINE…
	printf '%s\n' '#!/bin/sh' "${@:2}" > "$work/bin/$1"
	chmod 755 "$work/bin/$1"
}
fake dpkg-query 'exit 1'
fake apt-get 'echo "no network" >&2' 'exit 100'
fake uname 'echo "${FAKE_MACHINE:-x86_64}"'
fake id 'echo "${FAKE_ID:-0}"'

# says_one_line WORDS: xenlab ends with 77, and in one line that has them.
says_one_line() {
	local status=0
	PATH=$work/bin:$PATH "$work/scripts/xenlab" run > "$work/said" 2>&1 || status=$?
	[ $status = 77 ] && [ "$(wc -l < "$work/said")" = 1 ] && grep -q "$1" "$work/said" ||
		fail "not '$1' and 77, but $status: $(cat "$work/said")"
}
says_one_line 'skipped: apt-get update failed'
FAKE_ID=1000 says_one_line 'skipped: sudo apt-get update && sudo apt-get install .*qemu-system-x86'
FAKE_MACHINE=aarch64 says_one_line 'x86-64 machine'

# ends_with STATUS TEXT RESULT…: what dom0 left of tests a and b.
ends_with() {
	local status=0 said want=$1 text=$2
	shift 2
	mkdir -p "$work/lab/out/boot-plain"
	printf '%s\n' "$@" > "$work/lab/out/boot-plain/result"
	said=$(boot_count 2> /dev/null) || status=$?
	[ "$status $said" = "$want $text" ] || fail "of $*: $status $said"
}
cd "$work"
# shellcheck source=scripts/lib.sh
. scripts/lib.sh
# shellcheck source=scripts/xenlab.d/boot.sh
. scripts/xenlab.d/boot.sh
# shellcheck disable=SC2034 # boot_count's
lab=$work/lab
# shellcheck disable=SC2034
declare -A boot_tests=([plain]="a b")
ends_with 0 '2 passed, 0 failed' 'a passed 0' 'b passed 0'
ends_with 0 '1 passed, 0 failed, 1 skipped' 'a passed 0' 'b skipped 1'
ends_with 77 '0 passed, 0 failed, 2 skipped' 'a skipped 1' 'b skipped 1'
ends_with 1 '0 passed, 1 failed, 1 skipped' 'a skipped 1' 'b failed 0'
ends_with 1 '1 passed, 1 failed' 'a passed 0'

echo '# xenlab: icount long seconds=1800' > tests/xen/a
echo '# xenlab: icount' > tests/xen/b
[ "$(test_seconds a b)" = 9900 ] || fail "a and b may take $(test_seconds a b) s"
