#!/bin/sh
# SPDX-License-Identifier: MIT
# The store's protocol on bare sockets.
set -eu
for who in guest dom0; do
	"$top_srcdir/tests/contract/run" --as $who "$top_builddir/tests/contract/store_wire"
done
