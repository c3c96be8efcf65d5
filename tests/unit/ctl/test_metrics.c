/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs' answers become metrics: what the table knows, with the labels it may have, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ctl/metrics.h"

static char *print(const char *engine, const char *firewall)
{
	char *text = NULL;
	size_t size = 0;
	struct part list[] = {{.program = "gate-control", .number = 3, .rc = -2},
			      {.program = "engine", .number = 3}};
	struct parts parts = {2, list};
	(void)snprintf(list[1].answer.text, sizeof list[1].answer.text, "%s", engine);
	FILE *out = open_memstream(&text, &size);
	assert_non_null(out);
	metrics_print(&parts, firewall, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static const struct {
	const char *said, *told; /* told NULL: nothing of it */
} lines[] = {
	{"trygg_engine_packets_total 7\n", "\ntrygg_engine_packets_total{queue=\"3\"} 7\n"},
	{"trygg_engine_packets_total 7", "# TYPE trygg_engine_packets_total counter\n"},
	{"trygg_engine_flows 7\n", "# TYPE trygg_engine_flows gauge\n"},
	{"trygg_engine_requests_total{proto=\"dns\",action=\"help\"} 4294967296\n",
	 "\ntrygg_engine_requests_total{proto=\"dns\",action=\"help\",queue=\"3\"} 4294967296\n"},
	{"keeper_disk_ok 1\n", "\ntrygg_keeper_disk_ok{queue=\"3\"} 1\n"},
	{"mode observe\nset none\nsince 2026-10-01T10:00:00.000Z\n",
	 "\ntrygg_engine_observing{queue=\"3\"} 1\n"},
	{"mode enforce\nset none\nsince 2026-10-01T10:00:00.000Z\n",
	 "\ntrygg_engine_start_time_seconds{queue=\"3\"} 1790848800\n"},
	{"trygg_engine_requests_total{name=\"library.example\"} 1\n", NULL},
	{"trygg_engine_requests_total{proto=\"dns\",client=\"10.2.0.1\"} 1\n", NULL},
	{"trygg_engine_requests_total{proto=\"a\\\"\",client=\"b\"} 1\n", NULL},
	{"trygg_engine_requests_total{proto=\"dns\n", NULL},
	{"trygg_engine_packets_total many\n", NULL},
	{"trygg_engine_packets_totally 7\n", NULL},
	{"trygg_engine_secret_total 7\n", NULL},
	{"help_contacts_total 7\n", NULL},
	{"keeper_records_total{journal=\"contact\"} 7\n", NULL},
};

static void only_what_the_table_knows_is_told(void **state)
{
	(void)state;
	char *nothing = print("", NULL);
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		char *text = print(lines[i].said, NULL);
		if (lines[i].told && !strstr(text, lines[i].told))
			fail_msg("%s: %s", lines[i].said, text);
		if (!lines[i].told)
			assert_string_equal(text, nothing);
		free(text);
	}
	assert_non_null(strstr(nothing, "\ntrygg_up{program=\"gate\",queue=\"3\"} 0\n"));
	assert_non_null(strstr(nothing, "\ntrygg_up{program=\"engine\",queue=\"3\"} 1\n"));
	free(nothing);
}

static void rules_of_the_firewall_are_one_metric(void **state)
{
	(void)state;
	char *text = print("", "trygg_queued 12\ntrygg_refused_853 3\nforeign 4\ntrygg_Bad\" 5\n");
	assert_non_null(strstr(text, "# TYPE trygg_firewall_packets_total counter\n"
				     "trygg_firewall_packets_total{rule=\"queued\"} 12\n"
				     "trygg_firewall_packets_total{rule=\"refused_853\"} 3\n"));
	assert_null(strstr(text, "foreign"));
	assert_null(strstr(text, "Bad"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_the_table_knows_is_told),
		cmocka_unit_test(rules_of_the_firewall_are_one_metric),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
