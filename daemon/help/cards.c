/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "help/cards.h"

#include <stdio.h>
#include <string.h>

#include "help/say.h"

enum { OFFERS_MAX = 64, NUMBER_SIZE = 32, SHORT_MAX = 5 };

#define CLOCK_BELIEVED_MS INT64_C(1767225600000) /* 2026-01-01 */

static const char *const days[] = {"monday", "tuesday",  "wednesday", "thursday",
				   "friday", "saturday", "sunday"};

/* A machine without a battery wakes up long ago: no clock says what is open then. */
static bool has_clock(const struct reader_of_page *r)
{
	return r->now_ms >= CLOCK_BELIEVED_MS;
}

/* A moment in words, for the slots of a sentence. */
struct moment {
	char time[8], date[64];
	const char *day;
	int32_t number;
};

static void moment_of(const struct reader_of_page *r, int64_t wall_ms, struct moment *out)
{
	int minute;
	out->number = zone_day(zone_find("Europe/Oslo"), wall_ms, &minute);
	say_time(wall_ms, out->time);
	say_date(r->site, r->language, out->number, out->date, sizeof out->date);
	out->day = texts_get(r->site->texts, r->language, days[day_weekday(out->number)]);
}

json_t *cards_back_words(const struct reader_of_page *r, int64_t back_ms)
{
	struct moment m;
	moment_of(r, back_ms, &m);
	const struct slot slots[] = {{"time", m.time}, {"day", m.day}, {"date", m.date}, {NULL, NULL}};
	return say(r->site, r->language, "contact_back", slots);
}

/* A service opens, a person is here: "Opens at 14:00", "Here tomorrow at 09:00", "Opens 4 January". */
static json_t *opens_words(const struct reader_of_page *r, enum channel_kind kind, int64_t opens_ms)
{
	static const char *const keys[2][4] = {{"opens_today", "opens_tomorrow", "opens_day", "opens_date"},
					       {"here_today", "here_tomorrow", "here_day", "here_date"}};
	struct moment opens, now;
	moment_of(r, opens_ms, &opens);
	moment_of(r, r->now_ms, &now);
	const struct slot slots[] = {
		{"time", opens.time}, {"day", opens.day}, {"date", opens.date}, {NULL, NULL}};
	int32_t days_off = opens.number - now.number;
	int which = days_off <= 1 ? days_off : days_off < 7 ? 2 : 3;
	return say(r->site, r->language, keys[kind == CHANNEL_PERSON][which < 0 ? 0 : which], slots);
}

/* "monday-friday 09:00-15:00, saturday 10:00-14:00", as the week is without its exceptions. */
static json_t *week_words(const struct reader_of_page *r, const struct hours *h)
{
	char out[SAY_SIZE] = "";
	if (h->always)
		return say(r->site, r->language, "open_always", NULL);
	for (size_t i = 0; i < h->opening_count; i++) {
		const struct opening *o = &h->openings[i];
		for (int from = 0, to; from < 7; from = to + 1) {
			to = from;
			if ((o->days >> from & 1) == 0)
				continue;
			while (to < 6 && o->days >> (to + 1) & 1)
				to++;
			size_t used = strlen(out);
			snprintf(out + used, sizeof out - used, "%s%s%s%s %02d:%02d\u2013%02d:%02d",
				 used > 0 ? ", " : "", texts_get(r->site->texts, r->language, days[from]),
				 to > from ? "\u2013" : "",
				 to > from ? texts_get(r->site->texts, r->language, days[to]) : "",
				 o->from_min / 60, o->from_min % 60, o->to_min / 60 % 24, o->to_min % 60);
		}
	}
	return json_string(out);
}

/* A page that can be read at any hour is not somebody who answers: it gets no words. NULL = none. */
static json_t *hours_words(const struct reader_of_page *r, const struct channel *c, bool *open)
{
	struct hours_state state;
	char time[8];
	if (c->kind == CHANNEL_WEB)
		return NULL;
	if (!c->hours.known)
		return c->kind == CHANNEL_PERSON ? NULL : say(r->site, r->language, "hours_unknown", NULL);
	if (!has_clock(r))
		return week_words(r, &c->hours);
	hours_at(&c->hours, r->now_ms, &state);
	*open = state.open;
	if (state.open && state.closes_wall_ms == 0)
		return say(r->site, r->language, "open_always", NULL);
	if (state.open) {
		say_time(state.closes_wall_ms, time);
		const struct slot slots[] = {{"time", time}, {NULL, NULL}};
		return say(r->site, r->language, c->kind == CHANNEL_PERSON ? "here_until" : "open_until",
			   slots);
	}
	return state.opens_wall_ms != 0 ? opens_words(r, c->kind, state.opens_wall_ms)
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
	json_object_set_new(card, "person", json_boolean(s->local));
	json_object_set_new(card, "channels", channels);
	json_object_set_new(card, "facts", facts_of(r, s));
	json_t *checked = checked_words(r, s);
	if (checked != NULL)
		json_object_set_new(card, "checked", checked);
	return card;
}

/* Somebody who can be written to. */
static bool is_wordless(const struct service *s)
{
	for (size_t i = 0; i < s->channel_count; i++)
		if (s->channels[i].kind == CHANNEL_CHAT || s->channels[i].kind == CHANNEL_SMS)
			return true;
	return false;
}

static bool is_adult(const struct offer *o)
{
	return o->service->local && o->channel->kind == CHANNEL_PERSON;
}

enum place { PLACE_NONE, PLACE_FIRST, PLACE_ADULTS, PLACE_MORE };

/* Where each offer goes. The first that can be written to takes the last card when nobody before it can. */
static void place_all(const struct reader_of_page *r, const struct offer *offers, size_t count,
		      enum place *at)
{
	size_t first = 0, adults = 0, last = count;
	bool wordless = false;
	for (size_t i = 0; i < count; i++) {
		const struct offer *o = &offers[i];
		at[i] = service_emergency(o->service) ? PLACE_NONE : PLACE_MORE;
		if (at[i] == PLACE_NONE)
			continue;
		if (is_adult(o) && (first > 0 || !o->open_now || !has_clock(r))) {
			at[i] = adults++ < ADULTS_FIRST ? PLACE_ADULTS : PLACE_MORE;
			continue;
		}
		bool wanted = first < CARDS_FIRST - 1 ||
			      (first == CARDS_FIRST - 1 && (wordless || is_wordless(o->service)));
		if (!wanted && first == CARDS_FIRST - 1 && last == count)
			last = i;
		if (!wanted)
			continue;
		at[i] = PLACE_FIRST;
		first++;
		wordless |= is_wordless(o->service);
	}
	if (first < CARDS_FIRST && last < count)
		at[last] = PLACE_FIRST;
}

void cards_add(const struct reader_of_page *r, const struct conf_list *topics, json_t *data)
{
	struct offer offers[OFFERS_MAX];
	enum place at[OFFERS_MAX];
	size_t count = catalogue_rank(r->site->catalogue, topics, r->stage, r->now_ms, offers, OFFERS_MAX);
	json_t *lists[] = {NULL, json_array(), json_array(), json_array()};
	bool any_open = false;
	place_all(r, offers, count, at);
	for (size_t i = 0; i < count; i++) {
		if (at[i] == PLACE_NONE)
			continue;
		any_open |= at[i] == PLACE_FIRST && offers[i].open_now;
		json_array_append_new(lists[at[i]], card_of(r, &offers[i]));
	}
	json_object_set_new(data, "has_adults", json_boolean(json_array_size(lists[PLACE_ADULTS]) > 0));
	json_object_set_new(data, "cards", lists[PLACE_FIRST]);
	json_object_set_new(data, "adults", lists[PLACE_ADULTS]);
	json_object_set_new(data, "more", lists[PLACE_MORE]);
	json_object_set_new(data, "any_open", json_boolean(any_open && has_clock(r)));
}

json_t *cards_short(const struct reader_of_page *r, const struct conf_list *topics)
{
	struct offer offers[OFFERS_MAX];
	size_t count = catalogue_rank(r->site->catalogue, topics, r->stage, r->now_ms, offers, OFFERS_MAX);
	json_t *list = json_array();
	for (size_t i = 0; i < count && json_array_size(list) < SHORT_MAX; i++) {
		if (service_emergency(offers[i].service))
			continue;
		json_t *row = channel_of(r, offers[i].channel);
		json_object_set_new(row, "name",
				    json_string(words_in(&offers[i].service->names, r->language)));
		json_array_append_new(list, row);
	}
	return list;
}
