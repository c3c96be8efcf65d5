/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The same rules for nftables: one table of our own for both families. Base chains of a later priority than mangle see
 * foreign marks and keep them; an accept in one of our chains ends nothing but that chain. The present generation of the
 * policy is the one element of the set `decided`, so that a reload changes nothing else.
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

/* What no browser sends. `match` says which packets of the chain it is about. */
static void strict(const struct conf *c, FILE *out, const char *tcp, const char *any)
{
	static const struct {
		bool tcp;
		const char *match, *comment;
	} rules[] = {
		{false, "ct state invalid", "trygg_strict_invalid: no connection that the kernel knows"},
		{false, "exthdr hbh exists", "trygg_strict_headers: extension headers that no browser sends"},
		{false, "exthdr dst exists", "trygg_strict_headers: extension headers that no browser sends"},
		{false, "exthdr rt exists", "trygg_strict_headers: extension headers that no browser sends"},
		{true, "tcp flags & urg == urg", "trygg_strict_urgent: urgent data"},
		{true, "tcp option 19 exists", "trygg_strict_md5: the MD5 option"},
		{true, "tcp flags & (syn | rst | ack) == syn @ih,0,8 >= 0",
		 "trygg_strict_syn_data: data in the first packet"},
	};
	const char *drop = c->rules.observe ? NULL : "drop";
	char match[256];
	(void)snprintf(match, sizeof match, "%s ct state invalid tcp flags & fin == fin", tcp);
	if (!c->rules.observe)
		rule(out, match, "return", "an old connection ends: answered with a reset below");
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		(void)snprintf(match, sizeof match, "%s %s", rules[i].tcp ? tcp : any, rules[i].match);
		rule(out, match, drop, rules[i].comment);
	}
}

/* A SYN inside an open connection is told from the first one. */
static void resumed(const struct conf *c, FILE *out, const char *tcp)
{
	char match[200], verdict[64];
	(void)snprintf(match, sizeof match, "%s tcp flags & (syn | rst | ack) == syn ct state established",
		       tcp);
	(void)snprintf(verdict, sizeof verdict, "meta mark set meta mark | 0x%" PRIx32,
		       MARK_RESUMED(c->inspect.mark_mask));
	rule(out, match, verdict, "trygg_syn_again: a SYN in an open connection");
}

static void queue_verdict(const struct conf *c, char verdict[static 64])
{
	const char *flags = c->inspect.on_failure == FAILURE_PASS ? " flags bypass" : "";
	if (c->inspect.queue_first == c->inspect.queue_last)
		(void)snprintf(verdict, 64, "queue%s to %d", flags, c->inspect.queue_first);
	else
		(void)snprintf(verdict, 64, "queue%s to %d-%d", flags, c->inspect.queue_first,
			       c->inspect.queue_last);
}

static void requests(const struct conf *c, FILE *out)
{
	char verdict[64];
	queue_verdict(c, verdict);
	base_chain(c, out, "requests", "prerouting", "mangle + 10");
	strict(c, out, "tcp dport 53", "meta l4proto { tcp, udp } th dport 53");
	resumed(c, out, "tcp dport 53");
	rule(out, "udp dport 53", verdict, "trygg_queued: DNS to the filter");
	rule(out, "tcp dport 53", verdict, "trygg_queued: DNS to the filter");
	(void)fputs("\t}\n", out);
}

/* ---- Web traffic ---- */

static bool has_web(const struct conf *c)
{
	return c->inspect.http_port_count + c->inspect.tls_port_count > 0;
}

/* "{ 80, 443 }" */
static void web_ports(const struct conf *c, char out[static 256])
{
	size_t used = (size_t)snprintf(out, 256, "{ ");
	for (size_t i = 0; i < c->inspect.http_port_count; i++)
		used += (size_t)snprintf(out + used, 256 - used, "%s%u", i ? ", " : "",
					 c->inspect.http_ports[i]);
	for (size_t i = 0; i < c->inspect.tls_port_count; i++)
		used += (size_t)snprintf(out + used, 256 - used, "%s%u",
					 i || c->inspect.http_port_count ? ", " : "",
					 c->inspect.tls_ports[i]);
	(void)snprintf(out + used, 256 - used, " }");
}

/* In the order that cannot be said otherwise: nft has no word for the absence of data, so what has some is queued first. */
static void web(const struct conf *c, FILE *out)
{
	uint32_t g = MARK_GENERATION(c->inspect.mark_mask, MARK_WATCHED);
	char ports[256], match[512], verdict[64];
	web_ports(c, ports);
	queue_verdict(c, verdict);
	(void)fputs("\tchain web_queue {\n", out);
	rule(out, "meta l4proto tcp @ih,0,8 >= 0", verdict, "trygg_queued_web: web traffic to the filter");
	rule(out, "tcp flags & (fin | syn | rst | ack | urg) != ack", verdict,
	     "trygg_queued_web: web traffic to the filter");
	(void)snprintf(match, sizeof match, "meta l4proto tcp ct mark & 0x%" PRIx32 " != 0", g);
	rule(out, match, verdict, "trygg_queued_web: web traffic to the filter");
	(void)fputs("\t}\n\tchain web_client {\n", out);
	(void)snprintf(match, sizeof match, "tcp flags & syn == 0 ct mark & 0x%" PRIx32 " @decided", g);
	rule(out, match, "return", "the flow is decided");
	strict(c, out, "meta l4proto tcp", "meta l4proto tcp");
	resumed(c, out, "meta l4proto tcp");
	(void)fputs("\t\tgoto web_queue\n\t}\n\tchain web_server {\n", out);
	rule(out, "meta l4proto tcp @ih,0,8 >= 0", verdict, "trygg_queued_server: the server's side of it");
	rule(out, "tcp flags & (fin | syn | rst | ack | urg) != ack", verdict,
	     "trygg_queued_server: the server's side of it");
	(void)fputs("\t}\n", out);
	base_chain(NULL, out, "web", "forward", "mangle + 20");
	(void)fputs("\t\tiifname ", out);
	interfaces(c, out);
	(void)fprintf(out, " tcp dport %s jump web_client\n\t\toifname ", ports);
	interfaces(c, out);
	(void)fprintf(out, " tcp sport %s ct mark & 0x%" PRIx32 " == 0x%" PRIx32 " jump web_server\n\t}\n",
		      ports, g, g);
}

/* Bit by bit: this way foreign bits are kept without a language that can join two marks. */
static void web_marks(const struct conf *c, FILE *out)
{
	uint32_t g = MARK_GENERATION(c->inspect.mark_mask, MARK_WATCHED),
		 judged = MARK_JUDGED(c->inspect.mark_mask);
	char ports[256];
	web_ports(c, ports);
	(void)fputs("\tchain web_keep {\n", out);
	for (uint32_t bit = MARK_LOW(g); (bit & g) != 0; bit <<= 1)
		(void)fprintf(out,
			      "\t\tmeta mark & 0x%" PRIx32 " != 0 ct mark set ct mark | 0x%" PRIx32 "\n"
			      "\t\tmeta mark & 0x%" PRIx32 " == 0 ct mark set ct mark & 0x%" PRIx32 "\n",
			      bit, bit, bit, ~bit);
	(void)fputs("\t}\n", out);
	base_chain(NULL, out, "web_judged", "postrouting", "mangle + 10");
	(void)fprintf(out,
		      "\t\tmeta mark & 0x%" PRIx32 " == 0 return\n\t\ttcp dport %s jump web_keep\n"
		      "\t\ttcp sport %s jump web_keep\n\t}\n",
		      judged, ports, ports);
}

/* Behind the hook's place where it is queued; what the queue leaves alone is left alone here too. */
static void web_passed(const struct conf *c, FILE *out)
{
	uint32_t g = MARK_GENERATION(c->inspect.mark_mask, MARK_WATCHED),
		 judged = MARK_JUDGED(c->inspect.mark_mask);
	const char *verdict = c->inspect.on_failure == FAILURE_PASS ? NULL : "drop";
	static const char comment[] = "trygg_unjudged: got past the filter";
	char ports[256], match[300];
	web_ports(c, ports);
	base_chain(c, out, "web_passed", "forward", "filter - 5");
	(void)fprintf(out, "\t\tmeta mark & 0x%" PRIx32 " != 0 return\n\t\ttcp dport != %s return\n", judged,
		      ports);
	(void)snprintf(match, sizeof match, "tcp flags & syn == 0 ct mark & 0x%" PRIx32 " @decided return\n",
		       g);
	(void)fprintf(out, "\t\t%s", match);
	rule(out, "meta l4proto tcp @ih,0,8 >= 0", verdict, comment);
	rule(out, "tcp flags & (fin | syn | rst | ack | urg) != ack", verdict, comment);
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
	char match[400], ports[256];
	(void)fputs("\tchain refuse {\n", out);
	if (!c->rules.observe)
		rule(out, "tcp dport 53 ct state invalid tcp flags & fin == fin", reset,
		     "trygg_reset_old: an old connection ends");
	web_ports(c, ports);
	(void)snprintf(match, sizeof match, "tcp dport %s ct state invalid tcp flags & fin == fin", ports);
	if (!c->rules.observe && has_web(c))
		rule(out, match, reset, "trygg_reset_old: an old connection ends");
	rule(out, "tcp dport 853", reset, "trygg_refused_853: DNS over TLS");
	rule(out, "udp dport 853", icmp, "trygg_refused_853: DNS over QUIC");
	(void)fputs("\t}\n", out);
	base_chain(c, out, "refuse_forward", "forward", "filter - 10");
	(void)fprintf(out, "\t\tmeta mark & 0x%" PRIx32 " != 0 return\n", MARK_JUDGED(c->inspect.mark_mask));
	(void)fputs("\t\tjump refuse\n", out);
	for (size_t i = 0; c->inspect.quic_refuse && i < c->inspect.tls_port_count; i++) {
		(void)snprintf(match, sizeof match, "udp dport %u", c->inspect.tls_ports[i]);
		rule(out, match, icmp, "trygg_refused_quic: QUIC, so that browsers take TLS");
	}
	(void)fputs("\t}\n", out);
	base_chain(c, out, "refuse_input", "input", "filter - 10");
	(void)fputs("\t\tjump refuse\n\t}\n", out);
}

void firewall_nft(const struct conf *c, uint8_t generation, FILE *out)
{
	uint32_t reply = MARK_REPLY(c->inspect.mark_mask);
	(void)fputs("table inet trygg\ndelete table inet trygg\ntable inet trygg {\n", out);
	if (has_web(c))
		(void)fprintf(out, "\tset decided {\n\t\ttype mark\n\t\telements = { 0x%" PRIx32 " }\n\t}\n",
			      MARK_GENERATION(c->inspect.mark_mask, generation));
	requests(c, out);
	judged(c, out);
	if (has_web(c)) {
		web(c, out);
		web_marks(c, out);
		web_passed(c, out);
	}
	refusals(c, out);
	base_chain(NULL, out, "replies", "output", "raw");
	(void)fprintf(out,
		      "\t\tmeta mark & 0x%" PRIx32 " == 0x%" PRIx32
		      " notrack comment \"our own replies\"\n\t}\n}\n",
		      reply, reply);
}

void firewall_nft_generation(const struct conf *c, uint8_t generation, FILE *out)
{
	if (has_web(c))
		(void)fprintf(out,
			      "flush set inet trygg decided\nadd element inet trygg decided { 0x%" PRIx32
			      " }\n",
			      MARK_GENERATION(c->inspect.mark_mask, generation));
}
