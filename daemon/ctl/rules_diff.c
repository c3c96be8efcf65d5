/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `rules diff OLD NEW`: what a change would newly stop or pass, decided twice for every name, once by each set. The names are
 * those of a file, or all that either set lists; what patterns do shows only on names that somebody gives. Confidential lists
 * are left aside on both sides: a list of names would find them out.
 */
#include "ctl/rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/explain.h"
#include "ruleset/inventory.h"

enum { OPTION_NAMES, OPTION_GROUP };
enum { ROWS_MAX = 1000000 };

struct side {
	const char *path;
	struct ruleset *rules;
	struct policy policy;
	struct rule_hits hits;
	struct decision decision;
};

struct row {
	char *name, *text; /* owned */
	bool protected;
	int old_category, new_category; /* of a stop; -1: it passes */
};

struct diff {
	const struct conf *conf;
	struct asker who;
	struct side old, new;
	bool only_new; /* names that the old set lists too were looked at before */
	struct url url;
	size_t count, room, names;
	struct row *row; /* owned */
	bool failed;
};

static int stop_category(const struct decision *d)
{
	bool stops = d->enforced == ACTION_HELP || d->enforced == ACTION_REFUSE;
	return stops && !d->trial ? d->category : -1;
}

static void side_text(const struct diff *d, const struct side *s, char *out, size_t size)
{
	int category = stop_category(&s->decision);
	if (s->decision.protected)
		(void)snprintf(out, size, "protected");
	else if (category < 0)
		(void)snprintf(out, size, "passes");
	else if (s->decision.rule)
		(void)snprintf(out, size, "stopped as %s by %s:%u", d->conf->categories[category].id,
			       s->decision.rule->file, s->decision.rule->line);
	else
		(void)snprintf(out, size, "stopped as %s", d->conf->categories[category].id);
}

/* A stop line about a protected name: it has no effect, and somebody wrote it all the same. */
static const struct rule_hit *against(const struct side *s)
{
	for (size_t i = 0; s->decision.protected && i < s->hits.count; i++)
		if (!s->hits.hit[i].exception)
			return &s->hits.hit[i];
	return NULL;
}

static void add_row(struct diff *d, const char *name)
{
	char old_text[256], new_text[256];
	if (d->count == d->room) {
		size_t room = d->room ? d->room * 2 : 256;
		struct row *more = room <= ROWS_MAX ? reallocarray(d->row, room, sizeof *more) : NULL;
		if (!more) {
			d->failed = true;
			return;
		}
		d->row = more;
		d->room = room;
	}
	const struct rule_hit *rule = against(&d->new);
	side_text(d, &d->old, old_text, sizeof old_text);
	side_text(d, &d->new, new_text, sizeof new_text);
	struct row r = {
		.name = strdup(name),
		.protected = d->old.decision.protected || d->new.decision.protected,
		.old_category = stop_category(&d->old.decision),
		.new_category = stop_category(&d->new.decision),
	};
	int n = rule ? asprintf(&r.text, "%s -> %s, against %s:%u", old_text, new_text, rule->file,
				rule->line)
		     : asprintf(&r.text, "%s -> %s", old_text, new_text);
	if (n < 0 || !r.name) {
		free(r.name);
		d->failed = true;
		return;
	}
	d->row[d->count++] = r;
}

static void judge(struct diff *d, struct side *s, const struct url *url)
{
	policy_judge(&s->policy, &d->who, &d->url.host, url, &s->hits, &s->decision);
}

/* Whether the set lists exactly this name. */
static bool lists(const struct side *s, const struct host *h)
{
	for (size_t i = 0; i < s->hits.count; i++)
		if (s->hits.hit[i].labels == h->labels)
			return true;
	return false;
}

static void look_at(struct diff *d, const char *name, const struct url *url)
{
	d->names++;
	judge(d, &d->old, url);
	if (d->only_new && lists(&d->old, &d->url.host))
		return;
	judge(d, &d->new, url);
	bool other = stop_category(&d->old.decision) != stop_category(&d->new.decision) ||
		     d->old.decision.protected != d->new.decision.protected;
	if (other || (against(&d->new) != NULL) != (against(&d->old) != NULL))
		add_row(d, name);
}

static void on_listed(void *user, const char *name)
{
	struct diff *d = user;
	bool path = strchr(name, '/') != NULL;
	if (!d->failed && url_from_text(span_text(name), &d->url) == 0)
		look_at(d, name, path ? &d->url : NULL);
}

/* Names that people wrote: one a line, # comments. */
static enum ctl_exit read_names(struct diff *d, const char *path)
{
	FILE *in = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	enum ctl_exit rc = CTL_YES;
	if (!in) {
		(void)fprintf(stderr, "tryggctl: %s: %s\n", path, strerror(errno));
		return CTL_FAILED;
	}
	for (int number = 1; getline(&line, &size, in) >= 0 && !d->failed; number++) {
		bool is_url;
		char *name = line + strspn(line, " \t");
		name[strcspn(name, " \t\r\n")] = '\0';
		if (*name == '\0' || *name == '#')
			continue;
		if (explain_parse(name, &d->url, &is_url) < 0) {
			ctl_problem(NULL, path, number, "is neither a host name nor an http or https URL");
			rc = CTL_FAILED;
			continue;
		}
		look_at(d, name, is_url && !d->url.secure ? &d->url : NULL);
	}
	free(line);
	(void)fclose(in);
	return rc;
}

/* Protected names first, then what is newly stopped, by name. */
static int by_weight(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	if (x->protected != y->protected)
		return x->protected ? -1 : 1;
	if ((x->new_category >= 0) != (y->new_category >= 0))
		return x->new_category >= 0 ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void tell(struct diff *d)
{
	size_t told = 0;
	if (d->count > 0)
		qsort(d->row, d->count, sizeof *d->row, by_weight);
	for (size_t i = 0; i < d->count; i++) {
		if (i > 0 && strcmp(d->row[i].name, d->row[i - 1].name) == 0)
			continue;
		(void)printf("%s: %s\n", d->row[i].name, d->row[i].text);
		told++;
	}
	for (size_t c = 0; c < d->conf->category_count; c++) {
		size_t stopped = 0, passing = 0;
		for (size_t i = 0; i < d->count; i++) {
			if (i > 0 && strcmp(d->row[i].name, d->row[i - 1].name) == 0)
				continue;
			bool was = d->row[i].old_category == (int)c, is = d->row[i].new_category == (int)c;
			stopped += is && !was;
			passing += was && !is;
		}
		if (stopped + passing > 0)
			(void)printf("%s: %zu newly stopped, %zu no longer\n", d->conf->categories[c].id,
				     stopped, passing);
	}
	(void)printf("%zu names looked at, %zu differ\n", d->names, told);
}

/* Patterns are compared by what they were compiled from. Returns how many kinds differ. */
static size_t tell_patterns(const char *old, const char *new, bool names_given)
{
	struct manifest a, b;
	size_t differ = 0;
	if (inventory_manifest(old, &a) < 0 || inventory_manifest(new, &b) < 0)
		return 0;
	for (size_t i = 0; i < a.count + b.count; i++) {
		const struct piece *p = i < a.count ? &a.piece[i] : &b.piece[i - a.count];
		const struct manifest *other = i < a.count ? &b : &a;
		bool there = false, role = false;
		for (size_t k = 0; k < other->count; k++) {
			const struct piece *o = &other->piece[k];
			there |= o->kind == PIECE_IMAGE && strcmp(o->file, p->file) == 0;
			role |= o->kind == PIECE_IMAGE && strcmp(o->role, p->role) == 0;
		}
		/* A kind that both have is told of once, when the old set is gone through. */
		if (p->kind != PIECE_IMAGE || there || (i >= a.count && role))
			continue;
		(void)printf("the %s patterns differ%s\n", p->role,
			     names_given ? "" : ": --names FILE shows what that does to names");
		differ++;
	}
	return differ;
}

static enum ctl_exit open_side(struct side *s, const struct conf *conf)
{
	char why[512] = "";
	int rc = ruleset_open(s->path, true, &s->rules, why, sizeof why);
	if (rc == 0) {
		ruleset_blind(s->rules, true);
		rc = policy_init(&s->policy, conf, s->rules, why, sizeof why);
	}
	if (rc < 0)
		(void)fprintf(stderr, "tryggctl: %s: %s\n", s->path, why);
	return rc < 0 ? CTL_FAILED : CTL_YES;
}

static enum ctl_exit compare(struct ctl *c, struct diff *d)
{
	enum ctl_exit rc = open_side(&d->old, c->conf);
	if (rc == CTL_YES)
		rc = open_side(&d->new, c->conf);
	if (rc != CTL_YES)
		return rc;
	if (c->value[OPTION_NAMES]) {
		rc = read_names(d, c->value[OPTION_NAMES]);
	} else {
		int error = inventory_each(d->old.path, on_listed, d);
		d->only_new = true;
		if (error == 0)
			error = inventory_each(d->new.path, on_listed, d);
		if (error < 0) {
			(void)fprintf(stderr, "tryggctl: the names of the sets cannot be read: %s\n",
				      strerror(-error));
			rc = CTL_FAILED;
		}
	}
	if (d->failed) {
		(void)fprintf(stderr, "tryggctl: there are more than %d differences, or no memory\n",
			      ROWS_MAX);
		rc = CTL_FAILED;
	}
	if (rc != CTL_YES)
		return rc;
	tell(d);
	size_t patterns = tell_patterns(d->old.path, d->new.path, c->value[OPTION_NAMES] != NULL);
	return d->count + patterns > 0 ? CTL_NO : CTL_YES;
}

enum ctl_exit rules_diff_run(struct ctl *c)
{
	struct diff *d = calloc(1, sizeof *d);
	struct conf_group spare;
	enum action *actions = NULL;
	enum ctl_exit rc = CTL_FAILED;
	if (!d)
		return rc;
	d->conf = c->conf;
	d->old.path = c->operand[0];
	d->new.path = c->operand[1];
	d->who = (struct asker){.at_wall_ms = clock_wall_ms(), .explain = true};
	d->who.group = explain_group(c->conf, c->value[OPTION_GROUP], &spare, &actions);
	if (d->who.group)
		rc = compare(c, d);
	else
		(void)fprintf(stderr, "tryggctl: no group is called %s\n", c->value[OPTION_GROUP]);
	for (size_t i = 0; i < d->count; i++) {
		free(d->row[i].name);
		free(d->row[i].text);
	}
	free(d->row);
	ruleset_free(d->old.rules);
	ruleset_free(d->new.rules);
	free(actions);
	free(d);
	return rc;
}
