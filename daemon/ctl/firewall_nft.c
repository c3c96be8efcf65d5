/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The same rules for nftables: one table of our own for both families. Base chains of a later priority than mangle see
 * foreign marks and keep them; an accept in one of our chains ends nothing but that chain.
 */
#include <inttypes.h>

#include "ctl/firewall.h"
#include "wire/packet.h"

static void interfaces(const struct conf *c, FILE *out)
{
	(void)fputs("{ ", out);
	for (size_t i = 0; i < c->inspect.interfaces.count; i++)
		(void)fprintf(out, "%s\"%s\"", i ? ", " : "", c->inspect.interfaces.item[i]);
	(void)fputs(" }", out);
}

static void base_chain(const struct conf *c, FILE *out, const char *name, const char *hook,
		       const char *priority)
{
	(void)fprintf(out, "\tchain %s {\n\t\ttype filter hook %s priority %s; policy accept;\n", name, hook,
		      priority);
	if (c) {
		(void)fputs("\t\tiifname != ", out);
		interfaces(c, out);
		(void)fputs(" return\n", out);
	}
}

static void rule(FILE *out, const char *match, const char *verdict, const char *comment)
{
	(void)fprintf(out, "\t\t%s counter%s%s comment \"%s\"\n", match, verdict ? " " : "",
		      verdict ? verdict : "", comment);
}

static void requests(const struct conf *c, FILE *out)
{
	const char *drop = c->rules.observe ? NULL : "drop";
	char verdict[64], range[32];
	base_chain(c, out, "requests", "prerouting", "mangle + 10");
	if (!c->rules.observe)
		rule(out, "tcp dport 53 ct state invalid tcp flags & fin == fin", "return",
		     "an old connection ends: answered with a reset below");
	rule(out, "meta l4proto { tcp, udp } th dport 53 ct state invalid", drop,
	     "trygg_strict_invalid: no connection that the kernel knows");
	rule(out, "meta l4proto { tcp, udp } th dport 53 exthdr hbh exists", drop,
	     "trygg_strict_headers: extension headers that no browser sends");
	rule(out, "meta l4proto { tcp, udp } th dport 53 exthdr dst exists", drop,
	     "trygg_strict_headers: extension headers that no browser sends");
	rule(out, "meta l4proto { tcp, udp } th dport 53 exthdr rt exists", drop,
	     "trygg_strict_headers: extension headers that no browser sends");
	rule(out, "tcp dport 53 tcp flags & urg == urg", drop, "trygg_strict_urgent: urgent data");
	rule(out, "tcp dport 53 tcp option 19 exists", drop, "trygg_strict_md5: the MD5 option");
	rule(out, "tcp dport 53 tcp flags & (syn | rst | ack) == syn @ih,0,8 >= 0", drop,
	     "trygg_strict_syn_data: data in the first packet");
	if (c->inspect.queue_first == c->inspect.queue_last)
		(void)snprintf(range, sizeof range, "%d", c->inspect.queue_first);
	else
		(void)snprintf(range, sizeof range, "%d-%d", c->inspect.queue_first, c->inspect.queue_last);
	(void)snprintf(verdict, sizeof verdict, "queue%s to %s",
		       c->inspect.on_failure == FAILURE_PASS ? " flags bypass" : "", range);
	rule(out, "udp dport 53", verdict, "trygg_queued: DNS to the filter");
	rule(out, "tcp dport 53", verdict, "trygg_queued: DNS to the filter");
	(void)fputs("\t}\n", out);
}

static void judged(const struct conf *c, FILE *out)
{
	char match[256];
	uint32_t bit = MARK_JUDGED(c->inspect.mark_mask);
	const char *verdict = c->inspect.on_failure == FAILURE_PASS ? NULL : "drop";
	static const char comment[] = "trygg_unjudged: got past the filter";
	(void)fputs("\tchain unjudged {\n", out);
	(void)snprintf(match, sizeof match,
		       "meta l4proto { tcp, udp } ct direction original ct original proto-dst 53 meta mark & "
		       "0x%" PRIx32 " == 0",
		       bit);
	rule(out, match, verdict, comment);
	(void)snprintf(match, sizeof match,
		       "meta l4proto { tcp, udp } ct state untracked th dport 53 meta mark & 0x%" PRIx32
		       " == 0",
		       bit);
	rule(out, match, verdict, comment);
	(void)fputs("\t}\n", out);
	static const char *const hooks[] = {"input", "forward"};
	for (size_t i = 0; i < 2; i++) {
		char name[32];
		(void)snprintf(name, sizeof name, "judged_%s", hooks[i]);
		base_chain(c, out, name, hooks[i], "mangle + 10");
		(void)fputs("\t\tjump unjudged\n\t}\n", out);
	}
}

static void refusals(const struct conf *c, FILE *out)
{
	const char *reset = c->rules.observe ? NULL : "reject with tcp reset";
	const char *icmp = c->rules.observe ? NULL : "reject";
	char match[64];
	(void)fputs("\tchain refuse {\n", out);
	if (!c->rules.observe)
		rule(out, "tcp dport 53 ct state invalid tcp flags & fin == fin", reset,
		     "trygg_reset_old: an old connection ends");
	rule(out, "tcp dport 853", reset, "trygg_refused_853: DNS over TLS");
	rule(out, "udp dport 853", icmp, "trygg_refused_853: DNS over QUIC");
	(void)fputs("\t}\n", out);
	base_chain(c, out, "refuse_forward", "forward", "filter - 10");
	(void)fputs("\t\tjump refuse\n", out);
	for (size_t i = 0; c->inspect.quic_refuse && i < c->inspect.tls_port_count; i++) {
		(void)snprintf(match, sizeof match, "udp dport %u", c->inspect.tls_ports[i]);
		rule(out, match, icmp, "trygg_refused_quic: QUIC, so that browsers take TLS");
	}
	(void)fputs("\t}\n", out);
	base_chain(c, out, "refuse_input", "input", "filter - 10");
	(void)fputs("\t\tjump refuse\n\t}\n", out);
}

void firewall_nft(const struct conf *c, FILE *out)
{
	uint32_t reply = MARK_REPLY(c->inspect.mark_mask);
	(void)fputs("table inet trygg\ndelete table inet trygg\ntable inet trygg {\n", out);
	requests(c, out);
	judged(c, out);
	refusals(c, out);
	base_chain(NULL, out, "replies", "output", "raw");
	(void)fprintf(out,
		      "\t\tmeta mark & 0x%" PRIx32 " == 0x%" PRIx32
		      " notrack comment \"our own replies\"\n\t}\n}\n",
		      reply, reply);
}
