/* SPDX-License-Identifier: MIT */
#include <endian.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "backend/camera/source.h"
#include "common/pixfmt.h"

#define RESERVE_BYTES_MIN (64u << 20)
#define RESERVE_BYTES_MAX (128u << 20)

/* What a fresh frame starts with. */
struct stamp {
	uint64_t number;
	uint64_t filled_ns;
};

static int stamp_open(const struct vcam_source_config *config, const struct vcam_source_mode *have,
	void **ret_priv, struct vcam_source_traits *ret, const char **ret_error)
{
	static char open_mark; /* there is nothing to keep */
	struct pv_layout layout;
	int err;

	(void)have;
	err = pv_pixfmt_layout(config->fourcc, config->width, config->height, &layout);
	if (err == 0 && layout.size_bytes < sizeof(struct stamp))
		err = -EINVAL;
	if (err < 0) {
		*ret_error = "the size does not suit the format, or leaves no room for 16 bytes";
		return err;
	}
	*ret = (struct vcam_source_traits){
		.mode = {{config->fourcc, config->width, config->height}, config->rate},
		.colours = vcam_colours_usual(config->fourcc),
	};
	*ret_priv = &open_mark;
	return 0;
}

static void stamp_close(void *priv)
{
	(void)priv;
}

static int stamp_fill(void *priv, uint64_t number, struct vcam_filling *filling)
{
	struct stamp stamp = {htole64(number), htole64(pv_now_ns())};

	(void)priv;
	memcpy(filling->pixels, &stamp, sizeof(stamp));
	return 0;
}

static size_t stamp_reserve_bytes(void)
{
	long cache_bytes = sysconf(_SC_LEVEL3_CACHE_SIZE);

	/* Under hypervisors the answer can be ten times too large. */
	if (cache_bytes * 2 < (long)RESERVE_BYTES_MIN)
		return RESERVE_BYTES_MIN;
	if (cache_bytes * 2 > (long)RESERVE_BYTES_MAX)
		return RESERVE_BYTES_MAX;
	return (size_t)cache_bytes * 2;
}

const struct vcam_source_ops vcam_source_stamp = {
	.type = "stamp",
	.open = stamp_open,
	.close = stamp_close,
	.fill = stamp_fill,
	.reserve_bytes = stamp_reserve_bytes,
};
