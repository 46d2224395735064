# SPDX-License-Identifier: MIT
include tests/unit/common.mk
