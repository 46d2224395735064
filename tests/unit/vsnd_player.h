/* SPDX-License-Identifier: MIT */
/* A stream on a card, and waiting for it, for the tests of cards. After cmocka.h. */
#ifndef TESTS_VSND_PLAYER_H
#define TESTS_VSND_PLAYER_H

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "backend/sound/card/card.h"

struct player {
	struct vsnd_card *card;
	struct vsnd_stream *stream;
	int wake_fd;
};

static inline struct player open_on(struct vsnd_card *card, enum vsnd_direction direction,
	const struct vsnd_format *format, uint32_t period_frames)
{
	struct player player = {.card = card, .wake_fd = eventfd(0, EFD_NONBLOCK)};

	assert_int_equal(vsnd_card_open(card, direction, format, period_frames, 65536,
				 player.wake_fd, 0, &player.stream),
		0);
	return player;
}

static inline void leave(struct player *player)
{
	vsnd_card_close(player->card, player->stream);
	close(player->wake_fd);
}

/* A device is opened and closed by a thread of its own; 10 s are for ever. */
static inline void wait_until_there(
	struct vsnd_card *card, enum vsnd_direction direction, bool there)
{
	struct vsnd_card_stat stat;

	for (unsigned i = 0; i < 10000; i++) {
		vsnd_card_stat(card, &stat);
		if (there ? stat.here[direction].is_there : !stat.open[direction])
			return;
		usleep(1000);
	}
	fail_msg("the device is %s", there ? "not there" : "not closed");
}

/* Until the device has come to a position; 10 s are for ever. */
static inline void wait_for(struct player *player, uint64_t position)
{
	struct pollfd poll_fd = {.fd = player->wake_fd, .events = POLLIN};
	eventfd_t count;

	while (vsnd_stream_position(player->stream) < position) {
		assert_int_equal(poll(&poll_fd, 1, 10000), 1);
		assert_int_equal(eventfd_read(player->wake_fd, &count), 0);
	}
}

#endif
