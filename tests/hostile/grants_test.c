/* SPDX-License-Identifier: MIT */
/* Grant directories that lead nowhere, round in circles, or to what is not the guest's to give. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <xen/errno.h>

#include "tests/hostile/raw_camera.h"

/* RGB3 1920x1080: two directory pages. Every page of the buffer may be the same one. */
#define DIRECTORY_REFS 1023
#define BUFFER_PAGES 1519
#define SECOND_REFS (BUFFER_PAGES - DIRECTORY_REFS)

static struct raw raw;
static struct raw_pages page, first, second;
static uint32_t refs[DIRECTORY_REFS];

/* A directory that is right. */
static void describe(void)
{
	for (unsigned i = 0; i < DIRECTORY_REFS; i++)
		refs[i] = page.refs[0];
	raw_directory(&first, refs, DIRECTORY_REFS, second.refs[0]);
	raw_directory(&second, refs, DIRECTORY_REFS, 0);
}

static int agree(void **state)
{
	(void)state;
	describe();
	return raw_buffers(&raw, 0) == 0 && raw_buffers(&raw, 1) == 0 ? 0 : -1;
}

static void is_answered(int32_t status)
{
	assert_int_equal(raw_create(&raw, 0, first.refs[0]), status);
	assert_int_equal(raw_index(&raw, XENCAMERA_OP_BUF_DESTROY, 0), status ? -XEN_EINVAL : 0);
	assert_int_equal(raw_op(&raw, XENCAMERA_OP_CONFIG_GET), 0);
}

static void one_that_is_right(void **state)
{
	(void)state;
	is_answered(0);
}

static void one_that_names_itself(void **state)
{
	(void)state;
	raw_directory(&first, refs, DIRECTORY_REFS, first.refs[0]);
	is_answered(-XEN_EINVAL);
}

static void two_in_a_circle(void **state)
{
	(void)state;
	raw_directory(&second, refs, DIRECTORY_REFS, first.refs[0]);
	is_answered(-XEN_EINVAL);
}

static void one_that_ends_early(void **state)
{
	(void)state;
	raw_directory(&first, refs, DIRECTORY_REFS, 0);
	is_answered(-XEN_EINVAL);
}

static void a_reference_of_0(void **state)
{
	(void)state;
	refs[SECOND_REFS - 1] = 0; /* the very last one */
	raw_directory(&second, refs, DIRECTORY_REFS, 0);
	is_answered(-XEN_EINVAL);
}

static void references_that_were_never_granted(void **state)
{
	static const uint32_t strange[] = {1, 0x7fffffff, 0x80000000u, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
		refs[100] = strange[i];
		raw_directory(&first, refs, DIRECTORY_REFS, second.refs[0]);
		is_answered(-XEN_EINVAL);
		raw_directory(&first, refs, DIRECTORY_REFS, strange[i]);
		describe();
		raw_directory(&first, refs, DIRECTORY_REFS, strange[i]);
		is_answered(-XEN_EINVAL);
	}
}

/* Granted, but not to dom0. */
static void a_reference_for_somebody_else(void **state)
{
	uint32_t foreign;
	void *start = xengntshr_share_pages(raw.gntshr, 2, 1, &foreign, 1);

	(void)state;
	assert_non_null(start);
	refs[0] = foreign;
	raw_directory(&first, refs, DIRECTORY_REFS, second.refs[0]);
	is_answered(-XEN_EINVAL);
	describe();
	raw_directory(&first, refs, DIRECTORY_REFS, foreign);
	is_answered(-XEN_EINVAL);
	xengntshr_unshare(raw.gntshr, start, 1);
}

static void a_page_that_may_only_be_read(void **state)
{
	struct raw_pages readonly;

	(void)state;
	raw_pages_share(&raw, 1, false, &readonly);
	refs[SECOND_REFS - 1] = readonly.refs[0];
	raw_directory(&second, refs, DIRECTORY_REFS, 0);
	is_answered(-XEN_EINVAL);
	raw_pages_unshare(&raw, &readonly);
}

static void a_directory_that_may_only_be_read(void **state)
{
	struct raw_pages readonly;

	(void)state;
	raw_pages_share(&raw, 1, false, &readonly);
	raw_directory(&readonly, refs, DIRECTORY_REFS, second.refs[0]);
	assert_int_equal(raw_create(&raw, 0, readonly.refs[0]), 0);
	assert_int_equal(raw_index(&raw, XENCAMERA_OP_BUF_DESTROY, 0), 0);
	raw_pages_unshare(&raw, &readonly);
}

static void a_reference_taken_back(void **state)
{
	struct raw_pages gone;

	(void)state;
	raw_pages_share(&raw, 1, true, &gone);
	refs[7] = gone.refs[0];
	raw_directory(&first, refs, DIRECTORY_REFS, second.refs[0]);
	raw_pages_unshare(&raw, &gone);
	is_answered(-XEN_EINVAL);
}

static atomic_bool racing;

static void *rewrite(void *ctx)
{
	static const uint32_t lies[] = {0, 1, UINT32_MAX};

	(void)ctx;
	for (unsigned i = 0; atomic_load(&racing); i++) {
		uint32_t *words = i & 1 ? first.start : second.start;

		__atomic_store_n(
			&words[i % 1024], i & 2 ? page.refs[0] : lies[i % 3], __ATOMIC_RELAXED);
		__atomic_store_n(&words[0],
			i & 1   ? second.refs[0]
			: i & 4 ? first.refs[0]
				: 0,
			__ATOMIC_RELAXED);
	}
	return NULL;
}

static void a_directory_rewritten_as_it_is_walked(void **state)
{
	pthread_t writer;

	(void)state;
	atomic_store(&racing, true);
	pthread_create(&writer, NULL, rewrite, NULL);
	for (int i = 0; i < 200; i++) {
		int32_t status;

		if (i % 8 == 0)
			describe();
		status = raw_create(&raw, 0, first.refs[0]);
		assert_true(status == 0 || status == -XEN_EINVAL);
		if (status == 0)
			assert_int_equal(raw_index(&raw, XENCAMERA_OP_BUF_DESTROY, 0), 0);
	}
	atomic_store(&racing, false);
	pthread_join(writer, NULL);
	describe();
	is_answered(0);
}

/* The frontend lets go of what the backend fills. */
static void memory_taken_back_while_streaming(void **state)
{
	struct raw_pages lent;

	(void)state;
	raw_pages_share(&raw, 1, true, &lent);
	for (unsigned i = 0; i < DIRECTORY_REFS; i++)
		refs[i] = lent.refs[0];
	raw_directory(&first, refs, DIRECTORY_REFS, second.refs[0]);
	raw_directory(&second, refs, DIRECTORY_REFS, 0);
	assert_int_equal(raw_create(&raw, 0, first.refs[0]), 0);
	raw_pages_unshare(&raw, &lent);
	assert_int_equal(raw_op(&raw, XENCAMERA_OP_STREAM_START), 0);
	for (int i = 0; i < 10; i++) {
		raw_index(&raw, XENCAMERA_OP_BUF_QUEUE, 0);
		raw_sleep_ms(40);
		raw_index(&raw, XENCAMERA_OP_BUF_DEQUEUE, 0);
	}
	assert_int_equal(raw_op(&raw, XENCAMERA_OP_STREAM_STOP), 0);
	assert_int_equal(raw_index(&raw, XENCAMERA_OP_BUF_DESTROY, 0), 0);
}

/* This guest's `controls = read`: it sees them all and changes none. */
static void controls_are_only_read(void **state)
{
	struct xencamera_req ask = {.operation = XENCAMERA_OP_CTRL_ENUM};
	struct xencamera_resp control;

	(void)state;
	while (raw_call(&raw, ask, &control) == 0) {
		struct xencamera_req get = {.operation = XENCAMERA_OP_CTRL_GET};
		struct xencamera_req set = {.operation = XENCAMERA_OP_CTRL_SET};

		get.req.get_ctrl.type = control.resp.ctrl_enum.type;
		assert_int_equal(raw_call(&raw, get, NULL), 0);
		set.req.ctrl_value.type = control.resp.ctrl_enum.type;
		set.req.ctrl_value.value = control.resp.ctrl_enum.max;
		assert_int_equal(raw_call(&raw, set, NULL), -XEN_EACCES);
		set.req.ctrl_value.value = INT64_MAX;
		assert_int_equal(raw_call(&raw, set, NULL), -XEN_EACCES);
		ask.req.index.index++;
	}
	assert_int_equal(ask.req.index.index, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(one_that_is_right, agree),
		cmocka_unit_test_setup(one_that_names_itself, agree),
		cmocka_unit_test_setup(two_in_a_circle, agree),
		cmocka_unit_test_setup(one_that_ends_early, agree),
		cmocka_unit_test_setup(a_reference_of_0, agree),
		cmocka_unit_test_setup(references_that_were_never_granted, agree),
		cmocka_unit_test_setup(a_reference_for_somebody_else, agree),
		cmocka_unit_test_setup(a_page_that_may_only_be_read, agree),
		cmocka_unit_test_setup(a_directory_that_may_only_be_read, agree),
		cmocka_unit_test_setup(a_reference_taken_back, agree),
		cmocka_unit_test_setup(a_directory_rewritten_as_it_is_walked, agree),
		cmocka_unit_test_setup(memory_taken_back_while_streaming, agree),
		cmocka_unit_test(controls_are_only_read),
	};
	int failed;

	raw_open(&raw, RAW_LARGE);
	raw_pages_share(&raw, 1, true, &page);
	raw_pages_share(&raw, 1, true, &first);
	raw_pages_share(&raw, 1, true, &second);
	failed = raw_connect(&raw) ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
	raw_state(&raw, XenbusStateClosing);
	raw_close(&raw);
	return failed != 0;
}
