/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The same question as firewall_input.c for native nftables, read from `nft -j list ruleset`. Every input chain has to let
 * the packet in. A match we do not know counts as not matching, as there.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/firewall.h"

enum verdict { VERDICT_NEXT, VERDICT_ACCEPT, VERDICT_DROP, VERDICT_RETURN };
enum { DEPTH_MAX = 16 };

struct place {
	json_t *rules; /* the whole listing */
	const char *family, *table;
	const struct firewall_syn *syn;
};

static const char *text_at(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? text : "";
}

/* What the packet has on the left side of a match: a text, or NULL when we do not know. */
static const char *left_value(const json_t *left, const struct firewall_syn *syn, char *buffer, size_t size)
{
	const json_t *meta = json_object_get(left, "meta"), *payload = json_object_get(left, "payload");
	const char *key = text_at(meta, "key"), *protocol = text_at(payload, "protocol"),
		   *field = text_at(payload, "field");
	if (strcmp(key, "iifname") == 0 || strcmp(key, "iif") == 0)
		return syn->interface;
	if (strcmp(key, "l4proto") == 0)
		return "tcp";
	if (strcmp(key, "nfproto") == 0)
		return syn->to.family == 4 ? "ipv4" : "ipv6";
	if (strcmp(text_at(json_object_get(left, "ct"), "key"), "state") == 0)
		return "new";
	if (strcmp(protocol, syn->to.family == 4 ? "ip" : "ip6") == 0) {
		char text[ADDRESS_TEXT_SIZE];
		bool to = strcmp(field, "daddr") == 0;
		if (strcmp(field, "protocol") == 0 || strcmp(field, "nexthdr") == 0)
			return "tcp";
		if (!to && strcmp(field, "saddr") != 0)
			return NULL;
		address_text(to ? &syn->to : &syn->from, text);
		(void)snprintf(buffer, size, "%s", text);
		return buffer;
	}
	if ((strcmp(protocol, "tcp") == 0 || strcmp(protocol, "th") == 0) && strcmp(field, "dport") == 0) {
		(void)snprintf(buffer, size, "%u", syn->port);
		return buffer;
	}
	return NULL;
}

/* 1 equal, 0 not, -1 unknown. */
static int right_holds(const json_t *right, const char *value)
{
	const json_t *item;
	size_t i;
	if (json_is_integer(right))
		return atoll(value) == json_integer_value(right);
	if (json_is_string(right)) {
		const char *text = json_string_value(right);
		size_t n = strlen(text);
		if (text[0] == '@')
			return -1;
		return n > 0 && text[n - 1] == '*' ? strncmp(text, value, n - 1) == 0
						   : strcmp(text, value) == 0;
	}
	if (json_is_array(right)) { /* a list of flags, as of ct state */
		int any = 0;
		json_array_foreach((json_t *)(uintptr_t)right, i, item) any |= right_holds(item, value) == 1;
		return any;
	}
	const json_t *set = json_object_get(right, "set"), *range = json_object_get(right, "range"),
		     *prefix = json_object_get(right, "prefix");
	if (set)
		return right_holds(set, value);
	if (range)
		return atoll(value) >= json_integer_value(json_array_get(range, 0)) &&
		       atoll(value) <= json_integer_value(json_array_get(range, 1));
	if (prefix) {
		char text[PREFIX_TEXT_SIZE + 8];
		struct prefix p;
		struct address a;
		(void)snprintf(text, sizeof text, "%s/%d", text_at(prefix, "addr"),
			       (int)json_integer_value(json_object_get(prefix, "len")));
		return prefix_parse(text, &p) == 0 && address_parse(value, &a) == 0 &&
		       prefix_contains(&p, &a);
	}
	return -1;
}

static bool match_holds(const json_t *match, const struct firewall_syn *syn)
{
	char buffer[64];
	const char *op = text_at(match, "op");
	const char *value = left_value(json_object_get(match, "left"), syn, buffer, sizeof buffer);
	int holds = value ? right_holds(json_object_get(match, "right"), value) : -1;
	if (holds < 0)
		return false;
	return strcmp(op, "!=") == 0                            ? !holds
	       : strcmp(op, "==") == 0 || strcmp(op, "in") == 0 ? holds == 1
								: false;
}

static enum verdict walk(const struct place *p, const char *chain, int depth);

static enum verdict rule_verdict(const struct place *p, const json_t *rule, int depth)
{
	static const char *const harmless[] = {"counter", "log", "comment", "mangle", "notrack"};
	const json_t *expr;
	size_t i;
	json_array_foreach(json_object_get(rule, "expr"), i, expr)
	{
		const json_t *match = json_object_get(expr, "match");
		const json_t *jump = json_object_get(expr, "jump"), *go = json_object_get(expr, "goto");
		bool known = false;
		if (match && !match_holds(match, p->syn))
			return VERDICT_NEXT;
		if (json_object_get(expr, "accept"))
			return VERDICT_ACCEPT;
		if (json_object_get(expr, "drop") || json_object_get(expr, "reject"))
			return VERDICT_DROP;
		if (json_object_get(expr, "return"))
			return VERDICT_RETURN;
		if (jump || go) {
			enum verdict v = walk(p, text_at(jump ? jump : go, "target"), depth + 1);
			return v == VERDICT_RETURN ? (go ? VERDICT_RETURN : VERDICT_NEXT) : v;
		}
		for (size_t k = 0; k < sizeof harmless / sizeof harmless[0]; k++)
			known |= json_object_get(expr, harmless[k]) != NULL;
		if (!match && !known)
			return VERDICT_NEXT;
	}
	return VERDICT_NEXT;
}

static enum verdict walk(const struct place *p, const char *chain, int depth)
{
	const json_t *entry;
	size_t i;
	if (depth >= DEPTH_MAX)
		return VERDICT_NEXT;
	json_array_foreach(p->rules, i, entry)
	{
		const json_t *rule = json_object_get(entry, "rule");
		if (!rule || strcmp(text_at(rule, "family"), p->family) != 0 ||
		    strcmp(text_at(rule, "table"), p->table) != 0 ||
		    strcmp(text_at(rule, "chain"), chain) != 0)
			continue;
		enum verdict v = rule_verdict(p, rule, depth);
		if (v != VERDICT_NEXT)
			return v;
	}
	return VERDICT_NEXT;
}

static bool chain_concerns(const json_t *chain, const struct firewall_syn *syn, bool iptables_too)
{
	const char *family = text_at(chain, "family");
	if (strcmp(text_at(chain, "hook"), "input") != 0 || strcmp(text_at(chain, "table"), "trygg") == 0)
		return false;
	if (strcmp(family, "inet") == 0)
		return true;
	if (strcmp(family, syn->to.family == 4 ? "ip" : "ip6") != 0)
		return false;
	return !iptables_too || strcmp(text_at(chain, "name"), "INPUT") != 0;
}

bool firewall_nft_input_accepts(const char *json, const struct firewall_syn *syn, bool iptables_too)
{
	json_error_t error;
	json_t *root = json_loads(json, 0, &error);
	json_t *all = json_object_get(root, "nftables"), *entry;
	size_t i;
	bool accepts = true;
	json_array_foreach(all, i, entry)
	{
		const json_t *chain = json_object_get(entry, "chain");
		if (!chain || !chain_concerns(chain, syn, iptables_too))
			continue;
		struct place p = {all, text_at(chain, "family"), text_at(chain, "table"), syn};
		enum verdict v = walk(&p, text_at(chain, "name"), 0);
		accepts &= v == VERDICT_ACCEPT ||
			   (v != VERDICT_DROP && strcmp(text_at(chain, "policy"), "drop") != 0);
	}
	json_decref(root);
	return accepts;
}
