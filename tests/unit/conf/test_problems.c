/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every option's mistakes, each with the line it stands on: one row a mistake. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "conf/conf.h"

/* libconfig 1.5 loses its scratch text at a syntax error. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig\n";
}

enum { PROBLEMS_SIZE = 16384 };

static void report(void *user, const char *file, int line, const char *text)
{
	char *out = user;
	size_t used = strlen(out);
	assert_string_equal(file, "/f/t.conf");
	(void)snprintf(out + used, PROBLEMS_SIZE - used, "%d: %s\n", line, text);
}

static const struct {
	const char *text;
	const char *problem; /* all of them; what follows the last word shown is left open */
} rows[] = {
	{"gateway = { id = \"a b\"; };", "1: gateway.id: \"a b\" is not allowed"},
	{"gateway = { id = \"\"; };", "1: gateway.id: is 0 bytes long, allowed are 1 to 63"},
	{"gateway = { school = 1; };", "1: gateway.school: is of the wrong kind, allowed is a text"},
	{"gateway = { municipality = \"a\\x07\"; };", "1: gateway.municipality: holds a control character"},
	{"gateway = { run_folder = \"\"; };", "1: gateway.run_folder: is 0 bytes long"},
	{"gateway = { colour = 1; };", "1: gateway.colour: is no option, allowed are id, school"},
	{"gateway = 1;", "1: gateway: is of the wrong kind, allowed is a group"},
	{"gate = { };", "1: gate: is no section, allowed are gateway, inspect"},
	{"\n\ninspect = {\n interfaces = [\"lan0\", \"lan/1\"]; };",
	 "4: inspect.interfaces: \"lan/1\" is not allowed"},
	{"categories = { mine = { mandatory = true; mode = \"observe\"; }; };",
	 "1: categories.mine: is mandatory and cannot have mode \"observe\", allowed is enforce"},
	{"categories = { mine = { mandatory = true; }; };\n"
	 "rules = { sources = ( { file = \"a\"; format = \"hosts\"; category = \"mine\"; mode = \"observe\"; "
	 "} ); };",
	 "2: rules.sources: mine is mandatory and cannot have mode \"observe\", allowed is enforce"},
	{"rules = { unprotect = [\"example.org\"]; };", "1: rules.unprotect: \"example.org\" is not allowed"},
	{"categories = { grief = { action = \"help\"; }; };",
	 "1: categories.grief: only shows the way to help and cannot have action \"help\", allowed is allow"},
	{"categories = { lgbt = { action = \"observe\"; }; };",
	 "1: categories.lgbt: only shows the way to help and cannot have action \"observe\", allowed is "
	 "allow"},
	{"categories = { war-flight = { action = \"allow\"; help_only = false; }; };",
	 "1: categories.war-flight: only shows the way to help, allowed is help_only = true"},
	{"categories = { mine = { help_only = true; action = \"refuse\"; }; };",
	 "1: categories.mine: only shows the way to help and cannot have action \"refuse\", allowed is "
	 "allow"},
	{"categories = { mental-health = { action = \"allow\"; mandatory = true; }; };",
	 "1: categories.mental-health: is mandatory and cannot have action \"allow\""},
	{"categories = { grief = { action = \"allow\"; }; };\n"
	 "groups = { primary = { stage = \"primary\"; actions = { grief = \"refuse\"; }; }; };",
	 "2: groups.primary.actions: grief only shows the way to help and cannot be \"refuse\", allowed is "
	 "allow"},
	{"inspect = { interfaces = [\"l*\"]; };", "1: inspect.interfaces: \"l*\" is not allowed"},
	{"inspect = { interfaces = [\"a\", \"a\"]; };", "1: inspect.interfaces: \"a\" stands there twice"},
	{"inspect = { interfaces = [1]; };", "1: inspect.interfaces: has an element of the wrong kind"},
	{"inspect = { interfaces = \"lan0\"; };",
	 "1: inspect.interfaces: is of the wrong kind, allowed is a list"},
	{"inspect = { queues = [1, 0]; };", "1: inspect.queues: is 1 to 0, allowed are a first and a last"},
	{"inspect = { queues = [0, 64]; };",
	 "1: inspect.queues: is 0 to 64, allowed are a first and a last number, at most 64"},
	{"inspect = { queues = [0]; };", "1: inspect.queues: is of the wrong kind, allowed is two numbers"},
	{"inspect = { queues = [0, 65536]; };", "1: inspect.queues: is 65536, allowed are 0 to 65535"},
	{"inspect = { http_ports = [0]; };", "1: inspect.http_ports: has an element that is no port"},
	{"inspect = { http_ports = [53]; };", "1: inspect.http_ports: has an element that is no port"},
	{"inspect = { tls_ports = [443, 443]; };", "1: inspect.tls_ports: 443 stands there twice"},
	{"inspect = { http_ports = [443]; };", "1: inspect.tls_ports: 443 is one of http_ports too"},
	{"inspect = { quic = \"inspect\"; };",
	 "1: inspect.quic: \"inspect\" is unknown, allowed are pass, refuse"},
	{"inspect = { on_failure = \"block\"; };",
	 "1: inspect.on_failure: \"block\" is unknown, allowed are pass, drop"},
	{"inspect = { hold_ms = -1; };", "1: inspect.hold_ms: is -1, allowed are 50 to 60000"},
	{"inspect = { hold_ms = 2.5; };",
	 "1: inspect.hold_ms: is of the wrong kind, allowed is a whole number"},
	{"inspect = { hold_ms = \"2 s\"; };", "1: inspect.hold_ms: is of the wrong kind"},
	{"inspect = { hold_ms = 5000000000L; };", "1: inspect.hold_ms: is 5000000000, allowed are"},
	{"inspect = { mark_mask = 0x7f0000; };",
	 "1: inspect.mark_mask: is 0x7f0000, allowed are at least 8 bits side by side"},
	{"inspect = { mark_mask = 0xff00ff; };",
	 "1: inspect.mark_mask: is 0xff00ff, allowed are at least 8 bits side by side"},
	{"inspect = { mark_mask = 0; };", "1: inspect.mark_mask: is 0, allowed are 1 to"},
	{"inspect = { resolvers = [\"10.0.0.1/8\"]; };",
	 "1: inspect.resolvers: \"10.0.0.1/8\" has bits set behind its length"},
	{"inspect = { resolvers = [\"dns\"]; };", "1: inspect.resolvers: \"dns\" is no network"},
	{"inspect = { queue_length = 63; };", "1: inspect.queue_length: is 63, allowed are 64 to 65536"},
	{"inspect = { flows_max = 0; };", "1: inspect.flows_max: is 0, allowed are 64 to 1048576"},
	{"rules = { national = \"\"; };", "1: rules.national: is 0 bytes long"},
	{"rules = { municipality = 7; };", "1: rules.municipality: is of the wrong kind, allowed is a path"},
	{"rules = { school = [\"a\"]; };", "1: rules.school: is of the wrong kind"},
	{"rules = { compiled = true; };", "1: rules.compiled: is of the wrong kind"},
	{"rules = { protected = [\"*.skole.example\"]; };",
	 "1: rules.protected: \"*.skole.example\" is not allowed, allowed is a host name in ASCII, without "
	 "*"},
	{"rules = { protected = [\"b\xc3\xa6r.example\"]; };",
	 "1: rules.protected: \"b\xc3\xa6r.example\" is not allowed, allowed is a host name in ASCII"},
	{"help = { addresses = [\"0.0.0.0\"]; };",
	 "1: help.addresses: \"0.0.0.0\" is no address of a machine"},
	{"help = { addresses = [\"ff02::1\"]; };",
	 "1: help.addresses: \"ff02::1\" is no address of a machine"},
	{"help = { addresses = [\"10.0.0.5\", \"::ffff:10.0.0.5\"]; };",
	 "1: help.addresses: \"::ffff:10.0.0.5\" stands there twice"},
	{"help = { name = \"http://hjelp.example\"; };",
	 "1: help.name: \"http://hjelp.example\" is not allowed"},
	{"rules = { mode = \"off\"; };", "1: rules.mode: \"off\" is unknown, allowed are enforce, observe"},
	{"help = { addresses = [\"10.0.0.0/8\"]; };", "1: help.addresses: \"10.0.0.0/8\" is no address"},
	{"help = { addresses = [\"fd00::5\", \"fd00:0::5\"]; };",
	 "1: help.addresses: \"fd00:0::5\" stands there twice"},
	{"help = { name = 1; };", "1: help.name: is of the wrong kind"},
	{"help = { certificate = \"c.pem\"; };", "1: help.certificate: certificate and key belong together"},
	{"help = {\n key = \"k.pem\"; };", "2: help.certificate: certificate and key belong together"},
	{"help = { tls = \"mint\"; };", "1: help.tls: \"mint\" is unknown, allowed are refuse"},
	{"help = { languages = [\"de\"]; };",
	 "1: help.languages: \"de\" is not allowed, allowed is nb, nn, en, se, uk, ar, so, ti, pl"},
	{"help = { languages = []; };", "1: help.languages: has 0 elements, allowed are 1 to 10"},
	{"help = { catalogue = \"\"; };", "1: help.catalogue: is 0 bytes long"},
	{"help = { texts = 1; };", "1: help.texts: is of the wrong kind"},
	{"help = { pages = 1; };", "1: help.pages: is of the wrong kind"},
	{"privacy = { mode = \"pseudonymous\"; };",
	 "1: privacy.mode: \"pseudonymous\" is personal data: privacy.purpose must say so first"},
	{"privacy = { mode = \"pseudonymous\"; purpose = \"a\"; legal_basis = \"b\"; informed_on = "
	 "\"2026-10-01\"; "
	 "retention_reason = \"c\"; };",
	 "1: privacy.mode: \"pseudonymous\" is personal data: privacy.owner must say so first"},
	{"privacy = { informed_on = \"2026-02-30\"; };",
	 "1: privacy.informed_on: \"2026-02-30\" is not allowed, allowed is a date, YYYY-MM-DD"},
	{"privacy = { mode = \"identifiable\"; };", "1: privacy.mode: \"identifiable\" is unknown"},
	{"privacy = { retention_days = 0; };", "1: privacy.retention_days: is 0, allowed are 1 to 3650"},
	{"journal = { folder = \"\"; };", "1: journal.folder: is 0 bytes long"},
	{"store = { url = \"store.db\"; };",
	 "1: store.url: \"store.db\" is not allowed, allowed is sqlite:PATH"},
	{"store = { url = \"sqlite:\"; };", "1: store.url: \"sqlite:\" is not allowed"},
	{"categories = [1];", "1: categories: is of the wrong kind, allowed is a group"},
	{"categories = { Games = { }; };", "1: categories.Games: is no id"},
	{"categories = { a_b = { }; };", "1: categories.a_b: is no id"},
	{"categories = { evasion = { }; };", "1: categories.evasion: is built in"},
	{"categories = {\n a = 1; };", "2: categories.a: is of the wrong kind, allowed is a group"},
	{"categories = { a = { titles = { de = \"x\"; }; }; };",
	 "1: categories.a.titles: \"de\" is no language"},
	{"categories = { a = { titles = { nb = \"\"; }; }; };", "1: categories.a.titles: nb is not allowed"},
	{"categories = { a = { titles = \"x\"; }; };", "1: categories.a.titles: is of the wrong kind"},
	{"categories = { a = { severity = 5; }; };", "1: categories.a.severity: is 5, allowed are 0 to 4"},
	{"categories = { a = { mandatory = \"yes\"; }; };",
	 "1: categories.a.mandatory: is of the wrong kind, allowed is true or false"},
	{"categories = { a = { log = \"all\"; }; };",
	 "1: categories.a.log: \"all\" is unknown, allowed are none, count, event, concern"},
	{"categories = { a = { action = \"block\"; }; };",
	 "1: categories.a.action: \"block\" is unknown, allowed are allow, observe, help, refuse"},
	{"categories = { a = { topics = [\"A B\"]; }; };", "1: categories.a.topics: \"A B\" is not allowed"},
	{"categories = { a = { mandatory = true;\n action = \"observe\"; }; };",
	 "2: categories.a: is mandatory and cannot have action \"observe\""},
	{"groups = 1;", "1: groups: is of the wrong kind"},
	{"groups = { a = { }; };", "1: groups.a.stage: is missing"},
	{"groups = { a = { stage = \"school\"; }; };",
	 "1: groups.a.stage: \"school\" is unknown, allowed are primary, lower-secondary"},
	{"groups = { a = { stage = \"staff\"; networks = [\"10.0.0.0/33\"]; }; };",
	 "1: groups.a.networks: \"10.0.0.0/33\" is no network"},
	{"groups = { a = { stage = \"staff\"; pupils = -1; }; };", "1: groups.a.pupils: is -1"},
	{"groups = { a = { stage = \"staff\"; default = \"stop\"; }; };",
	 "1: groups.a.default: \"stop\" is unknown, allowed are allow, deny"},
	{"groups = { a = { stage = \"staff\"; actions = [1]; }; };",
	 "1: groups.a.actions: is of the wrong kind"},
	{"groups = { a = { stage = \"staff\"; actions = { games = \"allow\"; }; }; };",
	 "1: groups.a.actions: \"games\" is no category"},
	{"categories = { b = { }; };\ngroups = { a = { stage = \"staff\"; actions = { b = \"stop\"; }; }; };",
	 "2: groups.a.actions: b: \"stop\" is unknown"},
	{"categories = { b = { mandatory = true; }; };\ngroups = { a = { stage = \"staff\"; actions = { b = "
	 "\"allow\"; }; }; };",
	 "2: groups.a.actions: b is mandatory and cannot be \"allow\""},
	{"groups = { a = { stage = \"staff\"; actions = { evasion = \"allow\"; }; }; };",
	 "1: groups.a.actions: evasion is built in"},
	{"groups = { a = { stage = \"staff\"; networks = [\"10.0.0.0/8\"]; };\n b = { stage = \"staff\"; "
	 "networks = [\"10.0.0.0/8\"]; }; };",
	 "2: groups.b.networks: 10.0.0.0/8 belongs to a already"},
	{"groups = { A = { stage = \"staff\"; }; };", "1: groups.A: is no id"},
	/* What libconfig itself would read wrongly without a word, or says in words of its own. */
	{"inspect = { mark_mask = 0x1ff000000; };", "1: syntax: 0x1ff000000 does not fit in 31 bits"},
	{"\n# 9999999999 here is fine, \"too\nx = \"9999999999\";", "3: x: is no section"},
	{"/* 99999999999 */ // 99999999999\n name99999999999 = 1;", "2: name99999999999: is no section"},
	{"x = 1;\n/* never closed", "2: syntax: this comment is never closed"},
	{"x = \"never closed", "1: syntax: this text is never closed"},
	{"x = \"a\\x00b\";", "1: syntax: \\x00 would end the text here"},
	{"\xef\xbb\xbfx = 1;", "1: syntax: the file begins with a byte order mark"},
	{"x = \"\xff\";", "1: syntax: a byte that is no UTF-8"},
	{"x = \"\xc0\xaf\";", "1: syntax: a byte that is no UTF-8"},
	{"\nx = { y = 1;;", "2: syntax: cannot be read here"},
	{"x = { a = 1;\n a = 2; };", "2: syntax: the option stands there twice"},
	{"x = [1, \"a\"];", "1: syntax: the elements of [...] differ in kind"},
	{"@include \"/nowhere/x.conf\"", "1: @include: cannot read \"/nowhere/x.conf\""},
};

static void every_mistake_is_reported_with_its_line_and_what_is_allowed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char problems[PROBLEMS_SIZE] = "";
		struct conf *c = NULL;
		int rc = conf_load_text("/f/t.conf", span_text(rows[i].text), report, problems, &c);
		if (rc != -EINVAL || strncmp(problems, rows[i].problem, strlen(rows[i].problem)) != 0)
			fail_msg("%s\n  wanted %s\n  saw    %s", rows[i].text, rows[i].problem, problems);
		assert_null(c);
	}
}

static void a_nul_byte_is_refused(void **state)
{
	(void)state;
	char problems[PROBLEMS_SIZE] = "";
	struct conf *c = NULL;
	assert_int_equal(conf_load_text("/f/t.conf", span_of("x\n\0;", 4), report, problems, &c), -EINVAL);
	assert_string_equal(problems, "2: syntax: a NUL byte, allowed is plain UTF-8\n");
}

static void all_mistakes_are_reported_in_one_run(void **state)
{
	(void)state;
	char problems[PROBLEMS_SIZE] = "";
	struct conf *c = NULL;
	static const char text[] =
		"nonsense = 1;\n"
		"inspect = {\n hold_ms = -1;\n quic = \"x\";\n no = 1;\n};\n"
		"categories = { a = {\n severity = 9;\n log = \"x\"; }; };\n"
		"groups = { g = {\n stage = \"x\";\n actions = { a = \"x\"; b = \"help\"; }; }; };\n"
		"privacy = { mode = \"x\"; };\n";
	static const int lines[] = {1, 3, 4, 5, 8, 9, 11, 12, 12, 13};
	assert_int_equal(conf_load_text("/f/t.conf", span_text(text), report, problems, &c), -EINVAL);
	size_t count = 0;
	for (const char *p = problems; *p; p++)
		count += *p == '\n';
	assert_int_equal(count, sizeof lines / sizeof lines[0]);
	for (size_t i = 0; i < count; i++) {
		char begin[16];
		(void)snprintf(begin, sizeof begin, "\n%d: ", lines[i]);
		char all[PROBLEMS_SIZE + 2];
		(void)snprintf(all, sizeof all, "\n%s", problems);
		if (!strstr(all, begin))
			fail_msg("nothing is reported for line %d in\n%s", lines[i], problems);
	}
}

static void a_text_cut_at_any_byte_is_refused_or_loads(void **state)
{
	(void)state;
	static const char text[] = "inspect = { interfaces = [\"lan0\"]; mark_mask = 0xff0000; }; /* c */\n"
				   "groups = { a = { stage = \"staff\"; networks = [\"10.1.0.0/16\"]; }; };";
	for (size_t n = 0; n < sizeof text; n++) {
		char problems[PROBLEMS_SIZE] = "";
		struct conf *c = NULL;
		int rc = conf_load_text("/f/t.conf", span_of(text, n), report, problems, &c);
		assert_true(rc == 0 || (rc == -EINVAL && problems[0]));
		conf_free(rc == 0 ? c : NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_mistake_is_reported_with_its_line_and_what_is_allowed),
		cmocka_unit_test(a_nul_byte_is_refused),
		cmocka_unit_test(all_mistakes_are_reported_in_one_run),
		cmocka_unit_test(a_text_cut_at_any_byte_is_refused_or_loads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
