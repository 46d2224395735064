# SPDX-License-Identifier: MIT
include frontend/camera/camera.mk
include frontend/sound/sound.mk
