/* SPDX-License-Identifier: MIT */
#include "frontend/camera/loopback.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <xen/io/cameraif.h>

#define CONTROL_PATH "/dev/v4l2loopback"
#define CLASS_PATH "/sys/class/video4linux"
#define DRIVER "v4l2 loopback"
#define PATH_BYTES 300

/* What /dev/v4l2loopback takes; later versions have other numbers, and know these still. */
#define CONTROL_ADD 0x4C80
#define CONTROL_REMOVE 0x4C81

struct control_config {
	int32_t output_nr; /* below 0: a free one */
	int32_t capture_nr;
	char card_label[PVCAM_LABEL_BYTES];
	uint32_t min_width, max_width, min_height, max_height; /* 0: the module's own */
	int32_t max_buffers, max_openers, debug;
	int32_t announce_all_caps;
};

struct pvcam_loopback {
	char path[PATH_BYTES];
	int fd;
	int made_number; /* of the device that is to be removed again; -1: none */
};

struct reason {
	char *text;
	size_t bytes;
};

__attribute__((format(printf, 3, 4))) static int fail(
	const struct reason *why, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why->text, why->bytes, format, args);
	va_end(args);
	return error;
}

/* ---- numbers of cameraif in V4L2's ---- */

static uint32_t colorspace_of(uint32_t colorspace)
{
	static const uint32_t numbers[] = {
		[XENCAMERA_COLORSPACE_DEFAULT] = V4L2_COLORSPACE_DEFAULT,
		[XENCAMERA_COLORSPACE_SMPTE170M] = V4L2_COLORSPACE_SMPTE170M,
		[XENCAMERA_COLORSPACE_REC709] = V4L2_COLORSPACE_REC709,
		[XENCAMERA_COLORSPACE_SRGB] = V4L2_COLORSPACE_SRGB,
		[XENCAMERA_COLORSPACE_OPRGB] = V4L2_COLORSPACE_OPRGB,
		[XENCAMERA_COLORSPACE_BT2020] = V4L2_COLORSPACE_BT2020,
		[XENCAMERA_COLORSPACE_DCI_P3] = V4L2_COLORSPACE_DCI_P3,
	};

	return colorspace < sizeof(numbers) / sizeof(numbers[0]) ? numbers[colorspace] : 0;
}

static uint32_t xfer_func_of(uint32_t xfer_func)
{
	static const uint32_t numbers[] = {
		[XENCAMERA_XFER_FUNC_DEFAULT] = V4L2_XFER_FUNC_DEFAULT,
		[XENCAMERA_XFER_FUNC_709] = V4L2_XFER_FUNC_709,
		[XENCAMERA_XFER_FUNC_SRGB] = V4L2_XFER_FUNC_SRGB,
		[XENCAMERA_XFER_FUNC_OPRGB] = V4L2_XFER_FUNC_OPRGB,
		[XENCAMERA_XFER_FUNC_NONE] = V4L2_XFER_FUNC_NONE,
		[XENCAMERA_XFER_FUNC_DCI_P3] = V4L2_XFER_FUNC_DCI_P3,
		[XENCAMERA_XFER_FUNC_SMPTE2084] = V4L2_XFER_FUNC_SMPTE2084,
	};

	return xfer_func < sizeof(numbers) / sizeof(numbers[0]) ? numbers[xfer_func] : 0;
}

static uint32_t ycbcr_enc_of(uint32_t ycbcr_enc)
{
	static const uint32_t numbers[] = {
		[XENCAMERA_YCBCR_ENC_IGNORE] = V4L2_YCBCR_ENC_DEFAULT,
		[XENCAMERA_YCBCR_ENC_601] = V4L2_YCBCR_ENC_601,
		[XENCAMERA_YCBCR_ENC_709] = V4L2_YCBCR_ENC_709,
		[XENCAMERA_YCBCR_ENC_XV601] = V4L2_YCBCR_ENC_XV601,
		[XENCAMERA_YCBCR_ENC_XV709] = V4L2_YCBCR_ENC_XV709,
		[XENCAMERA_YCBCR_ENC_BT2020] = V4L2_YCBCR_ENC_BT2020,
		[XENCAMERA_YCBCR_ENC_BT2020_CONST_LUM] = V4L2_YCBCR_ENC_BT2020_CONST_LUM,
	};

	return ycbcr_enc < sizeof(numbers) / sizeof(numbers[0]) ? numbers[ycbcr_enc] : 0;
}

static uint32_t quantization_of(uint32_t quantization)
{
	static const uint32_t numbers[] = {
		[XENCAMERA_QUANTIZATION_DEFAULT] = V4L2_QUANTIZATION_DEFAULT,
		[XENCAMERA_QUANTIZATION_FULL_RANGE] = V4L2_QUANTIZATION_FULL_RANGE,
		[XENCAMERA_QUANTIZATION_LIM_RANGE] = V4L2_QUANTIZATION_LIM_RANGE,
	};

	return quantization < sizeof(numbers) / sizeof(numbers[0]) ? numbers[quantization] : 0;
}

/* ---- which device ---- */

static void cut_label(const char *label, char to[PVCAM_LABEL_BYTES])
{
	snprintf(to, PVCAM_LABEL_BYTES, "%s", label);
}

static bool has_label(const char *node, const char *label)
{
	char path[PATH_BYTES], name[PVCAM_LABEL_BYTES + 1] = "";
	FILE *file;
	bool same;

	snprintf(path, sizeof(path), CLASS_PATH "/%s/name", node);
	file = fopen(path, "re");
	if (!file)
		return false;
	same = fgets(name, sizeof(name), file) && strcspn(name, "\n") == strlen(label) &&
	       strncmp(name, label, strlen(label)) == 0;
	fclose(file);
	return same;
}

static bool is_loopback(int fd)
{
	struct v4l2_capability capability = {0};

	return ioctl(fd, VIDIOC_QUERYCAP, &capability) == 0 &&
	       strcmp((const char *)capability.driver, DRIVER) == 0;
}

static int open_node(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (is_loopback(fd))
		return fd;
	close(fd);
	return -EINVAL;
}

/* A device whose name is the label. -ENODEV: none. */
static int find_labelled(struct pvcam_loopback *loopback, const char *label)
{
	DIR *dir = opendir(CLASS_PATH);
	struct dirent *entry;

	if (!dir)
		return -ENODEV;
	while (loopback->fd < 0 && (entry = readdir(dir))) {
		if (!has_label(entry->d_name, label))
			continue;
		snprintf(loopback->path, sizeof(loopback->path), "/dev/%s", entry->d_name);
		loopback->fd = open_node(loopback->path);
	}
	closedir(dir);
	return loopback->fd < 0 ? -ENODEV : 0;
}

static int make_device(struct pvcam_loopback *loopback, const char *label)
{
	struct control_config config = {.output_nr = -1, .capture_nr = -1};
	int control, number;

	control = open(CONTROL_PATH, O_RDWR | O_CLOEXEC);
	if (control < 0)
		return -errno;
	cut_label(label, config.card_label);
	number = ioctl(control, CONTROL_ADD, &config);
	if (number < 0)
		number = -errno;
	close(control);
	if (number < 0)
		return number;
	loopback->made_number = number;
	snprintf(loopback->path, sizeof(loopback->path), "/dev/video%d", number);
	loopback->fd = open_node(loopback->path);
	return loopback->fd < 0 ? loopback->fd : 0;
}

static int open_given(struct pvcam_loopback *loopback, const char *device, const struct reason *why)
{
	snprintf(loopback->path, sizeof(loopback->path), "%s", device);
	loopback->fd = open_node(device);
	if (loopback->fd == -EINVAL)
		return fail(why, -EINVAL, "%s is no v4l2loopback device", device);
	if (loopback->fd < 0)
		return fail(why, loopback->fd, "%s: %s", device, strerror(-loopback->fd));
	return 0;
}

static int choose_device(struct pvcam_loopback *loopback, const struct pvcam_loopback_wish *wish,
	const struct reason *why)
{
	char label[PVCAM_LABEL_BYTES];
	int r;

	if (wish->device)
		return open_given(loopback, wish->device, why);
	cut_label(wish->label, label);
	if (find_labelled(loopback, label) == 0)
		return 0;
	r = make_device(loopback, label);
	if (r == -ENOENT)
		return fail(why, -ENODEV,
			"no v4l2loopback device is called '%s', and none can be made: modprobe "
			"v4l2loopback exclusive_caps=1 card_label='%s', or name one with --device",
			label, label);
	if (r < 0)
		return fail(why, r, CONTROL_PATH ": cannot make a device: %s", strerror(-r));
	return 0;
}

/* ---- what it shows ---- */

static int set_format(struct pvcam_loopback *loopback, const struct pvcam_loopback_wish *wish,
	const struct reason *why)
{
	const struct pvcam_settings *settings = &wish->settings;
	struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_OUTPUT};
	struct v4l2_pix_format *pix = &format.fmt.pix;

	pix->width = settings->width;
	pix->height = settings->height;
	pix->pixelformat = settings->fourcc;
	pix->field = V4L2_FIELD_NONE;
	pix->colorspace = colorspace_of(wish->colorimetry.colorspace);
	pix->xfer_func = xfer_func_of(wish->colorimetry.xfer_func);
	pix->ycbcr_enc = ycbcr_enc_of(wish->colorimetry.ycbcr_enc);
	pix->quantization = quantization_of(wish->colorimetry.quantization);
	pix->priv = V4L2_PIX_FMT_PRIV_MAGIC;
	if (ioctl(loopback->fd, VIDIOC_S_FMT, &format) < 0)
		return fail(why, -errno, "%s: cannot set the format: %s", loopback->path,
			strerror(errno));
	if (pix->pixelformat != settings->fourcc || pix->width != settings->width ||
		pix->height != settings->height)
		return fail(why, -EBUSY,
			"%s is held in another format or size (%" PRIu32 "x%" PRIu32
			"): end the program that has it open",
			loopback->path, pix->width, pix->height);
	return 0;
}

static void set_rate(struct pvcam_loopback *loopback, const struct pvcam_settings *settings)
{
	struct v4l2_streamparm parm = {.type = V4L2_BUF_TYPE_VIDEO_OUTPUT};

	parm.parm.output.timeperframe.numerator = settings->rate_denom;
	parm.parm.output.timeperframe.denominator = settings->rate_numer;
	(void)ioctl(loopback->fd, VIDIOC_S_PARM, &parm); /* it is shown, nothing depends on it */
}

/* Makes us its writer to 0.12.7, which otherwise offers its output to nobody after our end. Later
 * versions see the writer by its writing, and refuse this. */
static void become_writer(struct pvcam_loopback *loopback)
{
	int type = V4L2_BUF_TYPE_VIDEO_OUTPUT;

	(void)ioctl(loopback->fd, VIDIOC_STREAMON, &type);
}

int pvcam_loopback_open(const struct pvcam_loopback_wish *wish, struct pvcam_loopback **ret,
	char *why, size_t why_bytes)
{
	const struct reason reason = {why, why_bytes};
	struct pvcam_loopback *loopback;
	int r;

	loopback = calloc(1, sizeof(*loopback));
	if (!loopback)
		return fail(&reason, -ENOMEM, "out of memory");
	loopback->fd = -1;
	loopback->made_number = -1;
	r = choose_device(loopback, wish, &reason);
	if (r == 0)
		r = set_format(loopback, wish, &reason);
	if (r < 0) {
		pvcam_loopback_close(loopback);
		return r;
	}
	set_rate(loopback, &wish->settings);
	become_writer(loopback);
	*ret = loopback;
	return 0;
}

const char *pvcam_loopback_path(const struct pvcam_loopback *loopback)
{
	return loopback->path;
}

int pvcam_loopback_write(struct pvcam_loopback *loopback, const void *pixels, size_t size_bytes)
{
	ssize_t written;

	do
		written = write(loopback->fd, pixels, size_bytes);
	while (written < 0 && errno == EINTR);
	if (written < 0)
		return -errno;
	return (size_t)written == size_bytes ? 0 : -EIO;
}

static int remove_device(int number)
{
	int r = 0, control = open(CONTROL_PATH, O_RDWR | O_CLOEXEC);

	if (control < 0)
		return -errno;
	if (ioctl(control, CONTROL_REMOVE, (unsigned long)number) < 0)
		r = -errno;
	close(control);
	return r;
}

int pvcam_loopback_close(struct pvcam_loopback *loopback)
{
	int r = 0;

	if (!loopback)
		return 0;
	if (loopback->fd >= 0)
		close(loopback->fd);
	if (loopback->made_number >= 0)
		r = remove_device(loopback->made_number);
	free(loopback);
	return r;
}
