/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `help due`: what a person has to read again, the earliest first: entries of the catalogue whose last good day comes,
 * entries nobody has confirmed, and the school calendar where it ends. And `help review`: the same for texts.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/help.h"

enum { DUE_DAYS = 30, DUE_DAYS_MAX = 3650, ROWS_MAX = CATALOGUE_SERVICES_MAX + 1 };

struct due {
	int32_t day; /* the last good one */
	const char *on, *what, *name, *where, *file;
	int line;
};

struct list {
	int32_t today, until;
	size_t count;
	struct due row[ROWS_MAX];
};

static void add(struct list *l, struct due row)
{
	if (row.day <= l->until && l->count < ROWS_MAX)
		l->row[l->count++] = row;
}

static void add_services(struct list *l, const struct catalogue *c)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct service *s = &c->services[i];
		struct due row = {.what = "expires",
				  .on = s->expires_on,
				  .name = s->id,
				  .where = s->source,
				  .file = s->file,
				  .line = s->line};
		if (s->entered || s->file == NULL || day_parse(s->expires_on, &row.day) < 0)
			continue;
		if (!s->confirmed) {
			row.what = "unconfirmed";
			row.day = l->today;
		} else if (row.day < l->today) {
			row.what = "expired";
		}
		add(l, row);
	}
}

/* The end of the last term: afterwards nobody at school is on duty. */
static void add_terms(struct list *l, const struct conf *conf)
{
	struct due row = {.day = INT32_MIN,
			  .what = "expires",
			  .name = "duty.terms",
			  .where = "the school's calendar",
			  .file = conf->duty.file,
			  .line = conf->duty.line};
	for (size_t i = 0; i < conf->duty.terms.count; i++) {
		struct day_span span;
		const char *slash = strchr(conf->duty.terms.item[i], '/');
		if (day_spans_parse(conf->duty.terms.item[i], &span, 1) != 1 || span.to <= row.day)
			continue;
		row.day = span.to;
		row.on = slash != NULL ? slash + 1 : conf->duty.terms.item[i];
	}
	if (row.day == INT32_MIN)
		return;
	row.what = row.day < l->today ? "expired" : "expires";
	add(l, row);
}

static int compare(const void *left, const void *right)
{
	const struct due *a = left, *b = right;
	if (a->day != b->day)
		return a->day < b->day ? -1 : 1;
	return strcmp(a->name, b->name);
}

static void tell(const struct list *l, int days)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct due *d = &l->row[i];
		(void)printf("%s  %-11s  %s  (%s:%d)\n            read again: %s\n", d->on, d->what, d->name,
			     d->file, d->line, d->where);
	}
	(void)printf("%zu due within %d days\n", l->count, days);
}

static void tell_json(const struct list *l, int days)
{
	json_t *rows = json_array();
	for (size_t i = 0; i < l->count; i++) {
		const struct due *d = &l->row[i];
		json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:s, s:s, s:i}", "on", d->on, "what",
						      d->what, "name", d->name, "read", d->where, "file",
						      d->file, "line", d->line));
	}
	json_t *all = json_pack("{s:i, s:o}", "days", days, "due", rows);
	(void)json_dumpf(all, stdout, JSON_INDENT(2));
	(void)putchar('\n');
	json_decref(all);
}

enum ctl_exit help_due_run(struct ctl *c)
{
	enum { OPTION_JSON, OPTION_DAYS };
	int minute;
	char *end;
	const char *text = c->value[OPTION_DAYS];
	long days = text != NULL ? strtol(text, &end, 10) : DUE_DAYS;
	if (text != NULL && (*text == '\0' || *end != '\0' || days < 0 || days > DUE_DAYS_MAX)) {
		(void)fprintf(stderr, "tryggctl: --days %s: allowed are 0 to %d\n", text, DUE_DAYS_MAX);
		return CTL_FAILED;
	}
	struct help_site site;
	enum ctl_exit rc = CTL_NO;
	struct list *l = calloc(1, sizeof *l);
	if (l == NULL)
		abort();
	if (help_site_load(c->conf, &site)) {
		l->today = zone_day(zone_find("Europe/Oslo"), clock_wall_ms(), &minute);
		l->until = l->today + (int32_t)days;
		add_services(l, site.catalogue);
		add_terms(l, c->conf);
		qsort(l->row, l->count, sizeof *l->row, compare);
		if (c->value[OPTION_JSON])
			tell_json(l, (int)days);
		else
			tell(l, (int)days);
		rc = l->count > 0 ? CTL_NO : CTL_YES;
	}
	help_site_clear(&site);
	free(l);
	return rc;
}

struct reviewing {
	const struct texts *texts;
	enum language language;
	const char *begin; /* of the keys that are meant */
	bool digests;      /* print a review, else the texts that need one */
	int count;
};

static void on_text(void *user, const char *key, const char *text)
{
	struct reviewing *r = user;
	char digest[REVIEW_DIGEST_SIZE];
	if (strncmp(key, r->begin, strlen(r->begin)) != 0 ||
	    reviews_find(&r->texts->reviews, r->language, key, text) != NULL)
		return;
	review_digest(text, digest);
	if (r->digests)
		(void)printf("%s\t\"%s %s\"", r->count > 0 ? ",\n" : "", key, digest);
	else
		(void)printf("%s\n\t%s\n", key, text);
	r->count++;
}

/* A name goes into a file in quotes. */
static bool is_plain(const char *text)
{
	for (const char *t = text; *t != '\0'; t++)
		if ((unsigned char)*t < 0x20 || *t == '"' || *t == '\\')
			return false;
	return *text != '\0';
}

static void print_head(const char *language, const char *by, const char *role)
{
	int minute, year, month, day;
	day_split(zone_day(zone_find("Europe/Oslo"), clock_wall_ms(), &minute), &year, &month, &day);
	(void)printf("# A review of texts; the digests say which: see trygg-texts(5).\nlanguage = \"%s\";\n"
		     "by = \"%s\";\nrole = \"%s\";\non = \"%04d-%02d-%02d\";\ntexts = [\n",
		     language, by, role, year, month, day);
}

enum ctl_exit help_review_run(struct ctl *c)
{
	enum { OPTION_BY, OPTION_ROLE };
	const char *by = c->value[OPTION_BY], *role = c->value[OPTION_ROLE];
	if ((by == NULL) != (role == NULL) || (by != NULL && (!is_plain(by) || !is_plain(role)))) {
		(void)fprintf(stderr, "tryggctl: --by and --role belong together, without quotes in them\n");
		return CTL_FAILED;
	}
	struct help_site site;
	enum ctl_exit rc = CTL_FAILED;
	int language = help_site_load(c->conf, &site) ? help_site_language(&site, c->operand[0]) : -1;
	if (language >= 0) {
		struct reviewing r = {.texts = site.texts,
				      .language = (enum language)language,
				      .begin = c->operand_count > 1 ? c->operand[1] : "",
				      .digests = by != NULL};
		if (by != NULL)
			print_head(c->operand[0], by, role);
		texts_each(site.texts, c->conf, r.language, on_text, &r);
		if (by != NULL)
			(void)printf("\n];\n");
		rc = r.count > 0 && by == NULL ? CTL_NO : CTL_YES;
	}
	help_site_clear(&site);
	return rc;
}
