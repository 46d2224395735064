# SPDX-License-Identifier: MIT
# What scripts/xenlab takes into its machines: everything installed, and the contract tests.
xenlab_programs = $(filter tests/contract/% tests/e2e/%,$(check_PROGRAMS))
# One after the other: `all` is a make of its own, and both would build the same.
xenlab-programs: all
	$(MAKE) $(AM_MAKEFLAGS) $(xenlab_programs)
install-xenlab: xenlab-programs
	$(MAKE) $(AM_MAKEFLAGS) install
	$(MKDIR_P) $(XENLAB)/bin
	for program in $(xenlab_programs); do \
		$(LIBTOOL) --mode=install $(INSTALL_PROGRAM) $$program $(XENLAB)/bin || exit 1; \
	done
.PHONY: xenlab-programs install-xenlab
EXTRA_DIST += tests/xen/lib.sh tests/xen/wav.pl tests/xen/contract tests/xen/camera tests/xen/sound \
	tests/xen/guests tests/xen/systemd
EXTRA_DIST += tests/xen/xlcfg
EXTRA_DIST += tests/xen/camera_speed tests/xen/camera_v4l2 tests/xen/camera_sources
EXTRA_DIST += tests/xen/service tests/xen/service.boot
EXTRA_DIST += tests/xen/sound_lib.sh tests/xen/sound_cards tests/xen/sound_depth tests/xen/sound_exact tests/xen/sound_exact_user \
	tests/xen/sound_hda tests/xen/sound_latency tests/xen/sound_latency_user tests/xen/sound_life tests/xen/sound_life_user \
	tests/xen/sound_loop tests/xen/sound_new tests/xen/sound_save tests/xen/sound_two
EXTRA_DIST += tests/xen/bridge tests/xen/bridge_speed
