/* SPDX-License-Identifier: MIT */
/* Text to numbers and back: strict, the whole string or nothing. No state, any thread. */
#ifndef PV_COMMON_PARSE_H
#define PV_COMMON_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A rate or a ratio, exact. denom is never 0 once parsed. */
struct pv_fraction {
	uint32_t numer;
	uint32_t denom;
};

/* Plain decimal digits within [min, max]. -EINVAL otherwise (sign, space, 0x, empty), -ERANGE. */
int pv_parse_u32(const char *text, uint32_t min, uint32_t max, uint32_t *ret);

/* "30/1", "15/2" or "30" (denom 1); both parts 1..UINT32_MAX. -EINVAL. Not reduced. */
int pv_parse_fraction(const char *text, struct pv_fraction *ret);

/* "640x480", both parts 1..65535. -EINVAL. */
int pv_parse_size(const char *text, uint32_t *ret_width, uint32_t *ret_height);

/* yes/no, true/false, on/off, 1/0. -EINVAL. */
int pv_parse_bool(const char *text, bool *ret);

/* a <=> b by cross multiplication: -1, 0, 1. */
int pv_fraction_compare(struct pv_fraction a, struct pv_fraction b);

/* Nanoseconds of one period of the rate (1e9 * denom / numer), rounded down. */
uint64_t pv_fraction_period_ns(struct pv_fraction rate);

/* CLOCK_MONOTONIC. */
uint64_t pv_now_ns(void);

/*
 * Splits at any character of separators, drops empty parts and surrounding blanks, calls each()
 * with a private copy of every part; stops at the first non-zero answer and returns it.
 */
int pv_split(const char *text, const char *separators, int (*each)(const char *part, void *ctx),
	void *ctx);

#endif
