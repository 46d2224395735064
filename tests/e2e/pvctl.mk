# SPDX-License-Identifier: MIT
EXTRA_DIST += tests/e2e/lib.sh tests/e2e/pvctl.sh
TESTS += tests/e2e/pvctl.sh
