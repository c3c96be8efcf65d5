/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/engine.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"

enum {
	FLOWS_A_CLIENT =
		1024, /* a browser with many tabs has hundreds; decided ones stay until they give way */
	STREAM_BYTES_A_FLOW = 1024, /* on average; a client's own limit is far above */
	STREAM_BYTES_LEAST = 16 << 20,
	STREAM_BYTES_A_CLIENT = 4 << 20,
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

int engine_init(struct engine *e, const char *conf_path, int number, struct world *world)
{
	struct flow_limits limits = limits_of(world->conf);
	*e = (struct engine){.conf_path = conf_path, .number = number, .world = world, .generation = 1};
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
	world_free(e->world);
	e->world = fresh;
	e->generation = (uint8_t)(e->generation % MARK_GENERATIONS + 1);
	e->counters.n[COUNT_RELOADS]++;
	log_info("reloaded: set %s", fresh->set);
	return 0;
}

void engine_tick(struct engine *e)
{
	e->now_ms = clock_mono_ms();
	e->wall_ms = clock_wall_ms();
}
