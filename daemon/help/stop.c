/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "help/stop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "web/accept.h"

/* The host of "name:port", "[address]:port" or either without port; empty when it is none of them. */
static struct span host_part(const char *host)
{
	if (host[0] == '[') {
		size_t len = strcspn(host, "]");
		bool closed = host[len] == ']' && (host[len + 1] == '\0' || host[len + 1] == ':');
		return span_of(host + 1, closed ? len - 1 : 0);
	}
	size_t len = strcspn(host, ":");
	bool port = host[len] == '\0' || strspn(host + len + 1, "0123456789") == strlen(host + len + 1);
	return span_of(host, port ? len : 0);
}

static bool is_address(const struct site *s, const char *text)
{
	struct address a;
	if (address_parse(text, &a) < 0)
		return false;
	for (size_t i = 0; i < s->conf->help.address_count; i++)
		if (address_equal(&s->conf->help.addresses[i], &a))
			return true;
	return false;
}

bool stop_is_ours(const struct site *s, const char *host)
{
	struct host h, own;
	if (host_from_text(host_part(host), &h) < 0)
		return false;
	if (h.kind != HOST_NAME)
		return is_address(s, h.text);
	const char *name = s->conf->help.name;
	return name != NULL && name[0] != '\0' && host_from_text(span_text(name), &own) == 0 &&
	       strcmp(own.text, h.text) == 0;
}

static bool asks_for_others(const struct conf *conf, const struct address *client)
{
	for (size_t i = 0; i < conf->inspect.resolver_count; i++)
		if (prefix_contains(&conf->inspect.resolvers[i], client))
			return true;
	return false;
}

/* Decides on the request; false when it is no request for a name. */
static bool judge(const struct site *s, const struct web_request *request, struct asking *asking,
		  int64_t now_ms, struct rule_hits *hits, struct decision *out)
{
	struct url url = {0};
	if (host_from_text(host_part(request->host), &url.host) < 0)
		return false;
	bool path = url_target(span_text(request->target), &url) == 0;
	struct asker who = {
		.group = policy_group(s->conf, &request->client),
		.at_wall_ms = now_ms,
		.mandatory_only = asks_for_others(s->conf, &request->client),
	};
	struct host host = url.host;
	if (s->rules)
		ruleset_blind(s->rules, !asking_may(asking, now_ms));
	policy_judge(&s->policy, &who, &host, path ? &url : NULL, hits, out);
	(void)asking_spend(asking, hits);
	return true;
}

/* The address literal to go to: the one the client already speaks to, else the first of its family, else any. */
static const struct address *literal(const struct site *s, const struct web_request *request)
{
	const struct address *best = &request->local;
	for (size_t i = s->conf->help.address_count; i-- > 0;) {
		const struct address *a = &s->conf->help.addresses[i];
		if (address_equal(a, &request->local))
			return a;
		if (best == &request->local || a->family == request->local.family)
			best = a;
	}
	return best;
}

static void redirect(const struct site *s, const struct web_request *request, const char *token,
		     int64_t now_ms, struct web_response *response)
{
	char origin[CONF_ORIGIN_SIZE];
	conf_help_origin(s->conf, site_is_secure(s, now_ms), literal(s, request), request->local_port,
			 origin);
	response->status = 303;
	snprintf(response->location, sizeof response->location, "%s/%s%s", origin,
		 token[0] != '\0' ? "?t=" : "", token);
}

/* RFC 9457, for programs that would rather read than show. */
static void refuse(const struct web_request *request, bool mandatory, struct web_response *response)
{
	int json = accept_quality(request->accept, "application/json");
	int problem = accept_quality(request->accept, "application/problem+json");
	response->status = mandatory ? 451 : 403;
	if ((json == 0 && problem == 0) ||
	    (json > problem ? json : problem) <= accept_quality(request->accept, "text/html"))
		return;
	int len = asprintf(&response->body,
			   "{\"type\":\"about:blank\",\"title\":\"Stopped on this network\",\"status\":%d}\n",
			   response->status);
	if (len < 0)
		abort();
	response->len = (size_t)len;
	response->type = "application/problem+json";
}

void stop_answer(const struct site *s, const uint8_t key[static TOKEN_KEY_SIZE], struct asking *asking,
		 const struct web_request *request, int64_t now_ms, struct web_response *response)
{
	struct rule_hits hits;
	struct decision d;
	bool read = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
	bool named = judge(s, request, asking, now_ms, &hits, &d);
	bool stopped = named && (d.action == ACTION_HELP || d.action == ACTION_REFUSE) && d.category >= 0;
	if (read && accept_quality(request->accept, "text/html") > 0) {
		struct token t = {.time_ms = now_ms};
		char text[TOKEN_TEXT_SIZE] = "";
		if (stopped) {
			snprintf(t.category, sizeof t.category, "%s", s->conf->categories[d.category].id);
			if (d.rule != NULL)
				snprintf(t.rule, sizeof t.rule, "%s:%u", d.rule->file, d.rule->line);
			token_seal(key, &t, text);
		}
		redirect(s, request, text, now_ms, response);
		return;
	}
	bool confidential = stopped && d.rule != NULL && d.rule->kind == RULE_DIGEST;
	refuse(request, stopped && s->conf->categories[d.category].mandatory && !confidential, response);
}
