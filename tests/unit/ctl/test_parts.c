/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Joining the programs' answers, and the settings that gate gets. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ctl/ctl.h"
#include "ctl/parts.h"

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

static void answer(struct part *p, const char *text)
{
	p->rc = 0;
	(void)snprintf(p->answer.text, sizeof p->answer.text, "%s", text);
}

static void every_pair_and_the_two_single_programs_are_asked(void **state)
{
	(void)state;
	static const char *const names[] = {"gate-control@2", "engine@2",       "gate-control@3",
					    "engine@3",       "keeper-control", "help"};
	struct parts p;
	struct conf *c = load("inspect = { queues = [2, 3]; }; gateway = { run_folder = \"nowhere\"; };");
	assert_int_equal(parts_init(&p, c), 0);
	assert_int_equal(p.count, 6);
	for (size_t i = 0; i < p.count; i++)
		assert_string_equal(p.list[i].name, names[i]);
	assert_int_equal(parts_ask(&p, c, CONTROL_STATUS, 100), 0);
	assert_int_equal(p.list[0].rc, -ENOENT);
	parts_clear(&p);
	conf_free(c);
}

static void values_are_found_by_their_whole_name_and_summed_over_programs(void **state)
{
	(void)state;
	struct parts p;
	char text[32];
	struct conf *c = load("inspect = { queues = [0, 1]; };");
	assert_int_equal(parts_init(&p, c), 0);
	for (size_t i = 0; i < p.count; i++)
		p.list[i].rc = -ENOENT;
	answer(&p.list[1], "set 0123456789abcdef\nn_total 3\nn_total_more "
			   "100\nr{proto=\"dns\",action=\"help\"} 4\nbroken\n");
	answer(&p.list[3],
	       "r{proto=\"dns\",action=\"help\"} 5\nr{proto=\"dns\",action=\"allow\"} 60\nn_total 1");
	assert_true(part_value(&p.list[1], "set", text, sizeof text));
	assert_string_equal(text, "0123456789abcdef");
	assert_false(part_value(&p.list[1], "se", text, sizeof text));
	assert_false(part_value(&p.list[1], "broken", text, sizeof text));
	assert_true(part_value(&p.list[3], "n_total", text, sizeof text));
	assert_string_equal(text, "1");
	assert_int_equal((int)parts_sum(&p, "n_total", NULL), 4);
	assert_int_equal((int)parts_sum(&p, "r", "action=\"help\""), 9);
	assert_int_equal((int)parts_sum(&p, "r", NULL), 69);
	assert_int_equal((int)parts_sum(&p, "absent", NULL), 0);
	parts_clear(&p);
	conf_free(c);
}

static void gate_gets_its_settings_as_assignments(void **state)
{
	(void)state;
	char *text = NULL;
	size_t size = 0;
	struct conf *c = load(
		"inspect = { mark_mask = 0xff00; on_failure = \"drop\"; hold_ms = 50; queue_length = 100; };"
		"rules = { mode = \"observe\"; }; gateway = { run_folder = \"/r\"; };");
	FILE *out = open_memstream(&text, &size);
	ctl_print_env(c, out);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text,
			    "TRYGG_RUN=/r\nTRYGG_QUEUE_LENGTH=100\nTRYGG_ON_FAILURE=drop\nTRYGG_HOLD_MS=50\n"
			    "TRYGG_MARK_MASK=0xff00\nTRYGG_CPU_OFFSET=0\n");
	free(text);
	conf_free(c);
}

static void every_verb_of_the_table_has_words_for_people(void **state)
{
	(void)state;
	const struct ctl_verb *v;
	size_t count = 0;
	for (; (v = ctl_verb(count)); count++) {
		assert_non_null(v->run);
		assert_true(strlen(v->what) > 10);
		for (size_t k = 0; k < count; k++)
			assert_string_not_equal(v->name, ctl_verb(k)->name);
	}
	assert_true(count > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pair_and_the_two_single_programs_are_asked),
		cmocka_unit_test(values_are_found_by_their_whole_name_and_summed_over_programs),
		cmocka_unit_test(gate_gets_its_settings_as_assignments),
		cmocka_unit_test(every_verb_of_the_table_has_words_for_people),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
