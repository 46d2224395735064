#!/bin/sh
# SPDX-License-Identifier: MIT
# Each fuzz target over its samples and what is made from them, some seconds each.
set -eu
top_srcdir=${top_srcdir:-$PWD}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
status=0
for target in "${top_builddir:-$PWD}"/tests/fuzz/*_fuzz; do
	name=${target##*/}
	samples=$(find "$top_srcdir/tests/fuzz/samples" -name "$name.*" | sort)
	printf '%s: ' "$name"
	# shellcheck disable=SC2086 # names of samples have no blanks
	(cd "$work" && timeout 60 "$target" $samples) || {
		status=1
		[ ! -e "$work/fuzz-failed" ] || od -An -t x1 "$work/fuzz-failed" | head -n 64
	}
done
exit $status
