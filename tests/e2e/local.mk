# SPDX-License-Identifier: MIT
include tests/e2e/pvctl.mk
include tests/e2e/camera.mk
include tests/e2e/grab.mk
include tests/e2e/hostile.mk
include tests/e2e/sound.mk
TESTS += tests/e2e/xenlab.sh
EXTRA_DIST += tests/e2e/xenlab.sh
