# SPDX-License-Identifier: MIT
include frontend/camera/camera.mk
