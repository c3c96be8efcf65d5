/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `rules test`: labelled corpora against the compiled set, judged by the code that judges packets. A line that must be
 * stopped counts as stopped whatever category stops it, because the pupil meets the help page either way; how many came
 * that way is said. As in `explain`, the answer is what enforcing would do.
 */
#include "ctl/rules_test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "ctl/explain.h"
#include "ctl/rules.h"
#include "name/idn.h"
#include "policy/policy.h"

enum { OPTION_GROUP, OPTION_JSON };
enum { CORPUS_MAX_BYTES = 64 << 20 };

/* What judging a line needs beside the line. */
struct judging {
	struct rules_test *t;
	struct policy policy;
	struct asker who;
	struct url url;
	struct rule_hits hits;
	struct decision decision;
};

bool rules_test_holds(const struct rules_test_count *count)
{
	return count->stopped[CORPUS_PASS] == 0 &&
	       count->stopped[CORPUS_STOP] * 100 >= count->lines[CORPUS_STOP] * RULES_TEST_STOP_PERCENT &&
	       count->stopped[CORPUS_OBFUSCATED] * 100 >=
		       count->lines[CORPUS_OBFUSCATED] * RULES_TEST_OBFUSCATED_PERCENT;
}

static bool is_stop(enum action action)
{
	return action == ACTION_HELP || action == ACTION_REFUSE;
}

/* What the group's policy does for a category. */
static enum action group_action(const struct rules_test *t, int category)
{
	const struct conf_category *c = &t->conf->categories[category];
	return t->group->actions && !c->mandatory ? t->group->actions[category] : c->action;
}

/* Stopped: true, `by` its category, -1 for an answer that is built in. */
static bool judge(struct judging *j, bool is_url, int *by)
{
	struct decision *d = &j->decision;
	*by = -1;
	if (policy_canary(&j->url.host))
		return true;
	policy_judge(&j->policy, &j->who, &j->url.host, is_url ? &j->url : NULL, &j->hits, d);
	if (!is_stop(d->enforced))
		return false;
	*by = d->category;
	return true;
}

static void count_line(struct rules_test_count *count, enum corpus_label label, bool stopped, bool elsewhere)
{
	count->lines[label]++;
	count->stopped[label] += stopped;
	count->elsewhere += elsewhere;
}

static int add_miss(struct rules_test *t, const struct rules_test_miss *miss, const char *file)
{
	if ((t->miss_count & (t->miss_count - 1)) == 0) {
		size_t room = t->miss_count ? 2 * t->miss_count : 1;
		struct rules_test_miss *more = realloc(t->miss, room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		t->miss = more;
	}
	t->miss[t->miss_count] = *miss;
	t->miss[t->miss_count].file = strdup(file);
	return t->miss[t->miss_count++].file ? 0 : -ENOMEM;
}

/* Judges a line that is right in itself and adds it to the sums. 0 or -ENOMEM. */
static int weigh(struct judging *j, enum corpus_label label, int category, bool is_url, const char *file,
		 int line)
{
	struct rules_test *t = j->t;
	bool wanted = label != CORPUS_PASS;
	int by;
	if (wanted && !is_stop(group_action(t, category))) {
		t->count[category].unjudged++;
		t->total.unjudged++;
		return 0;
	}
	bool stopped = judge(j, is_url, &by), elsewhere = wanted && stopped && by != category;
	count_line(&t->count[category], label, stopped, elsewhere);
	count_line(&t->total, label, stopped, elsewhere);
	if (stopped && by >= 0) {
		t->count[by].hits++;
		t->count[by].right_hits += wanted;
		t->total.hits++;
		t->total.right_hits += wanted;
	}
	if (stopped == wanted)
		return 0;
	struct rules_test_miss miss = {.line = line, .label = label, .category = category, .by_category = by};
	if (by >= 0 && j->decision.rule)
		snprintf(miss.rule, sizeof(miss.rule), "%s:%u", j->decision.rule->file,
			 j->decision.rule->line);
	return add_miss(t, &miss, file);
}

static void wrong_line(struct rules_test *t, const char *file, int line, const char *why)
{
	ctl_problem(&t->wrong_lines, file, line, why);
}

/* The host as the wire would carry it, into `ascii`; borrowed by the line. */
static int encode_host(struct corpus_line *line, char *ascii, size_t size)
{
	char host[HOST_TEXT_MAX + 1];
	bool plain = true;
	for (size_t i = 0; i < line->host.len; i++)
		plain &= line->host.at[i] < 0x80;
	if (plain)
		return 0;
	if (line->host.len >= sizeof(host))
		return -EBADMSG;
	memcpy(host, line->host.at, line->host.len);
	host[line->host.len] = '\0';
	if (idn_to_ascii(host, ascii, size) < 0)
		return -EBADMSG;
	line->host = span_text(ascii);
	return 0;
}

static int test_line(struct judging *j, struct span text, const char *file, int number)
{
	struct corpus_line line;
	char id[128], ascii[HOST_TEXT_MAX + 1];
	const char *why;
	bool is_url;
	enum corpus_read read = corpus_parse(text, &line, &why);
	if (read == CORPUS_NOTHING)
		return 0;
	if (read == CORPUS_BAD) {
		wrong_line(j->t, file, number, why);
		return 0;
	}
	snprintf(id, sizeof(id), "%.*s", (int)line.category.len, (const char *)line.category.at);
	int category = conf_category(j->t->conf, id);
	if (category < 0) {
		wrong_line(j->t, file, number,
			   "the category is not configured; see categories in the configuration");
		return 0;
	}
	if (encode_host(&line, ascii, sizeof(ascii)) < 0 || corpus_request(&line, &j->url, &is_url) < 0) {
		wrong_line(j->t, file, number,
			   "the host is no name, allowed is what stands in an address bar: a.example");
		return 0;
	}
	return weigh(j, line.label, category, is_url, file, number);
}

static int test_file(struct judging *j, const char *path)
{
	char *text = NULL;
	size_t len = 0;
	int number = 0;
	int rc = file_read(path, CORPUS_MAX_BYTES, &text, &len);
	if (rc < 0) {
		(void)fprintf(stderr, "tryggctl: %s cannot be read: %s\n", path, strerror(-rc));
		return rc;
	}
	struct span rest = span_of(text, len);
	static const uint8_t bom[] = {0xef, 0xbb, 0xbf};
	if (len >= sizeof(bom) && memcmp(text, bom, sizeof(bom)) == 0)
		rest = span_from(rest, sizeof(bom));
	while (rest.len > 0 && rc == 0) {
		const uint8_t *end = memchr(rest.at, '\n', rest.len);
		size_t line = end ? (size_t)(end - rest.at) : rest.len;
		rc = test_line(j, span_of(rest.at, line), path, ++number);
		rest = span_from(rest, line + 1);
	}
	free(text);
	return rc;
}

/* One file, or every *.tsv of a folder. */
static int test_corpora(struct judging *j, const char *path)
{
	struct stat st;
	char **files = NULL;
	size_t count = 0;
	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
		return test_file(j, path);
	int rc = file_list(path, ".tsv", &files, &count);
	if (rc < 0 || count == 0)
		(void)fprintf(
			stderr,
			"tryggctl: there is no corpus at %s; allowed are a file and a folder of .tsv files\n",
			path);
	rc = rc < 0 ? rc : count == 0 ? -ENOENT : 0;
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = test_file(j, files[i]);
	file_list_free(files, count);
	return rc;
}

static enum ctl_exit test_and_tell(struct ctl *c, struct judging *j, struct ruleset *rules)
{
	char why[512] = "";
	struct rules_test *t = j->t;
	if (policy_init(&j->policy, c->conf, rules, why, sizeof(why)) < 0) {
		(void)fprintf(stderr, "tryggctl: %s\n", why);
		return CTL_FAILED;
	}
	if (reload_is_stale(c->conf))
		(void)fprintf(stderr, "tryggctl: rules have changed since the compiled set was made; tested "
				      "is the set as it is\n");
	t->set = ruleset_id(rules);
	ruleset_blind(rules, true); /* who tests in bulk learns nothing of a confidential list */
	j->who = (struct asker){.group = t->group, .at_wall_ms = clock_wall_ms()};
	if (test_corpora(j, c->operand_count ? c->operand[0] : c->conf->rules.corpus) < 0)
		return CTL_FAILED;
	if (c->value[OPTION_JSON]) {
		if (rules_test_json(t, stdout) < 0)
			return CTL_FAILED;
	} else {
		rules_test_tell(c, t, stdout);
	}
	return rules_test_holds(&t->total) && t->wrong_lines == 0 ? CTL_YES : CTL_NO;
}

enum ctl_exit rules_test_run(struct ctl *c)
{
	enum ctl_exit rc = CTL_FAILED;
	struct conf_group spare;
	enum action *actions = NULL;
	struct rules_test t = {.conf = c->conf};
	struct judging *j = calloc(1, sizeof(*j));
	struct ruleset *rules = NULL;
	t.count = calloc(c->conf->category_count, sizeof(*t.count));
	if (!j || !t.count)
		goto out;
	j->t = &t;
	t.group = explain_group(c->conf, c->value[OPTION_GROUP], &spare, &actions);
	if (!t.group)
		(void)fprintf(stderr, "tryggctl: no group is called %s; see groups in %s\n",
			      c->value[OPTION_GROUP], c->conf_path);
	rules = t.group ? explain_set(c) : NULL;
	if (rules)
		rc = test_and_tell(c, j, rules);
out:
	for (size_t i = 0; i < t.miss_count; i++)
		free(t.miss[i].file);
	free(t.miss);
	free(t.count);
	ruleset_free(rules);
	free(actions);
	free(j);
	return rc;
}
