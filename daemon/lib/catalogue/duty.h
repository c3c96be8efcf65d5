/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who is there for pupils, when, and who is told when nobody has answered: the section `duty` of the configuration,
 * its hours and days read. Built once from a configuration, then asked; every answer depends on nothing but the table
 * and the moment that is asked about.
 *
 * This table is the one source of truth about the school's own people. The help catalogue shows them because
 * catalogue_join() makes services of them, so that an absence entered once takes the card, the contact form and the
 * escalation along.
 *
 * Nurses and counsellors are there on school days only; somebody outside the school keeps no school calendar.
 */
#ifndef TRYGG_CATALOGUE_DUTY_H
#define TRYGG_CATALOGUE_DUTY_H

#include "catalogue/hours.h"
#include "conf/conf.h"

struct duty_person {
	const struct conf_person *said; /* borrowed from the configuration */
	struct hours hours;             /* with absences and days without school taken out; unknown for ""*/
	size_t away_count;
	const struct day_span *away;
};

struct duty {
	struct arena arena;      /* owns everything below */
	const struct conf *conf; /* borrowed */
	struct hours school;     /* the school day, on school days */
	size_t count;
	const struct duty_person
		*people; /* owners first, then deputies, leads, municipal; each as configured */
};

/*
 * Reads hours and days. 0, or -EINVAL after at least one problem (all of them in one run). `conf` has to outlive *out,
 * which the caller frees with duty_free().
 */
int duty_new(const struct conf *conf, conf_problem *problem, void *user, struct duty **out);
void duty_free(struct duty *d);

/* Whether there is school on the local day of that moment. */
bool duty_school_day(const struct duty *d, int64_t wall_ms);
/* The beginning of the first school day after the day of that moment, within 400 days; 0 = none is entered. */
int64_t duty_next_school_day(const struct duty *d, int64_t wall_ms);
/* The moment at which so many minutes of school day have passed; 0 = never within 400 days. */
int64_t duty_after_school_min(const struct duty *d, int64_t wall_ms, int minutes);

/* Entered as absent on the local day of that moment. */
bool duty_away(const struct duty_person *p, int64_t wall_ms);
/* Who of the kind is here for pupils at that moment, the owner before the deputy; NULL = nobody. */
const struct duty_person *duty_here(const struct duty *d, enum duty_kind kind, int64_t wall_ms);
/* The next moment at which somebody of the kind is here, `wall_ms` itself when somebody is; 0 = not within 400 days.
 * `who` may be NULL. */
int64_t duty_next(const struct duty *d, enum duty_kind kind, int64_t wall_ms, const struct duty_person **who);
/* Anybody of the kind entered at all, with hours. */
bool duty_has(const struct duty *d, enum duty_kind kind);

/*
 * Whether a contact request of that moment meets somebody of the kind before the next school day ends, or before four
 * days have passed where the next school day is further away: a weekend is waited out, a holiday is not.
 */
struct duty_form {
	bool up;
	int64_t back_wall_ms; /* when down: when somebody is here again; 0 = nobody knows */
	const struct duty_person
		*who; /* when up: who is here next; when down: who is back then; NULL = nobody */
};
void duty_form(const struct duty *d, enum duty_kind kind, int64_t wall_ms, struct duty_form *out);

/*
 * Who is told when about something that has been waiting since `wall_ms`: owners at once, deputies after one school
 * hour, the lead of the kind after three, the municipal lead before the school day ends; none of them later than that.
 * What comes outside the school day counts from the next one, only the owner is told at once. Who is absent at their
 * moment is left out; without an owner a deputy takes that place. Sorted by time; returns how many were written.
 */
struct duty_step {
	int64_t at_wall_ms;
	const struct duty_person *person;
};
size_t duty_steps(const struct duty *d, enum duty_kind kind, int64_t wall_ms, struct duty_step *out,
		  size_t max);

/* "KEYS/nurse-kari-nordmann.pub"; of the recovery key for NULL. The folder is the configuration's. */
void duty_key_path(const struct conf *conf, const struct conf_person *person, char *out, size_t size);

#endif
