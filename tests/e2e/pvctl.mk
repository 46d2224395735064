# SPDX-License-Identifier: MIT
pvctl_tests = tests/e2e/pvctl.sh tests/e2e/pvctl_examples.sh tests/e2e/pvctl_pvcamd.sh tests/e2e/pvctl_watch.sh
EXTRA_DIST += tests/e2e/lib.sh $(pvctl_tests)
TESTS += $(pvctl_tests)
