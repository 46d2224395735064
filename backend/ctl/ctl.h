/* SPDX-License-Identifier: MIT */
/* What pvctl's commands share. Each prints its own errors and answers the program's exit status. */
#ifndef PVCTL_CTL_H
#define PVCTL_CTL_H

#include <jansson.h>
#include <stdbool.h>

#include "backend/ctl/words.h"
#include "common/program.h"
#include "xenbus/store.h"

#define PVCTL_CONFIG_DIRS 16

struct pvctl_options {
	bool no_wait;
	bool force;
	bool json;
	const char *direction; /* of mute: "playback" or "capture"; NULL: both */
	const char *socket;    /* of one daemon; NULL: the usual ones of all */
	unsigned interval_s;   /* 0: one sample, of all so far */
	unsigned count;        /* how many samples; 0: one, 1 .. : an interval apart */
	const char *config_dirs[PVCTL_CONFIG_DIRS]; /* of watch; none: the usual one */
	unsigned num_config_dirs;
};

/* One line "pvctl: …" on stderr. PV_EXIT_FAILED. */
enum pv_exit pvctl_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same for a negative answer of the store's. */
enum pv_exit pvctl_fail_store(const char *doing, int error);
/* GUEST is no domain. */
enum pv_exit pvctl_fail_guest(const char *guest, int error);

/* Prints with newline. PV_EXIT_DONE, or failed with a reason. Takes the reference. */
enum pv_exit pvctl_print_json(json_t *value);

/* The keys of an xl config, and what attach calls what it makes. */
#define PVCTL_KEY_CAMERA "pvcam"
#define PVCTL_KEY_SOUND "pvsnd"

/* A camera's or a sound card's words by the key they stand under: pvctl_words_parse or
 * pvctl_words_parse_sound. Errors as theirs; caller frees *ret, which holds *ret_count. */
int pvctl_attach_parse(const char *key, const char *const *words, unsigned count,
	struct pvctl_config **ret, unsigned *ret_count, char *error, size_t error_bytes);
/* One camera or sound card, of count devices. */
enum pv_exit pvctl_attach_one(struct xb_store *store, const struct pvctl_options *options,
	uint32_t domid, const struct pvctl_config *configs, unsigned count);
/* words: count strings. */
enum pv_exit pvctl_attach(struct xb_store *store, const struct pvctl_options *options,
	const char *guest, const char *key, const char *const *words, unsigned count);
/* The cameras and sound cards of an xl config, for the running domain that its name= says. */
enum pv_exit pvctl_attach_file(
	struct xb_store *store, const struct pvctl_options *options, const char *path);
enum pv_exit pvctl_detach(struct xb_store *store, const struct pvctl_options *options,
	const char *guest, const char *device_class, const char *which);
/* guest NULL: all. */
enum pv_exit pvctl_list(
	struct xb_store *store, const struct pvctl_options *options, const char *guest);
/* guest NULL: all. Needs no store. */
enum pv_exit pvctl_stat(const struct pvctl_options *options, const char *guest);

/* Attaches as domains start, until SIGTERM. */
enum pv_exit pvctl_watch(struct xb_store *store, const struct pvctl_options *options);

/* Of a guest's sound streams: all, those of one device, or those with one unique-id (device NULL:
 * all). level: "-20dB" or "0", or a step in dB: "+3", "-3". mute: those of options->direction. Need
 * no store. */
enum pv_exit pvctl_volume(const struct pvctl_options *options, const char *guest,
	const char *device, const char *level);
enum pv_exit pvctl_mute(
	const struct pvctl_options *options, const char *guest, const char *device, bool on);

/* ---- between the files of stat ---- */

#define PVCTL_CAMERA_SOCKET RUNSTATEDIR "/pvmedia/pvcamd.sock"
#define PVCTL_SOUND_SOCKET RUNSTATEDIR "/pvmedia/pvsndd.sock"

/* The daemons' answers in one object, and when they came. */
struct pvctl_sample {
	json_t *answer; /* NULL: there is none */
	uint64_t at_ns;
};

/* Growth of a count of an entry of now's array list ("sessions") in a second. One that is new, or
 * started over, counts from 0. */
double pvctl_stat_rate(const struct pvctl_sample *before, const struct pvctl_sample *now,
	const char *list, const json_t *entry, const char *key);

/* Tables of what pvsndd answered; before: with what is counted by the second. */
void pvctl_print_sound(const struct pvctl_sample *before, const struct pvctl_sample *now);
/* One of them: where devices are. */
void pvctl_print_places(const json_t *devices);
/* One of them: what devices run in, and how deep their buffers are kept. */
void pvctl_print_depths(const json_t *devices);

#endif
