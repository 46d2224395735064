/* SPDX-License-Identifier: MIT */
/* What `pvcam grab` says at its end. */
#ifndef PVCAM_REPORT_H
#define PVCAM_REPORT_H

#include <stdio.h>

#include "frontend/camera/pvcam.h"
#include "frontend/camera/timing.h"

/* One line for people; at least one frame came. */
void pvcam_report_text(
	const struct pvcam_timing_sum *sum, const struct pvcam_settings *settings, FILE *to);
/* One line of JSON. why: the failure, "" for none. */
void pvcam_report_json(const struct pvcam_timing_sum *sum, const struct pvcam_settings *settings,
	const char *why, FILE *to);

#endif
