# SPDX-License-Identifier: MIT
EXTRA_DIST += tests/contract/run
include tests/contract/hyper.mk
