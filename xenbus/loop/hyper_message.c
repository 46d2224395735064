/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "xenbus/loop/hyper_message.h"
#include "xenbus/loop/hyper_proto.h"

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(LOOP_FILES_MAX * sizeof(int))];
};

int loop_message_send(int fd, const void *head, size_t head_bytes, const void *items,
	size_t items_bytes, const int *files, unsigned int files_count, int flags)
{
	struct iovec parts[2] = {
		{.iov_base = (void *)head, .iov_len = head_bytes},
		{.iov_base = (void *)items, .iov_len = items_bytes},
	};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = items_bytes ? 2 : 1};
	union control control;

	if (files_count) {
		struct cmsghdr *rights = &control.align;

		memset(&control, 0, CMSG_SPACE(files_count * sizeof(int)));
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(files_count * sizeof(int));
		memcpy(CMSG_DATA(rights), files, files_count * sizeof(int));
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(files_count * sizeof(int));
	}
	while (sendmsg(fd, &message, flags | MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

/* Takes the files out of the control part; those beyond files_max are closed. Returns how many
 * came. */
static unsigned int files_take(struct msghdr *message, int *files, unsigned int files_max)
{
	struct cmsghdr *part;
	unsigned int count = 0;

	for (part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
		size_t bytes = part->cmsg_len - CMSG_LEN(0);

		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = 0; at + sizeof(int) <= bytes; at += sizeof(int), count++) {
			int file;

			memcpy(&file, CMSG_DATA(part) + at, sizeof(file));
			if (count < files_max)
				files[count] = file;
			else
				close(file);
		}
	}
	return count;
}

ssize_t loop_message_receive(int fd, void *head, size_t head_bytes, void *items, size_t items_bytes,
	int *files, unsigned int files_max, unsigned int *ret_files, int flags)
{
	struct iovec parts[2] = {
		{.iov_base = head, .iov_len = head_bytes},
		{.iov_base = items, .iov_len = items_bytes},
	};
	union control control;
	struct msghdr message = {
		.msg_iov = parts,
		.msg_iovlen = items_bytes ? 2 : 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	unsigned int count;
	ssize_t got;

	*ret_files = 0;
	got = recvmsg(fd, &message, flags | MSG_CMSG_CLOEXEC);
	if (got < 0)
		return -errno;
	count = files_take(&message, files, files_max);
	if (count > files_max || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
		while (count-- > 0)
			if (count < files_max)
				close(files[count]);
		return -EMSGSIZE;
	}
	*ret_files = count;
	return got;
}
