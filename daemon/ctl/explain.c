/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `explain`: the same decision that the engine makes, for one name, with everything that led to it. */
#include "ctl/explain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "name/idn.h"
#include "ruleset/asking.h"

enum { OPTION_GROUP, OPTION_AT, OPTION_JSON };

bool explain_stops(const struct explanation *e)
{
	return e->canary || e->decision.enforced == ACTION_HELP || e->decision.enforced == ACTION_REFUSE;
}

/* The zone of an RFC 3339 time in seconds east; 1 when there is one, 0 when not, -1 when it is wrong. */
static int parse_zone(const char *text, long *east_s)
{
	int hours, minutes, used = 0;
	*east_s = 0;
	if (*text == '\0')
		return 0;
	if (strcmp(text, "Z") == 0 || strcmp(text, "z") == 0)
		return 1;
	if ((*text != '+' && *text != '-') || sscanf(text + 1, "%2d:%2d%n", &hours, &minutes, &used) != 2 ||
	    used != 5 || text[6] != '\0' || hours > 23 || minutes > 59)
		return -1;
	*east_s = (hours * 60L + minutes) * 60L * (*text == '-' ? -1 : 1);
	return 1;
}

static int local_day(int64_t now_ms, struct tm *out)
{
	time_t now = (time_t)(now_ms / 1000);
	return localtime_r(&now, out) ? 0 : -EINVAL;
}

int explain_time(const char *text, int64_t now_ms, int64_t *out_ms)
{
	struct tm t = {0};
	long east_s;
	const char *rest = strptime(text, "%Y-%m-%d", &t);
	if (rest && (*rest == 'T' || *rest == 't' || *rest == ' '))
		rest++;
	else if (rest || local_day(now_ms, &t) < 0)
		return -EINVAL;
	else
		rest = text;
	t.tm_sec = 0;
	rest = strptime(rest, "%H:%M", &t);
	if (!rest)
		return -EINVAL;
	if (*rest == ':' && !(rest = strptime(rest + 1, "%S", &t)))
		return -EINVAL;
	if (*rest == '.')
		rest += 1 + strspn(rest + 1, "0123456789");
	int zone = parse_zone(rest, &east_s);
	if (zone < 0)
		return -EINVAL;
	t.tm_isdst = -1;
	time_t s = zone ? timegm(&t) - east_s : mktime(&t);
	*out_ms = (int64_t)s * 1000;
	return 0;
}

int explain_parse(const char *text, struct url *out, bool *is_url)
{
	char ascii[HOST_TEXT_MAX + 1], whole[8192], host[2048];
	const char *scheme = strstr(text, "://");
	const char *start = scheme ? scheme + 3 : text;
	size_t len = strcspn(start, "/?#");
	const char *colon = start[0] == '[' ? NULL : memchr(start, ':', len);
	size_t name_len = colon ? (size_t)(colon - start) : len;
	*is_url = scheme != NULL || start[len] != '\0';
	if (name_len >= sizeof host)
		return -EBADMSG;
	memcpy(host, start, name_len);
	host[name_len] = '\0';
	bool plain = true;
	for (const char *p = host; *p; p++)
		plain &= (unsigned char)*p < 0x80;
	if (!plain && idn_to_ascii(host, ascii, sizeof ascii) < 0)
		return -EBADMSG;
	int n = snprintf(whole, sizeof whole, "%.*s%s%s", (int)(start - text), text, plain ? host : ascii,
			 start + name_len);
	if (n < 0 || (size_t)n >= sizeof whole)
		return -EBADMSG;
	return url_from_text(span_text(whole), out);
}

const struct conf_group *explain_group(const struct conf *conf, const char *name, struct conf_group *spare,
				       enum action **actions)
{
	if (name)
		return conf_group(conf, name);
	const struct conf_group *g = conf_group(conf, stage_names[STAGE_LOWER_SECONDARY]);
	for (size_t i = 0; !g && i < conf->group_count; i++)
		if (conf->groups[i].stage == STAGE_LOWER_SECONDARY)
			g = &conf->groups[i];
	if (g)
		return g;
	*actions = calloc(conf->category_count, sizeof **actions);
	for (size_t i = 0; *actions && i < conf->category_count; i++)
		(*actions)[i] = conf->categories[i].action;
	*spare = (struct conf_group){.id = stage_names[STAGE_LOWER_SECONDARY],
				     .stage = STAGE_LOWER_SECONDARY,
				     .actions = *actions};
	return spare;
}

struct ruleset *explain_set(const struct ctl *c)
{
	char why[512] = "";
	struct ruleset *rules = NULL;
	if (access(c->conf->rules.compiled, F_OK) < 0)
		(void)fprintf(stderr,
			      "tryggctl: there is no compiled set at %s; make one: tryggctl -c %s compile\n",
			      c->conf->rules.compiled, c->conf_path);
	else if (ruleset_open(c->conf->rules.compiled, true, &rules, why, sizeof why) < 0)
		(void)fprintf(stderr, "tryggctl: %s; make a new one: tryggctl -c %s compile\n", why,
			      c->conf_path);
	else
		return rules;
	return NULL;
}

static void find_services(struct explanation *e, struct catalogue **catalogue, struct duty **duty)
{
	if (e->canary || e->decision.enforced != ACTION_HELP || e->decision.category < 0)
		return;
	if (catalogue_load(e->conf->help.catalogue, ctl_problem, NULL, catalogue) < 0)
		return;
	if (duty_new(e->conf, ctl_problem, NULL, duty) == 0)
		catalogue_join(*catalogue, *duty);
	e->offer_count = catalogue_rank(*catalogue, &e->conf->categories[e->decision.category].topics,
					e->group->stage, e->at_ms, e->offers, EXPLAIN_OFFERS);
}

/* What is confidential is asked for with measure (ruleset/asking.h). */
static void judge(struct explanation *e, const struct policy *policy, const struct url *url,
		  struct ruleset *rules)
{
	struct asker who = {.group = e->group, .at_wall_ms = e->at_ms, .explain = true};
	struct asking asking = {.fd = -1};
	struct rule_secret secret;
	const struct url *seen = e->word_url ? url : NULL;
	if (ruleset_confidential(rules, 0, &secret))
		e->blind = !asking_open(&asking, e->conf->rules.confidential_key, clock_wall_ms());
	ruleset_blind(rules, e->blind);
	policy_judge(policy, &who, &url->host, seen, &e->hits, &e->decision);
	/* Counted before anything is said; what cannot be counted is not said. */
	if (asking_spend(&asking, &e->hits) < 0) {
		e->blind = true;
		ruleset_blind(rules, true);
		policy_judge(policy, &who, &url->host, seen, &e->hits, &e->decision);
	}
	asking_close(&asking);
	if (e->blind)
		(void)fprintf(
			stderr,
			"tryggctl: confidential lists were not asked: within an hour %d of their entries may "
			"be met by asking, and the count is kept in %s.asked\n",
			ASKING_HITS, e->conf->rules.confidential_key);
}

static enum ctl_exit judge_and_tell(struct ctl *c, struct explanation *e, const struct url *url,
				    struct ruleset *rules)
{
	char why[512] = "";
	struct policy policy;
	struct catalogue *catalogue = NULL;
	struct duty *duty = NULL;
	if (policy_init(&policy, e->conf, rules, why, sizeof why) < 0) {
		(void)fprintf(stderr, "tryggctl: %s\n", why);
		return CTL_FAILED;
	}
	e->rules = rules;
	e->set = ruleset_id(rules);
	e->canary = policy_canary(&url->host);
	judge(e, &policy, url, rules);
	find_services(e, &catalogue, &duty);
	int rc = 0;
	if (c->value[OPTION_JSON])
		rc = explain_json(e, stdout);
	else
		explain_tell(c, e, stdout);
	catalogue_free(catalogue);
	duty_free(duty);
	if (rc < 0)
		return CTL_FAILED;
	return explain_stops(e) ? CTL_STOPPED : CTL_YES;
}

enum ctl_exit explain_run(struct ctl *c)
{
	enum ctl_exit rc = CTL_FAILED;
	struct conf_group spare;
	enum action *actions = NULL;
	struct url *url = calloc(1, sizeof *url);
	struct explanation *e = calloc(1, sizeof *e);
	struct ruleset *rules = NULL;
	bool is_url = false;
	if (!url || !e)
		goto out;
	e->conf = c->conf;
	e->at_ms = clock_wall_ms();
	e->group = explain_group(c->conf, c->value[OPTION_GROUP], &spare, &actions);
	if (!e->group) {
		(void)fprintf(stderr, "tryggctl: no group is called %s; see groups in %s\n",
			      c->value[OPTION_GROUP], c->conf_path);
		goto out;
	}
	if (c->value[OPTION_AT] && explain_time(c->value[OPTION_AT], clock_wall_ms(), &e->at_ms) < 0) {
		(void)fprintf(stderr,
			      "tryggctl: %s is no time; allowed are 2026-11-23T10:00:00Z, 2026-11-23T10:00 "
			      "and 10:00\n",
			      c->value[OPTION_AT]);
		goto out;
	}
	if (explain_parse(c->operand[0], url, &is_url) < 0) {
		(void)fprintf(stderr, "tryggctl: %s is neither a host name nor an http or https URL\n",
			      c->operand[0]);
		goto out;
	}
	e->name = url->host.text;
	e->secure_url = url->secure;
	e->word_url = is_url && !url->secure;
	rules = explain_set(c);
	if (rules)
		rc = judge_and_tell(c, e, url, rules);
out:
	ruleset_free(rules);
	free(actions);
	free(url);
	free(e);
	return rc;
}
