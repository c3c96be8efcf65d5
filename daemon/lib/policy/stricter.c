/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is one policy stricter than another? Decided flows of a policy that was looser are reset (wire/generation.h), so the
 * answer may be a needless yes but never a wrong no. The configuration is compared group by group and category by category;
 * the sets by what their lines mean, which for most reloads is a few thousand numbers to sort.
 */
#include "policy/policy.h"

#include <errno.h>
#include <stdlib.h>

#include "ruleset/format.h"

/* Names pieces that changed are compared up to this size; engines do it between two packets. */
enum { COMPARED_BYTES_MAX = 4 << 20 };

/* ---- Configurations ---- */

/* What a group gets for a category that may not be configured (-1): then nothing of it stops. */
static enum action action_in(const struct conf *c, const struct conf_group *g, int category)
{
	if (category < 0)
		return ACTION_OBSERVE;
	enum action action = g->actions ? g->actions[category] : c->categories[category].action;
	bool passes = action == ACTION_ALLOW || action == ACTION_OBSERVE;
	if (c->categories[category].mandatory)
		return passes ? ACTION_REFUSE : action;
	return !passes && c->categories[category].observe ? ACTION_OBSERVE : action;
}

static bool stops(enum action action)
{
	return action == ACTION_HELP || action == ACTION_REFUSE;
}

static bool same_prefix(const struct prefix *a, const struct prefix *b)
{
	return a->bits == b->bits && address_equal(&a->address, &b->address);
}

/* Behind default = "deny", what an allowed category lists is what passes. */
static bool group_stricter(const struct conf *was, const struct conf_group *before, const struct conf *is,
			   const struct conf_group *after)
{
	if (before->network_count != after->network_count || (after->default_deny && !before->default_deny))
		return true;
	for (size_t i = 0; i < after->network_count; i++)
		if (!same_prefix(&before->networks[i], &after->networks[i]))
			return true;
	for (size_t i = 0; i < is->category_count; i++) {
		int old = conf_category(was, is->categories[i].id);
		enum action now = action_in(is, after, (int)i), then = action_in(was, before, old);
		if (stops(now) && !stops(then))
			return true;
		if (after->default_deny && then == ACTION_ALLOW && now != ACTION_ALLOW)
			return true;
		if (old >= 0 && is->categories[i].mandatory && !was->categories[old].mandatory)
			return true; /* fewer exceptions count, and observing does not */
	}
	return false;
}

static bool groups_stricter(const struct conf *was, const struct conf *is)
{
	if (was->group_count != is->group_count)
		return true;
	for (size_t i = 0; i < is->group_count; i++)
		if (strcmp(was->groups[i].id, is->groups[i].id) != 0 ||
		    group_stricter(was, &was->groups[i], is, &is->groups[i]))
			return true;
	return group_stricter(was, was->guest, is, is->guest);
}

/* An inside resolver gets mandatory categories only; one that is none any more gets all. */
static bool resolvers_stricter(const struct conf *was, const struct conf *is)
{
	for (size_t i = 0; i < was->inspect.resolver_count; i++) {
		bool kept = false;
		for (size_t k = 0; k < is->inspect.resolver_count && !kept; k++)
			kept = same_prefix(&was->inspect.resolvers[i], &is->inspect.resolvers[k]);
		if (!kept)
			return true;
	}
	return false;
}

static bool has_closed_group(const struct conf *c)
{
	bool closed = c->guest->default_deny;
	for (size_t i = 0; i < c->group_count; i++)
		closed |= c->groups[i].default_deny;
	return closed;
}

/* ---- Sets ---- */

struct meanings {
	size_t count, room;
	uint64_t *at; /* owned; NULL with room when memory ran out */
};

/* What stops, and what opens, in one set. */
struct said {
	struct meanings stop, open;
	bool failed;
};

static void add_meaning(void *user, uint64_t meaning, bool opens)
{
	struct said *s = user;
	struct meanings *m = opens ? &s->open : &s->stop;
	if (m->count == m->room) {
		size_t room = m->room ? 2 * m->room : 1024;
		uint64_t *more = reallocarray(m->at, room, sizeof *more);
		if (!more) {
			s->failed = true;
			return;
		}
		m->at = more;
		m->room = room;
	}
	m->at[m->count++] = meaning;
}

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static void listen_to(const struct ruleset *rs, const struct ruleset *other, struct said *s)
{
	*s = (struct said){0};
	s->failed = ruleset_unlike(rs, other, COMPARED_BYTES_MAX, add_meaning, s) < 0;
	if (s->stop.count > 0)
		qsort(s->stop.at, s->stop.count, sizeof *s->stop.at, ascending);
	if (s->open.count > 0)
		qsort(s->open.at, s->open.count, sizeof *s->open.at, ascending);
}

static void forget(struct said *s)
{
	free(s->stop.at);
	free(s->open.at);
}

/* Whether each of `a` is one of `b`; both are sorted. */
static bool within(const struct meanings *a, const struct meanings *b)
{
	size_t k = 0;
	for (size_t i = 0; i < a->count; i++) {
		while (k < b->count && b->at[k] < a->at[i])
			k++;
		if (k == b->count || b->at[k] != a->at[i])
			return false;
	}
	return true;
}

static bool rules_stricter(const struct ruleset *was, const struct ruleset *is, bool closed)
{
	struct said before, after;
	if (is == NULL || was == NULL)
		return is != was;
	if (strcmp(ruleset_id(was), ruleset_id(is)) == 0)
		return false;
	listen_to(was, is, &before);
	listen_to(is, was, &after);
	bool stricter = before.failed || after.failed || !within(&after.stop, &before.stop) ||
			!within(&before.open, &after.open) || (closed && !within(&before.stop, &after.stop));
	forget(&before);
	forget(&after);
	return stricter;
}

bool policy_stricter(const struct policy *was, const struct policy *is)
{
	return (was->conf->rules.observe && !is->conf->rules.observe) ||
	       groups_stricter(was->conf, is->conf) || resolvers_stricter(was->conf, is->conf) ||
	       rules_stricter(was->rules, is->rules, has_closed_group(is->conf));
}

int policy_name(const struct conf *conf, const char *set, char out[static POLICY_NAME_SIZE])
{
	char *text = NULL, digest[DIGEST_TEXT];
	size_t len = 0;
	FILE *stream = open_memstream(&text, &len);
	if (stream == NULL)
		return -ENOMEM;
	(void)fprintf(stream, "%s\n", set);
	conf_print(conf, stream);
	int rc = fclose(stream) == 0 ? 0 : -ENOMEM;
	if (rc == 0) {
		format_digest(span_of(text, len), digest);
		memcpy(out, digest, POLICY_NAME_SIZE - 1);
		out[POLICY_NAME_SIZE - 1] = '\0';
	}
	free(text);
	return rc;
}
