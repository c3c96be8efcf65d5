/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sodium.h>
#include <cmocka.h>

#include "help/receipt.h"

enum { DRAWN = 4000, WORDS = 128 };

/* Words met so far, told apart. */
struct seen {
	char word[WORDS + 1][8];
	size_t count;
};

static void see(struct seen *s, const char *word)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->word[i], word) == 0)
			return;
	assert_true(s->count < WORDS);
	(void)snprintf(s->word[s->count++], sizeof s->word[0], "%.7s", word);
}

static void a_receipt_is_four_of_128_short_words(void **state)
{
	struct seen seen = {.count = 0};
	(void)state;
	for (int i = 0; i < DRAWN; i++) {
		char text[RECEIPT_TEXT_SIZE], *rest = text, *word;
		int words = 0;
		receipt_make(text);
		while ((word = strsep(&rest, " ")) != NULL) {
			assert_in_range(strlen(word), 2, 7);
			for (const char *at = word; *at != '\0'; at++)
				assert_true(islower((unsigned char)*at));
			see(&seen, word);
			words++;
		}
		assert_int_equal(words, 4);
	}
	assert_int_equal(seen.count, WORDS); /* every word is drawn, and no two are the same */
}

static void two_receipts_differ(void **state)
{
	char one[RECEIPT_TEXT_SIZE], other[RECEIPT_TEXT_SIZE];
	int same = 0;
	(void)state;
	for (int i = 0; i < 1000; i++) {
		receipt_make(one);
		receipt_make(other);
		same += strcmp(one, other) == 0;
	}
	assert_true(same <= 1); /* one in 268 million */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_receipt_is_four_of_128_short_words),
		cmocka_unit_test(two_receipts_differ),
	};
	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
