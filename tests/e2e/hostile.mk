# SPDX-License-Identifier: MIT
hostile_e2e_tests = tests/e2e/kill.sh tests/e2e/leak.sh tests/e2e/wrong_input.sh
TESTS += $(hostile_e2e_tests)
EXTRA_DIST += tests/e2e/footprint.sh $(hostile_e2e_tests)
