/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names by which devices ask the network whether they may go round its resolver. The answer is built in,
 * because without it every other rule is a suggestion: Firefox's application DNS, Apple's relay, and
 * designated resolvers (RFC 9462 6.4: a network without one answers that there is no data).
 */
#include "policy/policy.h"

enum extent { EXACTLY, WITH_BELOW, PREFIXED };

static const struct canary {
	const char *name, *prefix; /* PREFIXED: the label before `name` begins with `prefix` */
	enum extent extent;
	const char *answer;
} canaries[] = {
	{"use-application-dns.net", NULL, EXACTLY, "nxdomain"},
	{"icloud.com", "mask", PREFIXED, "nxdomain"},
	{"resolver.arpa", NULL, WITH_BELOW, "nodata"},
};

/* Length of what stands before `.name`; -1 when `h` neither is `name` nor ends in it. */
static int before(const struct host *h, const char *name)
{
	size_t len = strlen(name);
	if (h->len < len || memcmp(h->text + h->len - len, name, len) != 0)
		return -1;
	if (h->len == len)
		return 0;
	return h->text[h->len - len - 1] == '.' ? (int)(h->len - len - 1) : -1;
}

static bool is_canary(const struct canary *c, const struct host *h)
{
	int front = before(h, c->name);
	switch (c->extent) {
	case EXACTLY:
		return front == 0;
	case WITH_BELOW:
		return front >= 0;
	case PREFIXED:
		return front > 0 && !memchr(h->text, '.', (size_t)front) &&
		       strncmp(h->text, c->prefix, strlen(c->prefix)) == 0;
	}
	return false;
}

const char *policy_canary(const struct host *h)
{
	for (size_t i = 0; h->kind == HOST_NAME && i < sizeof(canaries) / sizeof(canaries[0]); i++)
		if (is_canary(&canaries[i], h))
			return canaries[i].answer;
	return NULL;
}
