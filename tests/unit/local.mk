# SPDX-License-Identifier: MIT
include tests/unit/xenbus.mk
include tests/unit/common.mk
include tests/unit/pvctl.mk
include tests/unit/source.mk
include tests/unit/front.mk
include tests/unit/bridge.mk
include tests/unit/hyper.mk
include tests/unit/engine.mk
include tests/unit/alsa.mk
include tests/unit/guest.mk
