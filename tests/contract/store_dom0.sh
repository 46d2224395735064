#!/bin/sh
# SPDX-License-Identifier: MIT
# The store as domain 0 sees it.
set -eu
for name in nodes watches txns dom0; do
	"$top_srcdir/tests/contract/run" --as dom0 "$top_builddir/tests/contract/store_$name"
done
