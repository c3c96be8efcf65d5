/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The firewall as text: configuration -> rules against golden files beside this test, and what is read from listings that
 * were recorded on gateways. TRYGG_GOLDEN=write in the environment writes the golden files anew, to be read before they
 * are kept; the lab gives them to nft and iptables-restore.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/file.h"
#include "ctl/firewall.h"

static void report(void *user, const char *file, int line, const char *text)
{
	(void)user;
	fail_msg("%s:%d: %s", file, line, text);
}

static struct conf *load(const char *text)
{
	struct conf *c = NULL;
	assert_int_equal(conf_load_text("/f/t.conf", span_text(text), report, NULL, &c), 0);
	return c;
}

enum form { FORM_IPTABLES, FORM_IP6TABLES, FORM_NFT };

static char *rules_of(const struct conf *c, enum form form)
{
	static const struct firewall_present nothing;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	if (form == FORM_NFT)
		firewall_nft(c, 1, out);
	else
		firewall_iptables(c, 1, form == FORM_IPTABLES ? 4 : 6, &nothing, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static const struct {
	const char *name, *conf;
} goldens[] = {
	{"pass", "inspect = { interfaces = [\"lan0\"]; };"},
	{"drop", "inspect = { interfaces = [\"lan0\", \"wlan0\"]; queues = [4, 7]; on_failure = \"drop\"; "
		 "quic = \"pass\"; "
		 "mark_mask = 0xff000000L; tls_ports = [443, 8443]; };"},
	{"observe", "inspect = { interfaces = [\"lan0\"]; }; rules = { mode = \"observe\"; };"},
};

static void rules_are_exactly_what_was_read_and_kept(void **state)
{
	static const char *const suffix[] = {"iptables", "ip6tables", "nft"};
	(void)state;
	for (size_t i = 0; i < sizeof goldens / sizeof goldens[0]; i++)
		for (enum form form = FORM_IPTABLES; form <= FORM_NFT; form++) {
			char path[128], *kept = NULL;
			size_t len = 0;
			struct conf *c = load(goldens[i].conf);
			char *text = rules_of(c, form);
			(void)snprintf(path, sizeof path, "tests/unit/ctl/firewall-%s.%s", goldens[i].name,
				       suffix[form]);
			if (getenv("TRYGG_GOLDEN"))
				assert_int_equal(file_replace(path, 0644, text, strlen(text)), 0);
			assert_int_equal(file_read(path, 1 << 20, &kept, &len), 0);
			assert_string_equal(text, kept);
			free(kept);
			free(text);
			conf_free(c);
		}
}

/* A gateway with foreign rules, ours in place (iptables-save, shortened). */
static const char listing[] =
	"*mangle\n:PREROUTING ACCEPT [0:0]\n:TRYGG-DNS - [0:0]\n:TRYGG-PRE - [0:0]\n:TRYGG-SEEN - [0:0]\n"
	"-A PREROUTING -j MARK --set-xmark 0x1/0xff\n-A PREROUTING -j TRYGG-PRE\n"
	"-A INPUT -j TRYGG-SEEN\n-A FORWARD -j TRYGG-SEEN\n-A FORWARD -p tcp -j TCPMSS --set-mss 1400\n"
	"-A FORWARD -j TRYGG-FWD\n-A POSTROUTING -j TRYGG-POST\n"
	"-A TRYGG-PRE -i lan0 -j TRYGG-DNS\nCOMMIT\n"
	"*raw\n-A OUTPUT -j TRYGG-OUT\n-A TRYGG-OUT -m mark --mark 0x20000/0x20000 -j CT --notrack\nCOMMIT\n"
	"*filter\n:INPUT DROP [0:0]\n-A INPUT -j TRYGG-INPUT\n-A INPUT -i lo -j ACCEPT\n"
	"-A FORWARD -j TRYGG-FORWARD\nCOMMIT\n";

static void jumps_in_their_places_are_no_finding(void **state)
{
	(void)state;
	struct findings f = {0};
	firewall_check_jumps(listing, 4, &f);
	assert_string_equal(f.text, "");
	assert_int_equal(f.broken, 0);
}

static const struct {
	const char *from, *to; /* a change of the listing */
	const char *finding;
} broken[] = {
	{"-A FORWARD -j TRYGG-FORWARD\n", "",
	 "the jump from filter FORWARD to TRYGG-FORWARD stands there 0 times"},
	{"-A PREROUTING -j TRYGG-PRE\n", "-A PREROUTING -j TRYGG-PRE\n-A PREROUTING -j TRYGG-PRE\n",
	 "stands there 2 times"},
	{"-A PREROUTING -j TRYGG-PRE\n",
	 "-A PREROUTING -j TRYGG-PRE\n-A PREROUTING -j DSCP --set-dscp 0x2e\n",
	 "foreign rules stand behind our jump in mangle PREROUTING"},
	{"-A FORWARD -j TRYGG-FWD\n", "-A FORWARD -j TRYGG-FWD\n-A FORWARD -p tcp -j DSCP --set-dscp 0x2e\n",
	 "foreign rules stand behind our jump in mangle FORWARD"},
	{"-A INPUT -j TRYGG-INPUT\n", "-A INPUT -i lan0 -j ACCEPT\n-A INPUT -j TRYGG-INPUT\n",
	 "foreign rules stand before our jump in filter INPUT"},
};

static char *changed(const char *text, const char *from, const char *to)
{
	char *out = NULL;
	const char *at = strstr(text, from);
	assert_non_null(at);
	assert_true(asprintf(&out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) > 0);
	return out;
}

static void each_jump_that_is_gone_doubled_or_misplaced_is_one_finding(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
		struct findings f = {0};
		char *text = changed(listing, broken[i].from, broken[i].to);
		firewall_check_jumps(text, 6, &f);
		assert_int_equal(f.broken, 1);
		assert_non_null(strstr(f.text, broken[i].finding));
		assert_non_null(strstr(f.text, "IPv6: "));
		free(text);
	}
}

static void applying_again_takes_the_old_jumps_away_first(void **state)
{
	(void)state;
	struct firewall_present present;
	char *text = NULL;
	size_t size = 0;
	struct conf *c = load(goldens[0].conf);
	firewall_present_in(listing, &present);
	assert_true(present.own_chains);
	FILE *out = open_memstream(&text, &size);
	firewall_iptables(c, 1, 4, &present, out);
	assert_int_equal(fclose(out), 0);
	const char *gone = strstr(text, "-D PREROUTING -j TRYGG-PRE\n"),
		   *put = strstr(text, "-A PREROUTING -j TRYGG-PRE\n");
	assert_non_null(gone);
	assert_true(gone < put);
	assert_non_null(strstr(
		text, "-D FORWARD -j TRYGG-SEEN\n-D FORWARD -j TRYGG-FWD\n-D POSTROUTING -j TRYGG-POST\n"
		      "-A PREROUTING -j TRYGG-PRE\n-I INPUT 1 -j TRYGG-SEEN\n-I FORWARD 1 -j TRYGG-SEEN\n"
		      "-A FORWARD -j TRYGG-FWD\n-I POSTROUTING 1 -j TRYGG-POST\nCOMMIT\n"));
	free(text);
	conf_free(c);
}

/* What a reload puts in place of the first rule is what a whole firewall of that generation has there. */
static void a_generation_replaces_the_first_rule_of_its_chains(void **state)
{
	static const char *const chains[] = {"TRYGG-WEB", "TRYGG-PASSED"};
	static const struct firewall_present nothing;
	struct conf *c = load(goldens[1].conf);
	char *all = NULL, *only = NULL, add[32], replace[32];
	size_t size = 0;
	(void)state;
	FILE *out = open_memstream(&all, &size);
	firewall_iptables(c, 62, 6, &nothing, out);
	assert_int_equal(fclose(out), 0);
	out = open_memstream(&only, &size);
	firewall_iptables_generation(c, 62, out);
	assert_int_equal(fclose(out), 0);
	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(add, sizeof add, "\n-A %s ", chains[i]);
		(void)snprintf(replace, sizeof replace, "\n-R %s 1 ", chains[i]);
		const char *first = strstr(all, add), *again = strstr(only, replace);
		assert_non_null(first);
		assert_non_null(again);
		first += strlen(add);
		again += strlen(replace);
		size_t len = strcspn(first, "\n");
		assert_int_equal(strncmp(first, again, len + 1), 0);
		assert_non_null(memmem(first, len, "--mark 0xf8000000/0xfc000000", 28));
	}
	free(only);
	only = NULL;
	out = open_memstream(&only, &size);
	firewall_nft_generation(c, 62, out);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(only, "flush set inet trygg decided\n"
				  "add element inet trygg decided { 0xf8000000 }\n");
	free(only);
	free(all);
	conf_free(c);
}

static void removing_takes_jumps_then_chains_and_nothing_foreign(void **state)
{
	(void)state;
	struct firewall_present present;
	char *text = NULL;
	size_t size = 0;
	firewall_present_in(listing, &present);
	FILE *out = open_memstream(&text, &size);
	firewall_iptables_remove(&present, out);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(
		text,
		"*mangle\n-D PREROUTING -j TRYGG-PRE\n-D INPUT -j TRYGG-SEEN\n-D FORWARD -j TRYGG-SEEN\n"
		"-D FORWARD -j TRYGG-FWD\n-D POSTROUTING -j TRYGG-POST\n"
		"-F TRYGG-PRE\n-F TRYGG-DNS\n-F TRYGG-SEEN\n-X TRYGG-PRE\n-X TRYGG-DNS\n-X "
		"TRYGG-SEEN\nCOMMIT\n");
	free(text);
}

static void our_lines_are_told_from_foreign_ones_in_any_order_of_tables(void **state)
{
	(void)state;
	char *own = firewall_own_lines(listing);
	assert_string_equal(own, "raw -A TRYGG-OUT -m mark --mark 0x20000/0x20000 -j CT --notrack\n"
				 "mangle -A TRYGG-PRE -i lan0 -j TRYGG-DNS\n");
	free(own);
}

static const struct {
	const char *ruleset;
	const char *finding; /* NULL: none */
} offloads[] = {
	/* Debian 12, nft list ruleset. */
	{"table inet fw {\n\tflowtable ft {\n\t\thook ingress priority filter\n\t\tdevices = { lan0, wan0 "
	 "}\n\t}\n\n"
	 "\tchain forward {\n\t\ttype filter hook forward priority filter; policy accept;\n"
	 "\t\tip protocol { tcp, udp } flow add @ft\n\t}\n}\n",
	 "flowtable ft takes packets of lan0 past the filter"},
	/* OpenWrt 23.05, fw4 with software offloading. */
	{"table inet fw4 {\n\tflowtable ft {\n\t\thook ingress priority filter\n\t\tdevices = { \"br-lan\", "
	 "\"lan0\", \"wan\" }\n"
	 "\t\tcounter\n\t}\n",
	 "flowtable ft takes packets of lan0 past the filter"},
	{"table inet fw {\n\tflowtable ft {\n\t\thook ingress priority filter\n\t\tdevices = { lan0.10, "
	 "wan0, xlan0 }\n\t}\n}\n",
	 NULL},
	{"table inet fw {\n\tflowtable ft {\n\t\thook ingress priority filter\n\t}\n}\n", NULL},
	{"*filter\n-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j FLOWOFFLOAD\nCOMMIT\n",
	 "a FLOWOFFLOAD rule"},
	{"table inet fw {\n\tchain c {\n\t\tlog prefix \"flowtable lan0 \" accept\n\t}\n}\n", NULL},
	{"", NULL},
};

static void a_flow_table_with_an_inside_interface_is_a_finding(void **state)
{
	(void)state;
	struct conf *c = load(goldens[0].conf);
	for (size_t i = 0; i < sizeof offloads / sizeof offloads[0]; i++) {
		struct findings f = {0};
		firewall_check_offload(offloads[i].ruleset, c, &f);
		if (!offloads[i].finding)
			assert_string_equal(f.text, "");
		else if (f.count != 1 || f.broken != 0 || !strstr(f.text, offloads[i].finding))
			fail_msg("wanted %s, saw %s", offloads[i].finding, f.text);
	}
	conf_free(c);
}

static void a_bridge_port_is_a_finding_and_a_bond_is_none(void **state)
{
	(void)state;
	static const char port[] =
		"3: lan0@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master br0 state UP\n"
		"    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff\n    veth \n    bridge_slave state "
		"forwarding priority 32 cost 2\n";
	static const char bond[] =
		"3: lan0: <BROADCAST,MULTICAST,SLAVE,UP> mtu 1500 qdisc noqueue master bond0 state UP\n"
		"    bond_slave state ACTIVE\n";
	struct findings f = {0};
	firewall_check_bridge(port, "lan0", false, &f);
	assert_non_null(strstr(
		f.text, "lan0 is a port of bridge br0 and br_netfilter is off: nothing of it is inspected"));
	firewall_check_bridge(port, "lan0", true, &f);
	assert_int_equal(f.count, 2);
	firewall_check_bridge(bond, "lan0", false, &f);
	assert_int_equal(f.count, 2);
}

static struct firewall_syn syn_of(const char *from, const char *to, uint16_t port)
{
	struct firewall_syn syn = {.interface = "lan0", .port = port};
	assert_int_equal(address_parse(from, &syn.from), 0);
	assert_int_equal(address_parse(to, &syn.to), 0);
	return syn;
}

static const struct {
	const char *rules;
	bool accepts;
} inputs[] = {
	{"", true},
	{"*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n", true},
	{"*filter\n:INPUT DROP [0:0]\nCOMMIT\n", false},
	{"*nat\n:INPUT DROP [0:0]\nCOMMIT\n", true},
	{"*filter\n:INPUT DROP [0:0]\n-A INPUT -i lan0 -j ACCEPT\nCOMMIT\n", true},
	{"*filter\n:INPUT DROP [0:0]\n-A INPUT -i lan+ -j ACCEPT\nCOMMIT\n", true},
	{"*filter\n:INPUT DROP [0:0]\n-A INPUT ! -i wan0 -j ACCEPT\nCOMMIT\n", true},
	{"*filter\n:INPUT DROP [0:0]\n-A INPUT -i wan0 -j ACCEPT\nCOMMIT\n", false},
	{"*filter\n:INPUT DROP [0:0]\n-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j "
	 "ACCEPT\nCOMMIT\n",
	 false},
	{"*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\nCOMMIT\n", false},
	{"*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp -m tcp --dport 1:1024 -j ACCEPT\nCOMMIT\n", true},
	{"*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp -m multiport --dports 22,80,443 -m comment --comment "
	 "\"a -j DROP b\" -j "
	 "ACCEPT\nCOMMIT\n",
	 true},
	{"*filter\n:INPUT DROP [0:0]\n-A INPUT -p udp -j ACCEPT\nCOMMIT\n", false},
	{"*filter\n:INPUT DROP [0:0]\n-A INPUT -s 10.2.0.0/16 -d 10.0.0.5/32 -p tcp -j ACCEPT\nCOMMIT\n",
	 true},
	{"*filter\n:INPUT DROP [0:0]\n-A INPUT -s 10.3.0.0/16 -j ACCEPT\nCOMMIT\n", false},
	{"*filter\n:INPUT DROP [0:0]\n-A INPUT ! -s 10.3.0.0/16 -j ACCEPT\nCOMMIT\n", true},
	{"*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -i lan0 -j REJECT --reject-with "
	 "icmp-port-unreachable\nCOMMIT\n",
	 false},
	{"*filter\n:INPUT ACCEPT [0:0]\n:LAN - [0:0]\n-A INPUT -i lan0 -j LAN\n-A LAN -p tcp -m tcp --dport "
	 "80 -j RETURN\n-A LAN -j "
	 "DROP\nCOMMIT\n",
	 true},
	{"*filter\n:INPUT DROP [0:0]\n:LAN - [0:0]\n-A INPUT -i lan0 -g LAN\n-A INPUT -j ACCEPT\n-A LAN -p "
	 "udp -j ACCEPT\nCOMMIT\n",
	 true},
	{"*filter\n:INPUT DROP [0:0]\n-A INPUT -m limit --limit 10/sec -j ACCEPT\nCOMMIT\n", false},
	{"*filter\n:INPUT DROP [0:0]\n-A INPUT -j LOG --log-prefix \"in -j ACCEPT \"\nCOMMIT\n", false},
	{"*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j "
	 "ACCEPT\nCOMMIT\n",
	 true},
	{"*filter\n:INPUT DROP [0:0]\n-A INPUT -m addrtype --dst-type LOCAL -j ACCEPT\nCOMMIT\n", true},
	{"*filter\n:INPUT ACCEPT [0:0]\n:A - [0:0]\n-A INPUT -j A\n-A A -j A\nCOMMIT\n", true},
};

static void foreign_input_rules_are_judged_as_the_kernel_would(void **state)
{
	(void)state;
	struct firewall_syn syn = syn_of("10.2.0.250", "10.0.0.5", 80);
	for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++)
		if (firewall_input_accepts(inputs[i].rules, &syn) != inputs[i].accepts)
			fail_msg("%s should %s", inputs[i].rules,
				 inputs[i].accepts ? "accept" : "not accept");
}

#define CHAIN(policy)                                                                                        \
	"{\"chain\": {\"family\": \"inet\", \"table\": \"f\", \"name\": \"in\", \"hook\": \"input\", "       \
	"\"prio\": 0, "                                                                                      \
	"\"type\": \"filter\", \"policy\": \"" policy "\"}}"
#define RULE(expr)                                                                                           \
	", {\"rule\": {\"family\": \"inet\", \"table\": \"f\", \"chain\": \"in\", \"expr\": [" expr "]}}"
#define MATCH(op, left, right) "{\"match\": {\"op\": \"" op "\", \"left\": " left ", \"right\": " right "}}, "
#define DPORT "{\"payload\": {\"protocol\": \"tcp\", \"field\": \"dport\"}}"
#define IIF "{\"meta\": {\"key\": \"iifname\"}}"
#define DADDR "{\"payload\": {\"protocol\": \"ip\", \"field\": \"daddr\"}}"
#define STATE "{\"ct\": {\"key\": \"state\"}}"
#define ACCEPT "{\"accept\": null}"

static const struct {
	const char *entries;
	bool accepts;
} native[] = {
	{CHAIN("accept"), true},
	{CHAIN("drop"), false},
	{CHAIN("drop") RULE(MATCH("in", STATE, "[\"established\", \"related\"]") ACCEPT), false},
	{CHAIN("drop") RULE(MATCH("==", IIF, "\"lan0\"") ACCEPT), true},
	{CHAIN("drop") RULE(MATCH("==", IIF, "\"lan*\"") ACCEPT), true},
	{CHAIN("drop") RULE(MATCH("!=", IIF, "\"lan0\"") ACCEPT), false},
	{CHAIN("drop") RULE(MATCH("==", DPORT, "{\"set\": [22, 80]}") ACCEPT), true},
	{CHAIN("drop") RULE(MATCH("==", DPORT, "{\"set\": [22, 443]}") ACCEPT), false},
	{CHAIN("drop") RULE(MATCH("==", DPORT, "{\"set\": [22, {\"range\": [70, 90]}]}") ACCEPT), true},
	{CHAIN("drop") RULE(MATCH("==", DADDR, "{\"prefix\": {\"addr\": \"10.0.0.0\", \"len\": 8}}") ACCEPT),
	 true},
	{CHAIN("drop") RULE(MATCH("==", DADDR, "\"@safe\"") ACCEPT), false},
	{CHAIN("drop") RULE("{\"limit\": {\"rate\": 1, \"per\": \"second\"}}, " ACCEPT), false},
	{CHAIN("drop") RULE("{\"counter\": {\"packets\": 0, \"bytes\": 0}}, " ACCEPT), true},
	{CHAIN("accept") RULE(MATCH("==", IIF, "\"lan0\"") "{\"drop\": null}"), false},
	{CHAIN("accept") RULE(
		 MATCH("==", IIF,
		       "\"lan0\"") "{\"jump\": {\"target\": \"x\"}}") ", {\"rule\": {\"family\": \"inet\", "
								      "\"table\": \"f\", \"chain\": \"x\", "
								      "\"expr\": [{\"reject\": null}]}}",
	 false},
};

static void native_input_chains_are_judged_as_the_kernel_would(void **state)
{
	(void)state;
	struct firewall_syn syn = syn_of("10.2.0.250", "10.0.0.5", 80);
	for (size_t i = 0; i < sizeof native / sizeof native[0]; i++) {
		char json[4096];
		(void)snprintf(json, sizeof json, "{\"nftables\": [%s]}", native[i].entries);
		if (firewall_nft_input_accepts(json, &syn, true) != native[i].accepts)
			fail_msg("%s should %s", json, native[i].accepts ? "accept" : "not accept");
	}
	assert_true(firewall_nft_input_accepts("no json", &syn, true));
}

static void counters_of_both_families_are_summed_by_their_names(void **state)
{
	(void)state;
	const char *const both[] = {"[12:345] -A TRYGG-DNS -p udp -m udp --dport 53 -m comment --comment "
				    "\"trygg_queued: DNS to the filter\" -j NFQUEUE\n"
				    "[1:2] -A INPUT -j ACCEPT\n[3:4] -A TRYGG-UNSEEN -m comment --comment "
				    "\"trygg_unjudged: got past the filter\"\n",
				    "[5:6] -A TRYGG-DNS -p tcp -m comment --comment \"trygg_queued: DNS to "
				    "the filter\" -j NFQUEUE --queue-num 0\n",
				    "\t\tudp dport 853 counter packets 7 bytes 9 reject comment "
				    "\"trygg_refused_853: DNS over QUIC\"\n",
				    NULL};
	char *text = firewall_counters_in(both);
	assert_string_equal(text, "trygg_queued 17\ntrygg_unjudged 3\ntrygg_refused_853 7\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_are_exactly_what_was_read_and_kept),
		cmocka_unit_test(jumps_in_their_places_are_no_finding),
		cmocka_unit_test(each_jump_that_is_gone_doubled_or_misplaced_is_one_finding),
		cmocka_unit_test(applying_again_takes_the_old_jumps_away_first),
		cmocka_unit_test(a_generation_replaces_the_first_rule_of_its_chains),
		cmocka_unit_test(removing_takes_jumps_then_chains_and_nothing_foreign),
		cmocka_unit_test(our_lines_are_told_from_foreign_ones_in_any_order_of_tables),
		cmocka_unit_test(a_flow_table_with_an_inside_interface_is_a_finding),
		cmocka_unit_test(a_bridge_port_is_a_finding_and_a_bond_is_none),
		cmocka_unit_test(foreign_input_rules_are_judged_as_the_kernel_would),
		cmocka_unit_test(native_input_chains_are_judged_as_the_kernel_would),
		cmocka_unit_test(counters_of_both_families_are_summed_by_their_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
