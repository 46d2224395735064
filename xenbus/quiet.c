/* SPDX-License-Identifier: MIT */
#include "xenbus/quiet.h"

__attribute__((format(printf, 5, 0))) static void swallow(struct xentoollog_logger *logger,
	xentoollog_level level, int error, const char *context, const char *format, va_list args)
{
	(void)logger;
	(void)level;
	(void)error;
	(void)context;
	(void)format;
	(void)args;
}

static void destroy_nothing(struct xentoollog_logger *logger)
{
	(void)logger;
}

struct xentoollog_logger *xb_quiet(void)
{
	static struct xentoollog_logger quiet = {
		.vmessage = swallow,
		.destroy = destroy_nothing,
	};

	return &quiet;
}
