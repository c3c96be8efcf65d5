/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "catalogue/notice.h"

#include <string.h>

#include "catalogue/catalogue.h"

struct making {
	const struct conf *conf;
	const struct texts *texts;
	const struct duty *duty;
	enum language language;
	struct notice *out;
};

static const char *text(const struct making *m, const char *key)
{
	return texts_get(m->texts, m->language, key);
}

static void part(struct making *m, const char *key)
{
	if (m->out->part_count < NOTICE_PARTS)
		m->out->parts[m->out->part_count++].heading = text(m, key);
}

static void line(struct making *m, const char *said)
{
	struct notice_part *p = &m->out->parts[m->out->part_count - 1];
	if (said[0] != '\0' && p->line_count < NOTICE_LINES)
		p->lines[p->line_count++] = said;
}

static void say(struct making *m, const char *key)
{
	line(m, text(m, key));
}

/* The sentence with its one slot filled; nothing when there is nothing to fill in. */
static void say_with(struct making *m, const char *key, const char *value)
{
	const char *sentence = text(m, key), *open = strchr(sentence, '{'), *close = strchr(sentence, '}');
	if (value == NULL || value[0] == '\0' || open == NULL || close == NULL || close < open)
		return;
	/* A reason that people wrote may end in a full stop of its own. */
	size_t len = strlen(value);
	bool twice = len > 0 && value[len - 1] == '.' && close[1] == '.';
	line(m, arena_printf(&m->out->arena, "%.*s%.*s%s", (int)(open - sentence), sentence,
			     (int)(len - twice), value, close + 1));
}

static const char *title_of(const struct making *m, const struct conf_category *c)
{
	struct words title;
	memcpy(title.in, c->title, sizeof title.in);
	const char *shown = words_in(&title, m->language);
	return shown[0] != '\0' ? shown : c->id;
}

/* In how many of the pupils' groups a category is stopped; *groups of them. */
static size_t stopped_in(const struct conf *conf, size_t category, size_t *groups)
{
	size_t stopped = 0;
	*groups = 0;
	for (size_t i = 0; i < conf->group_count; i++) {
		if (conf->groups[i].stage > STAGE_UPPER_SECONDARY)
			continue;
		++*groups;
		stopped += conf->groups[i].actions[category] >= ACTION_HELP;
	}
	if (*groups == 0) {
		*groups = 1;
		stopped = conf->categories[category].action >= ACTION_HELP;
	}
	return stopped;
}

enum which { STOPPED_ALL, STOPPED_SOME, OPEN, WITH_NAME, ONLY_COUNTS };

static bool belongs(const struct conf *conf, size_t i, enum which which)
{
	const struct conf_category *c = &conf->categories[i];
	size_t groups, stopped = stopped_in(conf, i, &groups);
	bool counts = c->mandatory || c->log == LOG_COUNT;
	switch (which) {
	case STOPPED_ALL:
		return stopped == groups;
	case STOPPED_SOME:
		return stopped > 0 && stopped < groups;
	case OPEN:
		return stopped == 0;
	case WITH_NAME:
		return stopped > 0 && c->log == LOG_CONCERN && !c->mandatory;
	case ONLY_COUNTS:
		return stopped > 0 && counts;
	}
	return false;
}

/* "Rus og alkohol; Doping": titles have commas in them. */
static void say_list(struct making *m, const char *key, enum which which)
{
	const char *list = "";
	for (size_t i = 0; i < m->conf->category_count; i++)
		if (!m->conf->categories[i].builtin && belongs(m->conf, i, which))
			list = arena_printf(&m->out->arena, "%s%s%s", list, list[0] != '\0' ? "; " : "",
					    title_of(m, &m->conf->categories[i]));
	say_with(m, key, list);
}

static void add_read(struct making *m)
{
	part(m, "notice_read");
	say(m, "notice_read_dns");
	if (m->conf->inspect.http_port_count > 0)
		say(m, "notice_read_http");
	if (m->conf->inspect.tls_port_count > 0)
		say(m, "notice_read_tls");
	say(m, "notice_read_never");
}

static void add_stop(struct making *m)
{
	part(m, "notice_stop");
	if (m->conf->rules.observe)
		say(m, "notice_observe");
	say_list(m, "notice_stop_list", STOPPED_ALL);
	say_list(m, "notice_stop_some", STOPPED_SOME);
	say_list(m, "notice_open_list", OPEN);
	say(m, "notice_helpers");
	say(m, "notice_limits");
}

static void add_record(struct making *m)
{
	static const char *const by_mode[] = {
		[PRIVACY_COUNTS] = "notice_counts",
		[PRIVACY_EVENTS] = "notice_events",
		[PRIVACY_PSEUDONYMOUS] = "notice_pseudonymous",
		[PRIVACY_IDENTIFIABLE] = "notice_pseudonymous",
	};
	enum privacy_mode mode = m->conf->privacy.mode;
	part(m, "notice_record");
	say(m, by_mode[mode]);
	if (mode == PRIVACY_IDENTIFIABLE)
		say(m, "notice_identifiable");
	if (mode != PRIVACY_COUNTS) {
		say_list(m, "notice_names", WITH_NAME);
		say_list(m, "notice_only_counts", ONLY_COUNTS);
	}
	say(m, "notice_visits");
	part(m, "notice_long");
	int days = m->conf->journal.days[0] > 0 ? m->conf->journal.days[0] : m->conf->privacy.retention_days;
	say_with(m, "notice_days", arena_printf(&m->out->arena, "%d", days));
	say_with(m, "notice_days_why", m->conf->privacy.retention_reason);
}

static void add_people(struct making *m)
{
	bool points = m->conf->privacy.mode > PRIVACY_EVENTS;
	part(m, "notice_see");
	say(m, "notice_see_staff");
	if (m->duty->count > 0)
		say(m, "notice_see_contact");
	say(m, "notice_see_act");
	part(m, "notice_rights");
	if (!points)
		say(m, "notice_rights_nobody");
	say(m, "notice_rights_ask");
	say(m, "notice_rights_heard");
	say(m, "notice_rights_complain");
	part(m, "notice_why");
	say(m, "notice_why_default");
	say_with(m, "notice_why_purpose", m->conf->privacy.purpose);
	say_with(m, "notice_why_basis", m->conf->privacy.legal_basis);
}

static void add_contact(struct making *m)
{
	char url[300];
	part(m, "notice_contact");
	conf_help_url(m->conf, url, sizeof url);
	say_with(m, "notice_contact_page", url);
	say_with(m, "notice_contact_owner", m->conf->privacy.owner);
	line(m, m->conf->gateway.school);
	line(m, m->conf->gateway.municipality);
	for (size_t i = 0; i < m->duty->count; i++) {
		const struct conf_person *p = m->duty->people[i].said;
		struct words place, title;
		if (!m->duty->people[i].hours.known)
			continue;
		memcpy(title.in, p->title, sizeof title.in);
		memcpy(place.in, p->place, sizeof place.in);
		const char *is = words_in(&title, m->language), *at = words_in(&place, m->language);
		line(m, arena_printf(&m->out->arena, "%s%s%s%s%s", p->name, is[0] != '\0' ? ", " : "", is,
				     at[0] != '\0' ? ", " : "", at));
	}
}

void notice_make(const struct conf *conf, const struct texts *texts, const struct duty *duty,
		 enum language language, struct notice *out)
{
	*out = (struct notice){0};
	struct making m = {conf, texts, duty, language, out};
	out->title = text(&m, "notice_title");
	add_read(&m);
	add_stop(&m);
	add_record(&m);
	add_people(&m);
	add_contact(&m);
}

void notice_clear(struct notice *n)
{
	arena_clear(&n->arena);
}
