/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/serve.h"

#include <errno.h>

#include "base/clock.h"
#include "engine/report.h"
#include "wire/control.h"

static void number(struct control_text *t, const char *name, uint64_t n)
{
	control_say(t, "%s %llu\n", name, (unsigned long long)n);
}

static void state(struct control_text *t, const struct serve *s)
{
	const struct engine *e = s->engine;
	char since[CLOCK_TEXT_SIZE];
	clock_text(e->since_ms, since);
	control_say(t, "mode %s\n", e->world->conf->rules.observe ? "observe" : "enforce");
	control_say(t, "set %s\n", e->world->set[0] != '\0' ? e->world->set : "none");
	control_say(t, "since %s\n", since);
	number(t, "trygg_engine_generation", peer_generation(s->peer));
	number(t, "trygg_engine_policy_generation", e->generation);
	number(t, "trygg_engine_policy_unsettled", e->unsettled);
	number(t, "trygg_engine_set_bytes", e->world->rules != NULL ? ruleset_bytes(e->world->rules) : 0);
}

static void counters(struct control_text *t, const struct counters *c)
{
	for (unsigned i = 0; i < COUNTERS; i++)
		number(t, counter_texts[i].name, c->n[i]);
	for (unsigned p = 0; p < PROTOS; p++) {
		for (unsigned a = 0; a < ACTIONS; a++)
			control_say(t, "trygg_engine_requests_total{proto=\"%s\",action=\"%s\"} %llu\n",
				    protos[p].name, action_names[a], (unsigned long long)c->requests[p][a]);
	}
	for (unsigned i = 0; i < REASONS_MAX && c->malformed[i].word != NULL; i++)
		control_say(t, "trygg_engine_malformed_total{reason=\"%s\"} %llu\n", c->malformed[i].word,
			    (unsigned long long)c->malformed[i].n);
}

static void memory(struct control_text *t, const struct engine *e)
{
	const struct flow_stats *f = flow_stats(e->flows);
	number(t, "trygg_engine_flows", f->live);
	number(t, "trygg_engine_flow_clients", f->clients);
	number(t, "trygg_engine_flow_bytes", flow_bytes(e->flows));
	number(t, "trygg_engine_flows_opened_total", f->opened);
	number(t, "trygg_engine_flows_evicted_total{by=\"client\"}", f->evicted_own);
	number(t, "trygg_engine_flows_evicted_total{by=\"all\"}", f->evicted_all);
	number(t, "trygg_engine_flows_expired_total", f->expired);
}

static void evidence(struct control_text *t, const struct engine *e)
{
	struct record_client_stats r;
	uint32_t windows;
	report_stats(e->report, &r, &windows);
	number(t, "trygg_engine_keeper_connected", r.connected);
	number(t, "trygg_engine_records_waiting", r.waiting);
	number(t, "trygg_engine_records_acknowledged_total", r.acknowledged);
	number(t, "trygg_engine_records_lost_total", r.lost);
	number(t, "trygg_engine_windows", windows);
}

static int check(const struct engine *e, char *text, size_t size)
{
	struct world *fresh = NULL;
	char policy[POLICY_NAME_SIZE];
	int rc = world_load(e->conf_path, false, &fresh, text, size);
	if (rc == 0)
		rc = policy_name(fresh->conf, fresh->set, policy);
	if (rc == 0)
		(void)snprintf(text, size, "set %s\npolicy %s\nstricter %s\n", fresh->set, policy,
			       engine_stricter(e, fresh) ? "yes" : "no");
	world_free(fresh);
	return rc;
}

static int reload(struct engine *e, char *text, size_t size)
{
	int rc = engine_reload(e, text, size);
	if (rc == 0)
		(void)snprintf(text, size, "set %s\n", e->world->set);
	return rc;
}

int serve(void *user, const struct control_request *request, char *text, size_t size)
{
	const struct serve *s = user;
	struct control_text t = {text, size};
	switch (request->verb) {
	case CONTROL_STATUS:
		state(&t, s);
		counters(&t, &s->engine->counters);
		memory(&t, s->engine);
		evidence(&t, s->engine);
		return 0;
	case CONTROL_CHECK:
		return check(s->engine, text, size);
	case CONTROL_RELOAD:
		return reload(s->engine, text, size);
	case CONTROL_FLUSH:
		report_flush(s->engine->report);
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}
