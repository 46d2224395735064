# SPDX-License-Identifier: MIT
include tests/unit/common.mk
include tests/unit/pvctl.mk
