/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a foreign INPUT chain would do with a pupil's first packet to the help page, read from iptables-save. Cautious in one
 * direction: a rule with a match we do not know counts as not matching, so that a wrong answer is a needless line for the
 * owner and never a help page that nobody reaches.
 */
#include <stdlib.h>
#include <string.h>

#include "ctl/firewall.h"

enum verdict { VERDICT_NEXT, VERDICT_ACCEPT, VERDICT_DROP, VERDICT_RETURN };
enum { WORDS_MAX = 96, DEPTH_MAX = 16 };

/* One rule, split into words; quoted texts are one word. */
struct words {
	int count;
	char *word[WORDS_MAX];
	char text[2048];
};

static void split(const char *at, size_t len, struct words *w)
{
	bool quoted = false, inside = false;
	size_t out = 0;
	w->count = 0;
	for (size_t i = 0; i < len && out + 2 < sizeof w->text; i++) {
		if (at[i] == '"') {
			quoted = !quoted;
		} else if (at[i] == ' ' && !quoted) {
			w->text[out++] = '\0';
			inside = false;
			continue;
		}
		if (!inside && w->count < WORDS_MAX)
			w->word[w->count++] = w->text + out;
		inside = true;
		if (at[i] != '"')
			w->text[out++] = at[i];
	}
	w->text[out] = '\0';
}

static bool in_list(const char *list, const char *item)
{
	size_t n = strlen(item);
	for (const char *p = list; *p; p += strcspn(p, ",") + (p[strcspn(p, ",")] == ','))
		if (strncmp(p, item, n) == 0 && (p[n] == ',' || p[n] == '\0'))
			return true;
	return false;
}

static bool port_in(const char *list, uint16_t port)
{
	for (const char *p = list; *p; p += strcspn(p, ",") + (p[strcspn(p, ",")] == ',')) {
		char *end;
		long from = strtol(p, &end, 10), to = *end == ':' ? strtol(end + 1, NULL, 10) : from;
		if (port >= from && port <= (*end == ':' && to == 0 ? 65535 : to))
			return true;
	}
	return false;
}

static bool in_network(const char *text, const struct address *a)
{
	struct prefix p;
	return prefix_parse(text, &p) == 0 && prefix_contains(&p, a);
}

static bool interface_is(const char *pattern, const char *name)
{
	size_t n = strlen(pattern);
	return n > 0 && pattern[n - 1] == '+' ? strncmp(pattern, name, n - 1) == 0
					      : strcmp(pattern, name) == 0;
}

static bool local_type(const char *value, const struct firewall_syn *syn)
{
	(void)syn;
	return in_list(value, "LOCAL");
}

static bool match_source(const char *value, const struct firewall_syn *syn)
{
	return in_network(value, &syn->from);
}

static bool match_target(const char *value, const struct firewall_syn *syn)
{
	return in_network(value, &syn->to);
}

static bool match_in(const char *value, const struct firewall_syn *syn)
{
	return interface_is(value, syn->interface);
}

static bool match_protocol(const char *value, const struct firewall_syn *syn)
{
	(void)syn;
	return strcmp(value, "tcp") == 0 || strcmp(value, "all") == 0 || strcmp(value, "6") == 0;
}

static bool match_port(const char *value, const struct firewall_syn *syn)
{
	return port_in(value, syn->port);
}

static bool match_state(const char *value, const struct firewall_syn *syn)
{
	(void)syn;
	return in_list(value, "NEW");
}

static const struct {
	const char *name;
	bool (*match)(const char *value, const struct firewall_syn *syn);
} matches[] = {
	{"-s", match_source},     {"-d", match_target},       {"-i", match_in},
	{"-p", match_protocol},   {"--dport", match_port},    {"--dports", match_port},
	{"--state", match_state}, {"--ctstate", match_state}, {"--dst-type", local_type},
};

/* Whether every match of the rule surely holds; *jump is the index of -j or -g, 0 when there is none. */
static bool rule_matches(const struct words *w, const struct firewall_syn *syn, int *jump)
{
	bool all = true, negate = false;
	*jump = 0;
	for (int i = 2; i < w->count; i++) {
		const char *word = w->word[i];
		const char *value = i + 1 < w->count ? w->word[i + 1] : "";
		if (strcmp(word, "-j") == 0 || strcmp(word, "-g") == 0) {
			*jump = i;
			return all;
		}
		if (strcmp(word, "!") == 0) {
			negate = true;
			continue;
		}
		if (strcmp(word, "-m") == 0 || strcmp(word, "--comment") == 0) {
			i++;
			continue;
		}
		if (strcmp(word, "--tcp-flags") == 0) { /* a first packet: SYN and nothing else */
			const char *set = i + 2 < w->count ? w->word[i + 2] : "";
			bool match =
				in_list(value, "SYN") ? strcmp(set, "SYN") == 0 : strcmp(set, "NONE") == 0;
			all &= match != negate;
			negate = false;
			i += 2;
			continue;
		}
		bool known = false;
		for (size_t m = 0; m < sizeof matches / sizeof matches[0]; m++)
			if (strcmp(matches[m].name, word) == 0) {
				all &= matches[m].match(value, syn) != negate;
				known = true;
			}
		all &= known || word[0] != '-';
		negate = false;
		i += known;
	}
	return all;
}

static enum verdict walk(const char *filter, const char *chain, const struct firewall_syn *syn, int depth)
{
	char begin[80];
	int n = snprintf(begin, sizeof begin, "-A %s ", chain);
	struct words *w = n > 0 && (size_t)n < sizeof begin && depth < DEPTH_MAX ? malloc(sizeof *w) : NULL;
	enum verdict out = VERDICT_NEXT;
	for (const char *at = filter; w && *at && out == VERDICT_NEXT;
	     at += strcspn(at, "\n") + (at[strcspn(at, "\n")] == '\n')) {
		int jump;
		if (strncmp(at, begin, (size_t)n) != 0)
			continue;
		split(at, strcspn(at, "\n"), w);
		if (!rule_matches(w, syn, &jump) || jump == 0 || jump + 1 >= w->count)
			continue;
		const char *target = w->word[jump + 1];
		if (strcmp(target, "ACCEPT") == 0)
			out = VERDICT_ACCEPT;
		else if (strcmp(target, "DROP") == 0 || strcmp(target, "REJECT") == 0)
			out = VERDICT_DROP;
		else if (strcmp(target, "RETURN") == 0)
			out = VERDICT_RETURN;
		else
			out = walk(filter, target, syn, depth + 1);
		if (out == VERDICT_RETURN && strcmp(target, "RETURN") != 0)
			out = strcmp(w->word[jump], "-g") == 0 ? VERDICT_RETURN : VERDICT_NEXT;
	}
	free(w);
	return out;
}

bool firewall_input_accepts(const char *listing, const struct firewall_syn *syn)
{
	const char *filter = strstr(listing, "*filter\n");
	if (!filter)
		return true;
	const char *end = strstr(filter, "\nCOMMIT");
	char *table = strndup(filter, end ? (size_t)(end - filter) : strlen(filter));
	if (!table)
		return true;
	enum verdict v = walk(table, "INPUT", syn, 0);
	bool policy_drop = strstr(table, "\n:INPUT DROP") != NULL;
	free(table);
	return v == VERDICT_ACCEPT || (v != VERDICT_DROP && !policy_drop);
}
