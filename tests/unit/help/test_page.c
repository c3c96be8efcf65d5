/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page of every category, stage and language with the shipped texts, templates and catalogue; what it promises
 * about privacy in each mode; and which Host is ours. Run from the root of the tree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "help/page.h"
#include "help/stop.h"

struct rig {
	struct site *site;
	struct page_world world;
	int64_t tuesday;
};

static void report(void *user, const char *file, int line, const char *text)
{
	(void)user;
	print_message("%s:%d: %s\n", file, line, text);
}

static int setup(void **state)
{
	static struct rig rig;
	*state = &rig;
	token_key_random(rig.world.key);
	if (clock_parse("2026-11-24T09:00:00.000Z", &rig.tuesday) != 0 ||
	    site_load_first("config/dev.conf", report, NULL, &rig.site) != 0)
		return -1;
	rig.world.site = rig.site;
	return 0;
}

static int teardown(void **state)
{
	struct rig *rig = *state;
	cache_clear(&rig->world.cache);
	site_free(rig->site);
	return 0;
}

/* The page about a category for a client; the caller frees. */
static char *page(struct rig *rig, const char *category, const char *language, const char *client)
{
	struct token token = {.time_ms = rig->tuesday, .rule = "municipality/x.rules:7"};
	char sealed[TOKEN_TEXT_SIZE], target[512];
	struct web_request request = {.method = "GET",
				      .accept = "text/html",
				      .accept_language = "",
				      .site = "",
				      .type = "",
				      .local_port = 80};
	struct web_response response = {0};
	(void)snprintf(token.category, sizeof token.category, "%s", category != NULL ? category : "");
	token_seal(rig->world.key, &token, sealed);
	(void)snprintf(target, sizeof target, "/?lang=%s&t=%s", language, category != NULL ? sealed : "");
	request.target = target;
	assert_int_equal(address_parse(client, &request.client), 0);
	page_answer(&rig->world, &request, rig->tuesday, &response);
	assert_int_equal(response.status, 200);
	return response.body;
}

static void expect(const char *text, const char *wanted, const char *category)
{
	if (strstr(text, wanted) == NULL)
		fail_msg("%s: \"%s\" is missing in\n%s", category, wanted, text);
}

static void every_page_shows_its_topic_the_danger_line_and_a_way_to_a_human(void **state)
{
	static const char *const clients[] = {"10.1.0.9", "10.2.0.9", "10.3.0.9", "10.4.0.9", "192.0.2.9"};
	static const char *const languages[] = {"nb", "nn", "en"};
	struct rig *rig = *state;
	for (size_t c = 0; c < rig->site->conf->category_count; c++) {
		const struct conf_category *category = &rig->site->conf->categories[c];
		for (size_t l = 0; l < 3; l++) {
			for (size_t n = 0; n < 5; n++) {
				char *text = page(rig, category->id, languages[l], clients[n]);
				if (category->title[l] != NULL)
					expect(text, category->title[l], category->id);
				expect(text, "municipality/x.rules:7", category->id);
				expect(text, "tel:113", category->id);
				expect(text, "tel:112", category->id);
				expect(text, "class=\"card\"", category->id);
				expect(text, "tel:116123", category->id);
				assert_null(strstr(text, "{{"));
				assert_null(strstr(text, "<p></p>"));
				if (n != 3)
					assert_null(strstr(text, "116 006"));
				free(text);
			}
		}
	}
}

static void what_is_said_about_who_can_see_it_is_true_to_the_mode(void **state)
{
	static const struct {
		enum privacy_mode mode;
		const char *category, *client, *wanted;
	} rows[] = {
		{PRIVACY_COUNTS, "self-harm", "10.2.0.9", "We only count"},
		{PRIVACY_EVENTS, "drugs", "10.2.0.9", "School can see which topic was stopped"},
		{PRIVACY_EVENTS, "self-harm", "10.2.0.9", "School can see the name of the page"},
		{PRIVACY_PSEUDONYMOUS, "self-harm", "10.2.0.9", "with a code for a name"},
		{PRIVACY_PSEUDONYMOUS, "self-harm", "10.4.0.9", "School can see the name of the page"},
		{PRIVACY_PSEUDONYMOUS, "self-harm", "192.0.2.9", "School can see the name of the page"},
		{PRIVACY_IDENTIFIABLE, "self-harm", "10.2.0.9", "Two adults at school"},
		{PRIVACY_IDENTIFIABLE, "drugs", "10.2.0.9", "with a code for a name"},
		{PRIVACY_IDENTIFIABLE, "abuse-material", "10.2.0.9", "We only count"},
		{PRIVACY_IDENTIFIABLE, "pornography", "10.2.0.9", "We only count"},
		{PRIVACY_IDENTIFIABLE, "games", "10.2.0.9", "Nothing is stored about this"},
		{PRIVACY_IDENTIFIABLE, NULL, "10.2.0.9", "Nobody stores that you are on this page"},
	};
	struct rig *rig = *state;
	enum privacy_mode before = rig->site->conf->privacy.mode;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		rig->site->conf->privacy.mode = rows[i].mode;
		cache_clear(&rig->world.cache);
		char *text = page(rig, rows[i].category, "en", rows[i].client);
		expect(text, rows[i].wanted, rows[i].category != NULL ? rows[i].category : "start");
		free(text);
	}
	rig->site->conf->privacy.mode = before;
}

static void a_mandatory_category_without_a_log_promises_what_the_engine_does(void **state)
{
	struct rig *rig = *state;
	int index = conf_category(rig->site->conf, "abuse-material");
	struct conf_category *category =
		(struct conf_category *)(uintptr_t)&rig->site->conf->categories[index];
	enum log_level_category before = category->log;
	category->log = LOG_NONE;
	cache_clear(&rig->world.cache);
	char *text = page(rig, "abuse-material", "en", "10.2.0.9");
	category->log = before;
	expect(text, "Nothing is stored about this", "abuse-material");
	free(text);
}

static void a_stop_that_no_category_knows_any_more_shows_the_start_page(void **state)
{
	struct rig *rig = *state;
	char *text = page(rig, "removed-category", "nb", "10.2.0.9"),
	     *start = page(rig, NULL, "nb", "10.2.0.9");
	assert_string_equal(text, start);
	free(text);
	free(start);
}

/* What a neighbour sees: everything up to the danger line, without what differs in the addresses of links. */
static char *first_screen(struct rig *rig, const char *category, const char *language)
{
	char *text = page(rig, category, language, "10.2.0.9"),
	     *cards = strstr(text, "<div class=\"cards\">");
	assert_non_null(cards);
	*cards = '\0';
	return text;
}

static void the_first_screen_is_the_same_for_every_category(void **state)
{
	struct rig *rig = *state;
	char *first = first_screen(rig, "self-harm", "nb");
	for (size_t c = 0; c < rig->site->conf->category_count; c++) {
		char *other = first_screen(rig, rig->site->conf->categories[c].id, "nb");
		assert_string_equal(other, first);
		free(other);
	}
	free(first);
}

static void a_mandatory_category_has_the_sober_page(void **state)
{
	struct rig *rig = *state;
	char *text = page(rig, "abuse-material", "nb", "10.2.0.9");
	expect(text, "straffeloven", "abuse-material");
	expect(text, "Ingen følger med på deg", "abuse-material");
	free(text);
	text = page(rig, "self-harm", "nb", "10.2.0.9");
	assert_null(strstr(text, "straffeloven"));
	free(text);
}

static void a_cached_page_carries_each_readers_own_token(void **state)
{
	struct rig *rig = *state;
	char *one = page(rig, "self-harm", "nb", "10.2.0.9"), *two = page(rig, "self-harm", "nb", "10.2.0.9");
	assert_null(strstr(one, "@@@@"));
	assert_int_equal(strlen(one), strlen(two));
	assert_string_not_equal(one, two);
	char *a = strstr(one, "&amp;t="), *b = strstr(two, "&amp;t=");
	assert_true(a != NULL && b != NULL && strncmp(a, b, 60) != 0);
	free(one);
	free(two);
}

static void without_a_clock_the_page_says_hours_only(void **state)
{
	struct rig *rig = *state;
	int64_t now = rig->tuesday;
	rig->tuesday = 3600 * 1000;
	char *text = page(rig, NULL, "nb", "10.2.0.9");
	rig->tuesday = now;
	assert_null(strstr(text, "hours open"));
	assert_null(strstr(text, "pner kl."));
	expect(text, "tel:116111", "start");
	free(text);
}

static void only_our_addresses_and_our_name_are_ours(void **state)
{
	static const struct {
		const char *host;
		bool ours;
	} rows[] = {
		{"10.0.0.5", true},
		{"10.0.0.5:80", true},
		{"10.0.0.5:8080", true},
		{"[fd00::5]", true},
		{"[fd00::5]:80", true},
		{"[FD00:0:0::5]", true},
		{"10.0.0.6", false},
		{"fd00::5", false},
		{"[fd00::5", false},
		{"[fd00::5]x", false},
		{"10.0.0.5:x", false},
		{"10.0.0.5.example", false},
		{"stopped.example", false},
		{"", false},
		{":80", false},
		{"[]", false},
	};
	struct rig *rig = *state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (stop_is_ours(rig->site, rows[i].host) != rows[i].ours)
			fail_msg("\"%s\"", rows[i].host);
}

/* libconfig 1.5 loses its scratch text at a syntax error. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig\n";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_page_shows_its_topic_the_danger_line_and_a_way_to_a_human),
		cmocka_unit_test(what_is_said_about_who_can_see_it_is_true_to_the_mode),
		cmocka_unit_test(a_mandatory_category_without_a_log_promises_what_the_engine_does),
		cmocka_unit_test(a_stop_that_no_category_knows_any_more_shows_the_start_page),
		cmocka_unit_test(the_first_screen_is_the_same_for_every_category),
		cmocka_unit_test(a_mandatory_category_has_the_sober_page),
		cmocka_unit_test(a_cached_page_carries_each_readers_own_token),
		cmocka_unit_test(without_a_clock_the_page_says_hours_only),
		cmocka_unit_test(only_our_addresses_and_our_name_are_ours),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
