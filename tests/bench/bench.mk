# SPDX-License-Identifier: MIT
bin_PROGRAMS += tests/bench/pvbench
dist_man1_MANS += tests/bench/pvbench.1
tests_bench_pvbench_SOURCES = \
	tests/bench/awake.c tests/bench/awake.h \
	tests/bench/burst.c tests/bench/burst.h \
	tests/bench/camera.c tests/bench/camera.h \
	tests/bench/child.c tests/bench/child.h \
	tests/bench/cold.c tests/bench/cold.h \
	tests/bench/engine.c tests/bench/engine.h \
	tests/bench/engine_show.c \
	tests/bench/flags.c tests/bench/flags.h \
	tests/bench/guest.c \
	tests/bench/json.c tests/bench/json.h \
	tests/bench/lane.c tests/bench/lane.h \
	tests/bench/loop.c tests/bench/loop.h tests/bench/loop_internal.h \
	tests/bench/loop_guest.c \
	tests/bench/loop_pcm.c \
	tests/bench/main.c \
	tests/bench/memcpy.c \
	tests/bench/model.c tests/bench/model.h \
	tests/bench/model_judge.c \
	tests/bench/model_options.c \
	tests/bench/model_plot.c \
	tests/bench/model_rig.c \
	tests/bench/model_show.c \
	tests/bench/options.c tests/bench/options.h \
	tests/bench/pages.c \
	tests/bench/plot.c \
	tests/bench/sound.c tests/bench/sound.h \
	tests/bench/sound_guest.c \
	tests/bench/sound_options.c \
	tests/bench/sound_show.c \
	tests/bench/stats.c tests/bench/stats.h \
	tests/bench/sustain.c \
	tests/bench/table.c \
	tests/bench/trip.c \
	tests/bench/vchan.c \
	tests/bench/witness.c tests/bench/witness.h \
	tests/bench/worker.c tests/bench/worker.h \
	tests/bench/world.c tests/bench/world.h
tests_bench_pvbench_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(XENVCHAN_CFLAGS) \
	$(XENGNTTAB_CFLAGS) $(XENEVTCHN_CFLAGS) $(XENSTORE_CFLAGS) $(ALSA_CFLAGS)
tests_bench_pvbench_LDADD = backend/sound/libvsndengine.la frontend/camera/libpvcam.la xenbus/libxenbus.la common/libcommon.la $(JANSSON_LIBS) $(EV_LIBS) \
	$(XENVCHAN_LIBS) $(XENGNTTAB_LIBS) $(XENEVTCHN_LIBS) $(XENSTORE_LIBS) $(ALSA_LIBS) -lm

check_PROGRAMS += tests/bench/stats_test tests/bench/burst_test tests/bench/model_test
tests_bench_stats_test_SOURCES = tests/bench/stats_test.c tests/bench/stats.c tests/bench/stats.h
tests_bench_stats_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_bench_stats_test_LDADD = $(CMOCKA_LIBS)
tests_bench_burst_test_SOURCES = tests/bench/burst_test.c tests/bench/burst.c tests/bench/burst.h
tests_bench_burst_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_bench_burst_test_LDADD = $(CMOCKA_LIBS) -lm
tests_bench_model_test_SOURCES = tests/bench/model_test.c tests/bench/model_judge.c tests/bench/model.h
tests_bench_model_test_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_bench_model_test_LDADD = backend/sound/libvsndengine.la $(CMOCKA_LIBS) -lm

TESTS += tests/bench/stats_test tests/bench/burst_test tests/bench/model_test tests/bench/quick.sh
EXTRA_DIST += tests/bench/quick.sh

# By hand, where Debian's libsamplerate0-dev and libsoxr-dev are: what stands in HACKING.md.
EXTRA_PROGRAMS += tests/bench/resamplers
tests_bench_resamplers_SOURCES = tests/bench/resamplers.c
tests_bench_resamplers_LDADD = -lsamplerate -lsoxr $(SPEEXDSP_LIBS) -lm
