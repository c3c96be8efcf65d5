/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/world.h"

#include <errno.h>
#include <stdlib.h>

#include "base/log.h"

struct complaint {
	char *why;
	size_t size;
	unsigned count;
};

/* The first problem is the answer to whoever asked for the reload; all of them are in the log. */
static void complain(void *user, const char *file, int line, const char *text)
{
	struct complaint *c = user;
	if (c->count++ == 0)
		(void)snprintf(c->why, c->size, "%s:%d: %s", file, line, text);
	log_error("%s:%d: %s", file, line, text);
}

/* The first address of each family is the one that stopped names resolve to. */
static void find_help(struct world *w)
{
	for (size_t i = w->conf->help.address_count; i-- > 0;) {
		const struct address *a = &w->conf->help.addresses[i];
		if (a->family == 4) {
			w->has_help4 = true;
			memcpy(w->help4, a->bytes, sizeof w->help4);
		} else {
			w->has_help6 = true;
			memcpy(w->help6, a->bytes, sizeof w->help6);
		}
	}
}

static int load_rules(struct world *w, bool first, char *why, size_t why_size)
{
	int rc = ruleset_open(w->conf->rules.compiled, true, &w->rules, why, why_size);
	if (rc == -ENOENT && first) {
		log_warn("no compiled set yet, nothing is stopped: %s", why);
		rc = 0;
	}
	if (rc == 0 && w->rules != NULL)
		(void)snprintf(w->set, sizeof w->set, "%s", ruleset_id(w->rules));
	if (rc == 0)
		rc = policy_init(&w->policy, w->conf, w->rules, why, why_size) < 0 ? -EBADMSG : 0;
	return rc;
}

int world_load(const char *conf_path, bool first, struct world **out, char *why, size_t why_size)
{
	struct complaint c = {why, why_size, 0};
	struct world *w = calloc(1, sizeof *w);
	if (w == NULL)
		return -ENOMEM;
	why[0] = '\0';
	int rc = conf_load(conf_path, complain, &c, &w->conf);
	if (rc < 0) {
		rc = -EINVAL;
	} else {
		find_help(w);
		rc = load_rules(w, first, why, why_size);
	}
	if (rc < 0)
		world_free(w);
	else
		*out = w;
	return rc;
}

void world_free(struct world *w)
{
	if (w == NULL)
		return;
	ruleset_free(w->rules);
	conf_free(w->conf);
	free(w);
}
