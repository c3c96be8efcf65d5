/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The school's own people as services of the catalogue. They are written once, in the section `duty`; an entry of the
 * catalogue that stands for their kind in general gives its topics and its privacy line, and is shown only while nobody
 * of that kind is entered.
 */
#include <string.h>

#include "catalogue/catalogue.h"

enum { PERSON_CHANNELS = 2 };

static const struct words kind_words[DUTY_KINDS] = {
	[DUTY_NURSE] = {{"Helsesykepleier", "Helsesjukepleiar", "School nurse"}},
	[DUTY_COUNSELLOR] = {{"Rådgiver", "Rådgivar", "School counsellor"}},
	[DUTY_OUTSIDE] = {{"Utenfor skolen", "Utanfor skulen", "Outside the school"}},
};

static const struct service *stand_in(const struct catalogue *c, enum duty_kind kind)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->services[i].stands_for == (int)kind)
			return &c->services[i];
	return NULL;
}

/* What the person is, in every language there is a word for. */
static struct words title_of(const struct conf_person *p)
{
	struct words w = kind_words[p->kind];
	for (int l = 0; l < LANGUAGES; l++)
		if (p->title[l] != NULL)
			w.in[l] = p->title[l];
	return w;
}

static struct words place_of(const struct conf_person *p)
{
	struct words w = {0};
	for (int l = 0; l < LANGUAGES; l++)
		w.in[l] = p->place[l];
	return w;
}

static void add_person(struct catalogue *c, const struct duty_person *p, struct service *out)
{
	static const char *const own_topics[] = {"local", "school", "general"};
	const struct conf_person *said = p->said;
	const struct service *model = stand_in(c, said->kind);
	struct channel *channels = arena_alloc(&c->arena, PERSON_CHANNELS * sizeof *channels);
	channels[0] = (struct channel){
		.kind = CHANNEL_PERSON, .value = "", .note = place_of(said), .hours = p->hours};
	channels[1] = (struct channel){.kind = CHANNEL_CALL, .value = said->phone, .hours = p->hours};
	*out = (struct service){
		.id = arena_printf(&c->arena, "%s-%s", duty_kind_names[said->kind], said->id),
		.name = said->name,
		.operator= "",
		.names = {{said->name}},
		.about = title_of(said),
		.channel_count = said->phone[0] != '\0' ? 2 : 1,
		.channels = channels,
		.age_to = 120,
		.languages = said->speaks,
		.cost = COST_FREE,
		.source = "",
		.verified_by = "",
		.verified_on = "",
		.expires_on = "",
		.confirmed = true,
		.entered = true,
		.local = true,
		.stands_for = -1,
		.file = said->file,
		.line = said->line,
	};
	if (model != NULL) {
		out->topics = model->topics;
		out->privacy = model->privacy;
	} else {
		out->topics.count = sizeof own_topics / sizeof own_topics[0];
		out->topics.item = arena_alloc(&c->arena, sizeof own_topics);
		memcpy(out->topics.item, own_topics, sizeof own_topics);
	}
}

void catalogue_join(struct catalogue *c, const struct duty *d)
{
	struct service *all = arena_alloc(&c->arena, (d->count + c->count) * sizeof *all);
	size_t count = 0;
	for (size_t i = 0; i < d->count; i++)
		if (d->people[i].hours.known)
			add_person(c, &d->people[i], &all[count++]);
	for (size_t i = 0; i < c->count; i++) {
		struct service *s = &all[count++];
		*s = c->services[i];
		s->replaced = s->stands_for >= 0 && duty_has(d, (enum duty_kind)s->stands_for);
	}
	c->services = all;
	c->count = count;
}
