/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Foreign lists: every line taken for what it means there, or refused with its reason and place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include <errno.h>

#include "rig.h"
#include "ruleset/linewise.h"

/* What came of a list, as the rule lines and refusals that it became. */
struct outcome {
	char rules[8192], refused[65536];
	size_t count, refusals;
	struct import_counts counts;
};

static bool on_rule(void *user, const struct rule_line *rule)
{
	struct outcome *o = user;
	size_t used = strlen(o->rules);
	if (strcmp(rule->host->text, "protected.example") == 0)
		return false;
	o->count++;
	if (used < sizeof(o->rules) - 512)
		snprintf(o->rules + used, sizeof(o->rules) - used, "%u:%s%s %s%.*s\n", rule->line,
			 rule->exception ? "allow " : "", rule_kind_names[rule->kind], rule->host->text,
			 (int)rule->path.len, (const char *)rule->path.at);
	return true;
}

static void on_refused(void *user, const char *file, int line, const char *text)
{
	struct outcome *o = user;
	size_t used = strlen(o->refused);
	o->refusals++;
	snprintf(o->refused + used, sizeof(o->refused) - used, "%s:%d: %s\n", file, line, text);
}

static void import_text(enum import_format format, int part, struct span bytes, struct outcome *o)
{
	static const struct rulefile file = {.path = "list", .name = "school/list"};
	static const struct rule_heads heads = {0};
	struct import_calls calls = {
		.user = o, .rule = on_rule, .refused = on_refused, .file = {&file}, .heads = &heads};
	memset(o, 0, sizeof(*o));
	import_bytes(format, part, bytes, &calls, &o->counts);
}

struct sample {
	enum import_format format;
	int part;
	const char *line, *rules;
	int refused; /* the reason; -1 = taken, or nothing at all */
	bool widened;
};

static const struct sample samples[] = {
	/* hosts */
	{IMPORT_HOSTS, 0, "0.0.0.0 A.Example", "1:exact a.example\n", -1, false},
	{IMPORT_HOSTS, 0, "127.0.0.1\ta.example b.example. # two", "1:exact a.example\n1:exact b.example\n",
	 -1, false},
	{IMPORT_HOSTS, 0, "::1 localhost ip6-localhost a.example", "1:exact a.example\n", -1, false},
	{IMPORT_HOSTS, 0, "0.0.0.0 0.0.0.0", "", -1, false},
	{IMPORT_HOSTS, 0, "# 0.0.0.0 a.example", "", -1, false},
	{IMPORT_HOSTS, 0, "192.0.2.7 a.example", "", REFUSED_ADDRESS, false},
	{IMPORT_HOSTS, 0, "a.example", "", REFUSED_NAME, false},
	{IMPORT_HOSTS, 0, "0.0.0.0 a..example", "", REFUSED_NAME, false},
	{IMPORT_HOSTS, 0, "0.0.0.0 example", "", REFUSED_TOP, false},
	/* domains */
	{IMPORT_DOMAINS, 0, "a.example", "1:exact a.example\n", -1, false},
	{IMPORT_DOMAINS, 0, " bl\xc3\xa5.example # why", "1:exact xn--bl-zia.example\n", -1, false},
	{IMPORT_DOMAINS, 0, "0xC0.0.2.1", "1:exact 192.0.2.1\n", -1, false},
	{IMPORT_DOMAINS, 0, "*.a.example", "", REFUSED_WILDCARD, false},
	{IMPORT_DOMAINS, 0, "http://a.example/", "", REFUSED_NAME, false},
	{IMPORT_DOMAINS, 0, "a.example b.example", "", REFUSED_NAME, false},
	{IMPORT_DOMAINS, 0, "protected.example", "", REFUSED_PROTECTED, false},
	/* wildcard */
	{IMPORT_WILDCARD, 0, "*.a.example", "1:domain a.example\n", -1, false},
	{IMPORT_WILDCARD, 0, "a.example", "1:domain a.example\n", -1, false},
	{IMPORT_WILDCARD, 0, "a.*.example", "", REFUSED_WILDCARD, false},
	{IMPORT_WILDCARD, 0, "*.example", "", REFUSED_TOP, false},
	{IMPORT_WILDCARD, 0, "*", "", REFUSED_WILDCARD, false},
	/* adblock */
	{IMPORT_ADBLOCK, 0, "||a.example^", "1:domain a.example\n", -1, false},
	{IMPORT_ADBLOCK, 0, "||a.example^$important", "1:domain a.example\n", -1, false},
	{IMPORT_ADBLOCK, 0, "|a.example^", "1:exact a.example\n", -1, false},
	{IMPORT_ADBLOCK, 0, "a.example", "1:exact a.example\n", -1, false},
	{IMPORT_ADBLOCK, 0, "@@||a.example^", "1:allow domain a.example\n", -1, false},
	{IMPORT_ADBLOCK, 0, "@@||a.example^|", "1:allow domain a.example\n", -1, false},
	{IMPORT_ADBLOCK, 0, "*.a.example", "1:domain a.example\n", -1, true},
	{IMPORT_ADBLOCK, 0, "||*.a.example^", "1:domain a.example\n", -1, true},
	{IMPORT_ADBLOCK, 0, "0.0.0.0 a.example", "1:exact a.example\n", -1, false},
	{IMPORT_ADBLOCK, 0, "! a comment", "", -1, false},
	{IMPORT_ADBLOCK, 0, "# a comment", "", -1, false},
	{IMPORT_ADBLOCK, 0, "[Adblock Plus 2.0]", "", -1, false},
	{IMPORT_ADBLOCK, 0, "||a.example^$third-party", "", REFUSED_MODIFIER, false},
	{IMPORT_ADBLOCK, 0, "||a.example^$important,popup", "", REFUSED_MODIFIER, false},
	{IMPORT_ADBLOCK, 0, "||a.example^$dnstype=AAAA", "", REFUSED_MODIFIER, false},
	{IMPORT_ADBLOCK, 0, "||a.example^$client=10.0.0.1", "", REFUSED_MODIFIER, false},
	{IMPORT_ADBLOCK, 0, "||a.example^$denyallow=b.a.example", "", REFUSED_MODIFIER, false},
	{IMPORT_ADBLOCK, 0, "||a.example^$dnsrewrite=192.0.2.1", "", REFUSED_MODIFIER, false},
	{IMPORT_ADBLOCK, 0, "@@||a.example^$ctag=device_tv", "", REFUSED_MODIFIER, false},
	{IMPORT_ADBLOCK, 0, "||a.example^$", "", REFUSED_MODIFIER, false},
	{IMPORT_ADBLOCK, 0, "a.example##.banner", "", REFUSED_PAGE, false},
	{IMPORT_ADBLOCK, 0, "##.banner", "", REFUSED_PAGE, false},
	{IMPORT_ADBLOCK, 0, "/ads[0-9]/", "", REFUSED_REGEX, false},
	{IMPORT_ADBLOCK, 0, "||a.example/ads^", "", REFUSED_MASK, false},
	{IMPORT_ADBLOCK, 0, "||ads.", "", REFUSED_MASK, false},
	{IMPORT_ADBLOCK, 0, "ads^", "", REFUSED_MASK, false},
	{IMPORT_ADBLOCK, 0, "||a*.example^", "", REFUSED_WILDCARD, false},
	{IMPORT_ADBLOCK, 0, "||example^", "", REFUSED_TOP, false},
	/* ut1 */
	{IMPORT_UT1, UT1_DOMAINS, "a.example", "1:domain a.example\n", -1, false},
	{IMPORT_UT1, UT1_DOMAINS, "192.0.2.1", "1:exact 192.0.2.1\n", -1, false},
	{IMPORT_UT1, UT1_URLS, "a.example/x/%7ey", "1:url a.example/x/~y\n", -1, false},
	{IMPORT_UT1, UT1_URLS, "http://a.example/x", "1:url a.example/x\n", -1, false},
	{IMPORT_UT1, UT1_URLS, "a.example:8080/x", "1:url a.example/x\n", -1, true},
	{IMPORT_UT1, UT1_URLS, "a.example", "", REFUSED_URL, false},
	{IMPORT_UT1, UT1_EXPRESSIONS, "(ads|banners)", "", REFUSED_REGEX, false},
	/* what may stand in any */
	{IMPORT_DOMAINS, 0,
	 "\xef\xbb\xbf"
	 "a.example\r",
	 "1:exact a.example\n", -1, false},
	{IMPORT_DOMAINS, 0, "a\xff.example", "", REFUSED_TEXT, false},
	{IMPORT_DOMAINS, 0, "a.example\x1b[2J", "", REFUSED_TEXT, false},
	{IMPORT_DOMAINS, 0, "", "", -1, false},
};

static void a_line_is_taken_for_what_it_means_or_refused_with_its_reason(void **state)
{
	static struct outcome o;
	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		const struct sample *s = &samples[i];
		char wanted[512] = "";
		import_text(s->format, s->part, span_text(s->line), &o);
		if (s->refused >= 0)
			snprintf(wanted, sizeof(wanted), "%s", import_reasons[s->refused]);
		bool said = s->refused < 0 ? o.refusals == 0
					   : o.refusals == 1 && strstr(o.refused, wanted) &&
						     strncmp(o.refused, "list:1: refused: ", 17) == 0;
		if (strcmp(o.rules, s->rules) != 0 || !said || (o.counts.widened > 0) != s->widened)
			fail_msg("%s %s\nrules:   %srefused: %s", import_format_names[s->format], s->line,
				 o.rules, o.refused);
		assert_int_equal(o.count, o.counts.taken + o.counts.widened);
		assert_int_equal(o.refusals, import_refused(&o.counts));
	}
}

static void what_an_adblock_list_overrules_in_itself_stays_overruled(void **state)
{
	static const char text[] = "||off.example^\n"
				   "||off.example^$badfilter\n"
				   "||open.example^\n"
				   "||deep.open.example^\n"
				   "@@||open.example^\n"
				   "||firm.example^$important\n"
				   "@@||firm.example^\n"
				   "@@||deep.firm.example^\n"
				   "@@||always.example^$important\n"
				   "||always.example^$important\n"
				   "@@|one.many.example^\n"
				   "||many.example^\n";
	static struct outcome o;
	(void)state;
	import_text(IMPORT_ADBLOCK, 0, span_text(text), &o);
	assert_string_equal(o.rules, "5:allow domain open.example\n"
				     "6:domain firm.example\n"
				     "9:allow domain always.example\n"
				     "11:allow exact one.many.example\n"
				     "12:domain many.example\n");
	assert_int_equal(o.counts.refused[REFUSED_OFF], 1);
	assert_int_equal(o.counts.refused[REFUSED_OVERRULED], 5);
}

static void refusals_are_named_up_to_a_number_and_then_counted(void **state)
{
	static struct outcome o;
	static char text[4 * 1000 + 1];
	(void)state;
	for (size_t i = 0; i < 1000; i++)
		memcpy(text + 4 * i, "a b\n", 4);
	import_text(IMPORT_DOMAINS, 0, span_of(text, 4000), &o);
	assert_int_equal(o.refusals, IMPORT_REPORTED_MAX);
	assert_int_equal(o.counts.refused[REFUSED_NAME], 1000);
}

static void put_file(const char *folder, const char *name, const char *text)
{
	char path[256];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(file_replace(path, 0644, text, strlen(text)), 0);
}

static void usage_says_whether_a_ut1_list_is_black_or_white(void **state)
{
	static const struct {
		const char *usage;
		int rc;
		bool white;
	} cases[] = {{"black\nadult\n", 0, false},
		     {"white\r\n", 0, true},
		     {"# old\n# list\nblack\n", 0, false},
		     {"grey\n", -ENODATA, false},
		     {"", -ENODATA, false}};
	char folder[] = "/tmp/trygg-ut1-XXXXXX", path[64], command[64], why[4352];
	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/domains", folder);
	put_file(folder, "domains", "a.example\n");
	put_file(folder, "urls", "b.example/x\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct import_list list;
		put_file(folder, "usage", cases[i].usage);
		assert_int_equal(import_open(folder, IMPORT_UT1, &list, why, sizeof(why)), 0);
		assert_int_equal(import_begin(&list, why, sizeof(why)), cases[i].rc);
		if (cases[i].rc < 0) {
			import_close(&list);
			continue;
		}
		assert_int_equal(list.count, 2);
		assert_int_equal(list.white, cases[i].white);
		import_close(&list);
		assert_int_equal(import_open(path, IMPORT_UT1, &list, why, sizeof(why)), 0);
		assert_int_equal(import_begin(&list, why, sizeof(why)), 0);
		assert_int_equal(list.count, 1);
		static struct outcome o;
		static const struct rulefile file = {.path = "list", .name = "school/list"};
		static const struct rule_heads heads = {0};
		struct import_calls calls = {
			.user = &o, .rule = on_rule, .refused = on_refused, .file = {&file}, .heads = &heads};
		memset(&o, 0, sizeof(o));
		assert_int_equal(import_read(&list, &calls, &o.counts), 0);
		assert_string_equal(o.rules,
				    cases[i].white ? "1:allow domain a.example\n" : "1:domain a.example\n");
		import_close(&list);
	}
	struct import_list list;
	assert_int_equal(import_open("/dev/null", IMPORT_HOSTS, &list, why, sizeof(why)), -EINVAL);
	assert_int_equal(import_open("/nowhere/list", IMPORT_HOSTS, &list, why, sizeof(why)), -ENOENT);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

struct heard {
	size_t lines, cut, bytes;
	uint32_t last;
};

static void on_line(void *user, const struct linewise *line)
{
	struct heard *h = user;
	h->lines++;
	h->cut += line->cut;
	h->bytes += line->text.len;
	assert_true(line->number > h->last);
	h->last = line->number;
}

/* Lines around the border of the window and of the longest line, in memory and from a file. */
static void lines_of_any_length_keep_their_numbers(void **state)
{
	static const size_t lengths[] = {
		0, 1, LINEWISE_MAX - 1, LINEWISE_MAX, LINEWISE_MAX + 1, 1 << 20, (1 << 20) + 1, 3 << 20, 5};
	enum { LENGTHS = sizeof(lengths) / sizeof(lengths[0]) };
	char path[] = "/tmp/trygg-lines-XXXXXX";
	char *text = malloc(8 << 20);
	size_t len = 0;
	(void)state;
	assert_non_null(text);
	for (size_t round = 0; round < LENGTHS; round++) {
		len = 0;
		for (size_t i = 0; i < LENGTHS; i++) {
			size_t size = lengths[(i + round) % LENGTHS];
			memset(text + len, 'a', size);
			len += size;
			text[len++] = '\n';
		}
		struct heard memory = {0}, stream = {0};
		linewise_bytes(span_of(text, len), on_line, &memory);
		int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		assert_int_equal(file_write_all(fd, text, len), 0);
		assert_int_equal(linewise_file(fd, on_line, &stream), 0);
		close(fd);
		assert_int_equal(memory.lines, LENGTHS);
		assert_int_equal(memory.cut, 4);
		assert_memory_equal(&memory, &stream, sizeof(memory));
	}
	unlink(path);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_taken_for_what_it_means_or_refused_with_its_reason),
		cmocka_unit_test(what_an_adblock_list_overrules_in_itself_stays_overruled),
		cmocka_unit_test(refusals_are_named_up_to_a_number_and_then_counted),
		cmocka_unit_test(usage_says_whether_a_ut1_list_is_black_or_white),
		cmocka_unit_test(lines_of_any_length_keep_their_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
