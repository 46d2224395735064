# SPDX-License-Identifier: MIT
EXTRA_DIST += scripts/demo scripts/demo_sound.sh scripts/check scripts/xenlab scripts/lib.sh scripts/packages \
	scripts/xenlab.d
udevrulesdir = $(prefix)/lib/udev/rules.d
dist_udevrules_DATA = scripts/70-pvmedia.rules

# The unit tests again, each under memcheck.
check-valgrind:
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(filter tests/unit/%,$(TESTS))' \
		LOG_COMPILER='$(LIBTOOL) --mode=execute valgrind -q --error-exitcode=99 --leak-check=full'
.PHONY: check-valgrind
