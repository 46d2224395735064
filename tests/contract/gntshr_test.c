/* SPDX-License-Identifier: MIT */
/* xengntshr_*: sharing pages and taking them back. */
#include "tests/contract/contract.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGES 256

static void refs_are_distinct_and_pages_zeroed(void **state)
{
	static const char zero[PAGE_BYTES];
	xengntshr_handle *shr = contract_gntshr();
	uint32_t refs[PAGES];
	char *pages = xengntshr_share_pages(shr, contract_domid(), PAGES, refs, 1);

	(void)state;
	assert_non_null(pages);
	for (int i = 0; i < PAGES; i++) {
		assert_true(refs[i] >= 8); /* those below are reserved */
		for (int j = 0; j < i; j++)
			assert_int_not_equal(refs[i], refs[j]);
		assert_memory_equal(pages + i * PAGE_BYTES, zero, PAGE_BYTES);
		pages[i * PAGE_BYTES] = 1;
	}
	assert_int_equal(xengntshr_unshare(shr, pages, PAGES), 0);
	assert_int_equal(xengntshr_close(shr), 0);
}

static void unshared_pages_can_be_shared_again(void **state)
{
	xengntshr_handle *shr = contract_gntshr();
	uint32_t refs[PAGES];

	(void)state;
	for (int i = 0; i < 20; i++) {
		char *pages = xengntshr_share_pages(shr, contract_domid(), PAGES, refs, i & 1);

		assert_non_null(pages);
		pages[0] = pages[PAGES * PAGE_BYTES - 1] = 1;
		assert_int_equal(xengntshr_unshare(shr, pages, PAGES), 0);
	}
	xengntshr_close(shr);
}

static void pages_of_a_share_may_go_one_by_one(void **state)
{
	xengntshr_handle *shr = contract_gntshr();
	uint32_t refs[PAGES];

	(void)state;
	for (int i = 0; i < 10; i++) {
		char *pages = xengntshr_share_pages(shr, contract_domid(), PAGES, refs, 1);

		assert_non_null(pages);
		assert_int_equal(xengntshr_unshare(shr, pages + PAGE_BYTES, 100), 0);
		pages[0] = pages[101 * PAGE_BYTES] = 1;
		assert_int_equal(xengntshr_unshare(shr, pages, 1), 0);
		assert_int_equal(xengntshr_unshare(shr, pages + 101 * PAGE_BYTES, PAGES - 101), 0);
	}
	xengntshr_close(shr);
}

static void plain_munmap_and_close_give_pages_back(void **state)
{
	uint32_t refs[PAGES];

	(void)state;
	for (int i = 0; i < 10; i++) {
		xengntshr_handle *shr = contract_gntshr();
		char *pages = xengntshr_share_pages(shr, contract_domid(), PAGES, refs, 1);

		assert_non_null(pages);
		assert_int_equal(munmap(pages, PAGES * PAGE_BYTES), 0);
		assert_int_equal(xengntshr_close(shr), 0);
	}
}

static void too_many_pages_are_refused(void **state)
{
	const int count = 1 << 20;
	xengntshr_handle *shr = contract_gntshr();
	uint32_t *refs = calloc((size_t)count, sizeof(*refs));

	(void)state;
	assert_non_null(refs);
	assert_null(xengntshr_share_pages(shr, contract_domid(), count, refs, 1));
	assert_int_equal(errno, ENOSPC);
	assert_null(xengntshr_share_pages(shr, contract_domid(), 0, refs, 1));
	assert_null(xengntshr_share_pages(shr, contract_domid(), -1, refs, 1));
	xengntshr_close(shr);
	free(refs);
}

static void pages_may_be_shared_with_a_domain_that_is_not_there(void **state)
{
	xengntshr_handle *shr = contract_gntshr();
	uint32_t ref;
	char *page = xengntshr_share_pages(shr, NOBODY, 1, &ref, 1);

	(void)state;
	assert_non_null(page);
	assert_int_equal(xengntshr_unshare(shr, page, 1), 0);
	xengntshr_close(shr);
}

static void the_descriptor_is_real_and_close_takes_null(void **state)
{
	xengntshr_handle *shr = contract_gntshr();

	(void)state;
	assert_true(fcntl(xengntshr_fd(shr), F_GETFD) >= 0);
	xengntshr_close(shr);
	assert_int_equal(xengntshr_close(NULL), 0);
}

/* Each handle is an open file of its own, of one and the same device of this domain. */
static void handles_lock_each_other_out_of_the_device(void **state)
{
	xengntshr_handle *one = contract_gntshr(), *other = contract_gntshr();
	const struct flock wanted = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = INT64_C(1) << 46, .l_len = 1};
	struct flock found = wanted;

	(void)state;
	assert_int_equal(fcntl(xengntshr_fd(other), F_OFD_GETLK, &found), 0);
	assert_int_equal(found.l_type, F_UNLCK);
	assert_int_equal(fcntl(xengntshr_fd(one), F_OFD_SETLK, &wanted), 0);
	assert_int_equal(fcntl(xengntshr_fd(other), F_OFD_SETLK, &wanted), -1);
	assert_int_equal(errno, EAGAIN);
	found = wanted;
	assert_int_equal(fcntl(xengntshr_fd(other), F_OFD_GETLK, &found), 0);
	assert_int_equal(found.l_type, F_WRLCK);
	xengntshr_close(one);
	assert_int_equal(fcntl(xengntshr_fd(other), F_OFD_SETLK, &wanted), 0);
	xengntshr_close(other);
}

static void a_notify_needs_a_port_that_is_bound(void **state)
{
	xengntshr_handle *shr = contract_gntshr();
	uint32_t ref;

	(void)state;
	assert_null(xengntshr_share_page_notify(shr, contract_domid(), &ref, 1, 0, 4000));
	assert_int_equal(errno, EINVAL);
	xengntshr_close(shr);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refs_are_distinct_and_pages_zeroed),
		cmocka_unit_test(unshared_pages_can_be_shared_again),
		cmocka_unit_test(pages_of_a_share_may_go_one_by_one),
		cmocka_unit_test(plain_munmap_and_close_give_pages_back),
		cmocka_unit_test(too_many_pages_are_refused),
		cmocka_unit_test(pages_may_be_shared_with_a_domain_that_is_not_there),
		cmocka_unit_test(the_descriptor_is_real_and_close_takes_null),
		cmocka_unit_test(handles_lock_each_other_out_of_the_device),
		cmocka_unit_test(a_notify_needs_a_port_that_is_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
