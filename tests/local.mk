# SPDX-License-Identifier: MIT
# What waits longest comes first, so that the rest can run beside it.
include tests/bench/local.mk
include tests/fuzz/local.mk
include tests/e2e/local.mk
include tests/hostile/local.mk
include tests/contract/local.mk
include tests/unit/local.mk
include tests/xen/local.mk
