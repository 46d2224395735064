/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/vsnd_alsa_card.h"

struct vsnd_card *make_card(const char *pcm)
{
	static struct vsnd_card_config config;
	static char name[32];
	struct vsnd_card *card;

	strcpy(name, pcm);
	config = (struct vsnd_card_config){.name = "main",
		.ops = &vsnd_card_alsa,
		.playback = name,
		.capture = name,
		.priority = 70};
	assert_int_equal(vsnd_card_create(&config, &card), 0);
	return card;
}
