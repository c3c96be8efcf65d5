/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether pupils of every inside network reach the help page: the kernel's routes, then foreign INPUT rules. */
#include <string.h>

#include "ctl/firewall.h"
#include "ctl/run.h"

static const uint16_t help_ports[] = {80, 443};

/* What the kernel and the rules say, read once. */
struct rulesets {
	struct run iptables[2]; /* IPv4, IPv6 */
	struct run nft;
};

/* A host of the network that is not its first address: routers often have that one. */
static struct address pupil_of(const struct prefix *p)
{
	struct address a = p->address;
	int last = a.family == 4 ? 3 : 15;
	if (p->bits <= (a.family == 4 ? 24 : 120))
		a.bytes[last] |= 0xfa;
	return a;
}

/* The word behind ` key ` in an answer of `ip route get`. */
static bool word_behind(const char *text, const char *key, char *out, size_t size)
{
	const char *at = strstr(text, key);
	if (!at)
		return false;
	at += strlen(key);
	(void)snprintf(out, size, "%.*s", (int)strcspn(at, " \n"), at);
	return true;
}

/* The inside interface behind which the kernel has the network. */
static bool interface_of(const struct conf *c, const struct address *pupil, char *out, size_t size)
{
	char address[ADDRESS_TEXT_SIZE];
	struct run r;
	address_text(pupil, address);
	bool found = run(&r, (const char *const[]){"ip", "route", "get", address, NULL}, NULL) == 0 &&
		     word_behind(r.out, " dev ", out, size);
	run_clear(&r);
	for (size_t i = 0; found && i < c->inspect.interfaces.count; i++)
		if (strcmp(c->inspect.interfaces.item[i], out) == 0)
			return true;
	return false;
}

static void check_route(const struct firewall_syn *syn, const char *group, struct findings *f)
{
	char from[ADDRESS_TEXT_SIZE], to[ADDRESS_TEXT_SIZE];
	struct run r;
	address_text(&syn->from, from);
	address_text(&syn->to, to);
	(void)run(&r,
		  (const char *const[]){"ip", "route", "get", to, "from", from, "iif", syn->interface, NULL},
		  NULL);
	if (r.status == 0 && strncmp(r.out, "local ", 6) != 0)
		finding(f, false,
			"help address %s is no address of this gateway, %s pupils cannot reach it; add it: "
			"ip address "
			"add %s/%d dev lo",
			to, group, to, syn->to.family == 4 ? 32 : 128);
	else if (r.status != 0)
		finding(f, false, "the kernel has no route from %s (%s) to help address %s: %.*s", from,
			group, to, (int)strcspn(r.err, "\n"), r.err);
	run_clear(&r);
}

static void check_input(const struct rulesets *rules, const struct firewall_syn *syn, struct findings *f)
{
	bool six = syn->to.family == 6, blocked = false, nft_blocked = false;
	const struct run *listing = &rules->iptables[six];
	struct firewall_syn one = *syn;
	char to[ADDRESS_TEXT_SIZE], line[256];
	address_text(&syn->to, to);
	for (size_t i = 0; i < sizeof help_ports / sizeof help_ports[0]; i++) {
		one.port = help_ports[i];
		blocked |= listing->status == 0 && !firewall_input_accepts(listing->out, &one);
		nft_blocked |= rules->nft.status == 0 &&
			       !firewall_nft_input_accepts(rules->nft.out, &one, listing->status == 0);
	}
	(void)snprintf(line, sizeof line,
		       "%s -I INPUT 2 -i %s -d %s -p tcp -m multiport --dports 80,443 -j ACCEPT",
		       six ? "ip6tables" : "iptables", syn->interface, to);
	if (blocked && !strstr(f->text, line))
		finding(f, false,
			"an INPUT rule would drop what pupils send to help address %s; add the line: %s", to,
			line);
	(void)snprintf(line, sizeof line, "iifname \"%s\" %s daddr %s tcp dport { 80, 443 } accept",
		       syn->interface, six ? "ip6" : "ip", to);
	if (nft_blocked && !strstr(f->text, line))
		finding(f, false,
			"an nftables input chain would drop what pupils send to help address %s; add the "
			"line to it: %s",
			to, line);
}

static void check_group(const struct conf *c, const struct conf_group *g, const struct rulesets *rules,
			struct findings *f)
{
	char interface[32];
	for (size_t n = 0; n < g->network_count; n++) {
		struct firewall_syn syn = {.from = pupil_of(&g->networks[n])};
		if (!interface_of(c, &syn.from, interface, sizeof interface))
			continue; /* a network that is not here: other gateways may share this configuration */
		syn.interface = interface;
		for (size_t a = 0; a < c->help.address_count; a++) {
			syn.to = c->help.addresses[a];
			if (syn.to.family != syn.from.family)
				continue;
			check_route(&syn, g->id, f);
			check_input(rules, &syn, f);
		}
	}
}

void firewall_check_help(const struct conf *c, struct findings *f)
{
	struct rulesets rules;
	(void)run(&rules.iptables[0], (const char *const[]){"iptables-save", "-t", "filter", NULL}, NULL);
	(void)run(&rules.iptables[1], (const char *const[]){"ip6tables-save", "-t", "filter", NULL}, NULL);
	(void)run(&rules.nft, (const char *const[]){"nft", "-j", "list", "ruleset", NULL}, NULL);
	for (size_t i = 0; i < c->group_count; i++)
		check_group(c, &c->groups[i], &rules, f);
	run_clear(&rules.iptables[0]);
	run_clear(&rules.iptables[1]);
	run_clear(&rules.nft);
}
