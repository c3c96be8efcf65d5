/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The duty calendar: who is here, who comes next, when the contact form takes itself down, who is told when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "catalogue/duty.h"

static const char school[] =
	"duty = { terms = [\"2026-08-17/2026-12-18\", \"2027-01-04/2027-06-18\"];\n"
	"no_school = [\"public\", \"2026-10-05/2026-10-09\", \"2027-03-22/2027-03-29\"];\n"
	"persons = {\n"
	" kari = { name = \"Kari\"; kind = \"nurse\"; hours = \"mo,tu,th 09:00-14:00\"; };\n"
	" per = { name = \"Per\"; kind = \"nurse\"; role = \"deputy\"; hours = \"we 10:00-12:00\"; };\n"
	" eva = { name = \"Eva\"; kind = \"nurse\"; role = \"lead\"; };\n"
	" ola = { name = \"Ola\"; kind = \"counsellor\"; hours = \"mo-fr 08:00-15:00\"; away = "
	"[\"2026-11-24/2026-11-30\"]; };\n"
	" siv = { name = \"Siv\"; kind = \"outside\"; hours = \"mo-fr 08:00-20:00\"; };\n"
	" mona = { name = \"Mona\"; kind = \"outside\"; role = \"municipal\"; };\n"
	"}; };\n";

struct rig {
	struct conf *conf;
	struct duty *duty;
};

static void say(void *user, const char *file, int line, const char *text)
{
	char *said = user;
	(void)snprintf(said + strlen(said), 2000 - strlen(said), "%s:%d: %s\n", file, line, text);
}

/* Local time of winter unless it says otherwise. */
static int64_t at(const char *text)
{
	int64_t ms;
	char full[CLOCK_TEXT_SIZE];
	(void)snprintf(full, sizeof full, "%s:00.000Z", text);
	assert_int_equal(clock_parse(full, &ms), 0);
	int minute;
	const struct zone *oslo = zone_find("Europe/Oslo");
	int32_t day = zone_day(zone_find("UTC"), ms, &minute);
	return zone_moment_ms(oslo, day, minute);
}

static struct rig made(const char *text)
{
	char said[2000] = "";
	struct rig r = {0};
	assert_int_equal(conf_load_text("/x/trygg.conf", span_text(text), say, said, &r.conf), 0);
	assert_int_equal(duty_new(r.conf, say, said, &r.duty), 0);
	assert_string_equal(said, "");
	return r;
}

static void gone(struct rig *r)
{
	duty_free(r->duty);
	conf_free(r->conf);
}

static const char *name_of(const struct duty_person *p)
{
	return p != NULL ? p->said->id : "";
}

static void the_one_on_duty_is_who_said_so_for_that_hour(void **state)
{
	struct rig r = made(school);
	(void)state;
	/* 2026-11-23 is a Monday. */
	assert_string_equal(name_of(duty_here(r.duty, DUTY_NURSE, at("2026-11-23T09:00"))), "kari");
	assert_string_equal(name_of(duty_here(r.duty, DUTY_NURSE, at("2026-11-23T14:00"))), "");
	assert_string_equal(name_of(duty_here(r.duty, DUTY_NURSE, at("2026-11-25T11:00"))), "per");
	/* Autumn break, a public holiday, and the weekend between. */
	assert_string_equal(name_of(duty_here(r.duty, DUTY_NURSE, at("2026-10-05T10:00"))), "");
	assert_string_equal(name_of(duty_here(r.duty, DUTY_NURSE, at("2027-05-17T10:00"))), "");
	assert_string_equal(name_of(duty_here(r.duty, DUTY_OUTSIDE, at("2026-10-05T10:00"))), "siv");
	/* Somebody who is only told is never on duty. */
	assert_true(duty_has(r.duty, DUTY_NURSE));
	gone(&r);
}

static void the_next_hour_is_found_over_a_summer(void **state)
{
	const struct duty_person *who;
	struct rig r = made(school);
	(void)state;
	assert_true(duty_next(r.duty, DUTY_NURSE, at("2026-11-23T14:00"), &who) == at("2026-11-24T09:00"));
	assert_string_equal(name_of(who), "kari");
	assert_true(duty_next(r.duty, DUTY_NURSE, at("2026-12-17T14:00"), NULL) == at("2027-01-04T09:00"));
	/* After the last term nobody knows. */
	assert_true(duty_next(r.duty, DUTY_NURSE, at("2027-06-18T14:00"), NULL) == 0);
	assert_true(duty_next_school_day(r.duty, at("2027-03-19T16:00")) == at("2027-03-30T08:00"));
	assert_true(duty_next_school_day(r.duty, at("2027-06-18T10:00")) == 0);
	assert_true(duty_school_day(r.duty, at("2026-11-23T23:00")));
	assert_false(duty_school_day(r.duty, at("2026-11-22T10:00")));
	gone(&r);
}

static void the_form_waits_out_a_weekend_but_no_holiday_and_no_illness(void **state)
{
	struct duty_form form;
	struct rig r = made(school);
	(void)state;
	/* Thursday afternoon: Friday is a school day without a nurse. */
	duty_form(r.duty, DUTY_NURSE, at("2026-11-26T15:00"), &form);
	assert_false(form.up);
	assert_true(form.back_wall_ms == at("2026-11-30T09:00"));
	assert_string_equal(name_of(form.who), "kari");
	/* Friday evening: Monday is the next school day. */
	duty_form(r.duty, DUTY_NURSE, at("2026-11-27T20:00"), &form);
	assert_true(form.up);
	/* Easter, then Christmas, then a summer without an end in the calendar. */
	duty_form(r.duty, DUTY_NURSE, at("2027-03-19T14:30"), &form);
	assert_false(form.up);
	assert_true(form.back_wall_ms == at("2027-03-30T09:00"));
	duty_form(r.duty, DUTY_NURSE, at("2026-12-18T12:00"), &form);
	assert_false(form.up);
	duty_form(r.duty, DUTY_NURSE, at("2027-06-18T15:00"), &form);
	assert_false(form.up);
	assert_true(form.back_wall_ms == 0);
	assert_null(form.who);
	/* The counsellor is ill until the end of the month. */
	duty_form(r.duty, DUTY_COUNSELLOR, at("2026-11-23T16:00"), &form);
	assert_false(form.up);
	assert_true(form.back_wall_ms == at("2026-12-01T08:00"));
	duty_form(r.duty, DUTY_COUNSELLOR, at("2026-11-30T16:00"), &form);
	assert_true(form.up);
	/* Somebody outside the school is there in the break too. */
	duty_form(r.duty, DUTY_OUTSIDE, at("2026-10-06T21:00"), &form);
	assert_true(form.up);
	gone(&r);
}

static void who_has_been_told_when_follows_the_school_hours(void **state)
{
	struct duty_step steps[8];
	struct rig r = made(school);
	(void)state;
	assert_int_equal(duty_steps(r.duty, DUTY_NURSE, at("2026-11-23T09:10"), steps, 8), 4);
	assert_string_equal(name_of(steps[0].person), "kari");
	assert_true(steps[0].at_wall_ms == at("2026-11-23T09:10"));
	assert_string_equal(name_of(steps[1].person), "per");
	assert_true(steps[1].at_wall_ms == at("2026-11-23T10:10"));
	assert_string_equal(name_of(steps[2].person), "eva");
	assert_true(steps[2].at_wall_ms == at("2026-11-23T12:10"));
	assert_string_equal(name_of(steps[3].person), "mona");
	assert_true(steps[3].at_wall_ms == at("2026-11-23T14:30"));
	/* Late in the day nobody waits for the next one. */
	assert_int_equal(duty_steps(r.duty, DUTY_NURSE, at("2026-11-23T14:10"), steps, 8), 4);
	for (int i = 1; i < 4; i++)
		assert_true(steps[i].at_wall_ms == at("2026-11-23T14:30"));
	/* On Friday evening the owner is told at once, the others count from Monday. */
	assert_int_equal(duty_steps(r.duty, DUTY_NURSE, at("2026-11-27T18:00"), steps, 8), 4);
	assert_true(steps[0].at_wall_ms == at("2026-11-27T18:00"));
	assert_true(steps[1].at_wall_ms == at("2026-11-30T09:00"));
	assert_true(steps[3].at_wall_ms == at("2026-11-30T14:30"));
	/* Who is away is not told. */
	assert_int_equal(duty_steps(r.duty, DUTY_COUNSELLOR, at("2026-11-25T09:00"), steps, 8), 1);
	assert_string_equal(name_of(steps[0].person), "mona");
	gone(&r);
}

static void what_does_not_read_is_said_with_file_and_line(void **state)
{
	char said[2000] = "";
	struct rig r = {0};
	(void)state;
	static const char text[] = "duty = { terms = [\"easter\"]; no_school = [\"someday\"];\n"
				   "persons = {\n"
				   " kari = { name = \"K\"; kind = \"nurse\"; hours = \"tuesday\";\n"
				   "  away = [\"2026-13-01\"]; }; }; };\n";
	assert_int_equal(conf_load_text("/x/trygg.conf", span_text(text), say, said, &r.conf), 0);
	assert_true(duty_new(r.conf, say, said, &r.duty) < 0);
	assert_non_null(strstr(said, "/x/trygg.conf:1: duty.terms: \"easter\""));
	assert_non_null(strstr(said, "/x/trygg.conf:1: duty.no_school: \"someday\" names no day"));
	assert_non_null(strstr(said, "/x/trygg.conf:3: duty.persons.kari.hours: \"tuesday\""));
	assert_non_null(strstr(said, "/x/trygg.conf:3: duty.persons.kari.away: \"2026-13-01\""));
	conf_free(r.conf);
}

static void a_key_belongs_to_a_person_of_a_kind(void **state)
{
	char path[200];
	struct rig r = made(school);
	(void)state;
	duty_key_path(r.conf, &r.conf->duty.persons[0], path, sizeof path);
	assert_string_equal(path, "/x/keys/nurse-kari.pub");
	duty_key_path(r.conf, NULL, path, sizeof path);
	assert_string_equal(path, "/x/keys/recovery.pub");
	gone(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_one_on_duty_is_who_said_so_for_that_hour),
		cmocka_unit_test(the_next_hour_is_found_over_a_summer),
		cmocka_unit_test(the_form_waits_out_a_weekend_but_no_holiday_and_no_illness),
		cmocka_unit_test(who_has_been_told_when_follows_the_school_hours),
		cmocka_unit_test(what_does_not_read_is_said_with_file_and_line),
		cmocka_unit_test(a_key_belongs_to_a_person_of_a_kind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
