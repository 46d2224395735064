#!/bin/sh
# SPDX-License-Identifier: MIT
# The store as a guest sees it.
set -eu
for name in nodes watches txns guest; do
	"$top_srcdir/tests/contract/run" --as guest "$top_builddir/tests/contract/store_$name"
done
