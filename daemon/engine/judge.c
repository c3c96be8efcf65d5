/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/judge.h"

#include <stdlib.h>

#include "base/heartbeat.h"
#include "engine/report.h"
#include "ruleset/asking.h"

enum { PATH_SIZE = 4096, HELP_ASK_MS = 1000 };

static struct address client_of(const struct headers *h)
{
	struct address client = {.family = h->family};
	memcpy(client.bytes, h->source, sizeof client.bytes);
	return client;
}

static struct asker asker_of(const struct engine *e, const struct headers *h)
{
	const struct conf *conf = e->world->conf;
	struct address client = client_of(h);
	struct asker who = {.group = policy_group(conf, &client), .at_wall_ms = e->wall_ms};
	for (size_t i = 0; i < conf->inspect.resolver_count && !who.mandatory_only; i++)
		who.mandatory_only = prefix_contains(&conf->inspect.resolvers[i], &client);
	return who;
}

static void tell_outcome(struct engine *e, const char *proto, const char *name, enum action action,
			 const char *category, const char *rule)
{
	struct outcome o = {e->packet->number, proto, name, category, action, rule};
	if (e->outcome != NULL)
		e->outcome(e->outcome_user, &o);
}

/* "layer/file.rules:line"; "" where no line decided. */
static void rule_text(const struct rule_hit *rule, char out[static RECORD_RULE_SIZE])
{
	out[0] = '\0';
	if (rule != NULL)
		(void)snprintf(out, RECORD_RULE_SIZE, "%s:%u", rule->file, (unsigned)rule->line);
}

static bool is_confidential(const struct decision *d)
{
	return d->rule != NULL && d->rule->kind == RULE_DIGEST;
}

/* What a decision leaves behind: protected names and plain passes nothing at all. */
static void tell(struct engine *e, const struct headers *h, const struct asker *who, const char *proto)
{
	const struct decision *d = &e->decision;
	char rule[RECORD_RULE_SIZE];
	bool known = !d->protected && d->category >= 0 && d->action != ACTION_ALLOW;
	if (!known && e->outcome == NULL)
		return;
	rule_text(known ? d->rule : NULL, rule);
	const char *category = known ? e->world->conf->categories[d->category].id : "";
	/* A replay names no entry of a confidential list. */
	tell_outcome(e, proto, is_confidential(d) ? "" : e->request.host.text, d->action, category, rule);
	if (!known || e->report == NULL)
		return;
	struct address client = client_of(h);
	struct happening happening = {
		.conf = e->world->conf,
		.group = who->group,
		.client = &client,
		.category = d->category,
		.action = d->action,
		.instead = d->observed ? d->enforced : ACTION_ALLOW,
		.confidential = is_confidential(d),
		.proto = proto,
		.name = e->request.host.text,
		.rule = rule,
		.set = e->world->set,
		.detail = "",
		.wall_ms = e->wall_ms,
	};
	report_happening(e->report, &happening);
}

/* Whether the help page is there over HTTPS on its own name. Help knows its certificate and says until when. */
static bool help_is_secure(struct engine *e)
{
	const struct conf *conf = e->world->conf;
	char path[PATH_SIZE];
	if (conf->help.name == NULL || conf->help.name[0] == '\0')
		return false;
	if (e->help_asked_ms == 0 || e->now_ms - e->help_asked_ms >= HELP_ASK_MS) {
		conf_help_until(conf, path, sizeof path);
		e->help_until_ms = heartbeat_last_ms(path);
		e->help_asked_ms = e->now_ms;
	}
	return e->wall_ms < e->help_until_ms;
}

/*
 * Where a navigation is sent: the help page on its own origin, as help does with names that resolve to it. The token says
 * what stopped, never what was asked for.
 */
static const char *help_location(struct engine *e, const struct headers *h)
{
	const struct world *w = e->world;
	const struct decision *d = &e->decision;
	struct address to = {.family = h->family == 6 && w->has_help6 ? 6 : w->has_help4 ? 4 : 6};
	char origin[CONF_ORIGIN_SIZE], sealed[TOKEN_TEXT_SIZE] = "";
	struct token token = {.time_ms = e->wall_ms};
	if (!w->has_help4 && !w->has_help6)
		return NULL;
	if (to.family == 6)
		memcpy(to.bytes, w->help6, sizeof w->help6);
	else
		memcpy(to.bytes, w->help4, sizeof w->help4);
	conf_help_origin(w->conf, help_is_secure(e), &to, 80, origin);
	if (e->sealing && d->category >= 0) {
		(void)snprintf(token.category, sizeof token.category, "%s",
			       w->conf->categories[d->category].id);
		rule_text(d->rule, token.rule);
		token_seal(e->token_key, &token, sealed);
	}
	(void)snprintf(e->location, sizeof e->location, "%s/%s%s", origin, sealed[0] != '\0' ? "?t=" : "",
		       sealed);
	return e->location;
}

/* "Selvskading http://10.0.0.5/": the title gives way, at a whole character. */
static const char *help_note(struct engine *e)
{
	const struct conf *conf = e->world->conf;
	const struct decision *d = &e->decision;
	char url[CONF_ORIGIN_SIZE];
	if (conf->help.address_count == 0)
		return NULL;
	conf_help_origin(conf, help_is_secure(e), &conf->help.addresses[0], 80, url);
	const char *title = d->category >= 0 ? conf->categories[d->category].title[LANGUAGE_NB] : NULL;
	size_t room = STOP_NOTE_MAX - 2, len = title != NULL ? strlen(title) : 0;
	if (len == 0 || strlen(url) >= room)
		return NULL;
	room -= strlen(url);
	len = len < room ? len : room;
	while (len > 0 && ((unsigned char)title[len] & 0xc0) == 0x80)
		len--;
	(void)snprintf(e->note, sizeof e->note, "%.*s %s/", (int)len, title, url);
	return e->note;
}

static void fill_stop(struct engine *e, const struct headers *h, struct stop *stop)
{
	const struct world *w = e->world;
	const struct decision *d = &e->decision;
	*stop = (struct stop){
		.mandatory = d->category >= 0 && w->conf->categories[d->category].mandatory,
		.confidential = is_confidential(d),
		.help4 = w->has_help4 ? &w->help4 : NULL,
		.help6 = w->has_help6 ? &w->help6 : NULL,
		.note = e->request.proto == PROTO_DNS && !is_confidential(d) ? help_note(e) : NULL,
		.location = e->request.proto == PROTO_HTTP ? help_location(e, h) : NULL,
	};
}

/* Canaries are answered before any rule: without them every rule is a suggestion. Nobody is recorded for one. */
static enum judgement judge_canary(struct engine *e, const char *canary, bool again, struct stop *stop)
{
	const char *proto = protos[e->request.proto].name;
	bool observe = e->world->conf->rules.observe;
	enum action action = observe ? ACTION_OBSERVE : ACTION_REFUSE;
	*stop = (struct stop){.canary = canary};
	if (!again) {
		e->counters.n[COUNT_CANARIES]++;
		e->counters.n[COUNT_OBSERVED_PASS] += observe;
		e->counters.requests[e->request.proto][action]++;
		tell_outcome(e, proto, e->request.host.text, action, "", "built-in:canary");
	}
	return observe ? JUDGE_PASS : JUDGE_STOP;
}

enum judgement judge(struct engine *e, const struct headers *h, bool again, struct stop *stop)
{
	const struct request *r = &e->request;
#ifdef TRYGG_TEST_CLOCK
	if (e->abort_name != NULL && strcmp(e->abort_name, r->host.text) == 0)
		abort();
#endif
	const char *canary = policy_canary(&r->host);
	if (canary != NULL)
		return judge_canary(e, canary, again, stop);
	struct asker who = asker_of(e, h);
	if (e->asking != NULL && e->world->rules != NULL)
		ruleset_blind(e->world->rules, !asking_may(e->asking, e->wall_ms));
	policy_judge(&e->world->policy, &who, &r->host, r->url, &e->hits, &e->decision);
	if (e->asking != NULL)
		(void)asking_spend(e->asking, &e->hits);
	if (!again) {
		e->counters.requests[r->proto][e->decision.action]++;
		e->counters.n[COUNT_PROTECTED] += e->decision.protected;
		e->counters.n[COUNT_OBSERVED_PASS] += e->decision.observed;
		tell(e, h, &who, protos[r->proto].name);
	}
	if (e->decision.action != ACTION_HELP && e->decision.action != ACTION_REFUSE)
		return JUDGE_PASS;
	fill_stop(e, h, stop);
	return JUDGE_STOP;
}

enum judgement judge_malformed(struct engine *e, const struct headers *h, const char *proto, const char *word,
			       bool again)
{
	const struct conf *conf = e->world->conf;
	bool observe = conf->rules.observe;
	if (again)
		return observe ? JUDGE_PASS : JUDGE_STOP;
	counters_malformed(&e->counters, word);
	e->counters.n[COUNT_OBSERVED_PASS] += observe;
	enum action action = observe ? ACTION_OBSERVE : ACTION_REFUSE;
	tell_outcome(e, proto, "", action, conf->categories[conf->category_evasion].id, "");
	if (e->report != NULL) {
		struct asker who = asker_of(e, h);
		struct address client = client_of(h);
		struct happening happening = {
			.conf = conf,
			.group = who.group,
			.client = &client,
			.category = conf->category_evasion,
			.action = action,
			.instead = observe ? ACTION_REFUSE : ACTION_ALLOW,
			.proto = proto,
			.name = "",
			.rule = "",
			.set = e->world->set,
			.detail = word,
			.wall_ms = e->wall_ms,
		};
		report_happening(e->report, &happening);
	}
	return observe ? JUDGE_PASS : JUDGE_STOP;
}
