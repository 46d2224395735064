/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "backend/camera/source.h"
#include "common/y4m.h"

/* Half a second at 30/s: a busy machine must not cost a frame of the file. */
#define CATCH_UP_PERIODS 16

static int file_open(const struct vcam_source_config *config, const struct vcam_source_mode *have,
	void **ret_priv, struct vcam_source_traits *ret, const char **ret_error)
{
	struct pv_y4m_reader *reader;
	const struct pv_y4m_mode *mode;
	const char *why = NULL;
	int err;

	(void)have;
	err = pv_y4m_open(config->path, &reader, &why);
	if (err < 0) {
		*ret_error = why != NULL ? why : strerrordesc_np(-err);
		return err;
	}
	mode = pv_y4m_mode(reader);
	*ret = (struct vcam_source_traits){
		.mode = {{mode->fourcc, mode->width, mode->height}, mode->rate},
		.colours = vcam_colours_usual(mode->fourcc),
	};
	*ret_priv = reader;
	return 0;
}

static void file_close(void *priv)
{
	pv_y4m_close(priv);
}

static int file_fill(void *priv, uint64_t number, struct vcam_filling *filling)
{
	return pv_y4m_read(priv, number % pv_y4m_frame_count(priv), filling->pixels);
}

const struct vcam_source_ops vcam_source_file = {
	.type = "file",
	.open = file_open,
	.close = file_close,
	.fill = file_fill,
	.catch_up_periods = CATCH_UP_PERIODS,
};
