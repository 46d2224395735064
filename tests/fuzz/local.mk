# SPDX-License-Identifier: MIT
# One target for each parser of what the other side says. With --enable-fuzz (clang) libFuzzer drives
# them: tests/fuzz/ops_fuzz CORPUS…; otherwise the driver does, for seconds, in make check.
fuzz_targets = \
	tests/fuzz/chain_fuzz \
	tests/fuzz/feed_fuzz \
	tests/fuzz/grant_fuzz \
	tests/fuzz/offer_fuzz \
	tests/fuzz/ops_fuzz \
	tests/fuzz/pvcam_fuzz \
	tests/fuzz/ring_fuzz \
	tests/fuzz/snd_ops_fuzz \
	tests/fuzz/y4m_fuzz
check_PROGRAMS += $(fuzz_targets)
EXTRA_DIST += tests/fuzz/run.sh $(fuzz_samples)
fuzz_samples = \
	tests/fuzz/samples/offer_fuzz.rates \
	tests/fuzz/samples/offer_fuzz.wishes \
	tests/fuzz/samples/ops_fuzz.stream \
	tests/fuzz/samples/pvcam_fuzz.stream \
	tests/fuzz/samples/y4m_fuzz.grey \
	tests/fuzz/samples/y4m_fuzz.yu12

if FUZZ
FUZZ_DRIVER = tests/fuzz/fuzz.h
FUZZ_LINK = $(AM_LDFLAGS) -fsanitize=fuzzer
else
FUZZ_DRIVER = tests/fuzz/driver.c tests/fuzz/fuzz.h
FUZZ_LINK = $(AM_LDFLAGS)
TESTS += tests/fuzz/run.sh
endif
FUZZ_CPPFLAGS = $(AM_CPPFLAGS) $(XENSTORE_CFLAGS) $(XENGNTTAB_CFLAGS) $(XENEVTCHN_CFLAGS)

tests_fuzz_chain_fuzz_SOURCES = tests/fuzz/chain_fuzz.c $(FUZZ_DRIVER)
tests_fuzz_chain_fuzz_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_chain_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_chain_fuzz_LDADD = backend/sound/libvsndengine.la -lm

tests_fuzz_feed_fuzz_SOURCES = tests/fuzz/feed_fuzz.c $(FUZZ_DRIVER)
tests_fuzz_feed_fuzz_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_feed_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_feed_fuzz_LDADD = backend/sound/libvsndengine.la common/libcommon.la -lm

tests_fuzz_grant_fuzz_SOURCES = tests/fuzz/grant_fuzz.c xenbus/grant.c common/parse.c $(FUZZ_DRIVER)
tests_fuzz_grant_fuzz_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_grant_fuzz_LDFLAGS = $(FUZZ_LINK)

tests_fuzz_offer_fuzz_SOURCES = tests/fuzz/offer_fuzz.c \
	tests/fuzz/source_double.c tests/fuzz/source_double.h \
	tests/fuzz/store_double.c tests/fuzz/store_double.h \
	backend/camera/offer.c backend/camera/source_colours.c common/parse.c common/pixfmt.c \
	xenbus/back_wishes.c $(FUZZ_DRIVER)
tests_fuzz_offer_fuzz_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_offer_fuzz_LDFLAGS = $(FUZZ_LINK)

tests_fuzz_ops_fuzz_SOURCES = tests/fuzz/ops_fuzz.c \
	tests/fuzz/source_double.c tests/fuzz/source_double.h \
	tests/fuzz/store_double.c tests/fuzz/store_double.h \
	backend/camera/buffers.c backend/camera/offer.c backend/camera/ops.c \
	backend/camera/source_colours.c backend/camera/stream.c common/copy.c common/parse.c \
	common/pixfmt.c \
	backend/wire_status.c xenbus/back_wishes.c $(FUZZ_DRIVER)
tests_fuzz_ops_fuzz_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_ops_fuzz_LDFLAGS = $(FUZZ_LINK)

tests_fuzz_pvcam_fuzz_SOURCES = tests/fuzz/pvcam_fuzz.c \
	tests/unit/camera_fake.c tests/unit/camera_fake.h \
	tests/unit/front_fake.c tests/unit/front_fake.h \
	frontend/camera/camera.c frontend/camera/control.c frontend/camera/list.c \
	frontend/camera/offer.c frontend/camera/settings.c frontend/camera/start.c \
	frontend/camera/stream.c frontend/camera/wire.c common/parse.c common/pixfmt.c $(FUZZ_DRIVER)
tests_fuzz_pvcam_fuzz_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_pvcam_fuzz_LDFLAGS = $(FUZZ_LINK)

tests_fuzz_ring_fuzz_SOURCES = tests/fuzz/ring_fuzz.c \
	xenbus/evtpage.c xenbus/reqring.c common/parse.c $(FUZZ_DRIVER)
tests_fuzz_ring_fuzz_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_ring_fuzz_LDFLAGS = $(FUZZ_LINK)

tests_fuzz_y4m_fuzz_SOURCES = tests/fuzz/y4m_fuzz.c \
	common/y4m_read.c common/parse.c common/pixfmt.c $(FUZZ_DRIVER)
tests_fuzz_y4m_fuzz_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_y4m_fuzz_LDFLAGS = $(FUZZ_LINK)

tests_fuzz_snd_ops_fuzz_SOURCES = tests/fuzz/snd_ops_fuzz.c \
	backend/sound/engine/format.c backend/sound/levels.c backend/sound/offer.c backend/sound/ops.c \
	backend/sound/pcm.c backend/sound/pcm_events.c backend/sound/engine/stream.c \
	backend/sound/engine/delays.c backend/sound/engine/gap.c backend/sound/engine/mix.c \
	backend/sound/engine/stream_counts.c backend/sound/engine/stream_fade.c backend/wire_status.c common/parse.c \
	tests/fuzz/store_double.c tests/fuzz/store_double.h xenbus/back_wishes.c $(FUZZ_DRIVER)
tests_fuzz_snd_ops_fuzz_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_snd_ops_fuzz_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_snd_ops_fuzz_LDADD = -lm
