/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the catalogue: every complaint has its place, what never vanishes stays, who is shown and in which order. */
#include <errno.h>
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
#include "base/file.h"
#include "catalogue/catalogue.h"

/* libconfig 1.5 loses its scratch text at a syntax error. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig\n";
}

#define ENTRY(id, more)                                                                                      \
	"{ id = \"" id                                                                                       \
	"\"; name = \"N\"; operator = \"O\"; languages = [\"nb\"]; cost = \"free\"; source = \"s\";\n"       \
	"verified_on = \"2026-11-01\"; verified_by = \"v\"; expires_on = \"2027-01-31\"; " more " }"
#define CALL(hours) "channels = ( { kind = \"call\"; value = \"800 00 000\"; hours = \"" hours "\"; } );"
#define USUAL "ages = [0, 120]; topics = [\"general\"]; confirmed = true; "
#define LIST(entries) "services = ( " entries " );\n"

static void report(void *user, const char *file, int line, const char *text)
{
	char *out = user;
	size_t used = strlen(out);
	(void)snprintf(out + used, 4096 - used, "%s:%d: %s\n", file, line, text);
}

static const struct service *find(const struct catalogue *c, const char *id)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->services[i].id, id) == 0)
			return &c->services[i];
	return NULL;
}

static struct catalogue *load(const char *text)
{
	char problems[4096] = "";
	struct catalogue *c = NULL;
	if (catalogue_load_text("c.conf", span_text(text), report, problems, &c) != 0)
		fail_msg("%s", problems);
	return c;
}

static int64_t at(const char *text)
{
	int64_t ms;
	char full[CLOCK_TEXT_SIZE];
	(void)snprintf(full, sizeof full, "%s:00.000Z", text);
	assert_int_equal(clock_parse(full, &ms), 0);
	return ms;
}

static void a_whole_entry_is_read_in_every_field(void **state)
{
	static const char text[] =
		"services = ( { id = \"line-1\"; name = { nb = \"Linja\"; en = \"The line\"; }; operator = "
		"\"Op\";\n"
		"about = \"A\"; channels = ( { kind = \"sms\"; value = \"+47 417 16 111\"; hours = \"mo-fr "
		"09:00-15:00\";\n"
		"zone = \"Europe/Helsinki\"; note = { nn = \"N\"; }; holidays = ( { on = [\"public\", "
		"\"12-24\"]; hours = "
		"\"closed\"; } ); },\n"
		"{ kind = \"chat\"; value = \"https://www.chat.example/now?x=1\"; hours = \"unknown\"; } );\n"
		"hosts = [\"CDN.example.org.\", \"chat.example\"]; ages = [9, 19]; languages = [\"nb\", "
		"\"se\"];\n"
		"topics = [\"bullying\", \"local\"]; cost = \"call-rate\"; privacy = { nb = \"P\"; }; source "
		"= \"S\";\n"
		"verified_on = \"2026-11-01\"; verified_by = \"V\"; expires_on = \"2027-01-31\"; confirmed = "
		"true; } );";
	struct catalogue *c = load(text);
	const struct service *s = find(c, "line-1");
	(void)state;
	assert_non_null(s);
	assert_string_equal(s->name, "Linja");
	assert_string_equal(words_in(&s->names, LANGUAGE_EN), "The line");
	assert_string_equal(words_in(&s->names, LANGUAGE_NN), "Linja");
	assert_string_equal(words_in(&s->about, LANGUAGE_EN), "A");
	assert_int_equal(s->channel_count, 2);
	assert_int_equal(s->channels[0].kind, CHANNEL_SMS);
	assert_ptr_equal(s->channels[0].hours.zone, zone_find("Europe/Helsinki"));
	assert_int_equal(s->channels[0].hours.exception_count, 1);
	assert_string_equal(words_in(&s->channels[0].note, LANGUAGE_NB), "N");
	assert_false(s->channels[1].hours.known);
	/* Of chat, without www, and what stands in hosts, once each. */
	assert_int_equal(s->hosts.count, 2);
	assert_string_equal(s->hosts.item[0], "cdn.example.org");
	assert_string_equal(s->hosts.item[1], "chat.example");
	assert_true(s->age_from == 9 && s->age_to == 19 && s->confirmed && s->local && !s->permanent);
	assert_int_equal(s->cost, COST_CALL_RATE);
	assert_int_equal(s->line, 1);
	catalogue_free(c);
}

static void every_mistake_is_told_with_its_line_in_one_run(void **state)
{
	static const struct {
		const char *text, *wanted;
	} rows[] = {
		{"service = ();", "c.conf:1: service: unknown; allowed are services"},
		{"services = 3;", "services: a list of groups is wanted"},
		{"services = ( 3 );", "services: a group"},
		{"services = (\n\n", "c.conf:"},
		{LIST("\n{ id = \"A\"; }"), "c.conf:2: id: \"A\"; lower-case"},
		{LIST("{ }"), "id is missing"},
		{LIST("{ }"), "name is missing"},
		{LIST("{ }"), "channels: a list of 1 to"},
		{LIST("{ }"), "ages is missing"},
		{LIST("{ }"), "confirmed is missing"},
		{LIST(ENTRY("a", USUAL CALL("always") "\ncolour = 1;")), "c.conf:3: colour: unknown"},
		{LIST(ENTRY("a", USUAL CALL("mo 9-5"))), "hours: \"mo 9-5\"; times are HH:MM-HH:MM"},
		{LIST(ENTRY("a", CALL("always") "ages = [9]; topics = [\"x\"]; confirmed = true;")),
		 "ages: first and last"},
		{LIST(ENTRY("a", CALL("always") "ages = [20, 9]; topics = [\"x\"]; confirmed = true;")),
		 "ages: first"},
		{LIST(ENTRY("a", CALL("always") "ages = [0, 120]; topics = []; confirmed = true;")),
		 "topics: is empty"},
		{LIST(ENTRY("a", CALL("always") "ages = [0, 120]; topics = [\"a b\"]; confirmed = 1;")),
		 "confirmed: true"},
		{LIST(ENTRY("a", USUAL "channels = ( { kind = \"fax\"; } );")),
		 "kind: \"fax\"; allowed are call, sms"},
		{LIST(ENTRY("a", USUAL
			    "channels = ( { kind = \"call\"; value = \"8oo\"; hours = \"always\"; } );")),
		 "value: \"8oo\" is no number"},
		{LIST(ENTRY("a", USUAL "channels = ( { kind = \"web\"; value = \"http://a.example/\"; hours "
				       "= \"always\"; } );")),
		 "is no https:// address"},
		{LIST(ENTRY("a", USUAL "channels = ( { kind = \"web\"; value = \"https://ø.example/\"; hours "
				       "= \"always\"; } );")),
		 "not for addresses"},
		{LIST(ENTRY("a", USUAL "channels = ( { kind = \"web\"; value = \"https://10.0.0.1/\"; hours "
				       "= \"always\"; } );")),
		 "is no https:// address"},
		{LIST(ENTRY("a", USUAL "channels = ( { kind = \"in-person\"; hours = \"unknown\"; } );")),
		 "note is missing"},
		{LIST(ENTRY("a", USUAL CALL("always\"; zone = \"Mars/Base"))),
		 "zone: \"Mars/Base\"; allowed are"},
		{LIST(ENTRY("a", USUAL CALL("always\"; holidays = ( { on = [\"yule\"]; hours = \"closed\"; } "
					    "); note = \"n"))),
		 "on: \"yule\" names no day"},
		{LIST(ENTRY("a", USUAL CALL("always") "hosts = [\"localhost\"];")), "is no full host name"},
		{LIST(ENTRY("a", USUAL CALL("always") "permanent = true;")), "permanent is for nod-112"},
		{LIST(ENTRY("nod-112", USUAL CALL("always"))), "nod-112: must keep the channel call 112"},
		{LIST(ENTRY("a", USUAL CALL("always")) ",\n" ENTRY("a", USUAL CALL("always"))),
		 "c.conf:3: id: \"a\" is already used in c.conf:1"},
		{LIST("{ id = \"a\"; verified_on = \"2026-11-31\"; expires_on = \"x\"; }"),
		 "\"2026-11-31\" is no date"},
		{LIST("{ id = \"a\"; verified_on = \"2026-11-30\"; expires_on = \"2026-11-30\"; }"),
		 "not after verified_on"},
		{LIST("{ id = \"a\"; name = { de = \"x\"; }; }"), "de is no language of these pages"},
		{LIST("{ id = \"a\"; name = \"x\\x07y\"; }"), "name: has a control character"},
		{LIST("{ id = \"a\"; name = \"\"; }"), "name: is empty"},
		{LIST("{ id = \"a\"; name = 5; }"), "name: a text in quotes"},
		{LIST("{ id = \"a\"; ages = [0, 99999999999]; }"), "does not fit in 31 bits"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char problems[4096] = "";
		struct catalogue *c = NULL;
		assert_int_equal(catalogue_load_text("c.conf", span_text(rows[i].text), report, problems, &c),
				 -EINVAL);
		assert_null(c);
		if (strstr(problems, rows[i].wanted) == NULL)
			fail_msg("row %zu: wanted \"%s\", saw\n%s", i, rows[i].wanted, problems);
	}
}

static void the_numbers_that_never_vanish_are_there_without_any_file(void **state)
{
	static const char *const numbers[] = {"112", "113", "116 117", "116 111", "116 123"};
	struct catalogue *sources[] = {catalogue_minimum(), load("services = ();"), load("")};
	(void)state;
	for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
		assert_int_equal(sources[i]->count, 5);
		for (size_t n = 0; n < 5; n++) {
			const struct service *s = &sources[i]->services[n];
			assert_string_equal(s->channels[0].value, numbers[n]);
			assert_true(s->permanent && service_shown(s, at("2199-01-01T00:00")));
			assert_true(s->hosts.count > 0 && s->topics.count > 0);
		}
		catalogue_free(sources[i]);
	}
}

static void an_entry_that_is_expired_or_unconfirmed_is_not_shown_but_stays_protected(void **state)
{
	struct catalogue *c =
		load(LIST(ENTRY("good", USUAL CALL("always") "hosts = [\"good.example\"];") ",\n" ENTRY(
			"lead", "ages = [0, 120]; topics = [\"general\"]; confirmed = false; hosts = "
				"[\"lead.example\"];" CALL("always"))));
	const struct service *good = find(c, "good"), *lead = find(c, "lead");
	(void)state;
	/* The last day is a good day, in Norway. */
	assert_true(service_shown(good, at("2027-01-31T22:59")));
	assert_false(service_shown(good, at("2027-01-31T23:00")));
	assert_false(service_shown(lead, at("2026-11-24T10:00")));
	assert_int_equal(lead->hosts.count, 1); /* compile protects what stands there */
	catalogue_free(c);
}

static size_t rank(const struct catalogue *c, const char *topic, enum stage stage, const char *moment,
		   char *ids)
{
	struct offer offers[32];
	struct conf_list topics = {1, &topic};
	size_t count = catalogue_rank(c, &topics, stage, at(moment), offers, 32);
	ids[0] = '\0';
	for (size_t i = 0; i < count; i++)
		(void)sprintf(ids + strlen(ids), "%s%s", i > 0 ? " " : "", offers[i].service->id);
	return count;
}

static void open_services_come_first_and_nothing_for_adults_is_for_pupils(void **state)
{
	struct catalogue *c = load(LIST(ENTRY(
		"later",
		"ages = [0, 17]; topics = [\"x\"]; confirmed = "
		"true; " CALL(
			"tu 16:00-20:00")) ",\n" ENTRY("open",
						       "ages = [0, 17]; topics = [\"x\"]; confirmed = "
						       "true; " CALL(
							       "tu 08:00-12:00")) ",\n" ENTRY("page",
											      "ages = [0, "
											      "99]; topics = "
											      "[\"x\"]; "
											      "confirmed "
											      "= true; "
											      "channels = ( "
											      "{ kind = "
											      "\"web\"; "
											      "value "
											      "= "
											      "\"https://"
											      "p.example/\"; "
											      "hours = "
											      "\"always\"; "
											      "} );") ","
												      "\n" ENTRY(
													      "adult",
													      "ages = [18, 120]; topics "
													      "= [\"x\"]; confirmed = "
													      "true; " CALL("always")) ","
																       "\n" ENTRY("small", "ages = [0, 10]; topics = [\"x\"]; confirmed = true; " CALL("always")) ",\n" ENTRY("vague", "ages = [0, 120]; topics = [\"x\"]; confirmed = true; " CALL("unknown")) ",\n" ENTRY("sooner", "ages = [15, 16]; topics = [\"x\"]; confirmed = true; " CALL("tu 15:00-16:00")) ",\n" ENTRY(
																	       "other",
																	       "ages = [0, 120]; topics = [\"y\"]; confirmed = true; " CALL(
																		       "always"))));
	char ids[1024];
	(void)state;
	rank(c, "x", STAGE_LOWER_SECONDARY, "2026-11-24T09:00", ids);
	assert_string_equal(
		ids, "open mental-helse-116123 alarmtelefonen-116111 page nod-112 nod-113 legevakt-116117 "
		     "later sooner vague");
	rank(c, "x", STAGE_LOWER_SECONDARY, "2026-11-24T13:00", ids);
	assert_string_equal(ids,
			    "mental-helse-116123 alarmtelefonen-116111 page nod-112 nod-113 legevakt-116117 "
			    "later open sooner vague");
	rank(c, "x", STAGE_STAFF, "2026-11-24T09:00", ids);
	assert_non_null(strstr(ids, "adult"));
	assert_null(strstr(ids, "later"));
	rank(c, "x", STAGE_PRIMARY, "2026-11-24T09:00", ids);
	char guest[1024];
	rank(c, "x", STAGE_GUEST, "2026-11-24T09:00", guest);
	assert_string_equal(ids, guest);
	assert_non_null(strstr(ids, "small"));
	assert_null(strstr(ids, "adult"));
	catalogue_free(c);
}

static void the_schools_own_people_take_the_place_of_their_kind(void **state)
{
	static const char conf_text[] =
		"duty = { persons = { kari = { name = \"Kari\"; kind = \"nurse\"; hours = \"tu "
		"09:00-14:00\";\n"
		"place = { nb = \"Rom 1\"; }; phone = \"900 00 000\"; away = [\"2026-12-01\"]; };\n"
		"mona = { name = \"Mona\"; kind = \"counsellor\"; role = \"lead\"; }; }; };";
	static const char text[] = LIST(
		ENTRY("nurses", USUAL CALL("unknown") "stands_for = \"nurse\"; privacy = \"P\";") "," ENTRY(
			"counsellors", USUAL CALL("unknown") "stands_for = \"counsellor\";"));
	char problems[4096] = "", ids[1024];
	struct conf *conf = NULL;
	struct duty *duty = NULL;
	struct catalogue *c = load(text);
	(void)state;
	assert_int_equal(conf_load_text("/x/c.conf", span_text(conf_text), report, problems, &conf), 0);
	assert_int_equal(duty_new(conf, report, problems, &duty), 0);
	catalogue_join(c, duty);
	const struct service *kari = find(c, "nurse-kari");
	assert_non_null(kari);
	assert_string_equal(kari->name, "Kari");
	assert_string_equal(words_in(&kari->about, LANGUAGE_NN), "Helsesjukepleiar");
	assert_string_equal(words_in(&kari->privacy, LANGUAGE_NB), "P");
	assert_string_equal(words_in(&kari->channels[0].note, LANGUAGE_EN), "Rom 1");
	assert_int_equal(kari->channel_count, 2);
	/* Tuesday at ten: first of all. The lead has no hours, so nobody takes the place of the counsellors. */
	rank(c, "general", STAGE_PRIMARY, "2026-11-24T09:00", ids);
	assert_ptr_equal(strstr(ids, "nurse-kari"), ids);
	assert_null(strstr(ids, "nurses"));
	assert_non_null(strstr(ids, "counsellors"));
	assert_null(strstr(ids, "mona"));
	/* The week after she is away: still there, but not first. */
	rank(c, "general", STAGE_PRIMARY, "2026-12-01T09:00", ids);
	assert_non_null(strstr(ids, "nurse-kari"));
	assert_ptr_not_equal(strstr(ids, "nurse-kari"), ids);
	catalogue_free(c);
	duty_free(duty);
	conf_free(conf);
}

static void a_service_for_a_part_of_the_stage_is_marked(void **state)
{
	static const struct {
		int from, to;
		enum stage stage;
		bool takes, part;
	} rows[] = {
		{0, 120, STAGE_PRIMARY, true, false},         {13, 20, STAGE_PRIMARY, true, true},
		{14, 20, STAGE_PRIMARY, false, true},         {0, 17, STAGE_UPPER_SECONDARY, true, true},
		{16, 25, STAGE_UPPER_SECONDARY, true, true},  {15, 25, STAGE_UPPER_SECONDARY, true, false},
		{12, 19, STAGE_LOWER_SECONDARY, true, false}, {13, 19, STAGE_LOWER_SECONDARY, true, true},
		{16, 25, STAGE_LOWER_SECONDARY, true, true},  {18, 36, STAGE_UPPER_SECONDARY, false, true},
		{18, 120, STAGE_STAFF, true, false},          {0, 17, STAGE_STAFF, false, true},
		{9, 19, STAGE_LOWER_SECONDARY, true, false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct service s = {.age_from = rows[i].from, .age_to = rows[i].to};
		assert_int_equal(service_takes(&s, rows[i].stage), rows[i].takes);
		assert_int_equal(service_part(&s, rows[i].stage), rows[i].part);
	}
}

static void files_of_the_folder_add_to_the_first_and_their_ids_meet(void **state)
{
	char folder[] = "/tmp/trygg-catalogue-XXXXXX", path[64], more[64], problems[4096] = "";
	static const char first[] = LIST(ENTRY("a", USUAL CALL("always"))),
			  second[] = LIST(ENTRY("b", USUAL CALL("always")));
	struct catalogue *c = NULL;
	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof path, "%s/catalogue.conf", folder);
	(void)snprintf(more, sizeof more, "%s/catalogue.d", folder);
	assert_int_equal(catalogue_load(path, report, problems, &c), -ENOENT);
	assert_int_equal(file_replace(path, 0644, first, strlen(first)), 0);
	assert_int_equal(catalogue_load(path, report, problems, &c), 0);
	assert_null(find(c, "b"));
	catalogue_free(c);
	assert_int_equal(file_mkdirs(more, 0755), 0);
	(void)snprintf(more, sizeof more, "%s/catalogue.d/local.conf", folder);
	assert_int_equal(file_replace(more, 0644, second, strlen(second)), 0);
	assert_int_equal(catalogue_load(path, report, problems, &c), 0);
	assert_non_null(find(c, "b"));
	catalogue_free(c);
	problems[0] = '\0';
	assert_int_equal(file_replace(more, 0644, first, strlen(first)), 0);
	assert_int_equal(catalogue_load(path, report, problems, &c), -EINVAL);
	assert_non_null(strstr(problems, "local.conf:1: id: \"a\" is already used in"));
	(void)unlink(more);
	(void)unlink(path);
	(void)snprintf(more, sizeof more, "%s/catalogue.d", folder);
	(void)rmdir(more);
	(void)rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_entry_is_read_in_every_field),
		cmocka_unit_test(every_mistake_is_told_with_its_line_in_one_run),
		cmocka_unit_test(the_numbers_that_never_vanish_are_there_without_any_file),
		cmocka_unit_test(an_entry_that_is_expired_or_unconfirmed_is_not_shown_but_stays_protected),
		cmocka_unit_test(open_services_come_first_and_nothing_for_adults_is_for_pupils),
		cmocka_unit_test(the_schools_own_people_take_the_place_of_their_kind),
		cmocka_unit_test(a_service_for_a_part_of_the_stage_is_marked),
		cmocka_unit_test(files_of_the_folder_add_to_the_first_and_their_ids_meet),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
