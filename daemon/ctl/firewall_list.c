/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading what iptables-save, nft and ip print: what is ours, and what is wrong with it. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/firewall.h"

void finding(struct findings *f, bool broken, const char *format, ...)
{
	size_t used = strlen(f->text);
	va_list args;
	va_start(args, format);
	if (used + 2 < sizeof f->text) {
		int n = vsnprintf(f->text + used, sizeof f->text - used - 1, format, args);
		used += n < 0                                   ? 0
			: (size_t)n < sizeof f->text - used - 1 ? (size_t)n
								: sizeof f->text - used - 2;
		f->text[used] = '\n';
		f->text[used + 1] = '\0';
	}
	va_end(args);
	f->count++;
	f->broken += broken;
}

/* One line of a listing with the table it stands in; iterate with next_line(). */
struct line {
	const char *at;
	size_t len;
	char table[16];
	const char *rest;
};

static bool next_line(struct line *l)
{
	if (*l->rest == '\0')
		return false;
	l->at = l->rest;
	l->len = strcspn(l->at, "\n");
	l->rest = l->at + l->len + (l->at[l->len] == '\n');
	if (l->at[0] == '*')
		(void)snprintf(l->table, sizeof l->table, "%.*s", (int)(l->len - 1), l->at + 1);
	return true;
}

static bool line_begins(const struct line *l, const char *with)
{
	size_t n = strlen(with);
	return l->len >= n && strncmp(l->at, with, n) == 0;
}

static bool line_is(const struct line *l, const char *text)
{
	return l->len == strlen(text) && line_begins(l, text);
}

void firewall_present_in(const char *listing, struct firewall_present *out)
{
	struct line l = {.rest = listing};
	*out = (struct firewall_present){0};
	while (next_line(&l)) {
		size_t used = strlen(out->chains);
		if (line_begins(&l, ":TRYGG-") && used + 64 < sizeof out->chains) {
			(void)snprintf(out->chains + used, sizeof out->chains - used, "%s %.*s\n", l.table,
				       (int)strcspn(l.at + 1, " \n"), l.at + 1);
			out->own_chains = true;
		}
		for (size_t i = 0; i < FIREWALL_JUMPS; i++) {
			char rule[64];
			(void)snprintf(rule, sizeof rule, "-A %s -j %s", firewall_jumps[i].from,
				       firewall_jumps[i].to);
			out->jumps[i] += strcmp(l.table, firewall_jumps[i].table) == 0 && line_is(&l, rule);
		}
	}
}

char *firewall_own_lines(const char *listing)
{
	char *out = calloc(1, strlen(listing) * 2 + 1);
	size_t used = 0;
	for (const char *const *table = firewall_tables; out && *table; table++) {
		struct line l = {.rest = listing};
		while (next_line(&l))
			if (line_begins(&l, "-A TRYGG-") && strcmp(l.table, *table) == 0)
				used += (size_t)sprintf(out + used, "%s %.*s\n", l.table, (int)l.len, l.at);
	}
	return out;
}

/* Counts the rules of the chain before, and behind, the first of our jumps. */
static void around_jump(const char *listing, const struct firewall_jump *j, int *before, int *jumps,
			int *behind)
{
	struct line l = {.rest = listing};
	char chain[64], rule[64];
	(void)snprintf(chain, sizeof chain, "-A %s ", j->from);
	(void)snprintf(rule, sizeof rule, "-A %s -j %s", j->from, j->to);
	*before = *jumps = *behind = 0;
	while (next_line(&l)) {
		if (strcmp(l.table, j->table) != 0 || !line_begins(&l, chain))
			continue;
		if (line_is(&l, rule))
			++*jumps;
		else if (*jumps == 0)
			++*before;
		else
			++*behind;
	}
}

void firewall_check_jumps(const char *listing, int family, struct findings *f)
{
	for (size_t i = 0; i < FIREWALL_JUMPS; i++) {
		const struct firewall_jump *j = &firewall_jumps[i];
		int before, jumps, behind;
		around_jump(listing, j, &before, &jumps, &behind);
		if (jumps != 1)
			finding(f, true,
				"IPv%d: the jump from %s %s to %s stands there %d times, once is right",
				family, j->table, j->from, j->to, jumps);
		else if (j->last ? behind > 0 : before > 0)
			finding(f, true, "IPv%d: foreign rules stand %s our jump in %s %s", family,
				j->last ? "behind" : "before", j->table, j->from);
	}
}

/* Whether `word` stands in [text, text + len) as a whole word. */
static bool has_word(const char *text, size_t len, const char *word)
{
	size_t n = strlen(word);
	static const char part[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@";
	for (size_t i = 0; i + n <= len; i++)
		if (strncmp(text + i, word, n) == 0 && (i == 0 || !strchr(part, text[i - 1])) &&
		    (i + n == len || !strchr(part, text[i + n])))
			return true;
	return false;
}

void firewall_check_offload(const char *ruleset, const struct conf *c, struct findings *f)
{
	for (const char *at = ruleset; (at = strstr(at, "flowtable ")) != NULL; at++) {
		const char *name = at + strlen("flowtable "), *open = strchr(name, '{');
		const char *devices = open ? strstr(open, "devices") : NULL;
		const char *close = devices ? strchr(devices, '}') : NULL;
		if (!close || (at != ruleset && !strchr(" \t\n", at[-1])))
			continue;
		for (size_t i = 0; i < c->inspect.interfaces.count; i++)
			if (has_word(devices, (size_t)(close - devices), c->inspect.interfaces.item[i]))
				finding(f, false,
					"flowtable %.*s takes packets of %s past the filter: take %s out of "
					"its devices",
					(int)strcspn(name, " {\n"), name, c->inspect.interfaces.item[i],
					c->inspect.interfaces.item[i]);
	}
	if (strstr(ruleset, "-j FLOWOFFLOAD"))
		finding(f, false, "a FLOWOFFLOAD rule takes packets past the filter: remove it");
}

void firewall_check_bridge(const char *link, const char *interface, bool bridge_calls, struct findings *f)
{
	const char *master = strstr(link, " master ");
	if (!strstr(link, "bridge_slave") || !master)
		return;
	int len = (int)strcspn(master + 8, " \n");
	if (bridge_calls)
		finding(f, false,
			"%s is a port of bridge %.*s: rules see the bridge, name it under inspect.interfaces",
			interface, len, master + 8);
	else
		finding(f, false,
			"%s is a port of bridge %.*s and br_netfilter is off: nothing of it is inspected; "
			"name the bridge "
			"under inspect.interfaces",
			interface, len, master + 8);
}
