/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/parse.h"

static void u32_takes_digits_within_bounds(void **state)
{
	uint32_t number = 7;

	(void)state;
	assert_int_equal(pv_parse_u32("0", 0, 10, &number), 0);
	assert_int_equal(number, 0);
	assert_int_equal(pv_parse_u32("4294967295", 0, UINT32_MAX, &number), 0);
	assert_int_equal(number, UINT32_MAX);
	assert_int_equal(pv_parse_u32("0010", 1, 10, &number), 0);
	assert_int_equal(number, 10);
}

static void u32_refuses_and_leaves_the_result(void **state)
{
	static const char *const invalid[] = {
		"", " 1", "1 ", "+1", "-1", "0x1", "1.0", "a", "1\n", "99999999999999999999x"};
	static const char *const range[] = {
		"0", "11", "4294967296", "18446744073709551617", "99999999999999999999999999999"};
	uint32_t number = 7;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++)
		assert_int_equal(pv_parse_u32(invalid[i], 0, UINT32_MAX, &number), -EINVAL);
	for (i = 0; i < sizeof(range) / sizeof(range[0]); i++)
		assert_int_equal(pv_parse_u32(range[i], 1, 10, &number), -ERANGE);
	assert_int_equal(number, 7);
}

static void fractions_parse(void **state)
{
	static const char *const invalid[] = {"", "/", "30/", "/1", "0/1", "1/0", "0", "30:1",
		"30/1/1", "-30/1", "30 /1", "4294967296", "1/4294967296"};
	struct pv_fraction rate = {5, 6};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++)
		assert_int_equal(pv_parse_fraction(invalid[i], &rate), -EINVAL);
	assert_int_equal(rate.numer, 5);
	assert_int_equal(rate.denom, 6);
	assert_int_equal(pv_parse_fraction("30000/1001", &rate), 0);
	assert_int_equal(rate.numer, 30000);
	assert_int_equal(rate.denom, 1001);
	assert_int_equal(pv_parse_fraction("30", &rate), 0);
	assert_int_equal(rate.numer, 30);
	assert_int_equal(rate.denom, 1);
}

static void sizes_parse(void **state)
{
	static const char *const invalid[] = {"", "x", "640", "640x", "x480", "0x480", "640x0",
		"640X480", "640x480x1", "65536x1"};
	uint32_t width = 1, height = 2;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++)
		assert_int_equal(pv_parse_size(invalid[i], &width, &height), -EINVAL);
	assert_int_equal(width, 1);
	assert_int_equal(height, 2);
	assert_int_equal(pv_parse_size("640x65535", &width, &height), 0);
	assert_int_equal(width, 640);
	assert_int_equal(height, 65535);
}

static void bools_parse(void **state)
{
	static const char *const yes[] = {"yes", "true", "on", "1", "Yes"};
	static const char *const no[] = {"no", "false", "off", "0", "OFF"};
	static const char *const invalid[] = {"", "y", "2", "yes ", "nope"};
	bool value;
	size_t i;

	(void)state;
	for (i = 0; i < 5; i++) {
		value = false;
		assert_int_equal(pv_parse_bool(yes[i], &value), 0);
		assert_true(value);
		assert_int_equal(pv_parse_bool(no[i], &value), 0);
		assert_false(value);
		assert_int_equal(pv_parse_bool(invalid[i], &value), -EINVAL);
	}
}

static void fractions_compare_exactly(void **state)
{
	struct pv_fraction ntsc = {30000, 1001}, thirty = {30, 1}, sixty_half = {60, 2};
	struct pv_fraction huge = {UINT32_MAX, UINT32_MAX - 1}, less = {UINT32_MAX - 1, UINT32_MAX};

	(void)state;
	assert_int_equal(pv_fraction_compare(ntsc, thirty), -1);
	assert_int_equal(pv_fraction_compare(thirty, ntsc), 1);
	assert_int_equal(pv_fraction_compare(thirty, sixty_half), 0);
	assert_int_equal(pv_fraction_compare(huge, less), 1);
	assert_int_equal(pv_fraction_period_ns(thirty), 33333333);
	assert_int_equal(pv_fraction_period_ns(ntsc), 33366666);
	assert_int_equal(
		pv_fraction_period_ns((struct pv_fraction){1, UINT32_MAX}), 4294967295000000000);
}

static int collect(const char *part, void *ctx)
{
	char *all = ctx;

	strcat(strcat(all, part), "|");
	return strcmp(part, "stop") ? 0 : 42;
}

static void split_drops_blanks_and_stops(void **state)
{
	char all[64] = "";

	(void)state;
	assert_int_equal(pv_split(" a b ;;c, ;\td\n", ";,", collect, all), 0);
	assert_string_equal(all, "a b|c|d|");
	all[0] = '\0';
	assert_int_equal(pv_split("x;stop;y", ";", collect, all), 42);
	assert_string_equal(all, "x|stop|");
	all[0] = '\0';
	assert_int_equal(pv_split("", ";", collect, all), 0);
	assert_string_equal(all, "");
}

static void clock_goes_forward(void **state)
{
	uint64_t before = pv_now_ns();

	(void)state;
	assert_true(before > 0);
	assert_true(pv_now_ns() >= before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(u32_takes_digits_within_bounds),
		cmocka_unit_test(u32_refuses_and_leaves_the_result),
		cmocka_unit_test(fractions_parse),
		cmocka_unit_test(sizes_parse),
		cmocka_unit_test(bools_parse),
		cmocka_unit_test(fractions_compare_exactly),
		cmocka_unit_test(split_drops_blanks_and_stops),
		cmocka_unit_test(clock_goes_forward),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
