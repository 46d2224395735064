/* SPDX-License-Identifier: MIT */
/* xengnttab_grant_copy. */
#include "tests/contract/contract.h"

#include <errno.h>
#include <string.h>

#define PAGES 4

struct fixture {
	uint32_t domid;
	xengntshr_handle *shr;
	xengnttab_handle *tab;
	char *pages;
	uint32_t refs[PAGES];
	char *read_only;
	uint32_t read_only_ref;
};

static int set_up(void **state)
{
	static struct fixture f;

	f.domid = contract_domid();
	f.shr = contract_gntshr();
	f.tab = contract_gnttab();
	f.pages = xengntshr_share_pages(f.shr, f.domid, PAGES, f.refs, 1);
	f.read_only = xengntshr_share_pages(f.shr, f.domid, 1, &f.read_only_ref, 0);
	assert_true(f.pages && f.read_only);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	xengntshr_unshare(f->shr, f->pages, PAGES);
	xengntshr_unshare(f->shr, f->read_only, 1);
	xengnttab_close(f->tab);
	xengntshr_close(f->shr);
	return 0;
}

static xengnttab_grant_copy_segment_t from_grant(
	const struct fixture *f, uint32_t ref, uint16_t offset, void *to, uint16_t len)
{
	xengnttab_grant_copy_segment_t segment = {
		.flags = GNTCOPY_source_gref, .len = len, .status = 99};

	segment.source.foreign.ref = ref;
	segment.source.foreign.offset = offset;
	segment.source.foreign.domid = (uint16_t)f->domid;
	segment.dest.virt = to;
	return segment;
}

static xengnttab_grant_copy_segment_t to_grant(
	const struct fixture *f, void *from, uint32_t ref, uint16_t offset, uint16_t len)
{
	xengnttab_grant_copy_segment_t segment = {
		.flags = GNTCOPY_dest_gref, .len = len, .status = 99};

	segment.source.virt = from;
	segment.dest.foreign.ref = ref;
	segment.dest.foreign.offset = offset;
	segment.dest.foreign.domid = (uint16_t)f->domid;
	return segment;
}

static void copies_in_both_directions(void **state)
{
	struct fixture *f = *state;
	char out[] = "outwards", in[16] = "";
	xengnttab_grant_copy_segment_t segments[2];

	strcpy(f->pages + 2 * PAGE_BYTES + 100, "inwards");
	segments[0] = to_grant(f, out, f->refs[1], PAGE_BYTES - sizeof(out), sizeof(out));
	segments[1] = from_grant(f, f->refs[2], 100, in, 8);
	assert_int_equal(xengnttab_grant_copy(f->tab, 2, segments), 0);
	assert_int_equal(segments[0].status, GNTST_okay);
	assert_int_equal(segments[1].status, GNTST_okay);
	assert_string_equal(f->pages + 2 * PAGE_BYTES - sizeof(out), "outwards");
	assert_string_equal(in, "inwards");
}

static void copies_from_grant_to_grant(void **state)
{
	struct fixture *f = *state;
	xengnttab_grant_copy_segment_t segment =
		from_grant(f, f->read_only_ref, 0, NULL, PAGE_BYTES);

	memset(f->read_only, 'g', PAGE_BYTES);
	segment.flags |= GNTCOPY_dest_gref;
	segment.dest.foreign.ref = f->refs[3];
	segment.dest.foreign.offset = 0;
	segment.dest.foreign.domid = (uint16_t)f->domid;
	assert_int_equal(xengnttab_grant_copy(f->tab, 1, &segment), 0);
	assert_int_equal(segment.status, GNTST_okay);
	assert_memory_equal(f->pages + 3 * PAGE_BYTES, f->read_only, PAGE_BYTES);
}

static void our_memory_may_cross_pages(void **state)
{
	struct fixture *f = *state;
	static char memory[3 * PAGE_BYTES] __attribute__((aligned(PAGE_BYTES)));
	xengnttab_grant_copy_segment_t segment =
		to_grant(f, memory + PAGE_BYTES - 10, f->refs[0], 0, PAGE_BYTES);

	memset(memory, 'm', sizeof(memory));
	assert_int_equal(xengnttab_grant_copy(f->tab, 1, &segment), 0);
	assert_int_equal(segment.status, GNTST_okay);
	assert_memory_equal(f->pages, memory, PAGE_BYTES);
}

static void each_segment_has_its_own_status(void **state)
{
	struct fixture *f = *state;
	char in[4] = "", out[] = "abc";
	xengnttab_grant_copy_segment_t segments[4];

	strcpy(f->pages, "yes");
	f->read_only[0] = 'k';
	segments[0] = from_grant(f, 0x7fffffff, 0, in, 4);
	segments[1] = from_grant(f, f->refs[0], 0, in, 4);
	segments[2] = to_grant(f, out, f->read_only_ref, 0, 4);
	segments[3] = from_grant(f, f->refs[0], 0, in, 4);
	segments[3].source.foreign.domid = NOBODY;
	assert_int_equal(xengnttab_grant_copy(f->tab, 4, segments), 0);
	assert_int_equal(segments[0].status, GNTST_bad_gntref);
	assert_int_equal(segments[1].status, GNTST_okay);
	assert_true(segments[2].status < 0); /* GNTST_general_error as Xen's source has it */
	assert_int_equal(segments[3].status, GNTST_bad_domain);
	assert_string_equal(in, "yes");
	assert_int_equal(f->read_only[0], 'k');
}

static void a_segment_may_not_leave_its_page(void **state)
{
	struct fixture *f = *state;
	char in[16] = "untouched";
	xengnttab_grant_copy_segment_t segment = from_grant(f, f->refs[0], PAGE_BYTES - 4, in, 5);

	assert_int_equal(xengnttab_grant_copy(f->tab, 1, &segment), -1);
	assert_int_equal(errno, EINVAL);
	segment = from_grant(f, f->refs[0], 0xffff, in, 0xffff);
	assert_int_equal(xengnttab_grant_copy(f->tab, 1, &segment), -1);
	assert_int_equal(errno, EINVAL);
	segment = to_grant(f, in, f->refs[0], PAGE_BYTES - 4, 5);
	assert_int_equal(xengnttab_grant_copy(f->tab, 1, &segment), -1);
	assert_int_equal(errno, EINVAL);
	assert_string_equal(in, "untouched");
}

static void many_segments_in_one_call(void **state)
{
	enum { COUNT = 1000 };
	struct fixture *f = *state;
	static xengnttab_grant_copy_segment_t segments[COUNT];
	static char in[COUNT];

	for (int i = 0; i < PAGE_BYTES * PAGES; i++)
		f->pages[i] = (char)(i * 7 / 5);
	for (int i = 0; i < COUNT; i++)
		segments[i] = from_grant(f, f->refs[i % PAGES], (uint16_t)i, &in[i], 1);
	assert_int_equal(xengnttab_grant_copy(f->tab, COUNT, segments), 0);
	for (int i = 0; i < COUNT; i++) {
		assert_int_equal(segments[i].status, GNTST_okay);
		assert_int_equal(in[i], f->pages[i % PAGES * PAGE_BYTES + i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_in_both_directions),
		cmocka_unit_test(copies_from_grant_to_grant),
		cmocka_unit_test(our_memory_may_cross_pages),
		cmocka_unit_test(each_segment_has_its_own_status),
		cmocka_unit_test(a_segment_may_not_leave_its_page),
		cmocka_unit_test(many_segments_in_one_call),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
