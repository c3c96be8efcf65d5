/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does an inside address ask for others? Behind a resolver of the school nobody is seen who really asks, so it has to be named
 * in inspect.resolvers. Nothing of ours counts by device, on disk or in memory: the kernel's own table of connections is read
 * once, when a person asks, and forgotten. It holds the questions of the last half minute or two.
 */
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "ctl/run.h"
#include "ctl/setup.h"

enum { ASKERS_MAX = 4096, QUESTIONS_MIN = 100, SHARE_PERCENT = 20, TABLE_MAX = 256 << 20, OWN_MAX = 256 };

struct asker {
	struct address address;
	unsigned questions;
};

struct census {
	size_t count;
	unsigned questions;
	struct asker askers[ASKERS_MAX];
};

/* What stands behind "src=" in a line, the first one: who began. */
static bool field_address(const char *line, size_t len, const char *name, struct address *out)
{
	char text[ADDRESS_TEXT_SIZE];
	const char *at = memmem(line, len, name, strlen(name));
	if (!at)
		return false;
	at += strlen(name);
	size_t n = strcspn(at, " \n");
	if (n >= sizeof text)
		return false;
	memcpy(text, at, n);
	text[n] = '\0';
	return address_parse(text, out) == 0;
}

/* The original direction stands first: its dport is what was asked for. */
static bool is_question(const char *line, size_t len)
{
	const char *port = memmem(line, len, "dport=", 6);
	return port && strncmp(port, "dport=53 ", 9) == 0;
}

static bool among(const struct address *a, const struct address *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (address_equal(a, &list[i]))
			return true;
	return false;
}

static bool known(const struct address *a, const struct conf *conf)
{
	for (size_t i = 0; i < conf->inspect.resolver_count; i++)
		if (prefix_contains(&conf->inspect.resolvers[i], a))
			return true;
	return false;
}

static void count(struct census *c, const struct address *who)
{
	size_t i = 0;
	c->questions++;
	while (i < c->count && !address_equal(&c->askers[i].address, who))
		i++;
	if (i == c->count && c->count < ASKERS_MAX)
		c->askers[c->count++].address = *who;
	if (i < c->count)
		c->askers[i].questions++;
}

size_t setup_resolvers_in(const char *listing, const struct conf *conf, const struct address *own,
			  size_t own_count, FILE *out)
{
	size_t found = 0;
	struct census *c = calloc(1, sizeof *c);
	if (!c)
		return 0;
	for (const char *at = listing; *at;) {
		size_t len = strcspn(at, "\n");
		struct address who;
		if (is_question(at, len) && field_address(at, len, "src=", &who) &&
		    !among(&who, own, own_count))
			count(c, &who);
		at += len + (at[len] == '\n');
	}
	for (size_t i = 0; i < c->count && c->questions >= QUESTIONS_MIN; i++) {
		unsigned share = c->askers[i].questions * 100 / c->questions;
		char text[ADDRESS_TEXT_SIZE];
		if (share <= SHARE_PERCENT || known(&c->askers[i].address, conf))
			continue;
		address_text(&c->askers[i].address, text);
		(void)fprintf(out,
			      "%s asks %u %% of all questions at this moment: if it is a resolver of the "
			      "school, name it in inspect.resolvers\n",
			      text, share);
		found++;
	}
	free(c);
	return found;
}

static size_t own_addresses(struct address *out)
{
	struct ifaddrs *all = NULL;
	size_t n = 0;
	if (getifaddrs(&all) < 0)
		return 0;
	for (const struct ifaddrs *i = all; i && n < OWN_MAX; i = i->ifa_next) {
		if (!i->ifa_addr)
			continue;
		if (i->ifa_addr->sa_family == AF_INET) {
			out[n] = (struct address){.family = 4};
			memcpy(out[n++].bytes,
			       &((const struct sockaddr_in *)(const void *)i->ifa_addr)->sin_addr, 4);
		} else if (i->ifa_addr->sa_family == AF_INET6) {
			out[n] = (struct address){.family = 6};
			memcpy(out[n++].bytes,
			       &((const struct sockaddr_in6 *)(const void *)i->ifa_addr)->sin6_addr, 16);
		}
	}
	freeifaddrs(all);
	return n;
}

/* The file where the kernel still has it, else what the tool `conntrack` says, where it is installed. */
static char *table(void)
{
	char *text = NULL;
	size_t len = 0;
	struct run r;
	if (file_read("/proc/net/nf_conntrack", TABLE_MAX, &text, &len) == 0)
		return text;
	(void)run(&r, (const char *const[]){"conntrack", "-L", "--dport", "53", "-p", "udp", NULL}, NULL);
	text = r.status == 0 ? strdup(r.out) : NULL;
	run_clear(&r);
	return text;
}

size_t setup_resolvers(const struct conf *conf, FILE *out)
{
	struct address own[OWN_MAX];
	char *listing = table();
	size_t found = listing ? setup_resolvers_in(listing, conf, own, own_addresses(own), out) : 0;
	free(listing);
	return found;
}
