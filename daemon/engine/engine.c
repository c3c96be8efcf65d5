/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/engine.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "wire/generation.h"

enum {
	FLOWS_A_CLIENT =
		1024, /* a browser with many tabs has hundreds; decided ones stay until they give way */
	STREAM_BYTES_A_FLOW = 1024, /* on average; a client's own limit is far above */
	STREAM_BYTES_LEAST = 16 << 20,
	STREAM_BYTES_A_CLIENT = 8 << 20, /* a dozen uploads under loss at once */
};

static struct flow_limits limits_of(const struct conf *conf)
{
	uint32_t flows = conf->inspect.flows_max > 16 ? (uint32_t)conf->inspect.flows_max : 16;
	size_t bytes = (size_t)flows * STREAM_BYTES_A_FLOW;
	return (struct flow_limits){
		.flows = flows,
		.flows_a_client = flows / 4 < FLOWS_A_CLIENT ? flows / 4 : FLOWS_A_CLIENT,
		.bytes = bytes > STREAM_BYTES_LEAST ? bytes : STREAM_BYTES_LEAST,
		.bytes_a_client = STREAM_BYTES_A_CLIENT,
	};
}

/*
 * A policy that came without `tryggctl reload` (a new set before a restart, SIGHUP) is not the one its generation was
 * given to; the next reload is told so and begins another.
 */
static void take_generation(struct engine *e, bool stricter)
{
	struct generation g;
	int rc = generation_read(e->world->conf->gateway.run_folder, &g);
	if (rc < 0 && rc != -ENOENT)
		log_warn("%s/policy: %s; the policy's generation begins with 1",
			 e->world->conf->gateway.run_folder, strerror(-rc));
	if (g.number != e->generation)
		e->unsettled = false;
	else
		e->unsettled |= stricter;
	e->generation = g.number;
}

/* At the start flows may be older than this process: any other policy may have passed them. */
static void first_generation(struct engine *e)
{
	struct generation g;
	char name[POLICY_NAME_SIZE];
	bool known = generation_read(e->world->conf->gateway.run_folder, &g) == 0;
	bool named = policy_name(e->world->conf, e->world->set, name) == 0;
	take_generation(e, false);
	e->unsettled = known && (!named || strcmp(g.policy, name) != 0);
}

int engine_init(struct engine *e, const char *conf_path, int number, struct world *world)
{
	struct flow_limits limits = limits_of(world->conf);
	*e = (struct engine){.conf_path = conf_path, .number = number, .world = world};
	first_generation(e);
#ifdef TRYGG_TEST_CLOCK
	e->abort_name = getenv("TRYGG_ABORT_NAME");
#endif
	e->flows = flow_table_new(&limits);
	e->since_ms = clock_wall_ms();
	engine_tick(e);
	return e->flows != NULL ? 0 : -ENOMEM;
}

void engine_clear(struct engine *e)
{
	flow_table_free(e->flows);
	world_free(e->world);
	e->flows = NULL;
	e->world = NULL;
}

int engine_reload(struct engine *e, char *why, size_t why_size)
{
	struct world *fresh = NULL;
	int rc = world_load(e->conf_path, false, &fresh, why, why_size);
	if (rc < 0) {
		e->counters.n[COUNT_RELOADS_REFUSED]++;
		log_error("reload refused, the old rules stay: %s", why);
		return rc;
	}
	bool stricter = engine_stricter(e, fresh);
	world_free(e->world);
	e->world = fresh;
	take_generation(e, stricter);
	e->counters.n[COUNT_RELOADS]++;
	log_info("reloaded: set %s", fresh->set);
	return 0;
}

bool engine_stricter(const struct engine *e, const struct world *fresh)
{
	return e->unsettled || policy_stricter(&e->world->policy, &fresh->policy);
}

void engine_tick(struct engine *e)
{
	e->now_ms = clock_mono_ms();
	e->wall_ms = clock_wall_ms();
}
