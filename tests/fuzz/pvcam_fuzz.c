/* SPDX-License-Identifier: MIT */
/* libpvcam against answers and events that are noise. tests/unit/camera_fake.c plays the backend.
 */
#include <errno.h>

#include "frontend/camera/pvcam.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/camera_fake.h"

static struct fuzz_input input;

/* Changes one byte of an answer, now and then. */
static void tamper(const struct xencamera_req *request, struct xencamera_resp *response)
{
	uint8_t place = fuzz_byte(&input);

	(void)request;
	if (place < sizeof(*response))
		((uint8_t *)response)[place] = fuzz_byte(&input);
}

static void stray_event(void)
{
	struct xencamera_evt event;

	fuzz_take(&input, &event, 24);
	event.type %= 3;
	event.evt.frame_avail.index %= 40;
	front_fake_event(&event);
}

static void stray_response(void)
{
	struct xencamera_resp response;

	fuzz_take(&input, &response, sizeof(response));
	front_fake_respond(&response);
}

/* A frame is what the library says it is: every byte of it may be read. */
static void look_at_frame(struct pvcam *camera)
{
	struct pvcam_frame frame;
	void *copy;

	if (pvcam_get_frame(camera, 0, &frame) != 0)
		return;
	copy = malloc(frame.size_bytes);
	FUZZ_CHECK(copy);
	memcpy(copy, frame.pixels, frame.size_bytes);
	free(copy);
	pvcam_give_back(camera, &frame);
}

static void one_step(struct pvcam *camera)
{
	struct pvcam_settings settings;
	struct pvcam_layout layout;
	struct pvcam_control control;
	uint8_t type;
	int64_t value;

	switch (fuzz_byte(&input) % 10) {
	case 0:
		if (pvcam_enum_settings(camera, fuzz_byte(&input) % 8, &settings) == 0)
			pvcam_set_settings(camera, &settings);
		break;
	case 1:
		if (pvcam_get_layout(camera, &layout) == 0)
			FUZZ_CHECK(layout.size_bytes > 0 && layout.num_planes >= 1 &&
				   layout.num_planes <= 3);
		break;
	case 2:
		if (pvcam_enum_control(camera, fuzz_byte(&input) % 4, &control) == 0)
			FUZZ_CHECK(memchr(control.name, 0, sizeof(control.name)));
		break;
	case 3:
		pvcam_set_control(camera, fuzz_byte(&input) % 8, (int8_t)fuzz_byte(&input));
		break;
	case 4:
		if (pvcam_control_changed(camera, &type, &value) == 0)
			FUZZ_CHECK(type < XENCAMERA_MAX_CTRL);
		break;
	case 5:
		pvcam_start(camera, 2 + fuzz_byte(&input) % 6);
		break;
	case 6:
		pvcam_stop(camera);
		break;
	case 7:
		stray_event();
		break;
	case 8:
		if (fuzz_byte(&input) % 8 == 0)
			stray_response();
		break;
	default:
		look_at_frame(camera);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct pvcam *camera;

	input = (struct fuzz_input){bytes, size};
	camera_fake_reset();
	if (fuzz_byte(&input) & 1)
		fake.tamper = tamper;
	if (pvcam_open("front", &camera) == 0) {
		while (input.left > 0)
			one_step(camera);
		fake.tamper = NULL;
		pvcam_close(camera);
	}
	FUZZ_CHECK(!front_fake.connected && front_fake.shared == 0);
	return 0;
}
