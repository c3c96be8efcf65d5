/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Templates against tables in the order of the Mustache specification: comments, delimiters, interpolation, inverted
 * sections, partials, sections; in each the rules of whitespace and of tags that stand alone. Then what is refused and
 * what is limited.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "web/template.h"

struct row {
	const char *text, *data, *expected;
	const char *part, *inner; /* partials of these names */
};

static char *render(const struct row *r)
{
	char why[TEMPLATE_WHY_SIZE] = "", *out = NULL;
	size_t len = 0;
	struct mustache *set = NULL;
	json_t *data = json_loads(r->data != NULL ? r->data : "{}", JSON_DECODE_ANY, NULL);
	assert_non_null(data);
	if (template_add(&set, "main", r->text, why, sizeof why) != 0)
		fail_msg("%s: %s", r->text, why);
	if (r->part != NULL)
		assert_int_equal(template_add(&set, "part", r->part, why, sizeof why), 0);
	if (r->inner != NULL)
		assert_int_equal(template_add(&set, "inner", r->inner, why, sizeof why), 0);
	assert_int_equal(template_render(set, "main", data, &out, &len), 0);
	assert_int_equal(len, strlen(out));
	template_free(set);
	json_decref(data);
	return out;
}

static void check(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *out = render(&rows[i]);
		if (strcmp(out, rows[i].expected) != 0)
			fail_msg("%s\n with %s\n wanted \"%s\"\n saw    \"%s\"", rows[i].text,
				 rows[i].data != NULL ? rows[i].data : "{}", rows[i].expected, out);
		free(out);
	}
}

#define CHECK(rows) check(rows, sizeof(rows) / sizeof((rows)[0]))

static void comments_leave_nothing_behind(void **state)
{
	static const struct row rows[] = {
		{"ab{{! nothing }}cd", NULL, "abcd", NULL, NULL},
		{"ab{{!\n over\n lines\n}}cd\n", NULL, "abcd\n", NULL, NULL},
		{"one\n{{! alone }}\ntwo\n", NULL, "one\ntwo\n", NULL, NULL},
		{"one\n   {{! alone }}  \ntwo\n", NULL, "one\ntwo\n", NULL, NULL},
		{"|\r\n{{! alone }}\r\n|", NULL, "|\r\n|", NULL, NULL},
		{"  {{! first }}\nx", NULL, "x", NULL, NULL},
		{"x\n  {{! last }}", NULL, "x\n", NULL, NULL},
		{"one\n{{!\n a\n b\n}}\ntwo\n", NULL, "one\ntwo\n", NULL, NULL},
		{"one\n  {{!\n a\n  }}\ntwo\n", NULL, "one\ntwo\n", NULL, NULL},
		{"  12 {{! not alone }}\n", NULL, "  12 \n", NULL, NULL},
		{"a {{! b }} c", NULL, "a  c", NULL, NULL},
		{"<{{! name }}>", "{\"! name\": 1, \"name\": 2, \"!name\": 3}", "<>", NULL, NULL},
		{"{{! a }}{{! b }}\nx", NULL, "\nx", NULL, NULL},
	};
	(void)state;
	CHECK(rows);
}

static void delimiters_change_what_a_tag_is_until_the_end_of_the_template(void **state)
{
	static const struct row rows[] = {
		{"{{=<% %>=}}(<%a%>){{a}}", "{\"a\": \"x\"}", "(x){{a}}", NULL, NULL},
		{"({{=[ ]=}}[a])", "{\"a\": \"x\"}", "(x)", NULL, NULL},
		{"{{=@ @=}}@={{ }}=@{{a}}", "{\"a\": \"x\"}", "x", NULL, NULL},
		{"{{#s}}\n {{a}} |a|\n{{/s}}\n{{= | | =}}\n|#s|\n {{a}} |a|\n|/s|\n",
		 "{\"s\": true, \"a\": \"x\"}", " x |a|\n {{a}} x\n", NULL, NULL},
		{"{{^s}}{{a}}{{/s}}{{= | | =}}|^s||a||/s|", "{\"a\": \"x\"}", "xx", NULL, NULL},
		{"{{>part}}{{= | | =}}|>part|", "{\"a\": \"x\"}", ".x..x.", ".{{a}}.", NULL},
		{"{{>part}} .{{a}}.|a|.", "{\"a\": \"x\"}", ".x. .x. .x.|a|.", ".{{a}}.{{= | | =}} .|a|.",
		 NULL},
		{"| {{=@ @=}} |", NULL, "|  |", NULL, NULL},
		{" | {{=@ @=}}\n", NULL, " | \n", NULL, NULL},
		{"one\n{{=@ @=}}\ntwo\n", NULL, "one\ntwo\n", NULL, NULL},
		{"one\n  {{=@ @=}}\ntwo\n", NULL, "one\ntwo\n", NULL, NULL},
		{"|\r\n{{= @ @ =}}\r\n|", NULL, "|\r\n|", NULL, NULL},
		{"  {{=@ @=}}\n=", NULL, "=", NULL, NULL},
		{"=\n  {{=@ @=}}", NULL, "=\n", NULL, NULL},
		{"|{{= @   @ =}}|", NULL, "||", NULL, NULL},
	};
	(void)state;
	CHECK(rows);
}

static void values_are_written_escaped(void **state)
{
	static const struct row rows[] = {
		{"no {tags} here\n", NULL, "no {tags} here\n", NULL, NULL},
		{"hei, {{who}}!\n", "{\"who\": \"du\"}", "hei, du!\n", NULL, NULL},
		{"{{a}}: {{b}}", "{\"a\": \"{{b}}\", \"b\": \"x\"}", "{{b}}: x", NULL, NULL},
		{"{{a}}", "{\"a\": \"& \\\" < > '\"}", "&amp; &quot; &lt; &gt; &#39;", NULL, NULL},
		{"{{a}} {{b}} {{c}} {{d}}", "{\"a\": 85, \"b\": 1.21, \"c\": -3, \"d\": true}",
		 "85 1.21 -3 true", NULL, NULL},
		{"({{a}})({{b}})({{c}})", "{\"a\": null, \"b\": [1], \"c\": {\"x\": 1}}", "()()()", NULL,
		 NULL},
		{"({{nothing}})", NULL, "()", NULL, NULL},
		{"{{p.n}}={{#p}}{{n}}{{/p}}", "{\"p\": {\"n\": \"x\"}}", "x=x", NULL, NULL},
		{"{{a.b.c.d.e}}", "{\"a\": {\"b\": {\"c\": {\"d\": {\"e\": \"deep\"}}}}}", "deep", NULL,
		 NULL},
		{"({{a.b.c}})", "{\"a\": {}}", "()", NULL, NULL},
		{"({{a.b.c}})", "{\"a\": {\"b\": {}}, \"c\": \"wrong\"}", "()", NULL, NULL},
		{"{{#a}}{{b.c}}{{/a}}", "{\"a\": {\"b\": {\"c\": \"near\"}}, \"b\": {\"c\": \"far\"}}",
		 "near", NULL, NULL},
		{"({{#a}}{{b.c}}{{/a}})", "{\"a\": {\"b\": {}}, \"b\": {\"c\": \"wrong\"}}", "()", NULL,
		 NULL},
		{"({{a.b}})", "{\"a.b\": \"wrong\"}", "()", NULL, NULL},
		{"{{a.b}}", "{\"a.b\": \"wrong\", \"a\": {\"b\": \"right\"}}", "right", NULL, NULL},
		{"{{.}}", "\"a<b\"", "a&lt;b", NULL, NULL},
		{"{{.}}", "85", "85", NULL, NULL},
		{"| {{a}} |", "{\"a\": \"x\"}", "| x |", NULL, NULL},
		{"  {{a}}\n", "{\"a\": \"x\"}", "  x\n", NULL, NULL},
		{"|{{ a }}|{{\ta\n}}|", "{\"a\": \"x\"}", "|x|x|", NULL, NULL},
		{"{{æ}} blåbær", "{\"æ\": \"ø\"}", "ø blåbær", NULL, NULL},
	};
	(void)state;
	CHECK(rows);
}

static void inverted_sections_show_what_is_false_or_missing(void **state)
{
	static const struct row rows[] = {
		{"({{^a}}no{{/a}})", "{\"a\": false}", "(no)", NULL, NULL},
		{"({{^a}}no{{/a}})", "{\"a\": true}", "()", NULL, NULL},
		{"({{^a}}no{{/a}})", "{\"a\": null}", "(no)", NULL, NULL},
		{"({{^a}}no{{/a}})", "{\"a\": {\"b\": 1}}", "()", NULL, NULL},
		{"({{^a}}{{n}}{{/a}})", "{\"a\": [{\"n\": 1}, {\"n\": 2}]}", "()", NULL, NULL},
		{"({{^a}}none{{/a}})", "{\"a\": []}", "(none)", NULL, NULL},
		{"({{^a}}none{{/a}})", "{\"a\": \"\"}", "(none)", NULL, NULL},
		{"({{^a}}none{{/a}})", "{\"a\": 0}", "()", NULL, NULL},
		{"({{^a}}none{{/a}})", NULL, "(none)", NULL, NULL},
		{"{{^a}}\n1\n{{/a}}\n2\n{{^a}}\n3\n{{/a}}\n", "{\"a\": false}", "1\n2\n3\n", NULL, NULL},
		{"|{{^a}}1{{^a}}2{{/a}}3{{/a}}|", "{\"a\": false}", "|123|", NULL, NULL},
		{"|{{^a}}1{{^a}}2{{/a}}3{{/a}}|", "{\"a\": true}", "||", NULL, NULL},
		{"({{^a.b.c}}no{{/a.b.c}})", "{\"a\": {\"b\": {\"c\": true}}}", "()", NULL, NULL},
		{"({{^a.b.c}}no{{/a.b.c}})", "{\"a\": {\"b\": {\"c\": false}}}", "(no)", NULL, NULL},
		{"({{^a.b.c}}no{{/a.b.c}})", "{\"a\": {}}", "(no)", NULL, NULL},
		{" | {{^a}}\t|\t{{/a}} | \n", NULL, " | \t|\t | \n", NULL, NULL},
		{" | {{^a}} {{! c }}\n {{/a}} | \n", NULL, " |  \n  | \n", NULL, NULL},
		{" {{^a}}1{{/a}}\n {{^a}}2{{/a}}\n", NULL, " 1\n 2\n", NULL, NULL},
		{"one\n{{^a}}\n|\n{{/a}}\ntwo\n", NULL, "one\n|\ntwo\n", NULL, NULL},
		{"one\n  {{^a}}\n|\n  {{/a}}\ntwo\n", NULL, "one\n|\ntwo\n", NULL, NULL},
		{"|\r\n{{^a}}\r\n{{/a}}\r\n|", NULL, "|\r\n|", NULL, NULL},
		{"  {{^a}}\n^{{/a}}\n/", NULL, "^\n/", NULL, NULL},
		{"^{{^a}}\n/\n  {{/a}}", NULL, "^\n/\n", NULL, NULL},
		{"|{{^ a }}={{/ a }}|", NULL, "|=|", NULL, NULL},
		{"{{#l}}{{^no}}{{.}}{{/no}}{{/l}}", "{\"l\": [\"x\", \"y\"]}", "xy", NULL, NULL},
	};
	(void)state;
	CHECK(rows);
}

static void partials_come_in_with_their_place_and_indentation(void **state)
{
	static const struct row rows[] = {
		{"({{>part}})", NULL, "(from part)", "from part", NULL},
		{"({{>nowhere}})", NULL, "()", NULL, NULL},
		{"({{>part}})", "{\"a\": \"x\"}", "(*x*)", "*{{a}}*", NULL},
		{"{{>part}}", "{\"c\": \"X\", \"n\": [{\"c\": \"Y\", \"n\": []}]}", "X<Y<>>",
		 "{{c}}<{{#n}}{{>part}}{{/n}}>", NULL},
		{"{{>part}}", "{\"a\": \"1\", \"b\": \"2\"}", "*1 2!*", "*{{a}} {{>inner}}*", "{{b}}!"},
		{"| {{>part}} |", NULL, "| \t|\t |", "\t|\t", NULL},
		{"  {{a}}  {{> part}}\n", "{\"a\": \"|\"}", "  |  >\n>\n", ">\n>", NULL},
		{"|\r\n{{>part}}\r\n|", NULL, "|\r\n>|", ">", NULL},
		{"  {{>part}}\n>", NULL, "  >\n  >>", ">\n>", NULL},
		{">\n  {{>part}}", NULL, ">\n  >\n  >", ">\n>", NULL},
		{"\\\n {{>part}}\n/\n", "{\"a\": \"x\\ny\"}", "\\\n |\n x\ny\n |\n/\n", "|\n{{a}}\n|\n",
		 NULL},
		{"|{{> part }}|", NULL, "|[]|", "[]", NULL},
		{"  {{>part}}\n", NULL, "  a\n   b\n  c\n", "a\n {{>inner}}\nc\n", "b\n"},
		{"  {{>part}}\n", "{\"l\": [1, 2]}", "  <\n  1\n  2\n  >\n", "<\n{{#l}}\n{{.}}\n{{/l}}\n>\n",
		 NULL},
		{"  {{>part}}\n", NULL, "  a [x\ny]\n", "a [{{>inner}}]\n", "x\ny"},
	};
	(void)state;
	CHECK(rows);
}

static void sections_repeat_enter_and_skip(void **state)
{
	static const struct row rows[] = {
		{"({{#a}}yes{{/a}})", "{\"a\": true}", "(yes)", NULL, NULL},
		{"({{#a}}yes{{/a}})", "{\"a\": false}", "()", NULL, NULL},
		{"({{#a}}yes{{/a}})", "{\"a\": null}", "()", NULL, NULL},
		{"({{#a}}{{n}}{{/a}})", "{\"a\": {\"n\": \"x\"}}", "(x)", NULL, NULL},
		{"{{#s}}{{a}}, {{b}}, {{c.d}}{{/s}}",
		 "{\"a\": \"1\", \"b\": \"wrong\", \"s\": {\"b\": \"2\"}, \"c\": {\"d\": \"3\"}}", "1, 2, 3",
		 NULL, NULL},
		{"{{#a}}{{.}} is {{a}}{{/a}}", "{\"a\": \"x\"}", "x is x", NULL, NULL},
		{"{{#a}}{{#b}}{{n.l}}{{m}}.{{#c}}{{n.u}}{{m}}{{o}}.{{/c}}{{/b}}{{/a}}",
		 "{\"a\": [{\"n\": {\"u\": \"A\", \"l\": \"a\"}, \"b\": [{\"m\": \"1\", \"c\": [{\"o\": "
		 "\"x\"}, {\"o\": \"y\"}]}]}]}",
		 "a1.A1x.A1y.", NULL, NULL},
		{"{{#a}}\n{{one}}\n{{#b}}\n{{one}}{{two}}\n{{#c}}\n{{one}}{{two}}{{three}}\n{{/c}}\n{{/"
		 "b}}\n{{/a}}\n",
		 "{\"a\": {\"one\": 1}, \"b\": {\"two\": 2}, \"c\": {\"three\": 3}}", "1\n12\n123\n", NULL,
		 NULL},
		{"({{#l}}{{n}}{{/l}})", "{\"l\": [{\"n\": 1}, {\"n\": 2}, {\"n\": 3}]}", "(123)", NULL, NULL},
		{"({{#l}}x{{/l}})", "{\"l\": []}", "()", NULL, NULL},
		{"({{#a}}x{{/a}})", "{\"a\": \"\"}", "()", NULL, NULL},
		{"({{#a}}{{.}}{{/a}})", "{\"a\": 0}", "(0)", NULL, NULL},
		{"{{#a}}\n1\n{{/a}}\n2\n{{#a}}\n3\n{{/a}}\n", "{\"a\": true}", "1\n2\n3\n", NULL, NULL},
		{"|{{#a}}1{{#a}}2{{/a}}3{{/a}}|", "{\"a\": true}", "|123|", NULL, NULL},
		{"|{{#a}}1{{#a}}2{{/a}}3{{/a}}|", "{\"a\": false}", "||", NULL, NULL},
		{"({{#nothing}}x{{/nothing}})", NULL, "()", NULL, NULL},
		{"{{#l}}({{.}}){{/l}}", "{\"l\": [\"a\", 1, 2.5, \"<\"]}", "(a)(1)(2.5)(&lt;)", NULL, NULL},
		{"{{#l}}({{#.}}{{.}}{{/.}}){{/l}}", "{\"l\": [[1, 2], [\"a\", \"b\"]]}", "(12)(ab)", NULL,
		 NULL},
		{"{{#.}}({{v}}){{/.}}", "[{\"v\": \"a\"}, {\"v\": \"b\"}]", "(a)(b)", NULL, NULL},
		{"({{#a.b.c}}x{{/a.b.c}})", "{\"a\": {\"b\": {\"c\": true}}}", "(x)", NULL, NULL},
		{"({{#a.b.c}}x{{/a.b.c}})", "{\"a\": {\"b\": {\"c\": false}}}", "()", NULL, NULL},
		{"({{#a.b.c}}x{{/a.b.c}})", "{\"a\": {}}", "()", NULL, NULL},
		{" | {{#a}}\t|\t{{/a}} | \n", "{\"a\": true}", " | \t|\t | \n", NULL, NULL},
		{" | {{#a}} {{! c }}\n {{/a}} | \n", "{\"a\": true}", " |  \n  | \n", NULL, NULL},
		{" {{#a}}1{{/a}}\n {{#a}}2{{/a}}\n", "{\"a\": true}", " 1\n 2\n", NULL, NULL},
		{"one\n{{#a}}\n|\n{{/a}}\ntwo\n", "{\"a\": true}", "one\n|\ntwo\n", NULL, NULL},
		{"one\n  {{#a}}\n|\n  {{/a}}\ntwo\n", "{\"a\": true}", "one\n|\ntwo\n", NULL, NULL},
		{"|\r\n{{#a}}\r\n{{/a}}\r\n|", "{\"a\": true}", "|\r\n|", NULL, NULL},
		{"  {{#a}}\n#{{/a}}\n/", "{\"a\": true}", "#\n/", NULL, NULL},
		{"#{{#a}}\n/\n  {{/a}}", "{\"a\": true}", "#\n/\n", NULL, NULL},
		{"|{{# a }}={{/ a }}|", "{\"a\": true}", "|=|", NULL, NULL},
	};
	(void)state;
	CHECK(rows);
}

static void what_is_no_template_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text, *wanted;
	} rows[] = {
		{"a\n{{{raw}}}", "line 2: raw output"},
		{"{{&raw}}", "line 1: raw output"},
		{"{{=<% %>=}}<%{raw}%>", "raw output"},
		{"{{=| |=}}|&raw|", "raw output"},
		{"x {{never", "line 1: this tag has no end"},
		{"{{#a}}\n\nx", "never closed"},
		{"{{/a}}", "closes another section"},
		{"{{#a}}{{/b}}", "closes another section"},
		{"{{#a}}{{#b}}{{/a}}{{/b}}", "closes another section"},
		{"{{}}", "without a proper name"},
		{"{{ }}", "without a proper name"},
		{"{{#}}{{/}}", "without a proper name"},
		{"{{a b}}", "without a proper name"},
		{"{{$block}}{{/block}}", "not supported"},
		{"{{<parent}}{{/parent}}", "not supported"},
		{"{{=<%=}}", "delimiters are set"},
		{"{{= =}}", "delimiters are set"},
		{"{{=<% %> x=}}", "delimiters are set"},
		{"{{=0123456789abcdefg }=}}", "delimiters are set"},
		{"{{=}}", "delimiters are set"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char why[TEMPLATE_WHY_SIZE] = "";
		struct mustache *set = NULL;
		assert_int_equal(template_add(&set, "main", rows[i].text, why, sizeof why), -EINVAL);
		assert_null(set);
		if (strstr(why, rows[i].wanted) == NULL)
			fail_msg("%s: wanted \"%s\", saw \"%s\"", rows[i].text, rows[i].wanted, why);
	}
}

static void what_never_ends_or_is_not_there_is_an_error(void **state)
{
	char why[TEMPLATE_WHY_SIZE], *out = NULL;
	size_t len;
	struct mustache *set = NULL;
	json_t *data = json_pack("{s:[i,i,i,i,i,i,i,i,i,i]}", "l", 1, 2, 3, 4, 5, 6, 7, 8, 9, 0);
	(void)state;
	assert_int_equal(template_add(&set, "loop", "x{{>loop}}", why, sizeof why), 0);
	assert_int_equal(
		template_add(
			&set, "much",
			"{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}0123456789{{/l}}{{/l}}{{/l}}{{/l}}{{/l}}{{/l}}",
			why, sizeof why),
		0);
	assert_int_equal(template_render(set, "loop", data, &out, &len), -ELOOP);
	assert_int_equal(template_render(set, "much", data, &out, &len), -EMSGSIZE);
	assert_int_equal(template_render(set, "none", data, &out, &len), -ENOENT);
	/* The later of two with one name counts. */
	assert_int_equal(template_add(&set, "loop", "ends", why, sizeof why), 0);
	assert_int_equal(template_render(set, "loop", data, &out, &len), 0);
	assert_string_equal(out, "ends");
	free(out);
	template_free(set);
	json_decref(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comments_leave_nothing_behind),
		cmocka_unit_test(delimiters_change_what_a_tag_is_until_the_end_of_the_template),
		cmocka_unit_test(values_are_written_escaped),
		cmocka_unit_test(inverted_sections_show_what_is_false_or_missing),
		cmocka_unit_test(partials_come_in_with_their_place_and_indentation),
		cmocka_unit_test(sections_repeat_enter_and_skip),
		cmocka_unit_test(what_is_no_template_is_refused_with_its_line),
		cmocka_unit_test(what_never_ends_or_is_not_there_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
