# SPDX-License-Identifier: MIT
TESTS += tests/e2e/grab.sh
EXTRA_DIST += tests/e2e/grab.sh
