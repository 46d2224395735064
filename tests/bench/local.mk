# SPDX-License-Identifier: MIT
include tests/bench/bench.mk
