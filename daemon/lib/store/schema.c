/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Times are milliseconds since 1970 in UTC, days are counted since then; both are cut as the journal has them. `id` of
 * an incident is its seq in the journal. What is gone from the journal is deleted here by seq (feed.c).
 */
#include "store/schema.h"

const char *const schema_steps[STORE_VERSION] = {
	/* How far each journal was read. The hash is of the last record taken: the next one must follow it. */
	"CREATE TABLE position (journal INTEGER PRIMARY KEY, seq INTEGER NOT NULL, hash TEXT NOT NULL,"
	" file TEXT NOT NULL, at INTEGER NOT NULL, trouble TEXT NOT NULL DEFAULT '') STRICT;"

	/* The first occurrence of a stop; `count` grows by its repeats. */
	"CREATE TABLE incident (id INTEGER PRIMARY KEY, time INTEGER NOT NULL, until INTEGER NOT NULL,"
	" gateway TEXT NOT NULL, src TEXT NOT NULL, category TEXT NOT NULL, severity INTEGER NOT NULL,"
	" action TEXT NOT NULL, proto TEXT NOT NULL, name TEXT NOT NULL, rule TEXT NOT NULL,"
	" rule_set TEXT NOT NULL, grp TEXT NOT NULL, subject TEXT NOT NULL, count INTEGER NOT NULL,"
	" detail TEXT NOT NULL, sealed TEXT NOT NULL) STRICT;"
	"CREATE INDEX incident_time ON incident (time, id);"
	"CREATE INDEX incident_category ON incident (category, time, id);"
	"CREATE INDEX incident_severity ON incident (severity, time, id);"
	"CREATE INDEX incident_grp ON incident (grp, time, id);"
	"CREATE INDEX incident_rule ON incident (rule, id);"
	"CREATE INDEX incident_name ON incident (name, id) WHERE name <> '';"

	/* Sums a day, so that no page adds up a million rows. `stops` counts visits, `requests` all of them. */
	"CREATE TABLE incident_day (day INTEGER NOT NULL, category TEXT NOT NULL, grp TEXT NOT NULL,"
	" action TEXT NOT NULL, severity INTEGER NOT NULL, stops INTEGER NOT NULL, requests INTEGER NOT NULL,"
	" PRIMARY KEY (day, category, grp, action)) STRICT, WITHOUT ROWID;"
	/* The journal's own counts: category and stage, observed ones also by rule. */
	"CREATE TABLE count_day (day INTEGER NOT NULL, category TEXT NOT NULL, stage TEXT NOT NULL,"
	" action TEXT NOT NULL, detail TEXT NOT NULL, rule TEXT NOT NULL, severity INTEGER NOT NULL,"
	" count INTEGER NOT NULL, PRIMARY KEY (day, category, stage, action, detail, rule)) STRICT, WITHOUT "
	"ROWID;"

	/* Everything else that is no checkpoint: gaps, feedback, contact, audit. */
	"CREATE TABLE entry (journal INTEGER NOT NULL, seq INTEGER NOT NULL, time INTEGER NOT NULL,"
	" event TEXT NOT NULL, category TEXT NOT NULL, severity INTEGER NOT NULL, action TEXT NOT NULL,"
	" proto TEXT NOT NULL, name TEXT NOT NULL, rule TEXT NOT NULL, grp TEXT NOT NULL,"
	" subject TEXT NOT NULL, count INTEGER NOT NULL, detail TEXT NOT NULL, sealed TEXT NOT NULL,"
	" PRIMARY KEY (journal, seq)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX entry_time ON entry (journal, time, seq);"
	"CREATE INDEX entry_sealed ON entry (sealed) WHERE sealed <> '';"

	/* Mail that was sent about something that waits (courier). */
	"CREATE TABLE notice (about TEXT NOT NULL, step INTEGER NOT NULL, time INTEGER NOT NULL,"
	" recipient TEXT NOT NULL, result TEXT NOT NULL, PRIMARY KEY (about, step, recipient)) STRICT,"
	" WITHOUT ROWID;",

	/*
	 * What people do about it (review). It is in no journal: who makes the store anew starts here again, only the
	 * journal of who looked at what remains. What belongs to a record goes with it, by trigger, whoever deletes.
	 */
	"CREATE TABLE account (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL,"
	" kind TEXT NOT NULL, secret TEXT NOT NULL, fresh INTEGER NOT NULL, disabled INTEGER NOT NULL,"
	" made INTEGER NOT NULL) STRICT;"
	"CREATE TABLE session (digest TEXT PRIMARY KEY, account INTEGER NOT NULL, made INTEGER NOT NULL,"
	" seen INTEGER NOT NULL, reason TEXT NOT NULL, proxied INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE throttle (who TEXT PRIMARY KEY, failures INTEGER NOT NULL, time INTEGER NOT NULL) "
	"STRICT,"
	" WITHOUT ROWID;"
	"CREATE TABLE work (incident INTEGER PRIMARY KEY, state TEXT NOT NULL, outcome TEXT NOT NULL,"
	" step TEXT NOT NULL, reference TEXT NOT NULL, owner TEXT NOT NULL, changed INTEGER NOT NULL,"
	" account TEXT NOT NULL) STRICT;"
	"CREATE INDEX work_state ON work (state, incident);"
	"CREATE TABLE answer (sealed TEXT PRIMARY KEY, state TEXT NOT NULL, outcome TEXT NOT NULL,"
	" changed INTEGER NOT NULL, account TEXT NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE draft (id INTEGER PRIMARY KEY, rule TEXT NOT NULL, category TEXT NOT NULL,"
	" line TEXT NOT NULL, reason TEXT NOT NULL, made INTEGER NOT NULL, account TEXT NOT NULL) STRICT;"
	"CREATE TRIGGER incident_gone AFTER DELETE ON incident BEGIN"
	" DELETE FROM work WHERE incident = OLD.id; END;"
	"CREATE TRIGGER entry_gone AFTER DELETE ON entry WHEN OLD.sealed <> '' BEGIN"
	" DELETE FROM answer WHERE sealed = OLD.sealed; END;"
	"CREATE INDEX incident_category_grp ON incident (category, grp, time, id);"
	"CREATE INDEX incident_page ON incident (time, id) WHERE proto = 'http' AND severity >= 3;",
};
