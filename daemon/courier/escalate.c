/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "courier/escalate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "wire/record.h"

enum { STEPS_MAX = 64, OPEN_MAX = 256 };

static void quiet(void *user, const char *file, int line, const char *text)
{
	(void)user;
	log_warn("%s:%d: %s", file, line, text);
}

int escalate_init(struct escalate *e, struct loop *loop, const struct conf *conf, struct store **store)
{
	*e = (struct escalate){.store = store};
	mail_init(&e->mail, loop);
	return duty_new(conf, quiet, NULL, &e->duty);
}

void escalate_clear(struct escalate *e)
{
	mail_clear(&e->mail);
	duty_free(e->duty);
}

int escalate_reload(struct escalate *e, const struct conf *conf)
{
	struct duty *fresh = NULL;
	int rc = duty_new(conf, quiet, NULL, &fresh);

	if (rc < 0)
		return rc;
	duty_free(e->duty);
	e->duty = fresh;
	return 0;
}

bool escalate_is_down(const struct escalate *e)
{
	return e->failing_since_ms > 0 && clock_mono_ms() - e->failing_since_ms > ESCALATE_DOWN_S * 1000;
}

static int notice(struct escalate *e, const char *result)
{
	return store_do(*e->store,
			"INSERT INTO notice (about, step, time, recipient, result) VALUES (?, ?, ?, ?, ?)"
			" ON CONFLICT (about, step, recipient) DO UPDATE SET time = excluded.time, result = "
			"excluded.result",
			"tiitt", e->about, (int64_t)e->step, clock_wall_ms(), e->recipient, result);
}

static void sent(void *user, enum mail_result result)
{
	static const char *const words[] = {"sent", "refused", "later"};
	struct escalate *e = user;

	e->sent += result == MAIL_SENT;
	e->refused += result == MAIL_REFUSED;
	e->failed += result == MAIL_LATER;
	if (result == MAIL_LATER && e->failing_since_ms == 0)
		e->failing_since_ms = clock_mono_ms();
	if (result != MAIL_LATER)
		e->failing_since_ms = 0;
	if (result != MAIL_SENT)
		log_warn("a mail to somebody on duty was %s",
			 result == MAIL_REFUSED ? "refused" : "not taken yet");
	if (*e->store && notice(e, words[result]) < 0)
		log_error("the store did not take that a mail was sent: %s", store_error(*e->store));
}

/* Whether this step was told, or tried a moment ago. */
static int is_told(struct escalate *e, const char *about, int step, const char *recipient, int64_t wall_ms,
		   bool *told)
{
	int64_t n = 0;
	int rc = store_number(*e->store, 0, &n,
			      "SELECT count(*) FROM notice WHERE about = ? AND step = ? AND recipient = ?"
			      " AND (result IN ('sent', 'refused') OR time > ?)",
			      "titi", about, (int64_t)step, recipient, wall_ms - ESCALATE_RETRY_S * 1000);

	*told = n > 0;
	return rc;
}

static int begin(struct escalate *e, const char *about, int step, const char *recipient)
{
	(void)snprintf(e->about, sizeof(e->about), "%.95s", about);
	(void)snprintf(e->recipient, sizeof(e->recipient), "%.255s", recipient);
	e->step = step;
	int rc = notice(e, "going");
	return rc < 0 ? rc : mail_send(&e->mail, e->duty->conf, recipient, sent, e);
}

/* The first step of a request that is due and was not told. 0, or a negative errno. */
static int one(struct escalate *e, enum duty_kind kind, const char *about, int64_t since_ms, int64_t wall_ms)
{
	struct duty_step steps[STEPS_MAX];
	size_t count = duty_steps(e->duty, kind, since_ms, steps, STEPS_MAX);

	for (size_t i = 0; i < count && steps[i].at_wall_ms <= wall_ms; i++) {
		const char *recipient = steps[i].person->said->mail;
		bool told;
		if (!recipient || !*recipient)
			continue;
		int rc = is_told(e, about, (int)i, recipient, wall_ms, &told);
		if (rc < 0)
			return rc;
		if (!told)
			return begin(e, about, (int)i, recipient);
	}
	return 0;
}

static int kind_of(const char *detail)
{
	for (int kind = 0; kind < DUTY_KINDS; kind++) {
		if (strcmp(detail, duty_kind_names[kind]) == 0)
			return kind;
	}
	return -1;
}

/* What waits: asked for, and neither withdrawn nor read since. */
static const char open_requests[] =
	"SELECT e.sealed, e.detail, e.time FROM entry AS e WHERE e.journal = ? AND e.event = 'contact'"
	" AND e.action IN ('asked', 'queued') AND NOT EXISTS (SELECT 1 FROM entry AS l WHERE l.sealed = "
	"e.sealed"
	" AND l.journal = e.journal AND l.action IN ('withdrawn', 'read', 'closed')) ORDER BY e.seq LIMIT "
	"256";

int escalate_turn(struct escalate *e, int64_t wall_ms)
{
	struct waits {
		char about[ESCALATE_SIZE];
		int64_t time;
		int kind;
	} open[OPEN_MAX]; /* 28 KiB */
	struct store_rows rows;
	size_t count = 0;

	if (!*e->store || !*e->duty->conf->mail.server || mail_busy(&e->mail))
		return 0;
	int rc = store_ask(*e->store, &rows, open_requests, "i", (int64_t)JOURNAL_CONTACT);
	while (rc == 0 && count < OPEN_MAX && store_next(&rows)) {
		struct waits *w = &open[count++];
		memset(w->about, 0, sizeof(w->about));
		memcpy(w->about, store_text(&rows, 0), strnlen(store_text(&rows, 0), sizeof(w->about) - 1));
		w->kind = kind_of(store_text(&rows, 1));
		w->time = store_int(&rows, 2);
	}
	rc = store_done(&rows);
	e->open = count;
	for (size_t i = 0; rc == 0 && i < count && !mail_busy(&e->mail); i++) {
		if (open[i].kind >= 0)
			rc = one(e, (enum duty_kind)open[i].kind, open[i].about, open[i].time, wall_ms);
	}
	return rc;
}
