/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which services, in which order. Order of keys: open now, what promises an hour, what promises none; people
 * before pages; takes the whole stage; how early its topic stands in the category's list; earlier opening;
 * order of the file. Emergency numbers stand last among the open ones: every page shows them on its own line.
 */
#include <stdlib.h>
#include <string.h>

#include "catalogue/catalogue.h"

static const struct {
	int from, to;
} ages_of[STAGES] = {
	[STAGE_PRIMARY] = {6, 13},
	[STAGE_LOWER_SECONDARY] = {12, 16},
	[STAGE_UPPER_SECONDARY] = {15, 20},
	[STAGE_STAFF] = {18, 120},
	[STAGE_GUEST] = {6, 13},
};

enum { TOPIC_GENERAL = 1000, TOPIC_PERMANENT = 1001, TOPIC_NONE = -1, ADULT = 18 };

struct candidate {
	struct offer offer;
	int topic; /* place in the category's list, TOPIC_GENERAL … */
	int order; /* in the catalogue */
	int tier, kind;
};

void stage_ages(enum stage stage, int *from, int *to)
{
	*from = ages_of[stage].from;
	*to = ages_of[stage].to;
}

bool service_takes(const struct service *s, enum stage stage)
{
	if (stage != STAGE_STAFF && s->age_from >= ADULT)
		return false;
	return s->age_from <= ages_of[stage].to && s->age_to >= ages_of[stage].from;
}

bool service_part(const struct service *s, enum stage stage)
{
	return s->age_from > ages_of[stage].from || s->age_to < ages_of[stage].to;
}

bool service_topic(const struct service *s, const char *topic)
{
	for (size_t i = 0; i < s->topics.count; i++)
		if (strcmp(s->topics.item[i], topic) == 0)
			return true;
	return false;
}

bool service_shown(const struct service *s, int64_t wall_ms)
{
	int32_t expires;
	int minute;
	if (s->permanent || s->entered)
		return true;
	if (s->replaced)
		return false;
	return s->confirmed && day_parse(s->expires_on, &expires) == 0 &&
	       zone_day(zone_find("Europe/Oslo"), wall_ms, &minute) <= expires;
}

static int topic_of(const struct service *s, const struct conf_list *topics)
{
	for (size_t i = 0; i < topics->count; i++)
		if (service_topic(s, topics->item[i]))
			return (int)i;
	if (service_topic(s, "general"))
		return TOPIC_GENERAL;
	return s->permanent ? TOPIC_PERMANENT : TOPIC_NONE;
}

bool service_emergency(const struct service *s)
{
	return service_topic(s, "emergency") || service_topic(s, "urgent_medical");
}

/* A voice or a chat counts as people; a page alone is always open and helps less. */
static int kind_of(const struct service *s, const struct channel *c)
{
	if (service_emergency(s))
		return 2;
	return c->kind == CHANNEL_WEB ? 1 : 0;
}

static int tier_of(const struct offer *o)
{
	if (o->open_now)
		return 0;
	return o->opens_wall_ms != 0 ? 1 : 2;
}

static int sign(int64_t difference)
{
	return (difference > 0) - (difference < 0);
}

/* Of one service's channels: people before a page, open before closed, earlier opening, order of the file. */
static int compare_channels(const struct offer *a, const struct offer *b)
{
	int by = (a->channel->kind == CHANNEL_WEB) - (b->channel->kind == CHANNEL_WEB);
	if (by == 0)
		by = tier_of(a) - tier_of(b);
	if (by == 0)
		by = sign(a->opens_wall_ms - b->opens_wall_ms);
	return by;
}

static struct offer best_channel(const struct service *s, int64_t wall_ms)
{
	struct offer best = {0};
	for (size_t i = 0; i < s->channel_count; i++) {
		struct hours_state state;
		hours_at(&s->channels[i].hours, wall_ms, &state);
		struct offer o = {.service = s,
				  .channel = &s->channels[i],
				  .open_now = state.open,
				  .opens_wall_ms = state.opens_wall_ms,
				  .closes_wall_ms = state.closes_wall_ms};
		if (best.channel == NULL || compare_channels(&o, &best) < 0)
			best = o;
	}
	return best;
}

static int compare(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;
	const int keys[] = {
		a->tier - b->tier,
		a->kind - b->kind,
		(a->topic >= TOPIC_GENERAL) - (b->topic >= TOPIC_GENERAL),
		(int)a->offer.part_of_stage - (int)b->offer.part_of_stage,
		a->topic - b->topic,
		sign(a->offer.opens_wall_ms - b->offer.opens_wall_ms),
		a->order - b->order,
	};
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (keys[i] != 0)
			return keys[i];
	return 0;
}

static size_t collect(const struct catalogue *c, const struct conf_list *topics, enum stage stage,
		      int64_t wall_ms, struct candidate *list)
{
	size_t count = 0;
	for (size_t i = 0; i < c->count; i++) {
		const struct service *s = &c->services[i];
		int topic = topic_of(s, topics);
		if (topic == TOPIC_NONE || !service_shown(s, wall_ms))
			continue;
		if (!s->permanent && !service_takes(s, stage))
			continue;
		struct candidate k = {.offer = best_channel(s, wall_ms), .topic = topic, .order = (int)i};
		if (k.offer.channel == NULL)
			continue;
		k.offer.part_of_stage = service_part(s, stage);
		k.tier = tier_of(&k.offer);
		k.kind = kind_of(s, k.offer.channel);
		list[count++] = k;
	}
	return count;
}

size_t catalogue_rank(const struct catalogue *c, const struct conf_list *topics, enum stage stage,
		      int64_t wall_ms, struct offer *out, size_t max)
{
	struct candidate *list = calloc(c->count > 0 ? c->count : 1, sizeof *list);
	if (list == NULL)
		return 0;
	size_t count = collect(c, topics, stage, wall_ms, list);
	qsort(list, count, sizeof *list, compare);
	if (count > max)
		count = max;
	for (size_t i = 0; i < count; i++)
		out[i] = list[i].offer;
	free(list);
	return count;
}
