/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is every pupil served: what the check reports is what asking every single quarter of an hour finds, over Easter, 17
 * May, a summer and both changes of the clock. Run from the root of the tree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "catalogue/coverage.h"

enum { QUARTER_MS = 15 * 60000, FINDINGS_MAX = 400 };

static const char conf_text[] = "categories = { bullying = { titles = { nb = \"a\"; nn = \"a\"; en = \"a\"; "
				"}; topics = [\"x\"]; }; };\n"
				"help = { texts = \"config/texts\"; };\n";

#define ENTRY(id, ages, channels)                                                                            \
	"{ id = \"" id "\"; name = \"N\"; operator = \"O\"; languages = [\"nb\"]; cost = \"free\";\n"        \
	"source = \"s\"; verified_on = \"2026-11-01\"; verified_by = \"v\"; expires_on = \"2027-01-31\";\n"  \
	"topics = [\"x\"]; confirmed = true; ages = " ages "; channels = (" channels "); }"
#define CALL(hours) "{ kind = \"call\"; value = \"800 00 000\"; hours = \"" hours "\"; }"
#define CHAT(hours, more)                                                                                    \
	"{ kind = \"chat\"; value = \"https://a.example/\"; hours = \"" hours "\"; " more " }"

struct rig {
	struct conf *conf;
	struct texts *texts;
	struct catalogue *whole;
	struct catalogue catalogue; /* without the services that never vanish */
	int64_t from_ms;
	size_t count;
	struct coverage_finding found[FINDINGS_MAX];
};

static void report(void *user, const char *file, int line, const char *text)
{
	(void)user;
	print_error("%s:%d: %s\n", file, line, text);
}

static void note(void *user, const struct coverage_finding *f)
{
	struct rig *r = user;
	assert_true(r->count < FINDINGS_MAX);
	r->found[r->count++] = *f;
}

static struct rig *made(const char *services)
{
	struct rig *r = calloc(1, sizeof *r);
	assert_non_null(r);
	char path[4096], *cwd = getcwd(path, sizeof path - 32);
	assert_non_null(cwd);
	strcat(path, "/trygg.conf");
	assert_int_equal(conf_load_text(path, span_text(conf_text), report, NULL, &r->conf), 0);
	assert_int_equal(texts_load(r->conf, report, NULL, &r->texts), 0);
	assert_int_equal(catalogue_load_text("c", span_text(services), report, NULL, &r->whole), 0);
	r->catalogue.services = r->whole->services;
	while (r->whole->services[r->catalogue.count].file != NULL)
		r->catalogue.count++;
	assert_int_equal(clock_parse("2026-11-24T09:00:00.000Z", &r->from_ms), 0);
	assert_true(coverage_check(r->conf, &r->catalogue, r->texts, r->from_ms, COVERAGE_DAYS, note, r) >=
		    0);
	return r;
}

static void gone(struct rig *r)
{
	catalogue_free(r->whole);
	texts_free(r->texts);
	conf_free(r->conf);
	free(r);
}

static const struct coverage_finding *first_of(const struct rig *r, enum coverage_kind kind, enum stage stage)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->found[i].kind == kind && r->found[i].stage == stage && r->found[i].category == 0 &&
		    r->found[i].language == LANGUAGE_NB)
			return &r->found[i];
	return NULL;
}

static void every_quarter_is_judged_as_if_it_were_asked_alone(void **state)
{
	static const char *const hours[] = {
		"mo-fr 09:00-15:00; sa 14:30-01:30",
		"mo-su 01:45-03:15",
		"su 02:10-02:50; we-th 22:00-02:20, 11:00-11:05",
		"always",
		"closed",
		"fr 12:00-24:00; sa 00:00-24:00; su 00:00-12:00",
	};
	(void)state;
	for (size_t i = 0; i < sizeof hours / sizeof hours[0]; i++) {
		char text[2048];
		(void)snprintf(
			text, sizeof text,
			"services = ( %s \"%s\"; holidays = ( { on = [\"public\", \"06-20/08-15\"]; "
			"hours = \"10:00-11:00\"; } ); } ); } );",
			"{ id = \"a\"; name = \"N\"; operator = \"O\"; languages = [\"nb\"]; cost = "
			"\"free\"; "
			"source = \"s\"; verified_on = \"2026-11-01\"; verified_by = \"v\"; expires_on = "
			"\"2027-01-31\"; topics = [\"x\"]; confirmed = true; ages = [0, 120]; channels = ( { "
			"kind = "
			"\"call\"; value = \"800 00 000\"; hours = ",
			hours[i]);
		struct rig *r = made(text);
		const struct hours *h = &r->catalogue.services[0].channels[0].hours;
		int minute, expected = 0;
		int64_t first = 0, from = zone_moment_ms(h->zone, zone_day(h->zone, r->from_ms, &minute), 0);
		for (int q = 0; q < COVERAGE_DAYS * 96; q++) {
			struct hours_state s;
			hours_at(h, from + (int64_t)q * QUARTER_MS, &s);
			if (!s.open && expected++ == 0)
				first = from + (int64_t)q * QUARTER_MS;
		}
		const struct coverage_finding *f = first_of(r, COVERAGE_CLOSED, STAGE_PRIMARY);
		assert_non_null(f);
		assert_int_equal(f->quarters, expected);
		assert_true(f->first_wall_ms == first);
		gone(r);
	}
}

static void two_services_one_open_one_without_speech_are_enough(void **state)
{
	struct rig *r = made("services = ( " ENTRY("a", "[0, 120]", CALL("always")) "," ENTRY(
		"b", "[0, 120]", CHAT("mo-su 14:00-22:00", "")) " );");
	(void)state;
	assert_null(first_of(r, COVERAGE_FEW, STAGE_PRIMARY));
	assert_null(first_of(r, COVERAGE_CLOSED, STAGE_PRIMARY));
	/* Until the last evening of the 400 days the page says when the chat opens. */
	const struct coverage_finding *f = first_of(r, COVERAGE_SPEECH, STAGE_PRIMARY);
	assert_true(f == NULL || f->quarters <= 8);
	gone(r);
}

static void what_is_missing_is_said_for_the_stage_it_is_missing_for(void **state)
{
	/* One for seventeen and up, one whose chat is closed for a summer longer than the page looks ahead. */
	struct rig *r = made("services = ( " ENTRY("a", "[17, 20]", CALL("always")) "," ENTRY(
		"b", "[0, 120]",
		CHAT("mo-su 14:00-22:00",
		     "holidays = ( { on = [\"05-01/08-31\"]; hours = \"closed\"; } );")) " );");
	(void)state;
	assert_non_null(first_of(r, COVERAGE_FEW, STAGE_PRIMARY));
	assert_non_null(first_of(r, COVERAGE_FEW, STAGE_LOWER_SECONDARY));
	assert_null(first_of(r, COVERAGE_FEW, STAGE_UPPER_SECONDARY));
	assert_null(first_of(r, COVERAGE_CLOSED, STAGE_UPPER_SECONDARY));
	const struct coverage_finding *f = first_of(r, COVERAGE_SPEECH, STAGE_UPPER_SECONDARY);
	assert_non_null(f);
	int minute, year, month, day;
	day_split(zone_day(zone_find("Europe/Oslo"), f->first_wall_ms, &minute), &year, &month, &day);
	assert_true(year == 2027 && (month == 4 || month == 5));
	assert_in_range(f->quarters, 60 * 96, 66 * 96);
	/* Nobody answers in English, but the page can say so. */
	bool silent = false;
	for (size_t i = 0; i < r->count; i++)
		silent |= r->found[i].kind == COVERAGE_SILENT && r->found[i].language == LANGUAGE_EN;
	assert_true(silent);
	gone(r);
}

static void the_numbers_that_never_vanish_keep_somebody_there(void **state)
{
	struct rig *r = made("services = ();");
	(void)state;
	assert_non_null(first_of(r, COVERAGE_FEW, STAGE_PRIMARY));
	r->count = 0;
	assert_true(coverage_check(r->conf, r->whole, r->texts, r->from_ms, 7, note, r) > 0);
	assert_null(first_of(r, COVERAGE_FEW, STAGE_PRIMARY));
	assert_null(first_of(r, COVERAGE_CLOSED, STAGE_PRIMARY));
	assert_non_null(first_of(r, COVERAGE_SPEECH, STAGE_PRIMARY));
	assert_int_equal(first_of(r, COVERAGE_SPEECH, STAGE_PRIMARY)->quarters, 7 * 96);
	gone(r);
}

/* The two numbers that never vanish satisfy all else. */
static void a_category_whose_own_services_have_all_expired_is_not_ready(void **state)
{
	struct rig *r = made("services = ( " ENTRY("a", "[0, 120]", CALL("always")) "," ENTRY(
		"b", "[13, 120]", CHAT("always", "")) " );");
	(void)state;
	assert_null(first_of(r, COVERAGE_HIDDEN, STAGE_PRIMARY));
	assert_int_equal(clock_parse("2027-02-01T09:00:00.000Z", &r->from_ms), 0);
	r->count = 0;
	assert_true(coverage_check(r->conf, r->whole, r->texts, r->from_ms, 7, note, r) > 0);
	assert_null(first_of(r, COVERAGE_FEW, STAGE_PRIMARY));
	assert_non_null(first_of(r, COVERAGE_HIDDEN, STAGE_PRIMARY));
	assert_non_null(first_of(r, COVERAGE_HIDDEN, STAGE_UPPER_SECONDARY));
	gone(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_category_whose_own_services_have_all_expired_is_not_ready),
		cmocka_unit_test(every_quarter_is_judged_as_if_it_were_asked_alone),
		cmocka_unit_test(two_services_one_open_one_without_speech_are_enough),
		cmocka_unit_test(what_is_missing_is_said_for_the_stage_it_is_missing_for),
		cmocka_unit_test(the_numbers_that_never_vanish_keep_somebody_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
