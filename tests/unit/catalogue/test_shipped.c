/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is shipped keeps its promises: no category, stage and language without help, nothing unconfirmed, nothing for
 * adults on a pupil's page, every text in every language. Judged on a Tuesday at 10 in a school week, when most chats
 * are closed. Run from the root of the tree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "catalogue/catalogue.h"
#include "catalogue/texts.h"

struct shipped {
	struct conf *conf;
	struct catalogue *catalogue;
	struct texts *texts;
	int64_t tuesday;
};

static void report(void *user, const char *file, int line, const char *text)
{
	(void)user;
	print_error("%s:%d: %s\n", file, line, text);
}

static int setup(void **state)
{
	static struct shipped s;
	*state = &s;
	return clock_parse("2026-11-24T09:00:00.000Z", &s.tuesday) != 0 ||
	       conf_load("config/dev.conf", report, NULL, &s.conf) != 0 ||
	       catalogue_load(s.conf->help.catalogue, report, NULL, &s.catalogue) != 0 ||
	       texts_load(s.conf, report, NULL, &s.texts) != 0;
}

static int teardown(void **state)
{
	struct shipped *s = *state;
	texts_free(s->texts);
	catalogue_free(s->catalogue);
	conf_free(s->conf);
	return 0;
}

static bool is_wordless(const struct service *s)
{
	for (size_t i = 0; i < s->channel_count; i++)
		if (s->channels[i].kind == CHANNEL_CHAT || s->channels[i].kind == CHANNEL_SMS ||
		    s->channels[i].kind == CHANNEL_WEB)
			return true;
	return false;
}

static void every_category_and_stage_has_two_services_one_open_one_without_speech(void **state)
{
	const struct shipped *s = *state;
	for (size_t c = 0; c < s->conf->category_count; c++) {
		const struct conf_category *category = &s->conf->categories[c];
		for (int stage = 0; stage < STAGES; stage++) {
			struct offer offers[64];
			size_t useful = 0, open = 0, wordless = 0;
			size_t count = catalogue_rank(s->catalogue, &category->topics, (enum stage)stage,
						      s->tuesday, offers, 64);
			for (size_t i = 0; i < count; i++) {
				const struct service *v = offers[i].service;
				if (service_emergency(v))
					continue;
				useful++;
				open += offers[i].open_now && offers[i].channel->kind != CHANNEL_WEB;
				wordless += is_wordless(v);
				if (stage != STAGE_STAFF)
					assert_true(v->age_from < 18);
			}
			if (useful < 2 || open < 1 || wordless < 1)
				fail_msg("%s, %s: %zu services, %zu open, %zu without speech", category->id,
					 stage_names[stage], useful, open, wordless);
			assert_true(offers[0].open_now);
		}
	}
}

static void every_shipped_entry_is_confirmed_dated_and_written_in_three_languages(void **state)
{
	const struct shipped *s = *state;
	assert_true(s->catalogue->count >= 30);
	for (size_t i = 0; i < s->catalogue->count; i++) {
		const struct service *v = &s->catalogue->services[i];
		assert_non_null(v->file);
		assert_true(v->confirmed);
		assert_true(service_shown(v, s->tuesday));
		assert_non_null(strstr(v->source, "https://"));
		for (int l = LANGUAGE_NB; l <= LANGUAGE_EN; l++) {
			if (v->about.in[LANGUAGE_NB] == NULL || (v->about.in[l] == NULL))
				fail_msg("%s says nothing about itself in %s", v->id, language_names[l]);
			if (v->privacy.in[LANGUAGE_NB] != NULL && v->privacy.in[l] == NULL)
				fail_msg("%s: privacy is missing in %s", v->id, language_names[l]);
		}
	}
}

static void numbers_that_are_only_leads_are_not_shipped(void **state)
{
	/* Secondary or unconfirmed in the vetting, or known to be wrong. */
	static const char *const leads[] = {"22 44 40 50", "22 99 39 50", "22 94 00 10", "22 94 45 00",
					    "800 57 000",  "915 08 588",  "800 800 40",  "948 17 818",
					    "22 59 13 00", "417 16 111",  "800 40 567",  "800 40 008",
					    "47 71 61 11", "22 41 22 40"};
	const struct shipped *s = *state;
	for (size_t i = 0; i < s->catalogue->count; i++)
		for (size_t c = 0; c < s->catalogue->services[i].channel_count; c++)
			for (size_t l = 0; l < sizeof leads / sizeof leads[0]; l++)
				assert_string_not_equal(s->catalogue->services[i].channels[c].value,
							leads[l]);
}

static void every_category_has_its_own_words_in_every_language(void **state)
{
	const struct shipped *s = *state;
	assert_int_equal(s->texts->language_count, 3);
	for (size_t l = 0; l < s->texts->language_count; l++)
		for (size_t c = 0; c < s->conf->category_count; c++) {
			const char *id = s->conf->categories[c].id;
			const struct category_words *w = texts_category(s->texts, s->texts->languages[l], id);
			assert_string_equal(w->id, id);
			assert_true(strlen(w->lead) > 20 && strlen(w->why) > 20);
		}
}

/* The languages differ where they must: a copy left behind would be half a translation. */
static void no_sentence_is_left_in_another_language(void **state)
{
	const struct shipped *s = *state;
	for (size_t c = 0; c < s->conf->category_count; c++) {
		const char *id = s->conf->categories[c].id;
		const char *nb = texts_category(s->texts, LANGUAGE_NB, id)->lead;
		assert_string_not_equal(nb, texts_category(s->texts, LANGUAGE_NN, id)->lead);
		assert_string_not_equal(nb, texts_category(s->texts, LANGUAGE_EN, id)->lead);
	}
}

static void sentences_are_short_enough_for_a_child(void **state)
{
	const struct shipped *s = *state;
	for (size_t l = 0; l < s->texts->language_count; l++) {
		const struct text_file *f = &s->texts->file[s->texts->languages[l]];
		for (size_t i = 0; i < f->category_count * 2; i++) {
			const char *text = i % 2 == 0 ? f->categories[i / 2].lead : f->categories[i / 2].why;
			int words = 1;
			for (const char *at = text; *at != '\0'; at++) {
				words += *at == ' ';
				if (strchr(".?!", *at) != NULL)
					words = 0;
				if (words > 22)
					fail_msg("%s: %s", f->categories[i / 2].id, text);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_category_and_stage_has_two_services_one_open_one_without_speech),
		cmocka_unit_test(every_shipped_entry_is_confirmed_dated_and_written_in_three_languages),
		cmocka_unit_test(numbers_that_are_only_leads_are_not_shipped),
		cmocka_unit_test(every_category_has_its_own_words_in_every_language),
		cmocka_unit_test(no_sentence_is_left_in_another_language),
		cmocka_unit_test(sentences_are_short_enough_for_a_child),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
