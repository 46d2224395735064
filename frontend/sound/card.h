/* SPDX-License-Identifier: MIT */
/*
 * Which sound cards this guest has, from its own xenstore directory. Every device of class pvsnd
 * is one stream; devices with the same node `card`, or else the same `short-name`, are one card
 * (a device with neither is one of its own). Connects to nothing.
 */
#ifndef PVSND_CARD_H
#define PVSND_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xenbus/store.h"

#define PVSND_NAME_BYTES 80
#define PVSND_RATES_MAX 32
#define PVSND_CHANNELS_MAX 8u

/* One device: what its configuration offers. */
struct pvsnd_stream {
	uint32_t device; /* device/pvsnd/<device> */
	unsigned card;   /* cards are numbered as their first devices come */
	bool capture;
	char card_key[PVSND_NAME_BYTES];   /* what makes a card of several devices */
	char short_name[PVSND_NAME_BYTES]; /* never empty; printable */
	char long_name[PVSND_NAME_BYTES];  /* the short one where there is none */
	uint64_t formats;   /* bit n: XENSND_PCM_FORMAT n, of the linear and float ones */
	unsigned num_rates; /* 0: any rate */
	unsigned rates[PVSND_RATES_MAX]; /* Hz */
	unsigned channels_min, channels_max;
	uint32_t buffer_bytes; /* the most; 0: the backend knows */
};

/* All streams of this guest, ascending by device. Caller frees *ret with free(); values that make
 * no sense count as missing, a device without a type is left out. */
int pvsnd_card_list(struct xb_store *store, struct pvsnd_stream **ret, size_t *ret_count);

/* Whether this is a stream of the card of that name (a card_key, or a short_name) or number. A name
 * that looks like a number is a name first, where a card has it. */
bool pvsnd_card_match(const struct pvsnd_stream *streams, size_t count, const char *card,
	const struct pvsnd_stream *stream);

/* The card's index-th stream of a direction, counted from 0. -ENODEV: there is none. */
int pvsnd_card_stream(struct xb_store *store, const char *card, bool capture, unsigned index,
	struct pvsnd_stream *ret);

/* One sentence for a failure to find or open a stream: what and what to do; NULL: none that says
 * more than strerror. Static. */
const char *pvsnd_card_error(int error);

#endif
