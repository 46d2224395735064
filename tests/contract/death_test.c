/* SPDX-License-Identifier: MIT */
/*
 * Processes that die with grants, mappings, ports and notifies in hand leave nothing behind.
 * PV_LONG=1 kills 10,000. On xenloop the server's own books and descriptors are looked at, too:
 * XENLOOP_PID and XENLOOP_DIR name it.
 */
#include "tests/contract/contract.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES 16

/* What the server holds; all 0 on Xen. */
struct books {
	char stat[256];
	int files, maps;
};

static int entries(const char *what)
{
	char path[64];
	DIR *dir;
	int count = 0;

	snprintf(path, sizeof(path), "/proc/%s/%s", getenv("XENLOOP_PID"), what);
	dir = opendir(path);
	if (!dir)
		return -1;
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static int shared_maps(void)
{
	char path[64], line[512];
	int count = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/maps", getenv("XENLOOP_PID"));
	file = fopen(path, "r");
	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file))
		count += strstr(line, "memfd:") != NULL;
	fclose(file);
	return count;
}

static void stat_read(char *answer, size_t bytes)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t have = 0;
	ssize_t got;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/control", getenv("XENLOOP_DIR"));
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(write(fd, "stat\n", 5), 5);
	while (have < bytes - 1 && (got = read(fd, answer + have, bytes - 1 - have)) > 0)
		have += (size_t)got;
	answer[have] = '\0';
	close(fd);
	assert_non_null(strstr(answer, "grants "));
}

static void books_read(struct books *books)
{
	memset(books, 0, sizeof(*books));
	if (!getenv("XENLOOP_PID"))
		return;
	stat_read(books->stat, sizeof(books->stat));
	books->files = entries("fd");
	books->maps = shared_maps();
}

/* The server hears of a death a moment later. */
static void books_match(const struct books *before)
{
	struct books now;

	for (int i = 0; i < EVENT_MS / 10; i++) {
		books_read(&now);
		if (!strcmp(now.stat, before->stat) && now.files <= before->files &&
			now.maps <= before->maps)
			return;
		usleep(10000);
	}
	fail_msg("before: %s%d files, %d maps; now: %s%d files, %d maps", before->stat,
		before->files, before->maps, now.stat, now.files, now.maps);
}

/* Everything that a process can have; the parent kills it when it has told that it has. */
static void hold_everything(uint32_t domid, int fd)
{
	xengntshr_handle *shr = xengntshr_open(NULL, 0);
	xengnttab_handle *tab = xengnttab_open(NULL, 0);
	xenevtchn_handle *one = xenevtchn_open(NULL, 0), *two = xenevtchn_open(NULL, 0);
	int port = xenevtchn_bind_unbound_port(one, domid), other;
	uint32_t refs[PAGES], ref;
	bool all;

	other = xenevtchn_bind_interdomain(two, domid, (evtchn_port_t)port);
	all = port > 0 && other > 0 && xengntshr_share_pages(shr, domid, PAGES, refs, 1);
	all = all && xengntshr_share_page_notify(shr, domid, &ref, 1, 0, (evtchn_port_t)port);
	all = all &&
	      xengnttab_map_domain_grant_refs(tab, PAGES, domid, refs, PROT_READ | PROT_WRITE);
	all = all && xengnttab_map_grant_ref_notify(
			     tab, domid, ref, PROT_READ | PROT_WRITE, 1, (evtchn_port_t)other);
	all = all && !xenevtchn_notify(one, (evtchn_port_t)port) &&
	      !xenevtchn_notify(two, (evtchn_port_t)other);
	contract_tell(fd, all);
	pause();
}

static void nothing_is_left_of_the_dead(void **state)
{
	int cycles = getenv("PV_LONG") ? 10000 : 200, pair[2];
	uint32_t domid = contract_domid();
	struct books before;

	(void)state;
	books_read(&before);
	for (int i = 0; i < cycles; i++) {
		struct contract_child child;

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
		child.fd = pair[0];
		child.pid = fork(); /* this process has no handle that the child could inherit */
		assert_true(child.pid >= 0);
		if (!child.pid) {
			hold_everything(domid, pair[1]);
			_exit(0);
		}
		close(pair[1]);
		assert_int_equal(contract_hear(child.fd), 1);
		contract_child_kill(&child);
	}
	books_match(&before);
}

/* Without a death, too. */
static void nothing_is_left_of_closed_handles(void **state)
{
	uint32_t domid = contract_domid(), refs[PAGES];
	struct books before;

	(void)state;
	books_read(&before);
	for (int i = 0; i < 200; i++) {
		xengntshr_handle *shr = contract_gntshr();
		xengnttab_handle *tab = contract_gnttab();
		xenevtchn_handle *one = contract_evtchn();
		char *mine = xengntshr_share_pages(shr, domid, PAGES, refs, 1), *theirs;

		assert_non_null(mine);
		theirs = xengnttab_map_domain_grant_refs(tab, PAGES, domid, refs, PROT_READ);
		assert_non_null(theirs);
		assert_true(xenevtchn_bind_unbound_port(one, domid) > 0);
		munmap(mine, PAGES * PAGE_BYTES);
		munmap(theirs, PAGES * PAGE_BYTES);
		xenevtchn_close(one);
		xengnttab_close(tab);
		xengntshr_close(shr);
	}
	books_match(&before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_left_of_closed_handles),
		cmocka_unit_test(nothing_is_left_of_the_dead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
