#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the contract tests of grants and event channels on xenloop, as dom0 and as a guest. Names as arguments
# choose some of them.
set -u

tests=${*:-gntshr gnttab gntcopy evtchn event notify vchan death}
status=0
for as in dom0 guest; do
	for name in $tests; do
		if out=$("$top_srcdir/tests/contract/run" --as $as \
			"$top_builddir/tests/contract/${name}_test" 2>&1); then
			echo "ok $as $name"
		else
			echo "$out"
			echo "FAILED $as $name"
			status=1
		fi
	done
done
exit $status
