/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The counters of our rules: each rule names its counter in its comment, up to the colon. */
#include <stdlib.h>
#include <string.h>

#include "ctl/firewall.h"
#include "ctl/run.h"

enum { COUNTERS_MAX = 32 };

struct tally {
	size_t count;
	struct {
		char name[40];
		unsigned long long packets;
	} list[COUNTERS_MAX];
};

static void add(struct tally *t, const char *name, size_t len, unsigned long long packets)
{
	size_t i = 0;
	while (i < t->count && (strncmp(t->list[i].name, name, len) != 0 || t->list[i].name[len] != '\0'))
		i++;
	if (i == COUNTERS_MAX || len >= sizeof t->list[i].name)
		return;
	if (i == t->count)
		(void)snprintf(t->list[t->count++].name, sizeof t->list[i].name, "%.*s", (int)len, name);
	t->list[i].packets += packets;
}

/* "[12:345] -A ... --comment "trygg_x: ..."" of iptables-save -c, "counter packets 12 ... comment "trygg_x: ..."" of nft. */
static void read_listing(struct tally *t, const char *listing)
{
	for (const char *at = listing; *at; at += strcspn(at, "\n") + (at[strcspn(at, "\n")] == '\n')) {
		size_t len = strcspn(at, "\n");
		const char *name = memmem(at, len, "\"trygg_", 7);
		const char *packets = memmem(at, len, "counter packets ", 16);
		if (!name)
			continue;
		name++;
		if (*at == '[')
			add(t, name, strcspn(name, ":\"\n"), strtoull(at + 1, NULL, 10));
		else if (packets)
			add(t, name, strcspn(name, ":\"\n"), strtoull(packets + 16, NULL, 10));
	}
}

char *firewall_counters_in(const char *const *listings)
{
	struct tally t = {0};
	char *text = NULL;
	size_t size = 0;
	for (; *listings; listings++)
		read_listing(&t, *listings);
	FILE *out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	for (size_t i = 0; i < t.count; i++)
		(void)fprintf(out, "%s %llu\n", t.list[i].name, t.list[i].packets);
	return fclose(out) == 0 ? text : NULL;
}

char *firewall_counters(const struct conf *c)
{
	(void)c;
	struct run r[3];
	(void)run(&r[0], (const char *const[]){"iptables-save", "-c", NULL}, NULL);
	(void)run(&r[1], (const char *const[]){"ip6tables-save", "-c", NULL}, NULL);
	(void)run(&r[2], (const char *const[]){"nft", "list", "table", "inet", "trygg", NULL}, NULL);
	char *text = firewall_counters_in((const char *const[]){r[0].out, r[1].out, r[2].out, NULL});
	for (size_t i = 0; i < 3; i++)
		run_clear(&r[i]);
	return text;
}
