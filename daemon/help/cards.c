/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "help/cards.h"

#include <stdio.h>
#include <string.h>

#include "help/say.h"

enum { OFFERS_MAX = 64, NUMBER_SIZE = 32 };

/* Monday to Friday 08:00-15:00 in Norway, public holidays excepted. */
static bool is_school_hours(int64_t now_ms)
{
	struct day_span days[DAY_SPANS_MAX];
	int minute, count = day_spans_parse("public", days, DAY_SPANS_MAX);
	int32_t day = zone_day(zone_find("Europe/Oslo"), now_ms, &minute);
	for (int i = 0; i < count; i++)
		if (day_in_span(day, &days[i]))
			return false;
	return day_weekday(day) < 5 && minute >= 8 * 60 && minute < 15 * 60;
}

/* "Opens at 14:00", "Opens tomorrow at 09:00", "Opens Monday at 09:00", "Opens 4 January". */
static json_t *opens_words(const struct reader_of_page *r, int64_t opens_ms)
{
	static const char *const days[] = {"monday", "tuesday",  "wednesday", "thursday",
					   "friday", "saturday", "sunday"};
	char time[8], date[64];
	int minute;
	const struct zone *oslo = zone_find("Europe/Oslo");
	int32_t day = zone_day(oslo, opens_ms, &minute), today = zone_day(oslo, r->now_ms, &minute);
	say_time(opens_ms, time);
	say_date(r->site, r->language, day, date, sizeof date);
	const struct slot slots[] = {
		{"time", time},
		{"day", texts_get(r->site->texts, r->language, days[day_weekday(day)])},
		{"date", date},
		{NULL, NULL},
	};
	const char *key = day == today       ? "opens_today"
			  : day == today + 1 ? "opens_tomorrow"
			  : day < today + 7  ? "opens_day"
					     : "opens_date";
	return say(r->site, r->language, key, slots);
}

/* A page that can be read at any hour is not somebody who answers: it gets no words. NULL = none. */
static json_t *hours_words(const struct reader_of_page *r, const struct channel *c, bool *open)
{
	struct hours_state state;
	char time[8];
	hours_at(&c->hours, r->now_ms, &state);
	*open = state.open && c->kind != CHANNEL_WEB;
	if (c->kind == CHANNEL_WEB)
		return NULL;
	if (!c->hours.known)
		return c->kind == CHANNEL_PERSON ? NULL : say(r->site, r->language, "hours_unknown", NULL);
	if (state.open && state.closes_wall_ms == 0)
		return say(r->site, r->language, "open_always", NULL);
	if (state.open) {
		say_time(state.closes_wall_ms, time);
		const struct slot slots[] = {{"time", time}, {NULL, NULL}};
		return say(r->site, r->language, "open_until", slots);
	}
	return state.opens_wall_ms != 0 ? opens_words(r, state.opens_wall_ms)
					: say(r->site, r->language, "closed", NULL);
}

/* The number without blanks, or the address as it is. */
static json_t *link_of(const struct channel *c)
{
	static const char *const schemes[CHANNELS] = {[CHANNEL_CALL] = "tel:", [CHANNEL_SMS] = "sms:"};
	char number[NUMBER_SIZE] = "";
	if (schemes[c->kind] == NULL)
		return json_string(c->value);
	for (const char *v = c->value; *v != '\0'; v++)
		if (*v != ' ' && strlen(number) + 1 < sizeof number)
			number[strlen(number)] = *v;
	return json_sprintf("%s%s", schemes[c->kind], number);
}

/* What a link shows: the number, or the name of the site. */
static void shown_value(const struct channel *c, char *out, size_t size)
{
	const char *value = c->value;
	size_t len = strlen(value);
	if (c->kind == CHANNEL_CHAT || c->kind == CHANNEL_WEB) {
		value += strlen("https://");
		value += strncmp(value, "www.", 4) == 0 ? 4 : 0;
		len = strcspn(value, "/?#");
	}
	snprintf(out, size, "%.*s", (int)len, value);
}

static json_t *channel_of(const struct reader_of_page *r, const struct channel *c)
{
	char value[256];
	bool open = false;
	json_t *out = json_object();
	shown_value(c, value, sizeof value);
	const struct slot slots[] = {{"value", value}, {NULL, NULL}};
	json_t *hours = hours_words(r, c, &open);
	if (c->kind != CHANNEL_PERSON) {
		json_object_set_new(out, "href", link_of(c));
		json_object_set_new(out, "label", say(r->site, r->language, channel_names[c->kind], slots));
	}
	/* Other people's sites are told nothing about where the click came from. */
	json_object_set_new(out, "outside", json_boolean(c->kind == CHANNEL_CHAT || c->kind == CHANNEL_WEB));
	json_object_set_new(out, "open", json_boolean(open));
	if (hours != NULL)
		json_object_set_new(out, "hours", hours);
	json_object_set_new(out, "note", json_string(words_in(&c->note, r->language)));
	return out;
}

static json_t *ages_words(const struct reader_of_page *r, const struct service *s)
{
	char from[16], to[16];
	snprintf(from, sizeof from, "%d", s->age_from);
	snprintf(to, sizeof to, "%d", s->age_to);
	const struct slot slots[] = {{"from", from}, {"to", to}, {NULL, NULL}};
	const char *key = s->age_from == 0 ? "ages_to" : s->age_to >= 99 ? "ages_from" : "ages_from_to";
	return say(r->site, r->language, key, slots);
}

/* "Norwegian and English", when that is not what the page itself is written in. */
static json_t *languages_words(const struct reader_of_page *r, const struct service *s)
{
	char list[128] = "", key[32];
	bool foreign = false;
	for (size_t i = 0; i < s->languages.count; i++) {
		const char *tag = s->languages.item[i];
		bool norwegian = strcmp(tag, "nb") == 0 || strcmp(tag, "nn") == 0;
		foreign |= norwegian ? r->language != LANGUAGE_NB && r->language != LANGUAGE_NN
				     : strcmp(tag, language_names[r->language]) != 0;
		snprintf(key, sizeof key, "speaks_%.20s", norwegian ? "nb" : tag);
		const char *name = texts_get(r->site->texts, r->language, key);
		name = name[0] != '\0' ? name : tag;
		if (strstr(list, name) == NULL)
			snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s",
				 list[0] != '\0' ? ", " : "", name);
	}
	const struct slot slots[] = {{"languages", list}, {NULL, NULL}};
	return foreign ? say(r->site, r->language, "speaks", slots) : NULL;
}

/* What is worth knowing before one calls, as a list of short texts. */
static json_t *facts_of(const struct reader_of_page *r, const struct service *s)
{
	static const char *const costs[COSTS] = {
		[COST_FREE] = "cost_free", [COST_CALL_RATE] = "cost_call_rate"};
	json_t *facts = json_array();
	if (service_part(s, r->stage))
		json_array_append_new(facts, ages_words(r, s));
	if (words_in(&s->privacy, r->language)[0] != '\0')
		json_array_append_new(facts, json_string(words_in(&s->privacy, r->language)));
	if (costs[s->cost] != NULL)
		json_array_append_new(facts, say(r->site, r->language, costs[s->cost], NULL));
	json_t *speaks = languages_words(r, s);
	if (speaks != NULL)
		json_array_append_new(facts, speaks);
	return facts;
}

static json_t *checked_words(const struct reader_of_page *r, const struct service *s)
{
	char date[64];
	int32_t day;
	if (day_parse(s->verified_on, &day) < 0)
		return NULL;
	say_date(r->site, r->language, day, date, sizeof date);
	const struct slot slots[] = {{"date", date}, {NULL, NULL}};
	return say(r->site, r->language, "checked", slots);
}

/* The best channel first, then the others in the order of the file. */
static json_t *card_of(const struct reader_of_page *r, const struct offer *o)
{
	const struct service *s = o->service;
	json_t *card = json_object(), *channels = json_array();
	json_array_append_new(channels, channel_of(r, o->channel));
	for (size_t i = 0; i < s->channel_count; i++)
		if (&s->channels[i] != o->channel)
			json_array_append_new(channels, channel_of(r, &s->channels[i]));
	json_object_set_new(card, "id", json_string(s->id));
	json_object_set_new(card, "name", json_string(words_in(&s->names, r->language)));
	json_object_set_new(card, "about", json_string(words_in(&s->about, r->language)));
	json_object_set_new(card, "channels", channels);
	json_object_set_new(card, "facts", facts_of(r, s));
	json_t *checked = checked_words(r, s);
	if (checked != NULL)
		json_object_set_new(card, "checked", checked);
	return card;
}

void cards_add(const struct reader_of_page *r, const struct conf_list *topics, json_t *data)
{
	struct offer offers[OFFERS_MAX];
	size_t count = catalogue_rank(r->site->catalogue, topics, r->stage, r->now_ms, offers, OFFERS_MAX);
	json_t *first = json_array(), *more = json_array(), *adults = json_array();
	bool any_open = false;
	for (size_t i = 0; i < count; i++) {
		if (service_emergency(offers[i].service))
			continue;
		bool adult = offers[i].service->local && offers[i].channel->kind == CHANNEL_PERSON;
		json_t *to = adult ? adults : first;
		if (json_array_size(to) >= (adult ? ADULTS_FIRST : CARDS_FIRST))
			to = more;
		any_open |= to == first && offers[i].open_now;
		json_array_append_new(to, card_of(r, &offers[i]));
	}
	json_object_set_new(data, "cards", first);
	json_object_set_new(data, "more", more);
	json_object_set_new(data, "adults", adults);
	json_object_set_new(data, "any_open", json_boolean(any_open));
	json_object_set_new(data, "school_hours", json_boolean(is_school_hours(r->now_ms)));
}
