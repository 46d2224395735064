/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/pixfmt.h"

static void table_is_found_by_fourcc_and_name(void **state)
{
	const struct pv_pixfmt *format;

	(void)state;
	assert_int_equal(pv_pixfmts[0].fourcc, PV_FOURCC_YUYV);
	for (format = pv_pixfmts; format->fourcc; format++) {
		assert_ptr_equal(pv_pixfmt_find(format->fourcc), format);
		assert_ptr_equal(pv_pixfmt_find_name(format->name), format);
		assert_memory_equal(format->name, &format->fourcc, 4);
	}
	assert_int_equal(format - pv_pixfmts, 7);
	assert_null(pv_pixfmt_find(0));
	assert_null(pv_pixfmt_find(PV_FOURCC('M', 'J', 'P', 'G')));
	assert_null(pv_pixfmt_find_name(""));
	assert_null(pv_pixfmt_find_name("yuyv"));
	assert_false(pv_pixfmt_find(PV_FOURCC_422P)->for_guests);
	assert_true(pv_pixfmt_find(PV_FOURCC_GREY)->for_guests);
}

static const struct {
	uint32_t fourcc;
	struct pv_layout of_6x4;
} layouts[] = {
	{PV_FOURCC_YUYV, {1, 48, {0}, {12}}},
	{PV_FOURCC_UYVY, {1, 48, {0}, {12}}},
	{PV_FOURCC_NV12, {2, 36, {0, 24}, {6, 6}}},
	{PV_FOURCC_YU12, {3, 36, {0, 24, 30}, {6, 3, 3}}},
	{PV_FOURCC_422P, {3, 48, {0, 24, 36}, {6, 3, 3}}},
	{PV_FOURCC_RGB3, {1, 72, {0}, {18}}},
	{PV_FOURCC_GREY, {1, 24, {0}, {6}}},
};

static void layouts_are_v4l2s(void **state)
{
	struct pv_layout layout;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		memset(&layout, 0, sizeof(layout));
		assert_int_equal(pv_pixfmt_layout(layouts[i].fourcc, 6, 4, &layout), 0);
		assert_memory_equal(&layout, &layouts[i].of_6x4, sizeof(layout));
	}
	assert_int_equal(pv_pixfmt_layout(PV_FOURCC_RGB3, PV_WIDTH_MAX, PV_HEIGHT_MAX, &layout), 0);
	assert_int_equal(layout.size_bytes, 8192u * 8192 * 3);
}

static void odd_and_oversize_are_refused(void **state)
{
	static const struct {
		uint32_t fourcc, width, height;
		int rc;
	} cases[] = {
		{PV_FOURCC_YUYV, 3, 2, -EINVAL},
		{PV_FOURCC_YUYV, 2, 3, 0},
		{PV_FOURCC_422P, 3, 2, -EINVAL},
		{PV_FOURCC_422P, 2, 1, 0},
		{PV_FOURCC_NV12, 2, 3, -EINVAL},
		{PV_FOURCC_NV12, 3, 2, -EINVAL},
		{PV_FOURCC_YU12, 2, 1, -EINVAL},
		{PV_FOURCC_GREY, 1, 1, 0},
		{PV_FOURCC_RGB3, 3, 3, 0},
		{PV_FOURCC_GREY, 0, 1, -EINVAL},
		{PV_FOURCC_GREY, 1, 0, -EINVAL},
		{PV_FOURCC_GREY, PV_WIDTH_MAX + 1, 1, -EINVAL},
		{PV_FOURCC_GREY, 1, PV_HEIGHT_MAX + 1, -EINVAL},
		{PV_FOURCC_GREY, UINT32_MAX, UINT32_MAX, -EINVAL},
		{0, 2, 2, -EINVAL},
	};
	struct pv_layout layout, untouched;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&untouched, 0x5a, sizeof(untouched));
		layout = untouched;
		assert_int_equal(
			pv_pixfmt_layout(cases[i].fourcc, cases[i].width, cases[i].height, &layout),
			cases[i].rc);
		if (cases[i].rc)
			assert_memory_equal(&layout, &untouched, sizeof(layout));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_found_by_fourcc_and_name),
		cmocka_unit_test(layouts_are_v4l2s),
		cmocka_unit_test(odd_and_oversize_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
