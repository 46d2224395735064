/* SPDX-License-Identifier: MIT */
/* A guest's configuration nodes: whatever they say, the offer stays within dom0's bounds. */
#include "backend/camera/offer.h"
#include "common/pixfmt.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/source_double.h"
#include "tests/fuzz/store_double.h"

#define FRONT "/local/domain/7/device/pvcam/0"
#define BACK "backend/pvcam/7/0"

static uint32_t fourccs[] = {PV_FOURCC_YUYV, PV_FOURCC_GREY, 0};
static const struct vcam_guest_config guest = {
	.controls = VCAM_CONTROLS_READ,
	.max_buffers = 4,
	.max_width = 640,
	.max_height = 480,
	.fourccs = fourccs,
};

/* A string of at most 40 characters, ended by a byte over 0xf0 or a newline. */
static void word(struct fuzz_input *input, char text[41])
{
	unsigned length = 0;

	while (length < 40 && input->left > 0) {
		uint8_t byte = fuzz_byte(input);

		if (byte > 0xf0 || byte == '\n' || byte == 0)
			break;
		text[length++] = (char)byte;
	}
	text[length] = '\0';
}

static void one_node(struct fuzz_input *input)
{
	static const char *const formats[] = {"YUYV", "GREY", "NV12"};
	static const char *const names[] = {"unique-id", "max-buffers", "controls", "formats"};
	uint8_t kind = fuzz_byte(input), value[2048];
	const char *dir = kind & 0x80 ? FRONT : BACK;
	size_t size = fuzz_byte(input) * (kind & 0x40 ? 8u : 1u);
	char path[256], format[41], resolution[41];

	if (kind & 1) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[(kind >> 1) & 3]);
	} else {
		word(input, format);
		word(input, resolution);
		snprintf(path, sizeof(path), "%s/formats/%s/%s/frame-rates", dir,
			kind & 2 ? format : formats[(kind >> 2) % 3], resolution);
	}
	if (size > input->left)
		size = input->left;
	fuzz_take(input, value, size);
	store_double_set(path, value, size);
}

static void check_mode(const struct vcam_offer_mode *mode)
{
	FUZZ_CHECK(mode->picture.width <= guest.max_width);
	FUZZ_CHECK(mode->picture.height <= guest.max_height);
	FUZZ_CHECK(mode->picture.fourcc == fourccs[0] || mode->picture.fourcc == fourccs[1]);
	FUZZ_CHECK(mode->num_rates >= 1 && mode->num_rates <= VCAM_OFFER_RATES);
	for (unsigned i = 0; i < mode->num_rates; i++) {
		FUZZ_CHECK(mode->rates[i].numer && mode->rates[i].denom);
		FUZZ_CHECK(pv_fraction_compare(mode->rates[i], (struct pv_fraction){30, 1}) <= 0);
		FUZZ_CHECK(i == 0 || pv_fraction_compare(mode->rates[i - 1], mode->rates[i]) > 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct fuzz_input input = {bytes, size};
	struct xb_back_device device = {.device_class = "pvcam",
		.domid = 7,
		.guest = "g",
		.back_path = BACK,
		.front_path = FRONT};
	struct vcam_offer *offer;

	store_double_reset();
	store_double_set(FRONT "/backend", BACK, sizeof(BACK) - 1);
	while (input.left > 0)
		one_node(&input);
	if (vcam_offer_create(&device, NULL, &guest, &offer) != 0)
		return 0;
	FUZZ_CHECK(offer->num_modes >= 1 && offer->num_modes <= VCAM_OFFER_MODES);
	FUZZ_CHECK(offer->max_buffers >= 1 && offer->max_buffers <= guest.max_buffers);
	for (unsigned i = 0; i < offer->num_modes; i++)
		check_mode(&offer->modes[i]);
	vcam_offer_publish(&device, offer);
	free(offer);
	return 0;
}
