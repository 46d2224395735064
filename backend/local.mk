# SPDX-License-Identifier: MIT
include backend/camera/camera.mk
include backend/camera/source.mk
include backend/ctl/ctl.mk
include backend/sound/engine.mk
include backend/sound/sound.mk
