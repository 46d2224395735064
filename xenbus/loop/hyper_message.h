/* SPDX-License-Identifier: MIT */
#ifndef LOOP_HYPER_MESSAGE_H
#define LOOP_HYPER_MESSAGE_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Sends one message of two parts (the second may be empty) with copies of `files`. flags:
 * MSG_DONTWAIT or 0. 0 or an error of sendmsg, never SIGPIPE. Any thread.
 */
int loop_message_send(int fd, const void *head, size_t head_bytes, const void *items,
	size_t items_bytes, const int *files, unsigned int files_count, int flags);

/*
 * Receives one message: its first head_bytes to `head`, the rest to `items`; at most files_max
 * files, close-on-exec and the caller's. Returns its bytes, 0 at the end of the connection, or
 * -errno; -EMSGSIZE: longer than the room, or more files. *ret_files is how many there are, 0 in
 * all cases of error. Any thread.
 */
ssize_t loop_message_receive(int fd, void *head, size_t head_bytes, void *items, size_t items_bytes,
	int *files, unsigned int files_max, unsigned int *ret_files, int flags);

#endif
