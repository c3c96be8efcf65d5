/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules as iptables-restore reads them, one family at a time.
 *
 * raw OUTPUT           TRYGG-OUT     our own replies to clients are not tracked, else masquerade breaks the next query
 * mangle PREROUTING    TRYGG-PRE     behind all foreign rules: an accepted packet of the queue skips what stands behind
 *                      TRYGG-DNS     refusals of what no browser sends, then the queue
 * mangle INPUT,FORWARD TRYGG-SEEN    before all foreign rules: requests without the judged bit are counted or dropped
 * mangle FORWARD       TRYGG-FWD     behind all foreign rules, for the reason of TRYGG-PRE
 *                      TRYGG-WEB     web traffic: decided flows past the queue, refusals, the queue for what has data
 *                      TRYGG-SERVER  of flows whose mark says so: what the server sends, to the queue
 * mangle POSTROUTING   TRYGG-POST    what a judged packet says about its flow, into the connection mark
 * filter FORWARD,INPUT TRYGG-FORWARD, TRYGG-INPUT   before all foreign rules, reject, drop or return
 *                      TRYGG-PASSED  web traffic without the judged bit, behind the hook it is queued in
 *
 * A flow is decided when its connection mark carries the present generation of the policy (wire/generation.h): the rule that
 * says so is the first of TRYGG-WEB and of TRYGG-PASSED, where a reload replaces it by its number. Flows of an older
 * generation come to the queue with their next packet, and the engine ends them.
 *
 * What comes back from the queue meets as few rules as possible: the judged bit is the first thing looked at.
 * An acknowledgement without data goes past the queue while its flow is undecided: there is nothing in it to judge.
 *
 * A comment names the counter up to its colon; `status` reads them by it.
 */
#include <inttypes.h>
#include <string.h>

#include "ctl/firewall.h"
#include "wire/packet.h"

const struct firewall_jump firewall_jumps[FIREWALL_JUMPS] = {
	{"raw", "OUTPUT", "TRYGG-OUT", false},         {"mangle", "PREROUTING", "TRYGG-PRE", true},
	{"mangle", "INPUT", "TRYGG-SEEN", false},      {"mangle", "FORWARD", "TRYGG-SEEN", false},
	{"mangle", "FORWARD", "TRYGG-FWD", true},      {"mangle", "POSTROUTING", "TRYGG-POST", false},
	{"filter", "FORWARD", "TRYGG-FORWARD", false}, {"filter", "INPUT", "TRYGG-INPUT", false},
};
const char *const firewall_tables[] = {"raw", "mangle", "filter", NULL};

/* Our chains, each declared before it is used. */
static const struct {
	const char *table, *chain;
} own[] = {
	{"raw", "TRYGG-OUT"},        {"mangle", "TRYGG-PRE"},    {"mangle", "TRYGG-DNS"},
	{"mangle", "TRYGG-SEEN"},    {"mangle", "TRYGG-UNSEEN"}, {"mangle", "TRYGG-FWD"},
	{"mangle", "TRYGG-WEB"},     {"mangle", "TRYGG-SERVER"}, {"mangle", "TRYGG-POST"},
	{"filter", "TRYGG-FORWARD"}, {"filter", "TRYGG-INPUT"},  {"filter", "TRYGG-REFUSE"},
	{"filter", "TRYGG-QUIC"},    {"filter", "TRYGG-PASSED"},
};
enum { OWN = sizeof own / sizeof own[0] };

/*
 * Data in a SYN, as classic BPF over the packet from its IP header on: IP length > IP header + TCP header. Without the
 * extension headers that are refused one rule earlier, a TCP header of IPv6 begins at byte 40.
 */
static const char syn_data4[] =
	"10,177 0 0 0,80 0 0 12,116 0 0 4,100 0 0 2,12 0 0 0,7 0 0 0,40 0 0 2,45 0 1 0,"
	"6 0 0 65535,6 0 0 0";
static const char syn_data6[] =
	"8,48 0 0 52,116 0 0 4,100 0 0 2,7 0 0 0,40 0 0 4,45 0 1 0,6 0 0 65535,6 0 0 0";

/* No data: IP length = IP header + TCP header, which in IPv6 follows at once. */
static const char bare4[] = "10,177 0 0 0,80 0 0 12,116 0 0 4,100 0 0 2,12 0 0 0,7 0 0 0,40 0 0 2,29 0 1 0,"
			    "6 0 0 65535,6 0 0 0";
static const char bare6[] =
	"10,48 0 0 6,21 0 7 6,48 0 0 52,116 0 0 4,100 0 0 2,7 0 0 0,40 0 0 4,29 0 1 0,6 0 0 65535,6 0 0 0";

/* The ports of what is queued in FORWARD, for multiport: as few lists as there can be, of at most fifteen each. */
enum { WEB = 2, WEB_PORTS = 15 };
struct web {
	char ports[WEB][128]; /* "80,443"; empty: none */
};

static struct web web_ports(const struct conf *c)
{
	struct web w = {.ports = {""}};
	size_t http = c->inspect.http_port_count, all = http + c->inspect.tls_port_count;
	for (size_t i = 0; i < all && i < WEB * WEB_PORTS; i++) {
		char *list = w.ports[i / WEB_PORTS];
		size_t used = strlen(list);
		(void)snprintf(list + used, sizeof w.ports[0] - used, "%s%u", used > 0 ? "," : "",
			       i < http ? c->inspect.http_ports[i] : c->inspect.tls_ports[i - http]);
	}
	return w;
}

/* One rule; `target` is left out in observe mode, where a rule only counts. It is added to the chain unless that says how. */
static void rule(FILE *out, const char *chain, const char *match, const char *comment, const char *target)
{
	(void)fprintf(out, "%s%s%s%s", *chain == '-' ? "" : "-A ", chain, *match ? " " : "", match);
	if (comment)
		(void)fprintf(out, " -m comment --comment \"%s\"", comment);
	(void)fprintf(out, "%s%s\n", target ? " -j " : "", target ? target : "");
}

static void per_interface(const struct conf *c, FILE *out, const char *chain, const char *target)
{
	char match[64];
	for (size_t i = 0; i < c->inspect.interfaces.count; i++) {
		(void)snprintf(match, sizeof match, "-i %s", c->inspect.interfaces.item[i]);
		rule(out, chain, match, NULL, target);
	}
}

/* What no browser sends, each with its counter. `port` narrows it down where the chain does not. */
static void strict(const struct conf *c, int family, const char *chain, const char *port, FILE *out)
{
	static const char *const headers[] = {"hop-by-hop", "ipv6-opts",
					      "ipv6-route"}; /* a list would mean all of them */
	const char *drop = c->rules.observe ? NULL : "DROP";
	bool has_udp = *port != '\0';
	char match[512], tcp[64];
	(void)snprintf(tcp, sizeof tcp, "-p tcp -m tcp%s", port);
	(void)snprintf(match, sizeof match, "%s --tcp-flags FIN FIN -m conntrack --ctstate INVALID", tcp);
	if (!c->rules.observe)
		rule(out, chain, match, "an old connection ends: answered with a reset in the filter table",
		     "RETURN");
	(void)snprintf(match, sizeof match, "%s -m conntrack --ctstate INVALID", tcp);
	rule(out, chain, match, "trygg_strict_invalid: no connection that the kernel knows", drop);
	(void)snprintf(match, sizeof match, "-p udp -m udp%s -m conntrack --ctstate INVALID", port);
	if (has_udp)
		rule(out, chain, match, "trygg_strict_invalid: no connection that the kernel knows", drop);
	for (size_t i = 0; family == 6 && i < sizeof headers / sizeof headers[0]; i++)
		for (int udp = 0; udp <= has_udp; udp++) {
			(void)snprintf(match, sizeof match, "-p %s -m %s%s -m ipv6header --header %s --soft",
				       udp ? "udp" : "tcp", udp ? "udp" : "tcp", port, headers[i]);
			rule(out, chain, match,
			     "trygg_strict_headers: extension headers that no browser sends", drop);
		}
	(void)snprintf(match, sizeof match, "%s --tcp-flags URG URG", tcp);
	rule(out, chain, match, "trygg_strict_urgent: urgent data", drop);
	(void)snprintf(match, sizeof match, "%s --tcp-option 19", tcp);
	rule(out, chain, match, "trygg_strict_md5: the MD5 option", drop);
	(void)snprintf(match, sizeof match, "%s --tcp-flags SYN,RST,ACK SYN -m bpf --bytecode \"%s\"", tcp,
		       family == 4 ? syn_data4 : syn_data6);
	rule(out, chain, match, "trygg_strict_syn_data: data in the first packet", drop);
}

/*
 * A SYN where a server has answered one already is told from the first one: the engine may have forgotten what the server
 * has not. A SYN that is only repeated is told as well, and does no harm: the engine remembers it.
 */
static void resumed(const struct conf *c, const char *chain, const char *port, FILE *out)
{
	char match[200], target[64];
	uint32_t bits = MARK_RESUMED(c->inspect.mark_mask);
	(void)snprintf(match, sizeof match,
		       "-p tcp -m tcp%s --tcp-flags SYN,RST,ACK SYN -m conntrack --ctstate ESTABLISHED",
		       port);
	(void)snprintf(target, sizeof target, "MARK --set-xmark 0x%" PRIx32 "/0x%" PRIx32, bits, bits);
	rule(out, chain, match, "trygg_syn_again: a SYN in an open connection", target);
}

static void queue_target(const struct conf *c, char target[static 100])
{
	const char *bypass = c->inspect.on_failure == FAILURE_PASS ? " --queue-bypass" : "";
	if (c->inspect.queue_first == c->inspect.queue_last)
		(void)snprintf(target, 100, "NFQUEUE --queue-num %d%s", c->inspect.queue_first, bypass);
	else
		(void)snprintf(target, 100, "NFQUEUE --queue-balance %d:%d%s", c->inspect.queue_first,
			       c->inspect.queue_last, bypass);
}

static void queue(const struct conf *c, FILE *out)
{
	char target[100];
	queue_target(c, target);
	rule(out, "TRYGG-DNS", "-p udp -m udp --dport 53", "trygg_queued: DNS to the filter", target);
	rule(out, "TRYGG-DNS", "-p tcp -m tcp --dport 53", "trygg_queued: DNS to the filter", target);
}

/* The bits of the connection mark that are ours. */
static uint32_t kept(const struct conf *c)
{
	return MARK_GENERATION(c->inspect.mark_mask, MARK_WATCHED);
}

/* What leaves a chain of web traffic before it comes to the queue, or to the look for what got past it. */
static void decided(const struct conf *c, uint8_t generation, const char *chain, FILE *out)
{
	char match[200];
	(void)snprintf(match, sizeof match,
		       "-p tcp -m tcp ! --tcp-flags SYN SYN -m connmark --mark 0x%" PRIx32 "/0x%" PRIx32,
		       MARK_GENERATION(c->inspect.mark_mask, generation), kept(c));
	rule(out, chain, match, "the flow is decided", "RETURN");
}

static void bare(const struct conf *c, int family, const char *chain, FILE *out)
{
	char match[400];
	(void)snprintf(match, sizeof match,
		       "-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK,URG ACK -m connmark --mark "
		       "0x0/0x%" PRIx32 " -m bpf --bytecode \"%s\"",
		       kept(c), family == 4 ? bare4 : bare6);
	rule(out, chain, match, "nothing but an acknowledgement", "RETURN");
}

static void web_jumps(const struct conf *c, FILE *out)
{
	const struct web w = web_ports(c);
	char match[300];
	uint32_t g = kept(c);
	for (size_t i = 0; i < c->inspect.interfaces.count; i++)
		for (size_t k = 0; k < WEB; k++) {
			const char *name = c->inspect.interfaces.item[i];
			if (w.ports[k][0] == '\0')
				continue;
			(void)snprintf(match, sizeof match, "-i %s -p tcp -m multiport --dports %s", name,
				       w.ports[k]);
			rule(out, "TRYGG-FWD", match, NULL, "TRYGG-WEB");
			(void)snprintf(match, sizeof match,
				       "-o %s -p tcp -m multiport --sports %s -m connmark --mark 0x%" PRIx32
				       "/0x%" PRIx32,
				       name, w.ports[k], g, g);
			rule(out, "TRYGG-FWD", match, NULL, "TRYGG-SERVER");
		}
}

static void web_queue(const struct conf *c, uint8_t generation, int family, FILE *out)
{
	char target[100], match[300];
	queue_target(c, target);
	decided(c, generation, "TRYGG-WEB", out);
	strict(c, family, "TRYGG-WEB", "", out);
	resumed(c, "TRYGG-WEB", "", out);
	bare(c, family, "TRYGG-WEB", out);
	rule(out, "TRYGG-WEB", "-p tcp", "trygg_queued_web: web traffic to the filter", target);
	(void)snprintf(match, sizeof match,
		       "-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK,URG ACK -m bpf --bytecode \"%s\"",
		       family == 4 ? bare4 : bare6);
	rule(out, "TRYGG-SERVER", match, "nothing but an acknowledgement", "RETURN");
	rule(out, "TRYGG-SERVER", "-p tcp", "trygg_queued_server: the server's side of it", target);
}

/* Whatever its port, for each match costs every packet: what else is judged has a connection whose mark nobody reads. */
static void web_marks(const struct conf *c, FILE *out)
{
	uint32_t bit = MARK_JUDGED(c->inspect.mark_mask), g = kept(c);
	char match[300], target[100];
	(void)snprintf(target, sizeof target,
		       "CONNMARK --save-mark --nfmask 0x%" PRIx32 " --ctmask 0x%" PRIx32, g, g);
	(void)snprintf(match, sizeof match, "-p tcp -m mark --mark 0x%" PRIx32 "/0x%" PRIx32, bit, bit);
	rule(out, "TRYGG-POST", match, NULL, target);
}

/* Web traffic that should have been judged one hook earlier. */
static void web_unseen(const struct conf *c, uint8_t generation, int family, FILE *out)
{
	const struct web w = web_ports(c);
	char match[300];
	uint32_t bit = MARK_JUDGED(c->inspect.mark_mask);
	for (size_t i = 0; i < c->inspect.interfaces.count; i++)
		for (size_t k = 0; k < WEB; k++) {
			if (w.ports[k][0] == '\0')
				continue;
			(void)snprintf(match, sizeof match,
				       "-i %s -p tcp -m multiport --dports %s -m mark ! --mark 0x%" PRIx32
				       "/0x%" PRIx32,
				       c->inspect.interfaces.item[i], w.ports[k], bit, bit);
			rule(out, "TRYGG-FORWARD", match, NULL, "TRYGG-PASSED");
		}
	decided(c, generation, "TRYGG-PASSED", out);
	bare(c, family, "TRYGG-PASSED", out);
	rule(out, "TRYGG-PASSED", "-p tcp", "trygg_unjudged: got past the filter",
	     c->inspect.on_failure == FAILURE_PASS ? NULL : "DROP");
}

/*
 * A request without the judged bit got past the queue, whatever the reason. Matched by the port it was sent to, before
 * any DNAT or REDIRECT; untracked ones (a foreign NOTRACK) by the port they have.
 */
static void unseen(const struct conf *c, FILE *out)
{
	char match[300];
	uint32_t bit = MARK_JUDGED(c->inspect.mark_mask);
	const char *target = c->inspect.on_failure == FAILURE_PASS ? NULL : "DROP";
	static const char comment[] = "trygg_unjudged: got past the filter";
	for (int udp = 0; udp < 2; udp++) {
		(void)snprintf(match, sizeof match,
			       "-p %s -m conntrack --ctproto %d --ctorigdstport 53 --ctdir ORIGINAL -m mark "
			       "! --mark "
			       "0x%" PRIx32 "/0x%" PRIx32,
			       udp ? "udp" : "tcp", udp ? 17 : 6, bit, bit);
		rule(out, "TRYGG-UNSEEN", match, comment, target);
		(void)snprintf(
			match, sizeof match,
			"-p %s -m %s --dport 53 -m conntrack --ctstate UNTRACKED -m mark ! --mark 0x%" PRIx32
			"/0x%" PRIx32,
			udp ? "udp" : "tcp", udp ? "udp" : "tcp", bit, bit);
		rule(out, "TRYGG-UNSEEN", match, comment, target);
	}
}

static void refuse(const struct conf *c, int family, FILE *out)
{
	const char *reset = c->rules.observe ? NULL : "REJECT --reject-with tcp-reset";
	const char *icmp = c->rules.observe ? NULL
			   : family == 4    ? "REJECT --reject-with icmp-port-unreachable"
					    : "REJECT --reject-with icmp6-port-unreachable";
	char match[300];
	const struct web w = web_ports(c);
	if (!c->rules.observe)
		rule(out, "TRYGG-REFUSE",
		     "-p tcp -m tcp --dport 53 --tcp-flags FIN FIN -m conntrack --ctstate INVALID",
		     "trygg_reset_old: an old connection ends", reset);
	for (size_t k = 0; k < WEB && !c->rules.observe; k++) {
		if (w.ports[k][0] == '\0')
			continue;
		(void)snprintf(match, sizeof match,
			       "-p tcp -m multiport --dports %s -m tcp --tcp-flags FIN FIN -m conntrack "
			       "--ctstate INVALID",
			       w.ports[k]);
		rule(out, "TRYGG-REFUSE", match, "trygg_reset_old: an old connection ends", reset);
	}
	rule(out, "TRYGG-REFUSE", "-p tcp -m tcp --dport 853", "trygg_refused_853: DNS over TLS", reset);
	rule(out, "TRYGG-REFUSE", "-p udp -m udp --dport 853", "trygg_refused_853: DNS over QUIC", icmp);
	for (size_t i = 0; c->inspect.quic_refuse && i < c->inspect.tls_port_count; i++) {
		(void)snprintf(match, sizeof match, "-p udp -m udp --dport %u", c->inspect.tls_ports[i]);
		rule(out, "TRYGG-QUIC", match, "trygg_refused_quic: QUIC, so that browsers take TLS", icmp);
	}
}

static void table_rules(const struct conf *c, uint8_t generation, int family, const char *table, FILE *out)
{
	char match[100];
	uint32_t reply = MARK_REPLY(c->inspect.mark_mask);
	if (strcmp(table, "raw") == 0) {
		(void)snprintf(match, sizeof match, "-m mark --mark 0x%" PRIx32 "/0x%" PRIx32, reply, reply);
		rule(out, "TRYGG-OUT", match, "our own replies are not tracked", "CT --notrack");
	} else if (strcmp(table, "mangle") == 0) {
		per_interface(c, out, "TRYGG-PRE", "TRYGG-DNS");
		per_interface(c, out, "TRYGG-SEEN", "TRYGG-UNSEEN");
		strict(c, family, "TRYGG-DNS", " --dport 53", out);
		resumed(c, "TRYGG-DNS", " --dport 53", out);
		queue(c, out);
		unseen(c, out);
		web_jumps(c, out);
		web_queue(c, generation, family, out);
		web_marks(c, out);
	} else {
		uint32_t bit = MARK_JUDGED(c->inspect.mark_mask);
		(void)snprintf(match, sizeof match, "-m mark --mark 0x%" PRIx32 "/0x%" PRIx32, bit, bit);
		rule(out, "TRYGG-FORWARD", match, NULL,
		     "RETURN"); /* nothing below is about what was judged */
		per_interface(c, out, "TRYGG-FORWARD", "TRYGG-REFUSE");
		per_interface(c, out, "TRYGG-FORWARD", "TRYGG-QUIC");
		per_interface(c, out, "TRYGG-INPUT", "TRYGG-REFUSE");
		refuse(c, family, out);
		web_unseen(c, generation, family, out);
	}
}

static void drop_jumps(const char *table, const struct firewall_present *present, FILE *out)
{
	for (size_t i = 0; i < FIREWALL_JUMPS; i++)
		for (int n = 0; strcmp(firewall_jumps[i].table, table) == 0 && n < present->jumps[i]; n++)
			(void)fprintf(out, "-D %s -j %s\n", firewall_jumps[i].from, firewall_jumps[i].to);
}

static void put_jumps(const char *table, FILE *out)
{
	for (size_t i = 0; i < FIREWALL_JUMPS; i++) {
		const struct firewall_jump *j = &firewall_jumps[i];
		if (strcmp(j->table, table) == 0)
			(void)fprintf(out, "%s %s%s -j %s\n", j->last ? "-A" : "-I", j->from,
				      j->last ? "" : " 1", j->to);
	}
}

void firewall_iptables(const struct conf *c, uint8_t generation, int family,
		       const struct firewall_present *present, FILE *out)
{
	for (const char *const *table = firewall_tables; *table; table++) {
		(void)fprintf(out, "*%s\n", *table);
		for (size_t i = 0; i < OWN; i++)
			if (strcmp(own[i].table, *table) == 0)
				(void)fprintf(out, ":%s - [0:0]\n", own[i].chain);
		table_rules(c, generation, family, *table, out);
		drop_jumps(*table, present, out);
		put_jumps(*table, out);
		(void)fputs("COMMIT\n", out);
	}
}

void firewall_iptables_generation(const struct conf *c, uint8_t generation, FILE *out)
{
	(void)fputs("*mangle\n", out);
	decided(c, generation, "-R TRYGG-WEB 1", out);
	(void)fputs("COMMIT\n*filter\n", out);
	decided(c, generation, "-R TRYGG-PASSED 1", out);
	(void)fputs("COMMIT\n", out);
}

/* Whether a chain is in the list that firewall_present_in() made. */
static bool is_present(const struct firewall_present *present, const char *table, const char *chain)
{
	char line[64];
	(void)snprintf(line, sizeof line, "%s %s\n", table, chain);
	return strstr(present->chains, line) != NULL;
}

void firewall_iptables_remove(const struct firewall_present *present, FILE *out)
{
	for (const char *const *table = firewall_tables; *table; table++) {
		bool any = false;
		for (size_t i = 0; i < OWN; i++)
			any |= strcmp(own[i].table, *table) == 0 && is_present(present, *table, own[i].chain);
		if (!any)
			continue;
		(void)fprintf(out, "*%s\n", *table);
		drop_jumps(*table, present, out);
		for (int pass = 0; pass < 2; pass++)
			for (size_t i = 0; i < OWN; i++)
				if (strcmp(own[i].table, *table) == 0 &&
				    is_present(present, *table, own[i].chain))
					(void)fprintf(out, "%s %s\n", pass ? "-X" : "-F", own[i].chain);
		(void)fputs("COMMIT\n", out);
	}
}
