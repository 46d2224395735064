# SPDX-License-Identifier: MIT
include tests/unit/local.mk
include tests/contract/local.mk
include tests/hostile/local.mk
include tests/e2e/local.mk
include tests/fuzz/local.mk
include tests/bench/local.mk
include tests/xen/local.mk
