# SPDX-License-Identifier: MIT
include backend/ctl/ctl.mk
