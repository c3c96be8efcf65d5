/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `rules allow`: the exception that a school needs in a minute. What it would change is worked out first, with the line put
 * among those that the set in use finds; only a line that changes something is written, with who, why and until when, to the
 * school's exceptions.rules. A compile that fails takes it back.
 */
#include "ctl/rules.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/utf8.h"
#include "ctl/explain.h"
#include "ctl/parts.h"
#include "ruleset/rulefile.h"

enum { OPTION_CATEGORY, OPTION_REASON, OPTION_OWNER };
enum { FILE_MAX = 64 << 20, REVIEW_DAYS = 180, TEXT_LIMIT = 300, ASK_MS = 1000 };

struct allowing {
	const struct ctl *ctl;
	const struct conf *conf;
	const char *category, *reason, *owner;
	struct url url;
	bool is_url;
	enum rule_kind kind; /* of the exception */
	struct ruleset *rules;
	struct policy policy;
	struct rule_hits hits;
	char *path, *old; /* of the file; old is NULL where there was none */
	size_t old_len;
};

__attribute__((format(printf, 1, 2))) static enum ctl_exit refuse(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	(void)fputs("tryggctl: ", stderr);
	(void)vfprintf(stderr, format, args);
	(void)fputs("\n", stderr);
	va_end(args);
	return CTL_NO;
}

/* A text that may stand between quotes in a rule file. */
static bool quotable(const char *text)
{
	struct span rest = span_text(text);
	while (rest.len > 0) {
		uint32_t c = rest.at[0];
		size_t len = utf8_read(rest, &c);
		if (len == 0 || c < 0x20 || c == 0x7f || c == '"')
			return false;
		rest = span_from(rest, len);
	}
	return *text && strlen(text) <= TEXT_LIMIT;
}

static enum ctl_exit check_words(struct allowing *a)
{
	if (!a->category || !a->reason) {
		(void)fprintf(
			stderr,
			"tryggctl: rules allow NAME --category C --reason TEXT: both have to be there\n");
		return CTL_FAILED;
	}
	if (!quotable(a->reason) || !quotable(a->owner)) {
		(void)fprintf(stderr,
			      "tryggctl: reason and owner are texts of 1 to %d bytes on one line, "
			      "without \"\n",
			      TEXT_LIMIT);
		return CTL_FAILED;
	}
	int category = conf_category(a->conf, a->category);
	if (category < 0 || a->conf->categories[category].builtin)
		return refuse("no category that rules may be about is called %s; see categories in %s",
			      a->category, a->ctl->conf_path);
	if (a->conf->categories[category].mandatory)
		return refuse("%s is mandatory: a school cannot open it; ask the owner of the rule",
			      a->category);
	if (a->conf->categories[category].help_only)
		return refuse("%s only shows the way to help: nothing in it is ever stopped", a->category);
	return CTL_YES;
}

static enum ctl_exit open_rules(struct allowing *a)
{
	char why[512] = "";
	int rc = ruleset_open(a->conf->rules.compiled, false, &a->rules, why, sizeof why);
	if (rc == 0)
		rc = policy_init(&a->policy, a->conf, a->rules, why, sizeof why);
	if (rc < 0) {
		(void)fprintf(stderr, "tryggctl: %s\n", why);
		return CTL_FAILED;
	}
	/* What is confidential is neither told nor opened by a school. */
	ruleset_blind(a->rules, true);
	ruleset_match(a->rules, &a->url.host, a->is_url && !a->url.secure ? &a->url : NULL, &a->hits);
	if (ruleset_protected(a->rules, &a->url.host))
		return refuse("%s is protected: it always passes", a->url.host.text);
	return CTL_YES;
}

/* The category's number in the set; -1: no rule of the set is about it. */
static int set_category(const struct allowing *a)
{
	for (size_t i = 0; i < ruleset_categories(a->rules); i++)
		if (strcmp(ruleset_category(a->rules, i), a->category) == 0)
			return (int)i;
	return -1;
}

/* A url for a URL with a path; exact where only that outranks the line that stops. */
static void choose_kind(struct allowing *a, int category)
{
	a->kind = a->is_url && !a->url.secure && a->url.path_len > 1 ? RULE_URL : RULE_DOMAIN;
	for (size_t i = 0; i < a->hits.count && a->kind == RULE_DOMAIN; i++) {
		const struct rule_hit *h = &a->hits.hit[i];
		if (!h->exception && h->category == category && h->kind == RULE_EXACT)
			a->kind = RULE_EXACT;
	}
}

static const char *outcome(const struct decision *d, const struct conf *conf, char *out, size_t size)
{
	bool stops = d->enforced == ACTION_HELP || d->enforced == ACTION_REFUSE;
	if (!stops)
		return "passes";
	(void)snprintf(out, size, "stopped as %s by %s", conf->categories[d->category].id,
		       d->rule ? "" : "the group's default");
	if (d->rule)
		(void)snprintf(out + strlen(out), size - strlen(out), "%s:%u", d->rule->file, d->rule->line);
	return out;
}

/* One line a group that sees a change. Returns how many do. */
static size_t show_change(struct allowing *a, size_t before, const struct conf_group *group)
{
	char old_text[256], new_text[256];
	struct asker who = {.group = group, .at_wall_ms = clock_wall_ms()};
	struct decision old, new;
	size_t after = a->hits.count;
	a->hits.count = before;
	policy_decide(&a->policy, &who, false, &a->hits, &old);
	a->hits.count = after;
	policy_decide(&a->policy, &who, false, &a->hits, &new);
	if (old.enforced == new.enforced && old.category == new.category)
		return 0;
	(void)printf("%s: %s -> %s\n", group->id, outcome(&old, a->conf, old_text, sizeof old_text),
		     outcome(&new, a->conf, new_text, sizeof new_text));
	return 1;
}

static enum ctl_exit show_changes(struct allowing *a)
{
	int category = set_category(a);
	if (strpbrk(a->url.path, " \t#"))
		return refuse(
			"a path with blanks or # cannot be written as a rule; %s can be allowed as a whole",
			a->url.host.text);
	size_t before = a->hits.count, changes = 0;
	if (category < 0 || before == RULESET_HITS_MAX)
		return refuse("no rule about %s is in the compiled set", a->category);
	choose_kind(a, category);
	a->hits.hit[a->hits.count++] = (struct rule_hit){
		.kind = (uint8_t)a->kind,
		.layer = LAYER_SCHOOL,
		.exception = true,
		.labels = a->url.host.labels,
		.url_bytes = a->kind == RULE_URL ? a->url.path_len : 0,
		.category = (uint16_t)category,
		.file = "school/exceptions.rules",
	};
	for (size_t i = 0; i < a->conf->group_count; i++)
		changes += show_change(a, before, &a->conf->groups[i]);
	if (a->conf->guest == &a->conf->builtin_guest)
		changes += show_change(a, before, a->conf->guest);
	if (changes == 0)
		return refuse(
			"this would change nothing: no group meets %s as %s; tryggctl explain says what "
			"stops it",
			a->url.host.text, a->category);
	return CTL_YES;
}

static void day_text(int64_t ms, char out[static CLOCK_TEXT_SIZE])
{
	clock_text(ms, out);
	out[10] = '\0';
}

/* Whether a file ends inside a line. */
static bool torn(const struct allowing *a)
{
	return a->old_len > 0 && a->old[a->old_len - 1] != '\n';
}

static int write_line(struct allowing *a)
{
	char today[CLOCK_TEXT_SIZE], due[CLOCK_TEXT_SIZE], *text = NULL;
	int64_t now = clock_wall_ms();
	day_text(now, today);
	day_text(now + REVIEW_DAYS * (24 * 3600 * 1000LL), due);
	if (asprintf(&a->path, "%s/exceptions.rules", a->conf->rules.layer[LAYER_SCHOOL]) < 0)
		return -ENOMEM;
	int rc = file_read(a->path, FILE_MAX, &a->old, &a->old_len);
	if (rc < 0 && rc != -ENOENT)
		return rc;
	int len = asprintf(&text,
			   "%s%s%scategory  %s\nowner     \"%s\"\nreason    \"%s\"\nreviewed  %s\n"
			   "review-by %s\nallow     %s %s%s\n",
			   a->old ? a->old : "# Exceptions of this school.\n", torn(a) ? "\n" : "", "\n",
			   a->category, a->owner, a->reason, today, due, rule_kind_names[a->kind],
			   a->url.host.text, a->kind == RULE_URL ? a->url.path : "");
	if (len < 0)
		return -ENOMEM;
	/* A NUL would have cut the old text short. */
	rc = a->old && strlen(a->old) != a->old_len ? -EBADMSG
						    : file_mkdirs(a->conf->rules.layer[LAYER_SCHOOL], 0755);
	if (rc == 0)
		rc = file_replace(a->path, 0644, text, (size_t)len);
	free(text);
	return rc;
}

static void take_back(const struct allowing *a)
{
	int rc = a->old ? file_replace(a->path, 0644, a->old, a->old_len) : unlink(a->path) < 0 ? -errno : 0;
	if (rc < 0)
		(void)fprintf(stderr, "tryggctl: %s could not be put back: %s\n", a->path, strerror(-rc));
	else
		(void)fprintf(stderr, "tryggctl: the rules do not compile; %s is as it was\n", a->path);
}

/* Programs that do not run take the set at their start. */
static enum ctl_exit take_into_use(struct ctl *c)
{
	struct parts parts;
	if (parts_init(&parts, c->conf) < 0)
		return CTL_FAILED;
	size_t running = parts_ask(&parts, c->conf, CONTROL_STATUS, ASK_MS);
	parts_clear(&parts);
	if (running > 0)
		return reload_run(c);
	(void)printf("no program of Trygg runs here; the set is used from the next start on\n");
	return CTL_YES;
}

static enum ctl_exit allow(struct ctl *c, struct allowing *a)
{
	enum ctl_exit rc = check_words(a);
	if (rc == CTL_YES)
		rc = open_rules(a);
	if (rc == CTL_YES)
		rc = show_changes(a);
	if (rc != CTL_YES)
		return rc;
	int error = write_line(a);
	if (error < 0) {
		(void)fprintf(stderr, "tryggctl: %s: %s\n", a->path ? a->path : "exceptions.rules",
			      strerror(-error));
		return CTL_FAILED;
	}
	(void)printf("written to %s\n", a->path);
	rc = compile_run(c);
	if (rc != CTL_YES) {
		take_back(a);
		return rc;
	}
	return take_into_use(c);
}

enum ctl_exit rules_allow_run(struct ctl *c)
{
	struct allowing *a = calloc(1, sizeof *a);
	enum ctl_exit rc = CTL_FAILED;
	if (!a)
		return rc;
	a->ctl = c;
	a->conf = c->conf;
	a->category = c->value[OPTION_CATEGORY];
	a->reason = c->value[OPTION_REASON];
	const char *school = c->conf->gateway.school;
	a->owner = c->value[OPTION_OWNER] ? c->value[OPTION_OWNER] : *school ? school : c->conf->gateway.id;
	if (explain_parse(c->operand[0], &a->url, &a->is_url) < 0 || a->url.host.len == 0 ||
	    memchr(a->url.host.text, '\\', a->url.host.len))
		(void)fprintf(stderr, "tryggctl: %s is neither a host name nor an http or https URL\n",
			      c->operand[0]);
	else
		rc = allow(c, a);
	ruleset_free(a->rules);
	free(a->path);
	free(a->old);
	free(a);
	return rc;
}
