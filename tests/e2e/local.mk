# SPDX-License-Identifier: MIT
include tests/e2e/pvctl.mk
