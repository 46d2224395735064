/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include <linux/videodev2.h>

#include "backend/camera/source_v4l2.h"

#define LIST_MAX 256u /* a device that enumerates more does not end */
#define USUAL_WIDTH 1920u
#define USUAL_HEIGHT 1080u

static const struct pv_fraction usual_rate = {30, 1};

/* One way in which the device could be used. */
struct way {
	uint32_t pixelformat;
	struct pv_picture picture;
	struct pv_fraction rate; /* denom 0: the device does not tell */
	unsigned burden;         /* of its format: how far down our list it stands */
};

struct choice {
	int fd;
	uint32_t fourcc;         /* wanted; 0: any */
	uint32_t width, height;  /* wanted; 0: any */
	struct pv_fraction rate; /* wished for */
	bool found;
	struct way best;
};

static bool is_jpeg(uint32_t pixelformat)
{
	return pixelformat == V4L2_PIX_FMT_MJPEG || pixelformat == V4L2_PIX_FMT_JPEG;
}

/* ---- which of two ways is better ---- */

/* How many times too fast or too slow; at least 1. */
static double rate_error(struct pv_fraction rate, struct pv_fraction wished)
{
	double ratio = (double)rate.numer * wished.denom / ((double)rate.denom * wished.numer);

	return ratio < 1 ? 1 / ratio : ratio;
}

static bool is_usual(struct pv_picture picture)
{
	return picture.width <= USUAL_WIDTH && picture.height <= USUAL_HEIGHT;
}

/* Negative: a is better. Up to FullHD the larger; beyond it, the smaller. */
static int compare_sizes(struct pv_picture a, struct pv_picture b)
{
	uint32_t a_pixels = a.width * a.height, b_pixels = b.width * b.height;

	if (is_usual(a) != is_usual(b))
		return is_usual(a) ? -1 : 1;
	if (a_pixels == b_pixels)
		return 0;
	return (a_pixels > b_pixels) == is_usual(a) ? -1 : 1;
}

static bool is_better(const struct choice *choice, const struct way *a, const struct way *b)
{
	int sizes = compare_sizes(a->picture, b->picture);
	double a_error = 1, b_error = 1;

	if (sizes != 0)
		return sizes < 0;
	if (a->rate.denom != 0)
		a_error = rate_error(a->rate, choice->rate);
	if (b->rate.denom != 0)
		b_error = rate_error(b->rate, choice->rate);
	if (a_error != b_error)
		return a_error < b_error;
	return a->burden < b->burden;
}

/* ---- what the device has ---- */

/* The rate in fastest..slowest that is nearest to the wish. */
static struct pv_fraction clamp_rate(
	struct pv_fraction wished, struct pv_fraction fastest, struct pv_fraction slowest)
{
	if (pv_fraction_compare(wished, fastest) > 0)
		return fastest;
	return pv_fraction_compare(wished, slowest) < 0 ? slowest : wished;
}

static bool rate_of(const struct v4l2_fract *interval, struct pv_fraction *ret)
{
	*ret = (struct pv_fraction){interval->denominator, interval->numerator};
	return ret->numer != 0 && ret->denom != 0 && pv_fraction_period_ns(*ret) != 0;
}

/* denom 0 when it does not tell. */
static struct pv_fraction find_rate(const struct choice *choice, const struct way *way)
{
	struct pv_fraction best = {0, 0}, rate, slowest;

	for (uint32_t i = 0; i < LIST_MAX; i++) {
		struct v4l2_frmivalenum interval = {
			.index = i,
			.pixel_format = way->pixelformat,
			.width = way->picture.width,
			.height = way->picture.height,
		};

		if (vcam_v4l2_ioctl(choice->fd, VIDIOC_ENUM_FRAMEINTERVALS, &interval) < 0)
			break;
		if (interval.type != V4L2_FRMIVAL_TYPE_DISCRETE) {
			if (rate_of(&interval.stepwise.min, &rate) &&
				rate_of(&interval.stepwise.max, &slowest))
				best = clamp_rate(choice->rate, rate, slowest);
			break;
		}
		if (rate_of(&interval.discrete, &rate) &&
			(best.denom == 0 ||
				rate_error(rate, choice->rate) < rate_error(best, choice->rate)))
			best = rate;
	}
	return best;
}

static void consider(struct choice *choice, struct way way, uint32_t width, uint32_t height)
{
	struct pv_layout layout;

	if ((choice->width != 0 && (width != choice->width || height != choice->height)) ||
		pv_pixfmt_layout(way.picture.fourcc, width, height, &layout) < 0)
		return;
	way.picture.width = width;
	way.picture.height = height;
	way.rate = find_rate(choice, &way);
	if (!choice->found || is_better(choice, &way, &choice->best))
		choice->best = way;
	choice->found = true;
}

/* The largest of min, min + step … max that is not above the wish; min if there is none. */
static uint32_t step_to(uint32_t wished, uint32_t min, uint32_t max, uint32_t step)
{
	uint32_t bound = wished < max ? wished : max;

	if (bound <= min)
		return min;
	return step == 0 ? bound : min + (bound - min) / step * step;
}

static void consider_steps(
	struct choice *choice, const struct way *way, const struct v4l2_frmsize_stepwise *sizes)
{
	uint32_t width = choice->width != 0 ? choice->width : USUAL_WIDTH;
	uint32_t height = choice->width != 0 ? choice->height : USUAL_HEIGHT;

	consider(choice, *way,
		step_to(width, sizes->min_width, sizes->max_width, sizes->step_width),
		step_to(height, sizes->min_height, sizes->max_height, sizes->step_height));
}

/* A driver that does not list sizes says what it would make of one. */
static void consider_trial(struct choice *choice, const struct way *way)
{
	struct v4l2_format format = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.fmt.pix = {.width = choice->width != 0 ? choice->width : USUAL_WIDTH,
			.height = choice->width != 0 ? choice->height : USUAL_HEIGHT,
			.pixelformat = way->pixelformat},
	};

	if (vcam_v4l2_ioctl(choice->fd, VIDIOC_TRY_FMT, &format) == 0 &&
		format.fmt.pix.pixelformat == way->pixelformat)
		consider(choice, *way, format.fmt.pix.width, format.fmt.pix.height);
}

static void consider_sizes(struct choice *choice, const struct way *way)
{
	for (uint32_t i = 0; i < LIST_MAX; i++) {
		struct v4l2_frmsizeenum size = {.index = i, .pixel_format = way->pixelformat};

		if (vcam_v4l2_ioctl(choice->fd, VIDIOC_ENUM_FRAMESIZES, &size) < 0) {
			if (i == 0)
				consider_trial(choice, way);
			return;
		}
		if (size.type != V4L2_FRMSIZE_TYPE_DISCRETE) {
			consider_steps(choice, way, &size.stepwise);
			return;
		}
		consider(choice, *way, size.discrete.width, size.discrete.height);
	}
}

/* Formats as they come are lightest, then JPEG, then what libv4l2 makes of foreign ones. */
static bool weigh_format(const struct v4l2_fmtdesc *format, struct way *ret)
{
	const struct pv_pixfmt *known = pv_pixfmt_find(format->pixelformat);

	*ret = (struct way){.pixelformat = format->pixelformat};
	if (known != NULL) {
		ret->picture.fourcc = known->fourcc;
		ret->burden = (unsigned)(known - pv_pixfmts);
	} else if (is_jpeg(format->pixelformat)) {
		ret->picture.fourcc = PV_FOURCC_YU12;
		ret->burden = 100;
	} else {
		return false;
	}
	if (format->flags & V4L2_FMT_FLAG_EMULATED)
		ret->burden += 1000;
	return true;
}

static bool is_wanted(const struct choice *choice, uint32_t pixelformat)
{
	return choice->fourcc == 0 || choice->fourcc == pixelformat ||
	       (is_jpeg(choice->fourcc) && is_jpeg(pixelformat));
}

static void consider_formats(struct choice *choice)
{
	struct way way;

	for (uint32_t i = 0; i < LIST_MAX; i++) {
		struct v4l2_fmtdesc format = {.index = i, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE};

		if (vcam_v4l2_ioctl(choice->fd, VIDIOC_ENUM_FMT, &format) < 0)
			return;
		if (weigh_format(&format, &way) && is_wanted(choice, format.pixelformat))
			consider_sizes(choice, &way);
	}
}

/* ---- setting it ---- */

static int set_format(const struct choice *choice, struct vcam_v4l2_mode *ret)
{
	const struct way *way = &choice->best;
	struct v4l2_format format = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.fmt.pix = {.width = way->picture.width,
			.height = way->picture.height,
			.pixelformat = way->pixelformat},
	};
	const struct v4l2_pix_format *pix = &format.fmt.pix;
	int err = vcam_v4l2_ioctl(choice->fd, VIDIOC_S_FMT, &format);

	if (err < 0)
		return err;
	/* One field at a time would be half a picture. */
	if (pix->pixelformat != way->pixelformat || pix->width != way->picture.width ||
		pix->height != way->picture.height || pix->field == V4L2_FIELD_ALTERNATE)
		return -EINVAL;
	*ret = (struct vcam_v4l2_mode){
		.pixelformat = pix->pixelformat,
		.jpeg = is_jpeg(pix->pixelformat),
		.picture = way->picture,
		.size_bytes = pix->sizeimage,
		.stride_bytes = pix->bytesperline,
		.colours = vcam_colours_from_v4l2(way->picture.fourcc, pix->colorspace,
			pix->xfer_func, pix->ycbcr_enc, pix->quantization),
	};
	if (ret->jpeg) /* by ITU-T T.871, whatever the driver says; and as we decode it */
		ret->colours = vcam_colours_from_v4l2(way->picture.fourcc, V4L2_COLORSPACE_JPEG, 0,
			0, V4L2_QUANTIZATION_LIM_RANGE);
	return 0;
}

/* What the device says in the end is the rate; one that says nothing is believed to be as wished.
 */
static struct pv_fraction set_rate(const struct choice *choice)
{
	struct pv_fraction rate = choice->best.rate.denom != 0 ? choice->best.rate : choice->rate,
			   set;
	struct v4l2_streamparm parm = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.parm.capture.timeperframe = {rate.denom, rate.numer},
	};

	if (vcam_v4l2_ioctl(choice->fd, VIDIOC_S_PARM, &parm) < 0 &&
		vcam_v4l2_ioctl(choice->fd, VIDIOC_G_PARM, &parm) < 0)
		return rate;
	return rate_of(&parm.parm.capture.timeperframe, &set) ? set : rate;
}

int vcam_v4l2_set_mode(int fd, const struct vcam_source_config *config, struct vcam_v4l2_mode *ret,
	const char **ret_error)
{
	struct choice choice = {
		.fd = fd,
		.fourcc = config->fourcc,
		.width = config->width,
		.height = config->height,
		.rate = config->rate.denom != 0 ? config->rate : usual_rate,
	};
	int err;

	consider_formats(&choice);
	if (!choice.found) {
		*ret_error = "the camera has not this format and size, or none that we know: see "
			     "v4l2-ctl --list-formats-ext";
		return -EINVAL;
	}
	err = set_format(&choice, ret);
	if (err < 0) {
		*ret_error =
			err == -EBUSY ? "another program uses the camera" : strerrordesc_np(-err);
		return err;
	}
	ret->rate = set_rate(&choice);
	return 0;
}
