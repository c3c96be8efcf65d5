/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `status`: one calm screen. Is it filtering, since when, what was stopped, what could not be seen, what needs you. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/ctl.h"
#include "ctl/firewall.h"
#include "ctl/parts.h"
#include "ruleset/ruleset.h"

enum { WAIT_MS = 2000 };

struct report {
	const struct conf *conf;
	struct parts parts;
	size_t answered;
	char *firewall;        /* "name packets\n" lines; NULL when not root */
	bool intact;           /* the rules that feed the queue */
	struct findings needs; /* what a person has to do */
	struct ruleset *rules; /* for its confidential lists; NULL when it cannot be opened by the caller */
	char mode[16], set[32], since[CLOCK_TEXT_SIZE];
	double requests, stopped, observed, malformed, unseen;
};

/* Numbers that are a matter for a person as soon as they are not 0. */
static const struct {
	const char *name, *sentence;
} alarms[] = {
	{"trygg_gate_failing",
	 "no engine has answered for longer than hold_ms: see `journalctl -u 'trygg-engine@*'`"},
	{"trygg_engine_records_lost_total", "records of evidence were lost between engine and keeper"},
	{"courier_trouble", "a journal does not follow what was read of it: `tryggctl journal verify`"},
	{"courier_mail_down",
	 "mail to those on duty does not go out: the contact form is down until it does"},
	{"keeper_own_lost_total", "keeper lost records of its own"},
	{"keeper_counts_lost", "the daily counts could not be read and began anew"},
	{"keeper_alarms_total", "a journal was changed by somebody else: tryggctl journal verify"},
	{"keeper_disk_errors_total", "the journal met disk errors: see `journalctl -u trygg-keeper`"},
};

static double firewall_number(const char *lines, const char *name)
{
	size_t n = strlen(name);
	for (const char *at = lines ? lines : ""; *at; at += strcspn(at, "\n") + 1)
		if (strncmp(at, name, n) == 0 && at[n] == ' ')
			return strtod(at + n, NULL);
	return 0;
}

static void find_alarms(struct report *r)
{
	char text[64];
	for (size_t i = 0; i < r->parts.count; i++) {
		const struct part *part = &r->parts.list[i];
		if (part->rc < 0)
			finding(&r->needs, false, "%s does not answer: is the service running?", part->name);
		if (part_value(part, "trygg_gate_engine", text, sizeof text) && strcmp(text, "0") == 0)
			finding(&r->needs, false, "%s has no engine", part->name);
		if (part_value(part, "trygg_engine_keeper_connected", text, sizeof text) &&
		    strcmp(text, "0") == 0)
			finding(&r->needs, false,
				"%s does not reach keeper: what is stopped waits to be recorded", part->name);
		if (part_value(part, "keeper_disk_ok", text, sizeof text) && strcmp(text, "0") == 0)
			finding(&r->needs, false, "the journal cannot be written: is the disk full?");
		if (part_value(part, "set", text, sizeof text) && strcmp(text, "none") == 0)
			finding(&r->needs, false, "%s has no rules: tryggctl compile, then tryggctl reload",
				part->name);
	}
	for (size_t i = 0; i < sizeof alarms / sizeof alarms[0]; i++)
		if (parts_sum(&r->parts, alarms[i].name, NULL) > 0)
			finding(&r->needs, false, "%s", alarms[i].sentence);
	static const char *const violations[] = {"index", "length", "id", "verdict", "mark", "reply", "talk"};
	for (size_t i = 0; i < sizeof violations / sizeof violations[0]; i++) {
		(void)snprintf(text, sizeof text, "trygg_gate_violations_%s_total", violations[i]);
		if (parts_sum(&r->parts, text, NULL) > 0)
			finding(&r->needs, false,
				"an engine broke the rules of the ring (%s): tell the makers", violations[i]);
	}
}

static void find_firewall(struct report *r)
{
	if (r->conf->inspect.interfaces.count == 0) {
		finding(&r->needs, false, "inspect.interfaces is empty: nothing is inspected");
		return;
	}
	if (geteuid() != 0)
		return;
	int before = r->needs.count;
	if (firewall_check(r->conf, &r->needs) == 0)
		firewall_check_help(r->conf, &r->needs);
	r->intact = r->needs.count == before;
	r->firewall = firewall_counters(r->conf);
}

/* A list that nobody renewed for so long is no longer what it says. */
enum { OLD_DAYS = 31 };

static int days_since(const char *made)
{
	int64_t then;
	if (clock_parse(made, &then) < 0 || clock_wall_ms() < then)
		return 0;
	return (int)((clock_wall_ms() - then) / (24 * 3600 * 1000LL));
}

static void find_confidential(struct report *r)
{
	char why[512];
	struct rule_secret list;
	if (ruleset_open(r->conf->rules.compiled, false, &r->rules, why, sizeof why) < 0)
		return;
	for (size_t i = 0; ruleset_confidential(r->rules, i, &list); i++)
		if (days_since(list.made) > OLD_DAYS)
			finding(&r->needs, false,
				"the confidential list of %s:%u was sealed %d days ago: get a newer one",
				list.file, list.line, days_since(list.made));
}

static void gather(struct report *r)
{
	r->answered = parts_ask(&r->parts, r->conf, CONTROL_STATUS, WAIT_MS);
	for (size_t i = 0; i < r->parts.count; i++) {
		const struct part *part = &r->parts.list[i];
		if (strcmp(part->program, "engine") != 0 || part->rc < 0)
			continue;
		(void)part_value(part, "mode", r->mode, sizeof r->mode);
		(void)part_value(part, "set", r->set, sizeof r->set);
		(void)part_value(part, "since", r->since, sizeof r->since);
	}
	static const char requests[] = "trygg_engine_requests_total";
	r->requests = parts_sum(&r->parts, requests, NULL);
	r->stopped = parts_sum(&r->parts, requests, "action=\"help\"") +
		     parts_sum(&r->parts, requests, "action=\"refuse\"");
	r->observed = parts_sum(&r->parts, requests, "action=\"observe\"");
	r->malformed = parts_sum(&r->parts, "trygg_engine_malformed_total", NULL);
	find_alarms(r);
	find_firewall(r);
	find_confidential(r);
	r->unseen = firewall_number(r->firewall, "trygg_unjudged");
	if (!r->firewall)
		r->unseen = parts_sum(&r->parts, "trygg_gate_passed_unjudged_total", NULL);
}

static bool filtering(const struct report *r)
{
	return r->mode[0] && parts_sum(&r->parts, "trygg_gate_engine", NULL) > 0 &&
	       (r->intact || geteuid() != 0) && strcmp(r->set, "none") != 0;
}

/* Minutes since the engine began, at least one. */
static double minutes_since(const char *since)
{
	int64_t then;
	if (clock_parse(since, &then) < 0 || clock_wall_ms() - then < 60000)
		return 1;
	return (double)(clock_wall_ms() - then) / 60000;
}

static void tell(const struct ctl *c, const struct report *r)
{
	bool good = filtering(r);
	const char *quiet = ctl_tone(c, TONE_QUIET), *plain = ctl_tone(c, TONE_PLAIN);
	(void)printf("%s%s%s%s\n", ctl_tone(c, good ? TONE_GOOD : TONE_BAD),
		     good ? "Trygg is filtering" : "Trygg is NOT filtering", plain,
		     strcmp(r->mode, "observe") == 0 ? ", in observe mode: it only counts" : "");
	if (r->mode[0])
		(void)printf("  since     %s %s(rules %s)%s\n", r->since, quiet, r->set, plain);
	(void)printf("  requests  %.0f, %.1f a minute\n", r->requests, r->requests / minutes_since(r->since));
	(void)printf("  stopped   %.0f%s", r->stopped, r->observed > 0 ? "" : "\n");
	if (r->observed > 0)
		(void)printf(", observed %.0f\n", r->observed);
	(void)printf("  malformed %.0f %s(refused: a server might read them differently)%s\n", r->malformed,
		     quiet, plain);
	(void)printf("  unseen    %.0f %s(%s by on_failure)%s\n", r->unseen, quiet,
		     r->conf->inspect.on_failure == FAILURE_PASS ? "passed" : "dropped", plain);
	(void)printf("  refused   %.0f DNS elsewhere (853), %.0f QUIC\n",
		     firewall_number(r->firewall, "trygg_refused_853"),
		     firewall_number(r->firewall, "trygg_refused_quic"));
	struct rule_secret list;
	for (size_t i = 0; r->rules && ruleset_confidential(r->rules, i, &list); i++)
		(void)printf("  %s %s:%u, %s: %u entries, sealed %d days ago\n",
			     i ? "         " : "sealed   ", list.file, list.line,
			     ruleset_category(r->rules, list.category), list.entries, days_since(list.made));
	if (r->needs.count == 0) {
		(void)printf("%sNothing needs you.%s\n", ctl_tone(c, TONE_GOOD), plain);
		return;
	}
	(void)printf("%sThis needs you:%s\n", ctl_tone(c, TONE_BAD), plain);
	for (const char *at = r->needs.text; *at; at += strcspn(at, "\n") + 1)
		(void)printf("  - %.*s\n", (int)strcspn(at, "\n"), at);
}

/* "name value\n" lines as an object; what looks like a number is one. */
static json_t *lines_json(const char *text)
{
	json_t *all = json_object();
	for (const char *at = text ? text : ""; *at;
	     at += strcspn(at, "\n") + (at[strcspn(at, "\n")] == '\n')) {
		char name[160], value[256], *end;
		size_t n = strcspn(at, " \n");
		if (at[n] != ' ')
			continue;
		(void)snprintf(name, sizeof name, "%.*s", (int)n, at);
		(void)snprintf(value, sizeof value, "%.*s", (int)strcspn(at + n + 1, "\n"), at + n + 1);
		long long number = strtoll(value, &end, 10);
		(void)json_object_set_new(all, name,
					  *value && *end == '\0' ? json_integer(number) : json_string(value));
	}
	return all;
}

static json_t *confidential_json(const struct report *r)
{
	json_t *all = json_array();
	struct rule_secret list;
	for (size_t i = 0; r->rules && ruleset_confidential(r->rules, i, &list); i++) {
		char rule[256];
		(void)snprintf(rule, sizeof rule, "%s:%u", list.file, list.line);
		(void)json_array_append_new(
			all, json_pack("{s:s, s:s, s:I, s:I, s:s, s:i}", "rule", rule, "category",
				       ruleset_category(r->rules, list.category), "entries",
				       (json_int_t)list.entries, "names", (json_int_t)list.names, "sealed",
				       list.made, "age_days", days_since(list.made)));
	}
	return all;
}

static void tell_json(const struct report *r)
{
	json_t *needs = json_array();
	for (const char *at = r->needs.text; *at; at += strcspn(at, "\n") + 1)
		(void)json_array_append_new(needs, json_stringn(at, strcspn(at, "\n")));
	json_t *all = json_pack("{s:b, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:o}", "filtering",
				filtering(r), "mode", r->mode, "set", r->set, "since", r->since, "requests",
				(json_int_t)r->requests, "stopped", (json_int_t)r->stopped, "observed",
				(json_int_t)r->observed, "malformed", (json_int_t)r->malformed, "unseen",
				(json_int_t)r->unseen, "needs", needs);
	json_t *firewall = lines_json(r->firewall);
	(void)json_object_set_new(firewall, "intact", json_boolean(r->intact));
	(void)json_object_set_new(all, "firewall", firewall);
	(void)json_object_set_new(all, "confidential", confidential_json(r));
	for (size_t i = 0; i < r->parts.count; i++)
		if (r->parts.list[i].rc == 0)
			(void)json_object_set_new(all, r->parts.list[i].name,
						  lines_json(r->parts.list[i].answer.text));
	char *text = json_dumps(all, JSON_PRESERVE_ORDER | JSON_INDENT(1));
	(void)printf("%s\n", text ? text : "{}");
	free(text);
	json_decref(all);
}

enum ctl_exit status_run(struct ctl *c)
{
	enum ctl_exit rc = CTL_FAILED;
	struct report *r = calloc(1, sizeof *r);
	if (!r || parts_init(&r->parts, c->conf) < 0)
		goto out;
	r->conf = c->conf;
	gather(r);
	if (c->value[0])
		tell_json(r);
	else
		tell(c, r);
	if (r->answered > 0)
		rc = r->needs.count > 0 ? CTL_NO : CTL_YES;
out:
	if (r) {
		parts_clear(&r->parts);
		free(r->firewall);
		ruleset_free(r->rules);
	}
	free(r);
	return rc;
}
