/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `rules lint`: what compiles and is all the same not what its author meant. The compiler's own check runs first, which knows
 * what would stop a help service and which patterns match everything; then all rules are laid side by side. Every finding is
 * one line, file:line: what, and what to do.
 */
#include "ctl/rules.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "ruleset/book.h"

enum { WORD_MIN = 4, FINDINGS_MAX = 2000, CATEGORIES_MAX = 256 };

struct lint {
	const struct conf *conf;
	const struct rulefile *file;
	const struct rule_calls *calls;
	struct book book;
	bool *useful;                   /* of each rule: an exception that has something to remove; owned */
	bool patterned[CATEGORIES_MAX]; /* a pattern or a sealed list stops in this category */
	unsigned change;                /* of the heads that were looked at, + 1 */
	char today[CLOCK_TEXT_SIZE];
	int findings, problems;
};

__attribute__((format(printf, 4, 5))) static void finding(struct lint *l, const struct rulefile *file,
							  uint32_t line, const char *format, ...)
{
	va_list args;
	if (++l->findings > FINDINGS_MAX)
		return;
	(void)printf("%s:%u: ", file->path, line);
	va_start(args, format);
	(void)vprintf(format, args);
	va_end(args);
	(void)putchar('\n');
}

/* ---- One line at a time ---------------------------------------------------------------------------------- */

/* Once for each part of a file that has the same heads. */
static void look_at_heads(struct lint *l, const struct rule_line *rule)
{
	const struct rule_heads *h = rule->heads;
	const struct {
		const char *word;
		struct span value;
	} heads[] = {{"owner", h->owner},
		     {"reason", h->reason},
		     {"reviewed", h->reviewed},
		     {"review-by", h->review_by}};
	char missing[64] = "";
	if (l->change == h->change + 1)
		return;
	l->change = h->change + 1;
	for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
		if (heads[i].value.len == 0)
			(void)snprintf(missing + strlen(missing), sizeof missing - strlen(missing), "%s%s",
				       *missing ? ", " : "", heads[i].word);
	if (*missing)
		finding(l, rule->file, rule->line,
			"no %s stands above this rule; nobody will know why it is there", missing);
	if (h->review_by.len == 10 && memcmp(h->review_by.at, l->today, 10) < 0)
		finding(l, rule->file, rule->line,
			"the review is overdue since %.10s; look at the rules below and "
			"write a new date",
			(const char *)h->review_by.at);
	if (h->reviewed.len == 10 && memcmp(h->reviewed.at, l->today, 10) > 0)
		finding(l, rule->file, rule->line, "reviewed %.10s lies in the future",
			(const char *)h->reviewed.at);
}

/* What an escape stands for is no letter of the word; a class, a group's mark or a count is none either. */
static size_t skip_special(struct span p, size_t i)
{
	if (p.at[i] == '\\')
		return i + 2;
	const char *closing = p.at[i] == '[' ? "]" : p.at[i] == '{' ? "}" : NULL;
	if (!closing)
		return i;
	const uint8_t *end = memchr(p.at + i + 1, *closing, p.len - i - 1);
	return end ? (size_t)(end - p.at) + 1 : p.len;
}

/* Characters that every text with this alternative has, about: letters and digits without what may be absent. */
static size_t alternative_letters(struct span p)
{
	size_t letters = 0;
	for (size_t i = 0; i < p.len;) {
		size_t behind = skip_special(p, i);
		size_t len = 1;
		uint32_t c = p.at[i];
		if (behind > i) {
			i = behind;
			continue;
		}
		if (c >= 0x80)
			len = utf8_read(span_from(p, i), &c);
		bool letter = c >= 0x80 || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
		i += len ? len : 1;
		bool absent = i < p.len && (p.at[i] == '?' || p.at[i] == '*');
		letters += letter && !absent;
	}
	return letters;
}

/* Whether a pattern says where its word begins or ends. */
static bool has_border(struct span p)
{
	return memchr(p.at, '^', p.len) || memchr(p.at, '$', p.len) || memmem(p.at, p.len, "\\b", 2) ||
	       memmem(p.at, p.len, "\\W", 2) || memmem(p.at, p.len, "\\s", 2);
}

/* The alternatives of the outermost level, each for itself; what stands in groups counts as it is. */
static void look_at_word(struct lint *l, const struct rule_line *rule)
{
	struct span p = rule->pattern;
	size_t from = 0;
	int depth = 0;
	if (rule->exception || has_border(p) || memchr(p.at, '(', p.len))
		return;
	for (size_t i = 0; i <= p.len;) {
		size_t behind = i < p.len ? skip_special(p, i) : i;
		if (behind > i) {
			i = behind < p.len ? behind : p.len;
			continue;
		}
		if (i == p.len || (p.at[i] == '|' && depth == 0)) {
			struct span one = span_of(p.at + from, i - from);
			size_t letters = alternative_letters(one);
			if (letters < WORD_MIN)
				finding(l, rule->file, rule->line,
					"/%.*s/ is short: %zu letters are found inside many other words; "
					"give "
					"it borders or more letters",
					(int)(one.len > 60 ? 60 : one.len), (const char *)one.at, letters);
			from = i + 1;
		}
		i++;
	}
}

static uint16_t category_number(const struct lint *l, struct span id)
{
	for (size_t i = 0; i < l->calls->category_count; i++)
		if (span_equal(id, span_text(l->calls->categories[i])))
			return (uint16_t)i;
	return RULESET_CATEGORY_ANY;
}

static void on_rule(void *user, const struct rule_line *rule)
{
	struct lint *l = user;
	uint16_t category = category_number(l, rule->heads->category);
	look_at_heads(l, rule);
	book_add(&l->book, rule, category);
	bool pattern = rule->kind == RULE_HOST || rule->kind == RULE_PATH || rule->kind == RULE_SEARCH;
	if (pattern)
		look_at_word(l, rule);
	if ((pattern || rule->kind == RULE_DIGEST) && !rule->exception && category < CATEGORIES_MAX)
		l->patterned[category] = true;
}

/* What is wrong was told by the compiler's check. */
static void on_problem(void *user, const char *file, int line, const char *text)
{
	struct lint *l = user;
	(void)file;
	(void)line;
	(void)text;
	l->problems++;
}

/* ---- Side by side ---------------------------------------------------------------------------------------- */

static bool is_listed(const struct book_rule *r)
{
	return r->kind == RULE_DOMAIN || r->kind == RULE_EXACT || r->kind == RULE_URL;
}

static bool same_category(const struct book_rule *a, const struct book_rule *b)
{
	return a->category == b->category || a->category == RULESET_CATEGORY_ANY ||
	       b->category == RULESET_CATEGORY_ANY;
}

/* The name without its first label; empty at the end. */
static struct span parent(struct span name)
{
	const uint8_t *dot = name.len > 0 ? memchr(name.at, '.', name.len) : NULL;
	return dot ? span_from(name, (size_t)(dot - name.at) + 1) : span_of(name.at, 0);
}

/* An address has no parents. */
static bool is_address(struct span name)
{
	uint8_t last = name.len > 0 ? name.at[name.len - 1] : 0;
	return memchr(name.at, ':', name.len) || (last >= '0' && last <= '9');
}

/* The line that says the same and stands before this one. */
static const struct book_rule *duplicate_of(const struct lint *l, const struct book_rule *r)
{
	const struct book *b = &l->book;
	for (const struct book_rule *o = book_find(b, book_name(b, r)); o && o < r; o = book_next(b, o))
		if (o->kind == r->kind && o->exception == r->exception && o->observe == r->observe &&
		    o->category == r->category && span_equal(book_path(b, o), book_path(b, r)))
			return o;
	return NULL;
}

/* What a walk over a name and the names above it finds in a rule's category. */
struct above {
	const struct book_rule *stop; /* a domain line, or an exact one about the name itself */
	const struct book_rule *exception;
};

static struct above look_above(const struct lint *l, const struct book_rule *r)
{
	const struct book *b = &l->book;
	struct above found = {0};
	struct span name = book_name(b, r);
	bool self = true, address = is_address(name);
	for (; name.len > 0; name = address ? span_of(name.at, 0) : parent(name), self = false)
		for (const struct book_rule *o = book_find(b, name); o; o = book_next(b, o)) {
			bool whole = o->kind == RULE_DOMAIN || (o->kind == RULE_EXACT && self);
			if (o == r || !whole || !same_category(o, r) || (self && o->kind == r->kind))
				continue;
			if (o->exception && !found.exception)
				found.exception = o;
			/* What only observes does not stop for a line that does. */
			if (!o->exception && (!found.stop || found.stop->observe) &&
			    (r->exception || r->observe || !o->observe))
				found.stop = o;
		}
	return found;
}

static void look_at_stop(struct lint *l, const struct book_rule *r)
{
	struct above above = look_above(l, r);
	/* With an exception in between, the narrower line may be what outranks it. */
	if (!above.stop || above.exception)
		return;
	/* An exact line does not cover what is below a domain line. */
	if (above.stop->kind == RULE_EXACT && r->kind == RULE_DOMAIN)
		return;
	finding(l, r->file, r->line, "never decides: %s:%u stops it already (%s %.*s)",
		above.stop->file->name, above.stop->line, rule_kind_names[above.stop->kind],
		(int)above.stop->name_len, (const char *)book_name(&l->book, above.stop).at);
}

static bool is_mandatory(const struct lint *l, const struct book_rule *r)
{
	int category = r->category == RULESET_CATEGORY_ANY
			       ? -1
			       : conf_category(l->conf, l->calls->categories[r->category]);
	return category >= 0 && l->conf->categories[category].mandatory;
}

/* Marks the exceptions that have something to remove: a stop line about their name or below it. */
static void mark_useful(struct lint *l)
{
	const struct book *b = &l->book;
	for (uint32_t i = 0; i < book_count(b); i++) {
		const struct book_rule *r = book_rule(b, i);
		struct span name = book_name(b, r);
		bool address = is_address(name);
		for (; is_listed(r) && !r->exception && name.len > 0;
		     name = address ? span_of(name.at, 0) : parent(name))
			for (const struct book_rule *o = book_find(b, name); o; o = book_next(b, o))
				if (o->exception && same_category(o, r))
					l->useful[o - book_rule(b, 0)] = true;
	}
}

static bool any_pattern(const struct lint *l, const struct book_rule *r)
{
	if (r->category < CATEGORIES_MAX)
		return l->patterned[r->category];
	for (size_t i = 0; i < CATEGORIES_MAX; i++)
		if (l->patterned[i])
			return true;
	return false;
}

static void look_at_exception(struct lint *l, const struct book_rule *r)
{
	struct above above = look_above(l, r);
	const struct book_rule *stop = above.stop;
	const struct book *b = &l->book;
	/* The same name with the same kind is a stop line too. */
	for (const struct book_rule *o = book_find(b, book_name(b, r)); o && !stop; o = book_next(b, o))
		if (!o->exception && o->kind == r->kind && same_category(o, r))
			stop = o;
	if (stop && is_mandatory(l, r) && r->file->layer > stop->file->layer) {
		finding(l, r->file, r->line,
			"has no effect: the category is mandatory, and %s:%u stands in a layer above; only "
			"its "
			"owner can open it",
			stop->file->name, stop->line);
		return;
	}
	if (stop && r->kind == RULE_URL && stop->kind != RULE_URL) {
		finding(l, r->file, r->line,
			"has no effect: %s:%u stops the whole name, in DNS, before any path is seen; allow "
			"the "
			"domain instead",
			stop->file->name, stop->line);
		return;
	}
	if (!stop && !any_pattern(l, r) && !l->useful[r - book_rule(b, 0)])
		finding(l, r->file, r->line, "removes nothing: no rule of this category stops %.*s",
			(int)r->name_len, (const char *)book_name(b, r).at);
}

static void look_at_all(struct lint *l)
{
	mark_useful(l);
	for (uint32_t i = 0; i < book_count(&l->book); i++) {
		const struct book_rule *r = book_rule(&l->book, i), *same = duplicate_of(l, r);
		if (same)
			finding(l, r->file, r->line, "says what %s:%u says; one of them is enough",
				same->file->name, same->line);
		else if (is_listed(r) && r->exception)
			look_at_exception(l, r);
		else if (is_listed(r))
			look_at_stop(l, r);
	}
}

/* -ENOMEM. */
static int read_all(struct lint *l, const struct layers *layers, struct rule_calls *calls)
{
	l->calls = calls;
	for (size_t i = 0; i < layers->count; i++) {
		l->change = 0;
		(void)rulefile_read(&layers->file[i], calls);
	}
	l->useful = calloc(book_count(&l->book) + 1, sizeof *l->useful);
	return l->useful ? book_ready(&l->book) : -ENOMEM;
}

enum ctl_exit rules_lint_run(struct ctl *c)
{
	int warned = 0;
	enum ctl_exit rc = compile_check(c, &warned);
	struct lint *l = calloc(1, sizeof *l);
	const char **ids = NULL;
	struct layers layers = {0};
	if (rc == CTL_FAILED || !l) {
		free(l);
		return CTL_FAILED;
	}
	struct rule_calls calls = {.user = l, .rule = on_rule, .problem = on_problem};
	l->conf = c->conf;
	clock_text(clock_wall_ms(), l->today);
	if (!(ids = rules_categories(c->conf, &calls)) ||
	    layers_read(c->conf->rules.layer, ctl_problem, NULL, &layers) < 0 ||
	    read_all(l, &layers, &calls) < 0)
		rc = CTL_FAILED;
	else
		look_at_all(l);
	if (l->findings > FINDINGS_MAX)
		(void)printf("and %d more\n", l->findings - FINDINGS_MAX);
	if (rc == CTL_YES && l->findings + warned == 0)
		(void)printf("%zu rules: nothing to find fault with\n", book_count(&l->book));
	if (rc == CTL_YES && l->findings + warned > 0)
		rc = CTL_NO;
	layers_clear(&layers);
	book_clear(&l->book);
	free(l->useful);
	free(ids);
	free(l);
	return rc;
}
