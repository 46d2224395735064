# SPDX-License-Identifier: MIT
include tests/contract/hyper.mk
