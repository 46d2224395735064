/* SPDX-License-Identifier: MIT */
#include "common/log_limit.h"

bool pv_log_limit_allows(struct pv_log_limit *limit, uint64_t now_ns, unsigned *ret_left_out)
{
	*ret_left_out = 0;
	if (limit->lines > 0 && now_ns - limit->since_ns >= PV_LOG_LIMIT_NS) {
		*ret_left_out = limit->left_out;
		limit->lines = limit->left_out = 0;
	}
	if (limit->lines == PV_LOG_LIMIT_LINES) {
		limit->left_out++;
		return false;
	}
	if (limit->lines++ == 0)
		limit->since_ns = now_ns;
	return true;
}
