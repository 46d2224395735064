/* SPDX-License-Identifier: MIT */
/* Brightness, contrast, saturation, hue. */
#include "frontend/camera/internal.h"

#include <errno.h>
#include <string.h>

static const char *const names[XENCAMERA_MAX_CTRL] = {
	[XENCAMERA_CTRL_BRIGHTNESS] = XENCAMERA_CTRL_BRIGHTNESS_STR,
	[XENCAMERA_CTRL_CONTRAST] = XENCAMERA_CTRL_CONTRAST_STR,
	[XENCAMERA_CTRL_SATURATION] = XENCAMERA_CTRL_SATURATION_STR,
	[XENCAMERA_CTRL_HUE] = XENCAMERA_CTRL_HUE_STR,
};

PVCAM_API int pvcam_enum_control(struct pvcam *camera, unsigned index, struct pvcam_control *ret)
{
	struct xencamera_req request = {
		.operation = XENCAMERA_OP_CTRL_ENUM,
		.req.index.index = (uint8_t)index,
	};
	struct xencamera_resp response;
	const struct xencamera_ctrl_enum_resp *control = &response.resp.ctrl_enum;
	int r;

	if (index >= XENCAMERA_MAX_CTRL)
		return -EINVAL;
	r = pvcam_wire_call(camera, &request, &response);
	if (r < 0)
		return r;
	if (control->index != index || control->type >= XENCAMERA_MAX_CTRL ||
		control->min > control->max)
		return pvcam_wire_die(camera, -EPROTO);
	*ret = (struct pvcam_control){
		.type = control->type,
		.flags = control->flags,
		.min = control->min,
		.max = control->max,
		.step = control->step,
		.default_value = control->def_val,
	};
	strcpy(ret->name, names[control->type]);
	return 0;
}

PVCAM_API int pvcam_get_control(struct pvcam *camera, uint8_t type, int64_t *ret_value)
{
	struct xencamera_req request = {
		.operation = XENCAMERA_OP_CTRL_GET,
		.req.get_ctrl.type = type,
	};
	struct xencamera_resp response;
	int r;

	r = pvcam_wire_call(camera, &request, &response);
	if (r < 0)
		return r;
	if (response.resp.ctrl_value.type != type)
		return pvcam_wire_die(camera, -EPROTO);
	*ret_value = response.resp.ctrl_value.value;
	return 0;
}

PVCAM_API int pvcam_set_control(struct pvcam *camera, uint8_t type, int64_t value)
{
	struct xencamera_req request = {
		.operation = XENCAMERA_OP_CTRL_SET,
		.req.ctrl_value.type = type,
		.req.ctrl_value.value = value,
	};

	return pvcam_wire_call(camera, &request, NULL);
}

void pvcam_control_event(struct pvcam *camera, const struct xencamera_ctrl_value *event)
{
	if (event->type >= XENCAMERA_MAX_CTRL)
		return;
	camera->control_changed[event->type] = true;
	camera->control_value[event->type] = event->value;
}

PVCAM_API int pvcam_control_changed(struct pvcam *camera, uint8_t *ret_type, int64_t *ret_value)
{
	int r = pvcam_wire_process(camera);

	for (uint8_t type = 0; type < XENCAMERA_MAX_CTRL; type++) {
		if (!camera->control_changed[type])
			continue;
		camera->control_changed[type] = false;
		*ret_type = type;
		*ret_value = camera->control_value[type];
		return 0;
	}
	return r < 0 ? r : -EAGAIN;
}
