# SPDX-License-Identifier: MIT
EXTRA_DIST += scripts/demo scripts/demo_sound.sh scripts/check scripts/xenlab scripts/lib.sh scripts/packages \
	scripts/xenlab.d
dist_man7_MANS += scripts/pvmedia.7
udevrulesdir = $(prefix)/lib/udev/rules.d
dist_udevrules_DATA = scripts/70-pvmedia.rules

# Services: --with-systemdsystemunitdir=no leaves them out.
units = scripts/systemd/pvcamd.service scripts/systemd/pvsndd.service scripts/systemd/pvctl-watch.service
EXTRA_DIST += $(units:=.in) scripts/systemd/pvmedia.conf
if SYSTEMD_UNITS
systemdsystemunitdir = $(SYSTEMD_UNITDIR)
nodist_systemdsystemunit_DATA = $(units)
sysusersdir = $(prefix)/lib/sysusers.d
dist_sysusers_DATA = scripts/systemd/pvmedia.conf
endif
CLEANFILES += $(units)
scripts/systemd/%.service: scripts/systemd/%.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && sed -e 's|@sbindir[@]|$(sbindir)|' -e 's|@bindir[@]|$(bindir)|' $< > $@

# Examples beside the documentation; two of them become the configuration where there is none yet.
configs = scripts/examples/pvcamd.conf scripts/examples/pvsndd.conf
examplesdir = $(docdir)/examples
dist_examples_DATA = $(configs) scripts/examples/guest.cfg
pvmedia_confdir = $(DESTDIR)$(sysconfdir)/pvmedia
install-data-local:
	$(MKDIR_P) "$(pvmedia_confdir)"
	for file in $(configs); do \
		test -e "$(pvmedia_confdir)/$$(basename $$file)" || \
			$(INSTALL_DATA) "$(srcdir)/$$file" "$(pvmedia_confdir)" || exit 1; \
	done
uninstall-local:
	for file in $(configs); do \
		! cmp -s "$(srcdir)/$$file" "$(pvmedia_confdir)/$$(basename $$file)" || \
			rm "$(pvmedia_confdir)/$$(basename $$file)" || exit 1; \
	done

# The unit tests again, each under memcheck, but for those that compute or wait for minutes there, which AddressSanitizer has,
# and the one that has an allocator of its own.
not_for_memcheck = \
	tests/unit/vsnd_cost_test.sh \
	tests/unit/vsnd_depth_test \
	tests/unit/vsnd_feed_test \
	tests/unit/vsnd_quiet_test \
	tests/unit/vsnd_rate_test \
	tests/unit/vsnd_return_test \
	tests/unit/vsnd_unit_depth_test
check-valgrind:
	$(MAKE) $(AM_MAKEFLAGS) check \
		TESTS='$(filter-out $(not_for_memcheck),$(filter tests/unit/%,$(TESTS)))' \
		LOG_COMPILER='$(LIBTOOL) --mode=execute valgrind -q --error-exitcode=99 --leak-check=full'
.PHONY: check-valgrind
