/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What pupils said was stopped wrongly, a line a rule. One click drafts the exception that would open it; the municipality
 * reads the draft, and puts it into a rule file or does not. Nothing here changes a rule.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "review/audit.h"
#include "review/show.h"
#include "review/today.h"
#include "review/wrong.h"

enum { RULES_MAX = 100, DRAFTS_MAX = 50, RULE_FILE_MAX = 64 << 20, LINE_SIZE = 300 };

static const char *const draft_reasons[] = {"lessons", "health", "news", "match", NULL};

/* Line `wanted` of a text, without blanks at its ends and without a comment. */
static bool line_of(const char *text, long wanted, char out[static LINE_SIZE])
{
	for (long line = 1; line < wanted; line++) {
		text = strchr(text, '\n');
		if (!text)
			return false;
		text++;
	}
	text += strspn(text, " \t");
	size_t len = strcspn(text, "\r\n#");
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	if (len == 0 || len >= LINE_SIZE)
		return false;
	(void)snprintf(out, LINE_SIZE, "%.*s", (int)len, text);
	return true;
}

/* What "layer/file:line" says, when it names a site openly: patterns and confidential lists have no exception of one line. */
static bool rule_line(const struct conf *conf, const char *rule, char out[static LINE_SIZE])
{
	static const char *const layers[] = {"national", "municipality", "school"};
	static const char *const kinds[] = {"domain ", "domain\t", "exact ", "exact\t", "url ", "url\t"};
	const char *slash = strchr(rule, '/'), *colon = strrchr(rule, ':');
	char path[4300], *text = NULL;
	size_t len = 0;
	bool found = false;

	if (!slash || !colon || colon < slash || strstr(rule, ".."))
		return false;
	for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]) && !text; i++) {
		if (strlen(layers[i]) != (size_t)(slash - rule) ||
		    strncmp(layers[i], rule, strlen(layers[i])) != 0)
			continue;
		(void)snprintf(path, sizeof(path), "%.4000s/%.*s", conf->rules.layer[i],
			       (int)(colon - slash - 1), slash + 1);
		if (file_read(path, RULE_FILE_MAX, &text, &len) < 0)
			text = NULL;
	}
	if (text && line_of(text, strtol(colon + 1, NULL, 10), out)) {
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			found = found || strncmp(out, kinds[i], strlen(kinds[i])) == 0;
	}
	free(text);
	return found;
}

static json_t *rule_row(const struct call *c, const struct store_rows *rows)
{
	char line[LINE_SIZE] = "", date[SHOW_TIME_SIZE], count[24];
	bool open = rule_line(c->conf, store_text(rows, 0), line);
	int64_t n = store_int(rows, 2);

	/* Few voices stay few: a count of one would say when one pupil spoke. */
	(void)snprintf(count, sizeof(count), n < 5 ? "<5" : "%lld", (long long)(n / 5 * 5));
	show_date(c, store_int(rows, 3), date);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:o}", "rule", store_text(rows, 0), "category",
			 show_category(c, store_text(rows, 1)), "count", count, "date", date, "line",
			 open ? line : "", "draftable", open && desk_may(c, MAY_DRAFT), "reasons",
			 desk_choices(c, "draft", draft_reasons, ""));
}

static int add_rules(struct call *c, json_t *data)
{
	struct store_rows rows;
	json_t *list = json_array();
	int rc = store_ask(c->store, &rows,
			   "SELECT rule, category, sum(count), max(time) FROM entry WHERE journal = 1"
			   " AND event = 'feedback' AND rule <> '' GROUP BY rule, category"
			   " ORDER BY sum(count) DESC, rule LIMIT ?",
			   "i", (int64_t)RULES_MAX);

	while (rc == 0 && store_next(&rows))
		json_array_append_new(list, rule_row(c, &rows));
	json_object_set_new(data, "empty", json_boolean(json_array_size(list) == 0));
	json_object_set_new(data, "rows", list);
	return rc == 0 ? store_done(&rows) : rc;
}

static json_t *draft_row(const struct call *c, const struct store_rows *rows)
{
	char reviewed[12], again[12];
	time_t made = (time_t)(store_int(rows, 4) / 1000);
	struct tm t;

	(void)gmtime_r(&made, &t);
	(void)strftime(reviewed, sizeof(reviewed), "%Y-%m-%d", &t);
	t.tm_year++;
	(void)strftime(again, sizeof(again), "%Y-%m-%d", &t);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "rule", store_text(rows, 0), "category",
			 store_text(rows, 1), "line", store_text(rows, 2), "why",
			 speech_word(c->site->speech, c->language, "draft", store_text(rows, 3)), "reviewed",
			 reviewed, "again", again, "account", store_text(rows, 5), "owner",
			 *c->conf->gateway.municipality ? c->conf->gateway.municipality
							: c->conf->gateway.school);
}

static int add_drafts(struct call *c, json_t *data)
{
	struct store_rows rows;
	json_t *list = json_array();
	int rc = store_ask(
		c->store, &rows,
		"SELECT rule, category, line, reason, made, account FROM draft ORDER BY id DESC LIMIT ?", "i",
		(int64_t)DRAFTS_MAX);

	while (rc == 0 && store_next(&rows))
		json_array_append_new(list, draft_row(c, &rows));
	json_object_set_new(data, "any_drafts", json_boolean(json_array_size(list) > 0));
	json_object_set_new(data, "drafts", list);
	return rc == 0 ? store_done(&rows) : rc;
}

int wrong_today(struct call *c, json_t *cards)
{
	char text[200];
	int64_t rules = 0;
	int rc =
		store_number(c->store, 0, &rules,
			     "SELECT count(DISTINCT rule) FROM entry WHERE journal = 1 AND event = 'feedback'"
			     " AND rule <> '' AND rule NOT IN (SELECT rule FROM draft)",
			     "");

	if (rc < 0 || rules == 0)
		return rc;
	today_say(c, "wrong_today", rules, "", text, sizeof(text));
	today_add(cards, "calm", desk_text(c, "menu_wrong"), text, "/wrong", desk_text(c, "wrong_see"));
	return 0;
}

void wrong_page(struct call *c)
{
	json_t *data = desk_data();
	int rc = add_rules(c, data);

	if (rc == 0)
		rc = add_drafts(c, data);
	if (desk_store_failed(c, rc)) {
		json_decref(data);
		return;
	}
	json_object_set_new(data, "may_draft", json_boolean(desk_may(c, MAY_DRAFT)));
	desk_render(c, "wrong", data, 200);
	audit_then(c, "view", "wrong", "");
}

void wrong_draft(struct call *c)
{
	char rule[160], reason[16], line[LINE_SIZE];
	int64_t known = 0;

	form_get(c->request->body, "rule", rule, sizeof(rule));
	if (!form_get(c->request->body, "reason", reason, sizeof(reason)) ||
	    !desk_is_word(draft_reasons, reason)) {
		desk_sorry(c, 400, "sorry_reason");
		return;
	}
	/* Only of rules that somebody has spoken about: the form is no way to read rule files. */
	int rc = store_number(
		c->store, 0, &known,
		"SELECT count(*) FROM entry WHERE journal = 1 AND event = 'feedback' AND rule = ?", "t",
		rule);
	if (rc == 0 && (!known || !rule_line(c->conf, rule, line))) {
		desk_sorry(c, 400, "wrong_no_line");
		return;
	}
	if (rc == 0)
		rc = store_do(c->store,
			      "INSERT INTO draft (rule, category, line, reason, made, account) SELECT rule, "
			      "category,"
			      " ?, ?, ?, ? FROM entry WHERE journal = 1 AND rule = ? LIMIT 1",
			      "ttitt", line, reason, c->now_ms, c->session.account.name, rule);
	if (desk_store_failed(c, rc))
		return;
	desk_redirect(c, "/wrong");
	audit_then(c, "draft", rule, reason);
}
