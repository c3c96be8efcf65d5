/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Weighted lists of Accept and Accept-Language. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "guard.h"
#include "web/accept.h"

static void the_weight_of_a_type_is_what_its_item_says(void **state)
{
	static const struct {
		const char *list;
		int html;
	} rows[] = {
		{"text/html", 1000},
		{"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", 1000},
		{"*/*", 0},
		{"text/*", 0},
		{"", 0},
		{"image/png, text/html;q=0.5", 500},
		{"TEXT/HTML ; Q=0.25", 250},
		{"text/html;level=1;q=0.7", 700},
		{"text/html;q=0", 0},
		{"text/html;q=1.000", 1000},
		{"text/html;q=1.001", 0},
		{"text/html;q=2", 0},
		{"text/html;q=", 0},
		{"text/html;q=0.1234", 0},
		{"text/htmlx", 0},
		{"xtext/html", 0},
		{",,, text/html ,", 1000},
		{"text/html;", 1000},
		{";q=1,text/html", 1000},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (accept_quality(rows[i].list, "text/html") != rows[i].html)
			fail_msg("\"%s\": %d", rows[i].list, accept_quality(rows[i].list, "text/html"));
}

static void the_best_language_that_we_have_wins(void **state)
{
	static const char *const have[] = {"nb", "nn", "en"};
	static const struct {
		const char *list;
		size_t best;
	} rows[] = {
		{"", 0},
		{"nn-NO,nn;q=0.9,nb;q=0.8", 1},
		{"en-US,en;q=0.5", 2},
		{"no", 0},
		{"no;q=0.5, en;q=0.9", 2},
		{"de, fr", 0},
		{"de, en;q=0.1", 2},
		{"*", 0},
		{"NN", 1},
		{"nb;q=0, nn;q=0.1", 1},
		{"en;q=0.8, nn;q=0.8", 2},
		{"nnx, enx", 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (accept_language(rows[i].list, have, 3) != rows[i].best)
			fail_msg("\"%s\": %zu", rows[i].list, accept_language(rows[i].list, have, 3));
}

static void a_list_cut_at_any_byte_is_read_within_its_bytes(void **state)
{
	static const char list[] = "text/html;level=1;q=0.7 , nb-NO;q=0.123, ;;q=,";
	static const char *const have[] = {"nb", "nn"};
	struct guard g = guard_new(sizeof list);
	(void)state;
	for (size_t n = 0; n < sizeof list; n++) {
		uint8_t *room = guard_room(&g, n + 1);
		memcpy(room, list, n);
		room[n] = '\0';
		(void)accept_quality((const char *)room, "text/html");
		(void)accept_language((const char *)room, have, 2);
	}
	guard_free(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_weight_of_a_type_is_what_its_item_says),
		cmocka_unit_test(the_best_language_that_we_have_wins),
		cmocka_unit_test(a_list_cut_at_any_byte_is_read_within_its_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
