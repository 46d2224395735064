# SPDX-License-Identifier: MIT
include xenbus/loop/hyper.mk
