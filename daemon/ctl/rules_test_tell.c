/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Telling what `rules test` found: the misses first, because they are what a person mends, then the sums. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "ctl/rules_test.h"

/* A share in percent; 100 of nothing. */
static double share(size_t part, size_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 100.0;
}

static bool is_empty(const struct rules_test_count *n)
{
	return n->lines[CORPUS_STOP] + n->lines[CORPUS_PASS] + n->lines[CORPUS_OBFUSCATED] + n->unjudged +
		       n->hits ==
	       0;
}

static void tell_miss(const struct rules_test *t, const struct rules_test_miss *m, FILE *out)
{
	if (m->label != CORPUS_PASS) {
		(void)fprintf(out, "%s:%d: must be stopped (%s%s), but nothing stops it\n", m->file, m->line,
			      t->conf->categories[m->category].id,
			      m->label == CORPUS_OBFUSCATED ? ", obfuscated" : "");
		return;
	}
	(void)fprintf(out, "%s:%d: must pass, but %s (%s) stops it\n", m->file, m->line,
		      *m->rule ? m->rule : "the policy of the group",
		      m->by_category >= 0 ? t->conf->categories[m->by_category].id : "built in");
}

static void tell_row(const struct ctl *c, const char *name, const struct rules_test_count *n, FILE *out)
{
	bool holds = rules_test_holds(n);
	(void)fprintf(out, "%s%-18s%s %5zu/%-5zu %5zu/%-5zu %5zu/%-5zu %8.1f%% %7.1f%% %9.1f%%%s\n",
		      ctl_tone(c, holds ? TONE_PLAIN : TONE_BAD), name, ctl_tone(c, TONE_PLAIN),
		      n->stopped[CORPUS_STOP], n->lines[CORPUS_STOP],
		      n->lines[CORPUS_PASS] - n->stopped[CORPUS_PASS], n->lines[CORPUS_PASS],
		      n->stopped[CORPUS_OBFUSCATED], n->lines[CORPUS_OBFUSCATED],
		      share(n->right_hits, n->hits), share(n->stopped[CORPUS_STOP], n->lines[CORPUS_STOP]),
		      share(n->stopped[CORPUS_OBFUSCATED], n->lines[CORPUS_OBFUSCATED]),
		      holds ? "" : "  too little");
	if (n->unjudged)
		(void)fprintf(out, "%-18s %zu not judged: this group's policy does not stop it\n", "",
			      n->unjudged);
}

void rules_test_tell(const struct ctl *c, const struct rules_test *t, FILE *out)
{
	for (size_t i = 0; i < t->miss_count; i++)
		tell_miss(t, &t->miss[i], out);
	(void)fprintf(out, "%s%s%-18s %11s %11s %11s %9s %8s %10s%s\n", t->miss_count ? "\n" : "",
		      ctl_tone(c, TONE_STRONG), "category", "stopped", "passed", "obfuscated", "precision",
		      "recall", "obfuscated", ctl_tone(c, TONE_PLAIN));
	for (size_t i = 0; i < t->conf->category_count; i++)
		if (!is_empty(&t->count[i]))
			tell_row(c, t->conf->categories[i].id, &t->count[i], out);
	tell_row(c, "all", &t->total, out);
	if (t->total.elsewhere)
		(void)fprintf(out, "%zu were stopped as another category than theirs\n", t->total.elsewhere);
	(void)fprintf(out, "group %s, set %s: %s\n", t->group->id, t->set,
		      !rules_test_holds(&t->total)
			      ? "not good enough: nothing that must pass may be stopped, and of what "
				"must be stopped 95 %, of the obfuscated 80 %"
		      : t->wrong_lines ? "good, but the corpus has wrong lines"
				       : "good");
}

static json_t *count_json(const char *category, const struct rules_test_count *n)
{
	json_t *one = json_pack(
		"{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:b}", "category", category,
		"stop", (json_int_t)n->lines[CORPUS_STOP], "stop_stopped",
		(json_int_t)n->stopped[CORPUS_STOP], "pass", (json_int_t)n->lines[CORPUS_PASS],
		"pass_stopped", (json_int_t)n->stopped[CORPUS_PASS], "obfuscated",
		(json_int_t)n->lines[CORPUS_OBFUSCATED], "obfuscated_stopped",
		(json_int_t)n->stopped[CORPUS_OBFUSCATED], "elsewhere", (json_int_t)n->elsewhere, "unjudged",
		(json_int_t)n->unjudged, "precision", share(n->right_hits, n->hits) / 100, "recall",
		share(n->stopped[CORPUS_STOP], n->lines[CORPUS_STOP]) / 100, "obfuscated_recall",
		share(n->stopped[CORPUS_OBFUSCATED], n->lines[CORPUS_OBFUSCATED]) / 100, "ok",
		rules_test_holds(n));
	return one;
}

static json_t *miss_json(const struct rules_test *t, const struct rules_test_miss *m)
{
	return json_pack("{s:s, s:i, s:s, s:s, s:s, s:s}", "file", m->file, "line", m->line, "label",
			 corpus_label_names[m->label], "category", t->conf->categories[m->category].id,
			 "rule", m->rule, "by",
			 m->by_category >= 0 ? t->conf->categories[m->by_category].id : "");
}

int rules_test_json(const struct rules_test *t, FILE *out)
{
	json_t *categories = json_array(), *misses = json_array();
	for (size_t i = 0; i < t->conf->category_count; i++)
		if (!is_empty(&t->count[i]))
			(void)json_array_append_new(categories,
						    count_json(t->conf->categories[i].id, &t->count[i]));
	for (size_t i = 0; i < t->miss_count; i++)
		(void)json_array_append_new(misses, miss_json(t, &t->miss[i]));
	json_t *all =
		json_pack("{s:s, s:s, s:b, s:i, s:o, s:o, s:o}", "group", t->group->id, "set", t->set, "ok",
			  rules_test_holds(&t->total) && t->wrong_lines == 0, "wrong_lines", t->wrong_lines,
			  "total", count_json("*", &t->total), "categories", categories, "misses", misses);
	char *text = all ? json_dumps(all, JSON_PRESERVE_ORDER) : NULL;
	if (text)
		(void)fprintf(out, "%s\n", text);
	int rc = text ? 0 : -ENOMEM;
	free(text);
	json_decref(all);
	return rc;
}
