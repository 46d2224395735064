/* SPDX-License-Identifier: MIT */
#include "backend/guest_log.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/parse.h"

#define TEXT_BYTES 1024

static void say(const struct xb_back_device *device, enum pv_log_level level, const char *text)
{
	pv_log(level, "%s %s/%u: %s", device->guest, device->device_class, device->device, text);
}

static void say_left_out(const struct xb_back_device *device, unsigned left_out)
{
	char text[64];

	if (left_out == 0)
		return;
	snprintf(text, sizeof(text), "%u lines about it were left out", left_out);
	say(device, PV_LOG_WARNING, text);
}

void vb_guest_log(const struct xb_back_device *device, struct pv_log_limit *limit,
	enum pv_log_level level, const char *format, ...)
{
	char text[TEXT_BYTES];
	unsigned left_out;
	va_list args;

	if (!pv_log_limit_allows(limit, pv_now_ns(), &left_out)) {
		if (limit->left_out == 1)
			say(device, PV_LOG_WARNING, "too much to log; it is left out for a while");
		return;
	}
	say_left_out(device, left_out);
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	say(device, level, text);
}

void vb_guest_log_end(const struct xb_back_device *device, struct pv_log_limit *limit)
{
	say_left_out(device, limit->left_out);
	limit->left_out = 0;
}
