/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An explanation in words for people, and as JSON for programs. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/explain.h"

static const char canary_rule[] = "built-in:canary";

/* "layer/file.rules:line" */
static const char *rule_text(const struct rule_hit *h, char *out, size_t size)
{
	(void)snprintf(out, size, "%s:%u", h->file, h->line);
	return out;
}

static const char *category_id(const struct explanation *e, const struct rule_hit *h)
{
	return h->category == RULESET_CATEGORY_ANY ? "*" : ruleset_category(e->rules, h->category);
}

/* What a line lost against, as a rule where a rule did it. */
static const char *winner_text(const struct explanation *e, const struct overrode *o, char *out, size_t size)
{
	const struct decision *d = &e->decision;
	if (o->by)
		return rule_text(o->by, out, size);
	if (d->protected)
		return "protected";
	if (o->by_category < 0)
		return "allow"; /* the group's action for that category */
	if (d->rule)
		return rule_text(d->rule, out, size);
	return e->conf->categories[o->by_category].id;
}

static const struct conf_category *category_of(const struct explanation *e)
{
	return !e->canary && e->decision.category >= 0 ? &e->conf->categories[e->decision.category] : NULL;
}

static const char *title_of(const struct conf_category *category)
{
	for (int i = LANGUAGE_EN; i >= 0; i--)
		if (category->title[i])
			return category->title[i];
	return category->id;
}

static const char *headline(const struct explanation *e)
{
	if (e->canary)
		return strcmp(e->canary, "nxdomain") == 0 ? "is answered with \"no such name\""
							  : "is answered with \"no data\"";
	if (e->decision.protected)
		return "passes: it is protected and never recorded";
	switch (e->decision.enforced) {
	case ACTION_HELP:
		return "is stopped, and the pupil is shown the way to help";
	case ACTION_REFUSE:
		return "is refused, with a reason and a way to complain";
	case ACTION_OBSERVE:
		return "passes and is counted";
	default:
		return "passes";
	}
}

static void tell_rule(const struct explanation *e, FILE *out)
{
	char text[256];
	const struct rule_hit *rule = e->decision.rule;
	const struct conf_category *category = category_of(e);
	if (category)
		(void)fprintf(out, "  category  %s (%s), severity %d%s\n", category->id, title_of(category),
			      category->severity, category->mandatory ? ", mandatory" : "");
	if (!rule)
		return;
	struct rule_about about = ruleset_about(rule);
	(void)fprintf(out, "  rule      %s%s\n", rule_text(rule, text, sizeof text),
		      rule->kind == RULE_DIGEST ? ", a confidential list" : "");
	if (about.owner && *about.owner)
		(void)fprintf(out, "  owner     %s\n", about.owner);
	if (about.reason && *about.reason)
		(void)fprintf(out, "  reason    %s\n", about.reason);
	if (about.reviewed && *about.reviewed)
		(void)fprintf(out, "  reviewed  %s%s%s\n", about.reviewed,
			      about.review_by && *about.review_by ? ", again by " : "",
			      about.review_by ? about.review_by : "");
}

static void tell_overrode(const struct explanation *e, FILE *out)
{
	char loser[256], winner[256];
	for (size_t i = 0; i < e->decision.overrode_count; i++) {
		const struct overrode *o = &e->decision.overrode[i];
		(void)fprintf(out, "  %s %s (%s%s) gives way to %s\n", i ? "         " : "overrode ",
			      rule_text(o->line, loser, sizeof loser), category_id(e, o->line),
			      o->line->observe ? ", only observes" : "",
			      winner_text(e, o, winner, sizeof winner));
	}
}

static void tell_services(const struct explanation *e, FILE *out)
{
	enum { SHOWN = 6 };
	for (size_t i = 0; i < e->offer_count && i < SHOWN; i++) {
		const struct offer *o = &e->offers[i];
		(void)fprintf(out, "  %s %s%s%s%s\n", i ? "         " : "help     ", o->service->name,
			      o->channel && *o->channel->value ? ", " : "",
			      o->channel && *o->channel->value ? o->channel->value : "",
			      o->open_now ? ", open now" : "");
	}
	if (e->offer_count > SHOWN)
		(void)fprintf(out, "            and %zu more\n", e->offer_count - SHOWN);
}

void explain_tell(const struct ctl *c, const struct explanation *e, FILE *out)
{
	bool stops = explain_stops(e);
	(void)fprintf(out, "%s%s%s %s%s%s\n", ctl_tone(c, TONE_STRONG), e->name, ctl_tone(c, TONE_PLAIN),
		      ctl_tone(c, stops ? TONE_BAD : TONE_GOOD), headline(e), ctl_tone(c, TONE_PLAIN));
	(void)fprintf(out, "  group     %s (%s)\n", e->group->id, stage_names[e->group->stage]);
	if (e->canary)
		(void)fprintf(out, "  rule      %s: so that devices keep asking the school's resolver\n",
			      canary_rule);
	else
		tell_rule(e, out);
	if (!e->canary)
		tell_overrode(e, out);
	tell_services(e, out);
	if (e->secure_url)
		(void)fprintf(out, "  note      of an https address only the host is seen and judged\n");
	if (e->decision.trial && stops)
		(void)fprintf(out, "  note      %s: today it passes and is counted\n",
			      category_of(e) && category_of(e)->observe
				      ? "the category has mode \"observe\""
				      : "the rule stands under \"mode observe\"");
	else if (e->conf->rules.observe && stops)
		(void)fprintf(out, "  note      %s\n",
			      category_of(e) && category_of(e)->mandatory
				      ? "rules.mode is \"observe\", but a mandatory category is enforced all "
					"the same"
				      : "rules.mode is \"observe\": today it passes and is counted");
	(void)fprintf(out, "  set       %s\n", e->set);
}

static json_t *overrode_json(const struct explanation *e)
{
	char loser[256], winner[256];
	json_t *list = json_array();
	for (size_t i = 0; !e->canary && i < e->decision.overrode_count; i++) {
		const struct overrode *o = &e->decision.overrode[i];
		json_t *one = json_pack("{s:s, s:s, s:s}", "rule", rule_text(o->line, loser, sizeof loser),
					"category", category_id(e, o->line), "by",
					winner_text(e, o, winner, sizeof winner));
		(void)json_array_append_new(list, one);
	}
	return list;
}

int explain_json(const struct explanation *e, FILE *out)
{
	char rule[256] = "";
	const struct conf_category *category = category_of(e);
	json_t *services = json_array();
	for (size_t i = 0; i < e->offer_count; i++)
		(void)json_array_append_new(services, json_string(e->offers[i].service->id));
	if (e->decision.rule)
		(void)rule_text(e->decision.rule, rule, sizeof rule);
	json_t *all = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:o, s:o}", "name", e->name, "group",
		e->group->id, "stage", stage_names[e->group->stage], "action",
		e->canary ? action_names[ACTION_REFUSE] : action_names[e->decision.enforced], "category",
		category ? category->id : "", "rule", e->canary ? canary_rule : rule, "set", e->set, "mode",
		e->conf->rules.observe || e->decision.trial ? "observe" : "enforce", "protected",
		e->decision.protected && !e->canary, "overrode", overrode_json(e), "services", services);
	char *text = all ? json_dumps(all, JSON_PRESERVE_ORDER) : NULL;
	if (text)
		(void)fprintf(out, "%s\n", text);
	int rc = text ? 0 : -ENOMEM;
	free(text);
	json_decref(all);
	return rc;
}
