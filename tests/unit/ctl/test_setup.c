/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers become options; the kernel's table shows who asks for others. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ctl/setup.h"

static const char *const needed[SETUP_ANSWERS] = {
	[SETUP_INTERFACES] = "lan0", [SETUP_HELP_ADDRESSES] = "10.0.0.5 fd00::5"};

static int apply(int question, const char *answer, char **text)
{
	const char *answers[SETUP_ANSWERS];
	memcpy(answers, needed, sizeof answers);
	answers[question] = answer;
	*text = strdup("");
	assert_non_null(*text);
	return setup_apply(answers, text);
}

static const struct {
	int question;
	const char *answer, *becomes; /* NULL: refused */
} answers[] = {
	{SETUP_INTERFACES, "lan0,lan1 , lan2", "interfaces = [\"lan0\", \"lan1\", \"lan2\"];"},
	{SETUP_HELP_ADDRESSES, "10.0.0.5", "addresses = [\"10.0.0.5\"];"},
	{SETUP_STAFF, "10.4.0.0/16", "networks = [\"10.4.0.0/16\"];"},
	{SETUP_SCHOOL, "Åsen skole", "school = \"Åsen skole\";"},
	{SETUP_SCHOOL, "a \"b\"", NULL},
	{SETUP_SCHOOL, "a\nb", NULL},
	{SETUP_INTERFACES, "", NULL},
	{SETUP_HELP_ADDRESSES, NULL, NULL},
	{SETUP_NURSE, "Kari Å. Nordmann, tu 09:00-14:00; th 09:00-12:00", "kari-nordmann = {"},
	{SETUP_NURSE, "Kari Nordmann, tu 09:00-14:00", "title = { nb = \"Helsesykepleier\";"},
	{SETUP_COUNSELLOR, "Ola, tu 09:00-14:00", "kind = \"counsellor\";"},
	{SETUP_COUNSELLOR, "Ola, tu 09:00-14:00", "hours = \"tu 09:00-14:00\";"},
	{SETUP_NURSE, "Kari Nordmann", NULL},
	{SETUP_NURSE, ", tu 09:00-14:00", NULL},
};

static void an_answer_becomes_its_option_or_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		char *text;
		int rc = apply(answers[i].question, answers[i].answer, &text);
		assert_int_equal(rc, answers[i].becomes ? 0 : -EINVAL);
		if (answers[i].becomes && !strstr(text, answers[i].becomes))
			fail_msg("%s: %s", answers[i].answer, text);
		free(text);
	}
}

static void networks_that_nobody_named_are_none(void **state)
{
	(void)state;
	char *text;
	assert_int_equal(apply(SETUP_STAFF, "10.4.0.0/16", &text), 0);
	assert_non_null(strstr(text, "primary = {\n\t\tnetworks = [];"));
	free(text);
}

/* A line of the kernel's table; the answer's direction stands behind the question's. */
static void flow(FILE *to, const char *from, const char *server, unsigned port)
{
	(void)fprintf(to,
		      "ipv4     2 udp      17 28 src=%s dst=%s sport=4000 dport=%u src=%s dst=%s sport=%u "
		      "dport=53 mark=0 zone=0 use=2\n",
		      from, server, port, server, from, port);
}

static struct conf *conf_of(const char *text)
{
	struct conf *conf = NULL;
	assert_int_equal(conf_load_text("/f/t.conf", span_text(text), NULL, NULL, &conf), 0);
	return conf;
}

static char *suspects(unsigned resolver, unsigned others, unsigned web, const char *options, size_t *found)
{
	char *listing = NULL, *said = NULL;
	size_t len = 0, size = 0;
	FILE *to = open_memstream(&listing, &len);
	assert_non_null(to);
	for (unsigned i = 0; i < resolver; i++)
		flow(to, "10.2.0.9", "192.0.2.1", 53);
	for (unsigned i = 0; i < others; i++) {
		char from[32];
		(void)snprintf(from, sizeof from, "10.2.1.%u", i % 50);
		flow(to, from, "192.0.2.1", 53);
	}
	for (unsigned i = 0; i < web; i++)
		flow(to, "10.2.0.8", "192.0.2.1", 443);
	for (unsigned i = 0; i < others; i++)
		flow(to, "10.2.0.1", "192.0.2.1", 53);
	(void)fputs("cut in the middle src=", to);
	assert_int_equal(fclose(to), 0);
	struct conf *conf = conf_of(options);
	struct address own;
	assert_int_equal(address_parse("10.2.0.1", &own), 0);
	to = open_memstream(&said, &size);
	assert_non_null(to);
	*found = setup_resolvers_in(listing, conf, &own, 1, to);
	assert_int_equal(fclose(to), 0);
	conf_free(conf);
	free(listing);
	return said;
}

static void only_an_address_that_asks_for_many_is_suspected(void **state)
{
	(void)state;
	static const struct {
		unsigned resolver, others, web;
		const char *options;
		size_t found;
	} rows[] = {
		{60, 140, 500, "", 1}, /* 30 %, and what is no question does not count */
		{40, 160, 0, "", 0},   /* 20 % is not over 20 % */
		{50, 40, 0, "", 0},    /* too few to say */
		{60, 140, 0, "inspect = { resolvers = [\"10.2.0.9\"]; };", 0}, /* named already */
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t found;
		char *said = suspects(rows[i].resolver, rows[i].others, rows[i].web, rows[i].options, &found);
		assert_int_equal(found, rows[i].found);
		assert_int_equal(strstr(said, "10.2.0.9 asks 30 %") != NULL, found);
		assert_null(strstr(said, "10.2.0.1 "));
		free(said);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_becomes_its_option_or_is_refused),
		cmocka_unit_test(networks_that_nobody_named_are_none),
		cmocka_unit_test(only_an_address_that_asks_for_many_is_suspected),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
