/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a compiled set and the decision procedure say, for comparison with reference/decide.py. Lines come in:
 *
 *	file NAME COUNT       a rule file of so many lines, which follow
 *	sealed NAME COUNT     a plain list of so many lines, sealed here
 *	protect NAME
 *	school DENY OBSERVE RESOLVER ACTION...    numbers; one action for each category of ../unit/policy/school.h
 *	ask HOST [PATH [WORDS]]                   answered by one line
 *	end                                       the next school begins
 */
#include "../unit/policy/school.h"
#include "../unit/ruleset/rig.h"
#include "ruleset/sealed.h"

enum { TEXTS = 64, TEXT_MAX = 4096 };

struct given {
	char name[TEXTS][64], text[TEXTS][TEXT_MAX];
	bool sealed[TEXTS];
	size_t count, protected_count;
	char protected[8][64];
	struct school school;
	struct asker who;
	struct rig rig;
	struct ruleset *rules; /* NULL before the first question */
	struct policy policy;
	struct rule_hits hits;
	struct decision decision;
};

static bool take_lines(struct given *g, unsigned lines)
{
	char line[512];
	size_t used = 0;
	for (; lines > 0 && fgets(line, sizeof line, stdin); lines--)
		used += (size_t)snprintf(g->text[g->count] + used, TEXT_MAX - used, "%s", line);
	g->count++;
	return lines == 0 && g->count < TEXTS && used < TEXT_MAX;
}

static char *seal(const struct secret *secret, const char *list, size_t *len)
{
	struct sealing s = {.secret = secret};
	for (const char *at = list; *at; at += strcspn(at, "\n") + 1)
		if (sealing_line(&s, span_of(at, strcspn(at, "\n"))))
			abort();
	char *text = sealing_text(&s, "2026-11-20T08:00:00.000Z", len);
	sealing_clear(&s);
	return text;
}

static void compile(struct given *g)
{
	static const uint8_t key[SECRET_SIZE] = {1};
	struct build_options options = {.categories = rig_categories,
					.category_count = RIG_CATEGORIES,
					.mandatory = rig_mandatory,
					.problem = rig_problem,
					.user = &g->rig};
	struct build *b = build_new(&options);
	struct secret secret;
	struct manifest m;
	char *lists[TEXTS] = {0}, why[256];
	secret_from(key, &secret);
	build_secret(b, &secret, NULL);
	rig_open(&g->rig);
	build_store(b, g->rig.fd, NULL);
	for (size_t i = 0; i < g->protected_count; i++)
		(void)build_protect(b, g->protected[i], "a test", false);
	for (size_t i = 0; i < g->count; i++) {
		size_t len = 0;
		if (g->sealed[i]) {
			lists[i] = seal(&secret, g->text[i], &len);
			(void)build_sealed(b, g->name[i], span_of(lists[i], len));
		}
	}
	for (size_t i = 0; i < g->count; i++) {
		struct rulefile file = {.path = g->name[i],
					.name = g->name[i],
					.layer = rig_layer(g->name[i]),
					.bytes = span_text(g->text[i])};
		if (!g->sealed[i])
			(void)build_read(b, &file);
	}
	int rc = build_pieces(b, &m);
	char *text = rc == 0 ? manifest_text(&m) : NULL;
	if (!text || file_replace(g->rig.manifest, 0644, text, strlen(text)) < 0)
		fprintf(stderr, "%s", g->rig.problems);
	g->rules = rig_rules(&g->rig);
	if (policy_init(&g->policy, &g->school.conf, g->rules, why, sizeof why) < 0)
		abort();
	free(text);
	build_free(b);
	for (size_t i = 0; i < TEXTS; i++)
		free(lists[i]);
}

static void answer(struct given *g, const char *host_text, const char *path, const char *words)
{
	static struct url url;
	struct host host;
	const struct decision *d = &g->decision;
	if (!g->rules)
		compile(g);
	url = (struct url){0};
	if (host_from_text(span_text(host_text), &host) < 0 ||
	    (path && url_target(span_text(path), &url) < 0))
		abort();
	url.words_len = (uint16_t)snprintf(url.words, sizeof url.words, "%s", words ? words : "");
	ruleset_match(g->rules, &host, path ? &url : NULL, &g->hits);
	policy_decide(&g->policy, &g->who, ruleset_protected(g->rules, &host), &g->hits, &g->decision);
	printf("%s %s %s ", action_names[d->action], action_names[d->enforced],
	       d->category < 0 ? "-" : school_categories[d->category].id);
	if (d->rule)
		printf("%s:%u", d->rule->file, d->rule->line);
	else
		printf("-");
	printf(" %s\n", d->trial ? "trial" : "-");
}

static void begin(struct given *g)
{
	if (g->rules) {
		ruleset_free(g->rules);
		rig_close(&g->rig);
	}
	memset(g, 0, sizeof *g);
	school_open(&g->school);
	g->who.group = &g->school.group;
}

static void take_school(struct given *g, char *numbers)
{
	int value[3 + UNLISTED], count = 0;
	for (char *n = strtok(numbers, " \n"); n && count < 3 + UNLISTED; n = strtok(NULL, " \n"))
		value[count++] = atoi(n);
	if (count != 3 + UNLISTED)
		abort();
	g->school.group.default_deny = value[0];
	g->school.conf.rules.observe = value[1];
	g->who.mandatory_only = value[2];
	for (int c = 0; c < UNLISTED; c++)
		g->school.actions[c] = (enum action)value[3 + c];
}

static bool take(struct given *g, char *line)
{
	char *word = strtok(line, " \n"), *rest = strtok(NULL, "\n");
	unsigned lines;
	if (!word || strcmp(word, "end") == 0) {
		begin(g);
	} else if (!rest) {
		return false;
	} else if (strcmp(word, "school") == 0) {
		take_school(g, rest);
	} else if (strcmp(word, "protect") == 0) {
		snprintf(g->protected[g->protected_count++], sizeof g->protected[0], "%s", rest);
	} else if (strcmp(word, "ask") == 0) {
		char *host = strtok(rest, " "), *path = strtok(NULL, " "), *words = strtok(NULL, " ");
		answer(g, host, path, words);
	} else {
		g->sealed[g->count] = strcmp(word, "sealed") == 0;
		return sscanf(rest, "%63s %u", g->name[g->count], &lines) == 2 && take_lines(g, lines);
	}
	return true;
}

int main(void)
{
	char line[512];
	struct given *g = calloc(1, sizeof *g);
	if (!g || sodium_init() < 0)
		return 2;
	begin(g);
	while (fgets(line, sizeof line, stdin))
		if (!take(g, line))
			return 2;
	begin(g);
	free(g);
	return 0;
}
