/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "catalogue/coverage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUARTER_MS = 15 * 60000, DAY_MS = 86400000, OFFERS_MAX = 256, SHOWN_DAYS = 60, SERVICES_WANTED = 2 };

const char *const coverage_names[COVERAGE_KINDS] = {"few",  "hidden", "closed", "speech",
						    "ages", "words",  "title",  "silent"};

/* One service over all quarters. */
struct row {
	uint64_t *open; /* somebody answers */
	uint64_t *
		wordless; /* somebody answers without speech, it can be read, or the page says when it opens */
};

struct walk {
	const struct conf *conf;
	const struct catalogue *catalogue;
	const struct texts *texts;
	int64_t from_ms;
	int quarters;
	size_t words;              /* of a row */
	struct row *rows;          /* one a service of the catalogue */
	uint64_t *open, *wordless; /* of the category that is being judged */
	coverage_found *found;
	void *user;
	int findings;
};

/* Sets the bits of the quarters that begin in [from, to). */
static void fill(const struct walk *w, uint64_t *bits, int64_t from, int64_t to)
{
	int64_t first = from <= w->from_ms ? 0 : (from - w->from_ms + QUARTER_MS - 1) / QUARTER_MS;
	int64_t last = (to - w->from_ms + QUARTER_MS - 1) / QUARTER_MS; /* exclusive */
	if (last > w->quarters)
		last = w->quarters;
	for (int64_t q = first; q < last; q++) {
		if (q % 64 == 0 && last - q >= 64) {
			bits[q / 64] = UINT64_MAX;
			q += 63;
		} else {
			bits[q / 64] |= (uint64_t)1 << q % 64;
		}
	}
}

static bool is_wordless(const struct channel *c)
{
	return c->kind == CHANNEL_SMS || c->kind == CHANNEL_CHAT || c->kind == CHANNEL_WEB;
}

static void add_channel(const struct walk *w, const struct channel *c, struct row *out)
{
	int64_t end = w->from_ms + (int64_t)w->quarters * QUARTER_MS;
	if (!c->hours.known)
		return;
	for (int64_t at = w->from_ms; at < end;) {
		struct hours_state state;
		int64_t next;
		hours_at(&c->hours, at, &state);
		if (state.open) {
			/* No end within a week, or none at all. */
			next = state.closes_wall_ms != 0 ? state.closes_wall_ms : at + DAY_MS;
			if (c->kind != CHANNEL_WEB)
				fill(w, out->open, at, next);
			if (is_wordless(c))
				fill(w, out->wordless, at, next);
		} else {
			next = hours_next(&c->hours, at, w->quarters / 96 + 2);
			next = next != 0 ? next : end;
			int64_t shown = next - (int64_t)SHOWN_DAYS * DAY_MS;
			if (is_wordless(c) && next < end)
				fill(w, out->wordless, shown > at ? shown : at, next);
		}
		at = next;
	}
}

static int make_rows(struct walk *w)
{
	w->rows = calloc(w->catalogue->count + 1, sizeof *w->rows);
	w->open = calloc(w->words, sizeof *w->open);
	w->wordless = calloc(w->words, sizeof *w->wordless);
	if (w->rows == NULL || w->open == NULL || w->wordless == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < w->catalogue->count; i++) {
		const struct service *s = &w->catalogue->services[i];
		w->rows[i] =
			(struct row){calloc(w->words, sizeof(uint64_t)), calloc(w->words, sizeof(uint64_t))};
		if (w->rows[i].open == NULL || w->rows[i].wordless == NULL)
			return -ENOMEM;
		for (size_t c = 0; c < s->channel_count; c++)
			add_channel(w, &s->channels[c], &w->rows[i]);
	}
	return 0;
}

static void drop_rows(struct walk *w)
{
	for (size_t i = 0; w->rows != NULL && i < w->catalogue->count; i++) {
		free(w->rows[i].open);
		free(w->rows[i].wordless);
	}
	free(w->rows);
	free(w->open);
	free(w->wordless);
}

static bool is_norwegian(const char *tag)
{
	return strcmp(tag, "nb") == 0 || strcmp(tag, "nn") == 0 || strcmp(tag, "no") == 0;
}

static bool answers_in(const struct service *s, enum language language)
{
	const char *wanted = language_names[language];
	for (size_t i = 0; i < s->languages.count; i++)
		if (strcmp(s->languages.item[i], wanted) == 0 ||
		    (is_norwegian(wanted) && is_norwegian(s->languages.item[i])))
			return true;
	return false;
}

/* The page can say which languages it answers in. */
static bool says_so(const struct walk *w, const struct service *s, enum language language)
{
	char key[64];
	for (size_t i = 0; i < s->languages.count; i++) {
		const char *tag = is_norwegian(s->languages.item[i]) ? "nb" : s->languages.item[i];
		(void)snprintf(key, sizeof key, "speaks_%.40s", tag);
		if (texts_get(w->texts, language, key)[0] != '\0')
			return true;
	}
	return false;
}

static void report(struct walk *w, const struct coverage_finding *f)
{
	w->findings += f->kind != COVERAGE_SILENT;
	w->found(w->user, f);
}

/* Quarters without a bit. */
static void report_holes(struct walk *w, struct coverage_finding f, const uint64_t *bits)
{
	f.quarters = 0;
	for (int q = 0; q < w->quarters; q++) {
		if ((bits[q / 64] >> q % 64 & 1) != 0)
			continue;
		if (f.quarters++ == 0)
			f.first_wall_ms = w->from_ms + (int64_t)q * QUARTER_MS;
	}
	if (f.quarters > 0)
		report(w, &f);
}

static void check_one(struct walk *w, struct coverage_finding at, const struct offer *offers, size_t count)
{
	size_t useful = 0, answering = 0;
	memset(w->open, 0, w->words * sizeof *w->open);
	memset(w->wordless, 0, w->words * sizeof *w->wordless);
	for (size_t i = 0; i < count; i++) {
		const struct service *s = offers[i].service;
		const struct row *row = &w->rows[s - w->catalogue->services];
		if (service_emergency(s))
			continue;
		if (s->age_from >= 18 || (!s->permanent && !service_takes(s, at.stage))) {
			struct coverage_finding f = at;
			f.kind = COVERAGE_AGES;
			f.service = s->id;
			report(w, &f);
		}
		answering += answers_in(s, at.language);
		if (!answers_in(s, at.language) && !says_so(w, s, at.language))
			continue;
		useful++;
		for (size_t k = 0; k < w->words; k++) {
			w->open[k] |= row->open[k];
			w->wordless[k] |= row->wordless[k];
		}
	}
	if (useful < SERVICES_WANTED) {
		at.kind = COVERAGE_FEW;
		report(w, &at);
	}
	if (answering == 0) {
		at.kind = COVERAGE_SILENT;
		report(w, &at);
	}
	at.kind = COVERAGE_CLOSED;
	report_holes(w, at, w->open);
	at.kind = COVERAGE_SPEECH;
	report_holes(w, at, w->wordless);
}

static void check_words(struct walk *w, int category, enum language language)
{
	const struct conf_category *c = &w->conf->categories[category];
	struct coverage_finding f = {.category = category, .language = language};
	f.kind = COVERAGE_WORDS;
	if (strcmp(texts_category(w->texts, language, c->id)->id, c->id) != 0)
		report(w, &f);
	f.kind = COVERAGE_TITLE;
	if (c->title[language] == NULL && w->texts->file[language].fallback < 0)
		report(w, &f);
}

static bool has_own_topic(const struct service *s, const struct conf_list *topics)
{
	for (size_t i = 0; i < topics->count; i++)
		if (strcmp(topics->item[i], "general") != 0 && service_topic(s, topics->item[i]))
			return true;
	return false;
}

/* Whether the catalogue has services for these topics and that stage, and shows none of them. */
static bool lost_own(const struct walk *w, const struct conf_list *topics, enum stage stage)
{
	size_t known = 0;
	for (size_t i = 0; i < w->catalogue->count; i++) {
		const struct service *s = &w->catalogue->services[i];
		if (s->permanent || s->replaced || !service_takes(s, stage) || !has_own_topic(s, topics))
			continue;
		if (service_shown(s, w->from_ms))
			return false;
		known++;
	}
	return known > 0;
}

static void check_category(struct walk *w, int category)
{
	static const char *const everybody[] = {"general"};
	const struct conf_list general = {1, (const char **)(uintptr_t)everybody};
	const struct conf_list *own = &w->conf->categories[category].topics;
	struct offer offers[OFFERS_MAX];
	for (int stage = STAGE_PRIMARY; stage <= STAGE_UPPER_SECONDARY; stage++) {
		size_t count = catalogue_rank(w->catalogue, own->count > 0 ? own : &general,
					      (enum stage)stage, w->from_ms, offers, OFFERS_MAX);
		bool lost = lost_own(w, own, (enum stage)stage);
		for (size_t l = 0; l < w->texts->language_count; l++) {
			struct coverage_finding at = {.category = category,
						      .stage = (enum stage)stage,
						      .language = w->texts->languages[l]};
			check_one(w, at, offers, count);
			at.kind = COVERAGE_HIDDEN;
			if (lost)
				report(w, &at);
		}
	}
	for (size_t l = 0; l < w->texts->language_count; l++)
		check_words(w, category, w->texts->languages[l]);
}

int coverage_check(const struct conf *conf, const struct catalogue *catalogue, const struct texts *texts,
		   int64_t from_wall_ms, int days, coverage_found *found, void *user)
{
	int minute;
	const struct zone *oslo = zone_find("Europe/Oslo");
	struct walk w = {.conf = conf,
			 .catalogue = catalogue,
			 .texts = texts,
			 .from_ms = zone_moment_ms(oslo, zone_day(oslo, from_wall_ms, &minute), 0),
			 .quarters = days * 96,
			 .found = found,
			 .user = user};
	w.words = (size_t)w.quarters / 64 + 1;
	int error = make_rows(&w);
	for (size_t c = 0; error == 0 && c < conf->category_count; c++)
		check_category(&w, (int)c);
	drop_rows(&w);
	return error < 0 ? error : w.findings;
}
