/* SPDX-License-Identifier: MIT */
/*
 * One line per message on stderr, as a service manager wants it: "pvcamd: error: …".
 * For programs only; libraries return -errno and stay silent. Any thread, except a real-time one.
 */
#ifndef PV_COMMON_LOG_H
#define PV_COMMON_LOG_H

enum pv_log_level { PV_LOG_ERROR, PV_LOG_WARNING, PV_LOG_INFO, PV_LOG_DEBUG };

/* Names the program and the least important level still shown (default: INFO). Call once, first. */
void pv_log_init(const char *program, enum pv_log_level level);

void pv_log(enum pv_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define pv_error(...) pv_log(PV_LOG_ERROR, __VA_ARGS__)
#define pv_warning(...) pv_log(PV_LOG_WARNING, __VA_ARGS__)
#define pv_info(...) pv_log(PV_LOG_INFO, __VA_ARGS__)
#define pv_debug(...) pv_log(PV_LOG_DEBUG, __VA_ARGS__)

#endif
