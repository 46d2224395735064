/* SPDX-License-Identifier: MIT */
#include "xenbus/loop/hyper_table.h"

#define WORD_PORTS 64U
#define ALL (~UINT64_C(0))

_Static_assert(
	LOOP_PORTS / WORD_PORTS == 64, "one word of 64 bits says which words hold queued ports");

void loop_table_queue(struct loop_table *table, uint32_t port)
{
	uint32_t word = port / WORD_PORTS;

	atomic_fetch_or(&table->queued[word], UINT64_C(1) << port % WORD_PORTS);
	atomic_fetch_or(&table->queued_words, UINT64_C(1) << word);
}

bool loop_table_raise(struct loop_table *table, uint32_t port)
{
	/* Always a read-modify-write: what the caller wrote before must be seen by who handles the
	 * event. */
	if (atomic_fetch_or(&table->state[port], LOOP_PORT_PENDING))
		return false;
	loop_table_queue(table, port);
	return true;
}

/* Takes one of the word's ports in `mask`; 0: none. */
static uint32_t take_from_word(struct loop_table *table, uint32_t word, uint64_t mask)
{
	uint64_t bits, bit;

	while ((bits = atomic_load(&table->queued[word])) & mask) {
		uint32_t place = (uint32_t)__builtin_ctzll(bits & mask);

		bit = UINT64_C(1) << place;
		if (atomic_fetch_and(&table->queued[word], ~bit) & bit)
			return word * WORD_PORTS + place;
	}
	if (!bits) {
		atomic_fetch_and(&table->queued_words, ~(UINT64_C(1) << word));
		/* One may have been queued between the two. */
		if (atomic_load(&table->queued[word]))
			atomic_fetch_or(&table->queued_words, UINT64_C(1) << word);
	}
	return 0;
}

uint32_t loop_table_take(struct loop_table *table, uint32_t after)
{
	uint32_t first = (after + 1) % LOOP_PORTS;
	uint32_t word = first / WORD_PORTS;
	uint32_t port = take_from_word(table, word, ALL << first % WORD_PORTS);
	uint64_t words = atomic_load(&table->queued_words);

	/* Then the words after it in turn, up to the rest of its own. */
	for (uint32_t i = 1; i <= WORD_PORTS && !port; i++) {
		uint32_t turn = (word + i) % WORD_PORTS;

		if (words >> turn & 1)
			port = take_from_word(table, turn, ALL);
	}
	return port;
}

bool loop_table_mask(struct loop_table *table, uint32_t port)
{
	uint32_t pending = LOOP_PORT_PENDING;

	return atomic_compare_exchange_strong(&table->state[port], &pending, LOOP_PORT_MASKED);
}

bool loop_table_unmask(struct loop_table *table, uint32_t port)
{
	uint32_t before = atomic_fetch_and(&table->state[port], ~(uint32_t)LOOP_PORT_MASKED);

	if (before != (LOOP_PORT_PENDING | LOOP_PORT_MASKED))
		return false;
	loop_table_queue(table, port);
	return true;
}

void loop_table_reset(struct loop_table *table, uint32_t port)
{
	atomic_store(&table->state[port], 0);
	atomic_fetch_and(&table->queued[port / WORD_PORTS], ~(UINT64_C(1) << port % WORD_PORTS));
}
