/* SPDX-License-Identifier: MIT */
/* xengnttab_*: mapping granted pages. */
#include "tests/contract/contract.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include <xentoolcore.h>

#define FRAME_PAGES 1000 /* about a FullHD YUYV frame, and within gntalloc's 1024 */
#define RW (PROT_READ | PROT_WRITE)

struct fixture {
	uint32_t domid;
	xengntshr_handle *shr;
	xengnttab_handle *tab;
};

static struct fixture open_both(void)
{
	return (struct fixture){contract_domid(), contract_gntshr(), contract_gnttab()};
}

static void close_both(struct fixture *f)
{
	assert_int_equal(xengnttab_close(f->tab), 0);
	assert_int_equal(xengntshr_close(f->shr), 0);
}

static char *share(struct fixture *f, int count, uint32_t *refs, int writable)
{
	char *pages = xengntshr_share_pages(f->shr, f->domid, count, refs, writable);

	assert_non_null(pages);
	return pages;
}

static void both_sides_see_what_the_other_writes(void **state)
{
	struct fixture f = open_both();
	uint32_t ref;
	volatile char *mine = share(&f, 1, &ref, 1), *theirs;

	(void)state;
	mine[5] = 'a';
	theirs = xengnttab_map_grant_ref(f.tab, f.domid, ref, RW);
	assert_non_null((void *)theirs);
	assert_int_equal(theirs[5], 'a');
	theirs[6] = 'b';
	assert_int_equal(mine[6], 'b');
	mine[7] = 'c';
	assert_int_equal(theirs[7], 'c');
	assert_int_equal(xengnttab_unmap(f.tab, (void *)theirs, 1), 0);
	assert_int_equal(xengntshr_unshare(f.shr, (void *)mine, 1), 0);
	close_both(&f);
}

static void a_frame_is_one_range_in_order(void **state)
{
	struct fixture f = open_both();
	static uint32_t refs[FRAME_PAGES];
	char *mine = share(&f, FRAME_PAGES, refs, 1), *theirs;

	(void)state;
	for (int i = 0; i < FRAME_PAGES; i++)
		memcpy(mine + i * PAGE_BYTES, &i, sizeof(i));
	theirs = xengnttab_map_domain_grant_refs(f.tab, FRAME_PAGES, f.domid, refs, RW);
	assert_non_null(theirs);
	assert_memory_equal(theirs, mine, FRAME_PAGES * PAGE_BYTES);
	theirs[FRAME_PAGES * PAGE_BYTES - 1] = 1;
	assert_int_equal(mine[FRAME_PAGES * PAGE_BYTES - 1], 1);
	assert_int_equal(xengnttab_unmap(f.tab, theirs, FRAME_PAGES), 0);
	xengntshr_unshare(f.shr, mine, FRAME_PAGES);
	close_both(&f);
}

static void pages_come_in_the_order_asked_for(void **state)
{
	enum { COUNT = 300 };
	struct fixture f = open_both();
	uint32_t refs[COUNT], asked[COUNT], domids[COUNT];
	char *mine[COUNT], *theirs;

	(void)state;
	for (int i = 0; i < COUNT; i++) {
		mine[i] = share(&f, 1, &refs[i], 1);
		memcpy(mine[i], &i, sizeof(i));
	}
	for (int i = 0; i < COUNT; i++) {
		domids[i] = f.domid;
		asked[i] = refs[i * 7 % COUNT];
	}
	theirs = xengnttab_map_grant_refs(f.tab, COUNT, domids, asked, PROT_READ);
	assert_non_null(theirs);
	for (int i = 0; i < COUNT; i++) {
		int number;

		memcpy(&number, theirs + i * PAGE_BYTES, sizeof(number));
		assert_int_equal(number, i * 7 % COUNT);
	}
	assert_int_equal(xengnttab_unmap(f.tab, theirs, COUNT), 0);
	for (int i = 0; i < COUNT; i++)
		xengntshr_unshare(f.shr, mine[i], 1);
	close_both(&f);
}

static void what_is_shared_for_reading_cannot_be_mapped_for_writing(void **state)
{
	struct fixture f = open_both();
	uint32_t ref;
	char *mine = share(&f, 1, &ref, 0), *theirs;

	(void)state;
	mine[0] = 'r';
	assert_null(xengnttab_map_grant_ref(f.tab, f.domid, ref, RW));
	assert_int_equal(errno, EINVAL);
	theirs = xengnttab_map_grant_ref(f.tab, f.domid, ref, PROT_READ);
	assert_non_null(theirs);
	assert_int_equal(theirs[0], 'r');
	assert_int_equal(xengnttab_unmap(f.tab, theirs, 1), 0);
	xengntshr_unshare(f.shr, mine, 1);
	close_both(&f);
}

static void what_was_granted_to_another_is_refused(void **state)
{
	struct fixture f = open_both();
	uint32_t ref;
	char *mine = xengntshr_share_pages(f.shr, NOBODY, 1, &ref, 1);

	(void)state;
	assert_non_null(mine);
	assert_null(xengnttab_map_grant_ref(f.tab, f.domid, ref, PROT_READ));
	assert_int_equal(errno, EINVAL);
	assert_null(xengnttab_map_grant_ref(f.tab, NOBODY, ref, PROT_READ));
	assert_int_equal(errno, EINVAL);
	xengntshr_unshare(f.shr, mine, 1);
	close_both(&f);
}

static void references_that_do_not_exist_are_refused(void **state)
{
	struct fixture f = open_both();
	uint32_t refs[3] = {0, 0xffffffff, 0};
	char *mine = share(&f, 1, &refs[0], 1);

	(void)state;
	assert_null(xengnttab_map_domain_grant_refs(f.tab, 2, f.domid, refs, PROT_READ));
	assert_int_equal(errno, EINVAL);
	assert_null(xengnttab_map_domain_grant_refs(f.tab, 0, f.domid, refs, PROT_READ));
	xengntshr_unshare(f.shr, mine, 1);
	assert_null(xengnttab_map_grant_ref(f.tab, f.domid, refs[0], PROT_READ));
	assert_int_equal(errno, EINVAL);
	close_both(&f);
}

static void a_page_may_be_mapped_more_than_once(void **state)
{
	struct fixture f = open_both();
	xengnttab_handle *second = contract_gnttab();
	uint32_t ref;
	char *mine = share(&f, 1, &ref, 1);
	char *one = xengnttab_map_grant_ref(f.tab, f.domid, ref, RW);
	char *two = xengnttab_map_grant_ref(f.tab, f.domid, ref, PROT_READ);
	char *three = xengnttab_map_grant_ref(second, f.domid, ref, RW);

	(void)state;
	assert_true(one && two && three && one != two);
	mine[0] = 'x';
	assert_true(one[0] == 'x' && two[0] == 'x' && three[0] == 'x');
	assert_int_equal(xengnttab_unmap(f.tab, one, 1), 0);
	assert_true(two[0] == 'x' && three[0] == 'x');
	assert_int_equal(xengnttab_unmap(f.tab, two, 1), 0);
	assert_int_equal(xengnttab_unmap(second, three, 1), 0);
	xengntshr_unshare(f.shr, mine, 1);
	xengnttab_close(second);
	close_both(&f);
}

static void a_page_outlives_its_share_while_mapped(void **state)
{
	struct fixture f = open_both();
	uint32_t ref;
	char *mine = share(&f, 1, &ref, 1), *theirs;

	(void)state;
	strcpy(mine, "still here");
	theirs = xengnttab_map_grant_ref(f.tab, f.domid, ref, RW);
	assert_non_null(theirs);
	assert_int_equal(xengntshr_unshare(f.shr, mine, 1), 0);
	xengntshr_close(f.shr);
	assert_string_equal(theirs, "still here");
	theirs[0] = 'S';
	assert_int_equal(xengnttab_unmap(f.tab, theirs, 1), 0);
	xengnttab_close(f.tab);
}

static void unmapping_takes_exactly_what_was_mapped(void **state)
{
	struct fixture f = open_both();
	uint32_t refs[4];
	char *mine = share(&f, 4, refs, 1);
	char *theirs = xengnttab_map_domain_grant_refs(f.tab, 4, f.domid, refs, RW);

	(void)state;
	assert_non_null(theirs);
	assert_int_equal(xengnttab_unmap(f.tab, theirs, 3), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(xengnttab_unmap(f.tab, theirs, 5), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(xengnttab_unmap(f.tab, NULL, 4), -1);
	assert_int_equal(errno, EINVAL);
	theirs[3 * PAGE_BYTES] = 1;
	assert_int_equal(xengnttab_unmap(f.tab, theirs, 4), 0);
	assert_int_equal(xengnttab_unmap(f.tab, theirs, 4), -1);
	assert_int_equal(errno, EINVAL);
	xengntshr_unshare(f.shr, mine, 4);
	close_both(&f);
}

struct worker {
	struct fixture *f;
	uint32_t *refs;
	int failures;
};

static void *map_and_unmap(void *argument)
{
	struct worker *worker = argument;

	for (int i = 0; i < 200; i++) {
		char *theirs = xengnttab_map_domain_grant_refs(
			worker->f->tab, 8, worker->f->domid, worker->refs, RW);

		if (!theirs || theirs[7 * PAGE_BYTES] != 'w' ||
			xengnttab_unmap(worker->f->tab, theirs, 8))
			worker->failures++;
	}
	return NULL;
}

static void threads_may_share_a_handle(void **state)
{
	enum { THREADS = 4 };
	struct fixture f = open_both();
	struct worker workers[THREADS];
	pthread_t threads[THREADS];
	uint32_t refs[8];
	char *mine = share(&f, 8, refs, 1);

	(void)state;
	mine[7 * PAGE_BYTES] = 'w';
	for (int i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){&f, refs, 0};
		assert_int_equal(pthread_create(&threads[i], NULL, map_and_unmap, &workers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(workers[i].failures, 0);
	}
	xengntshr_unshare(f.shr, mine, 8);
	close_both(&f);
}

static void the_rest_of_the_interface(void **state)
{
	xengnttab_handle *tab = contract_gnttab();
	uint32_t fd, ref = 0;

	(void)state;
	assert_true(fcntl(xengnttab_fd(tab), F_GETFD) & FD_CLOEXEC);
	assert_int_equal(xengnttab_set_max_grants(tab, 64), 0);
	assert_int_equal(xengnttab_dmabuf_exp_from_refs(tab, NOBODY, 0, 1, &ref, &fd), -1);
	assert_int_equal(xengnttab_dmabuf_imp_to_refs(tab, NOBODY, (uint32_t)-1, 1, &ref), -1);
	assert_int_equal(xengnttab_close(tab), 0);
	assert_int_equal(xengnttab_close(NULL), 0);
}

/* Last: it takes all handles of the process. */
static void a_restricted_handle_maps_nothing(void **state)
{
	struct fixture f = open_both();
	uint32_t ref;
	char *mine = share(&f, 1, &ref, 1);

	(void)state;
	assert_int_equal(xentoolcore_restrict_all(NOBODY), 0);
	assert_null(xengnttab_map_grant_ref(f.tab, f.domid, ref, PROT_READ));
	assert_int_equal(errno, ENOTTY);
	xengntshr_unshare(f.shr, mine, 1);
	close_both(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_see_what_the_other_writes),
		cmocka_unit_test(a_frame_is_one_range_in_order),
		cmocka_unit_test(pages_come_in_the_order_asked_for),
		cmocka_unit_test(what_is_shared_for_reading_cannot_be_mapped_for_writing),
		cmocka_unit_test(what_was_granted_to_another_is_refused),
		cmocka_unit_test(references_that_do_not_exist_are_refused),
		cmocka_unit_test(a_page_may_be_mapped_more_than_once),
		cmocka_unit_test(a_page_outlives_its_share_while_mapped),
		cmocka_unit_test(unmapping_takes_exactly_what_was_mapped),
		cmocka_unit_test(threads_may_share_a_handle),
		cmocka_unit_test(the_rest_of_the_interface),
		cmocka_unit_test(a_restricted_handle_maps_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
