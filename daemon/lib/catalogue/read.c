/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One entry of the catalogue: every field read and judged on its own, so that one run tells all that is
 * wrong.
 */
#include <string.h>

#include "catalogue/read.h"
#include "name/url.h"

enum { ID_MAX = 40, CHANNELS_MAX = 12, AGE_MAX = 120, EXCEPTIONS_MAX = 16 };

const char *const channel_names[CHANNELS] = {"call", "sms", "chat", "web", "in-person"};
const char *const cost_names[COSTS] = {"unknown", "free", "call-rate"};

static const char *const service_keys[] = {
	"id",         "name",      "operator",  "about",      "channels", "hosts",       "ages",
	"languages",  "topics",    "cost",      "privacy",    "source",   "verified_on", "verified_by",
	"expires_on", "confirmed", "permanent", "stands_for", NULL};
static const char *const channel_keys[] = {"kind", "value", "note", "hours", "holidays", "zone", NULL};
static const char *const holiday_keys[] = {"on", "hours", NULL};

static bool only(const char *text, const char *allowed)
{
	return text[strspn(text, allowed)] == '\0';
}

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGIT "0123456789"

static void read_id(struct sheet *s, const config_setting_t *group, struct service *out)
{
	out->id = sheet_text(s, group, "id", true);
	if (strlen(out->id) > ID_MAX || !only(out->id, LOWER DIGIT "-"))
		sheet_problem(s, config_setting_get_member(group, "id"),
			      "id: \"%s\"; lower-case letters, digits and hyphens, at most %d", out->id,
			      ID_MAX);
}

static void read_words_list(struct sheet *s, const config_setting_t *group, const char *key,
			    const char *allowed, struct conf_list *out)
{
	*out = sheet_list(s, group, key, true);
	for (size_t i = 0; i < out->count; i++)
		if (!only(out->item[i], allowed))
			sheet_problem(s, config_setting_get_member(group, key), "%s: \"%s\" is no such word",
				      key, out->item[i]);
}

static void read_ages(struct sheet *s, const config_setting_t *group, struct service *out)
{
	const config_setting_t *at = config_setting_get_member(group, "ages");
	if (at == NULL) {
		sheet_problem(s, group, "ages is missing; [0, %d] is everybody", AGE_MAX);
		return;
	}
	bool two =
		(config_setting_is_array(at) || config_setting_is_list(at)) && config_setting_length(at) == 2;
	for (unsigned i = 0; two && i < 2; i++)
		two = config_setting_type(config_setting_get_elem(at, i)) == CONFIG_TYPE_INT;
	if (two) {
		out->age_from = config_setting_get_int_elem(at, 0);
		out->age_to = config_setting_get_int_elem(at, 1);
	}
	if (!two || out->age_from < 0 || out->age_to > AGE_MAX || out->age_from > out->age_to)
		sheet_problem(s, at, "ages: first and last age, as in [9, 19], between 0 and %d", AGE_MAX);
}

/* Names are protected with everything below, so "www." would protect too little. */
static const char *host_kept(struct sheet *s, const struct host *h)
{
	bool www = h->kind == HOST_NAME && h->labels > 2 && strncmp(h->text, "www.", 4) == 0;
	return arena_text(s->arena, www ? h->text + 4 : h->text);
}

static void add_host(struct service *out, const char *host)
{
	for (size_t i = 0; i < out->hosts.count; i++)
		if (strcmp(out->hosts.item[i], host) == 0)
			return;
	out->hosts.item[out->hosts.count++] = host;
}

static void read_hosts(struct sheet *s, const config_setting_t *group, struct service *out)
{
	struct conf_list list = sheet_list(s, group, "hosts", false);
	out->hosts.item = arena_alloc(s->arena, (list.count + CHANNELS_MAX) * sizeof *out->hosts.item);
	for (size_t i = 0; i < list.count; i++) {
		struct host h;
		int error = host_from_text(span_text(list.item[i]), &h);
		if (error < 0 || h.kind != HOST_NAME || h.labels < 2)
			sheet_problem(s, config_setting_get_member(group, "hosts"),
				      "hosts: \"%s\" is no full host name (A-labels, two labels or more)",
				      list.item[i]);
		else
			add_host(out, host_kept(s, &h));
	}
}

static void read_number(struct sheet *s, const config_setting_t *at, const struct channel *c)
{
	size_t digits = 0;
	for (const char *d = c->value; *d != '\0'; d++)
		digits += *d >= '0' && *d <= '9';
	if (c->value[0] != '\0' && (!only(c->value + (c->value[0] == '+'), DIGIT " ") || digits < 3 ||
				    digits > 15 || c->value[0] == ' '))
		sheet_problem(s, at, "value: \"%s\" is no number; digits and spaces, as in 116 111",
			      c->value);
}

static void read_address(struct sheet *s, const config_setting_t *at, const struct channel *c,
			 struct service *out)
{
	struct url url;
	if (c->value[0] == '\0')
		return;
	for (const unsigned char *u = (const unsigned char *)c->value; *u != '\0'; u++) {
		if (*u <= 0x20 || *u >= 0x7f || strchr("\"<>\\^`{|}", *u) != NULL) {
			sheet_problem(s, at, "value: \"%s\" has a character that is not for addresses",
				      c->value);
			return;
		}
	}
	if (url_from_text(span_text(c->value), &url) < 0 || strncmp(c->value, "https://", 8) != 0 ||
	    !url.secure || url.host.kind != HOST_NAME || url.host.labels < 2)
		sheet_problem(s, at, "value: \"%s\" is no https:// address with a full host name in ASCII",
			      c->value);
	else
		add_host(out, host_kept(s, &url.host));
}

static void read_exception(struct sheet *s, const config_setting_t *group, struct hours_exception *out)
{
	struct day_span spans[DAY_SPANS_MAX];
	const char *why = "";
	if (!config_setting_is_group(group)) {
		sheet_problem(s, group, "holidays: { on = [\"public\"]; hours = \"closed\"; } is wanted");
		return;
	}
	sheet_keys(s, group, holiday_keys);
	struct conf_list on = sheet_list(s, group, "on", true);
	for (size_t i = 0; i < on.count; i++) {
		int n = day_spans_parse(on.item[i], spans + out->span_count, DAY_SPANS_MAX - out->span_count);
		if (n < 0)
			sheet_problem(s, config_setting_get_member(group, "on"),
				      "on: \"%s\" names no day, or too many; allowed are %s", on.item[i],
				      hours_day_words());
		else
			out->span_count += (size_t)n;
	}
	struct day_span *kept = arena_alloc(s->arena, sizeof spans);
	memcpy(kept, spans, out->span_count * sizeof *spans);
	out->spans = kept;
	struct hours hours = {0};
	const char *text = sheet_text(s, group, "hours", true);
	if (text[0] == '\0')
		return;
	if (hours_parse(text, s->arena, &hours, &why) < 0 || !hours.known)
		sheet_problem(s, config_setting_get_member(group, "hours"), "hours: \"%s\"; %s", text,
			      why[0] != '\0' ? why : "unknown is not for holidays");
	out->always = hours.always;
	out->openings = hours.openings;
	out->opening_count = hours.opening_count;
}

static void read_hours(struct sheet *s, const config_setting_t *group, struct hours *out)
{
	const char *why = "", *text = sheet_text(s, group, "hours", true);
	const char *zone = sheet_text(s, group, "zone", false);
	if (text[0] != '\0' && hours_parse(text, s->arena, out, &why) < 0)
		sheet_problem(s, config_setting_get_member(group, "hours"), "hours: \"%s\"; %s", text, why);
	out->zone = zone_find(zone[0] != '\0' ? zone : "Europe/Oslo");
	if (out->zone == NULL) {
		sheet_problem(s, config_setting_get_member(group, "zone"), "zone: \"%s\"; allowed are %s",
			      zone, zone_list());
		out->zone = zone_find("UTC");
	}
	const config_setting_t *list = config_setting_get_member(group, "holidays");
	if (list == NULL)
		return;
	if (!config_setting_is_list(list) || config_setting_length(list) > EXCEPTIONS_MAX) {
		sheet_problem(s, list,
			      "holidays: at most %d of ( { on = [\"public\"]; hours = \"closed\"; } )",
			      EXCEPTIONS_MAX);
		return;
	}
	size_t count = (size_t)config_setting_length(list);
	struct hours_exception *exceptions = arena_alloc(s->arena, (count + 1) * sizeof *exceptions);
	for (size_t i = 0; i < count; i++)
		read_exception(s, config_setting_get_elem(list, (unsigned)i), &exceptions[i]);
	out->exceptions = exceptions;
	out->exception_count = count;
}

static void read_channel(struct sheet *s, const config_setting_t *group, struct channel *out,
			 struct service *service)
{
	out->value = "";
	if (!config_setting_is_group(group)) {
		sheet_problem(s, group,
			      "channels: { kind = \"call\"; value = \"116 111\"; hours = \"always\"; } is "
			      "wanted");
		return;
	}
	sheet_keys(s, group, channel_keys);
	int kind = sheet_word(s, group, "kind", true, channel_names, CHANNELS);
	out->kind = kind < 0 ? CHANNEL_PERSON : (enum channel_kind)kind;
	out->note = sheet_words(s, group, "note", kind == CHANNEL_PERSON);
	out->value = sheet_text(s, group, "value", kind >= 0 && kind != CHANNEL_PERSON);
	read_hours(s, group, &out->hours);
	const config_setting_t *value = config_setting_get_member(group, "value");
	if (kind == CHANNEL_CALL || kind == CHANNEL_SMS)
		read_number(s, value, out);
	else if (kind == CHANNEL_CHAT || kind == CHANNEL_WEB)
		read_address(s, value, out, service);
	else if (kind == CHANNEL_PERSON && value != NULL)
		sheet_problem(s, value, "value: a place to go to is said in the note");
}

static void read_channels(struct sheet *s, const config_setting_t *group, struct service *out)
{
	const config_setting_t *list = config_setting_get_member(group, "channels");
	if (list == NULL || !config_setting_is_list(list) || config_setting_length(list) == 0 ||
	    config_setting_length(list) > CHANNELS_MAX) {
		sheet_problem(s, list != NULL ? list : group,
			      "channels: a list of 1 to %d ways to reach them, as in "
			      "( { kind = \"call\"; value = \"116 111\"; hours = \"always\"; } )",
			      CHANNELS_MAX);
		return;
	}
	size_t count = (size_t)config_setting_length(list);
	struct channel *channels = arena_alloc(s->arena, count * sizeof *channels);
	for (size_t i = 0; i < count; i++)
		read_channel(s, config_setting_get_elem(list, (unsigned)i), &channels[i], out);
	out->channels = channels;
	out->channel_count = count;
}

static void read_vetting(struct sheet *s, const config_setting_t *group, struct service *out)
{
	out->source = sheet_text(s, group, "source", true);
	out->verified_by = sheet_text(s, group, "verified_by", true);
	out->verified_on = sheet_date(s, group, "verified_on");
	out->expires_on = sheet_date(s, group, "expires_on");
	out->confirmed = sheet_bool(s, group, "confirmed", true);
	/* Dates of this form compare as texts. */
	if (out->verified_on[0] != '\0' && out->expires_on[0] != '\0' &&
	    strcmp(out->expires_on, out->verified_on) <= 0)
		sheet_problem(s, config_setting_get_member(group, "expires_on"),
			      "expires_on: not after verified_on (%s)", out->verified_on);
}

void service_read(struct sheet *s, const config_setting_t *group, struct service *out)
{
	struct source_place place = source_where(&s->source, (int)config_setting_source_line(group));
	*out = (struct service){.file = arena_text(s->arena, s->source.files[place.file].path),
				.line = place.line};
	sheet_keys(s, group, service_keys);
	read_id(s, group, out);
	out->names = sheet_words(s, group, "name", true);
	out->name = words_in(&out->names, LANGUAGE_NB);
	out->operator= sheet_text(s, group, "operator", true);
	out->about = sheet_words(s, group, "about", false);
	out->privacy = sheet_words(s, group, "privacy", false);
	read_hosts(s, group, out);
	read_channels(s, group, out);
	read_ages(s, group, out);
	read_words_list(s, group, "languages", LOWER "-", &out->languages);
	read_words_list(s, group, "topics", LOWER DIGIT "_-", &out->topics);
	out->local = service_topic(out, "local");
	int cost = sheet_word(s, group, "cost", true, cost_names, COSTS);
	out->cost = cost < 0 ? COST_UNKNOWN : (enum service_cost)cost;
	read_vetting(s, group, out);
	out->permanent = sheet_bool(s, group, "permanent", false);
	out->stands_for = sheet_word(s, group, "stands_for", false, duty_kind_names, DUTY_KINDS);
}
