/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The notice says what the configuration does, in every mode and language; the poster leads to the help page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "catalogue/notice.h"

static void report(void *user, const char *file, int line, const char *text)
{
	(void)user;
	print_error("%s:%d: %s\n", file, line, text);
}

struct rig {
	struct conf *conf;
	struct texts *texts;
	struct duty *duty;
};

static void made(const char *more, struct rig *r)
{
	char path[4096], text[8192];
	assert_non_null(getcwd(path, sizeof path - 32));
	strcat(path, "/trygg.conf");
	(void)snprintf(text, sizeof text, "%s\n%s",
		       strstr(more, "help = {") ? "" : "help = { texts = \"config/texts\"; };", more);
	*r = (struct rig){0};
	assert_int_equal(conf_load_text(path, span_text(text), report, NULL, &r->conf), 0);
	assert_int_equal(texts_load(r->conf, report, NULL, &r->texts), 0);
	assert_int_equal(duty_new(r->conf, report, NULL, &r->duty), 0);
}

static void gone(struct rig *r)
{
	duty_free(r->duty);
	texts_free(r->texts);
	conf_free(r->conf);
}

static char *notice_of(struct rig *r, enum language language, bool html)
{
	char *text = NULL;
	size_t size;
	struct notice n;
	FILE *out = open_memstream(&text, &size);
	assert_non_null(out);
	notice_make(r->conf, r->texts, r->duty, language, &n);
	if (html)
		notice_html(&n, r->texts, language, out);
	else
		notice_text(&n, out);
	notice_clear(&n);
	assert_int_equal(fclose(out), 0);
	return text;
}

static const char categories[] =
	"categories = {\n"
	" drugs = { titles = { en = \"Drugs & <drink>\"; }; log = \"event\"; };\n"
	" self-harm = { titles = { en = \"Self-harm\"; }; log = \"concern\"; };\n"
	" pornography = { titles = { en = \"Porn\"; }; log = \"count\"; };\n"
	" games = { titles = { en = \"Games\"; }; action = \"refuse\"; log = \"none\"; };\n"
	" grief = { titles = { en = \"Grief\"; }; action = \"allow\"; log = \"none\"; }; };\n"
	"groups = { a = { networks = [\"10.1.0.0/16\"]; stage = \"primary\"; };\n"
	" b = { networks = [\"10.2.0.0/16\"]; stage = \"upper-secondary\"; actions = { games = \"allow\"; }; "
	"};\n"
	" c = { networks = [\"10.3.0.0/16\"]; stage = \"staff\"; actions = { drugs = \"allow\"; }; }; };\n"
	"help = { texts = \"config/texts\"; addresses = [\"10.0.0.5\"]; };\n";

static void the_notice_says_what_this_configuration_does(void **state)
{
	static const char *const wanted[] = {
		"These topics are stopped: Drugs & <drink>; Self-harm; Porn.",
		"These are stopped for some stages: Games.",
		"These topics are always open: Grief.",
		"We do not store who it was.",
		"we also store the name of the page: Self-harm.",
		"store only a number each day: Porn.",
		"deleted after 12 days",
		"The help page is always open: http://10.0.0.5/",
		"only the one you choose reads it",
		"Kari, Nurse, Room 1",
		"it sees only the name of the page",
	};
	char text[8192];
	struct rig r;
	(void)state;
	(void)snprintf(text, sizeof text,
		       "%sprivacy = { retention_days = 12; };\nduty = { persons = { kari = { name = "
		       "\"Kari\"; kind = "
		       "\"nurse\"; title = { en = \"Nurse\"; }; place = { en = \"Room 1\"; }; hours = \"tu "
		       "09:00-14:00\"; }; "
		       "}; };",
		       categories);
	made(text, &r);
	char *said = notice_of(&r, LANGUAGE_EN, false);
	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
		if (strstr(said, wanted[i]) == NULL)
			fail_msg("\"%s\" is missing in\n%s", wanted[i], said);
	assert_null(strstr(said, "being tried out"));
	assert_null(strchr(said, '{'));
	free(said);
	said = notice_of(&r, LANGUAGE_EN, true);
	assert_non_null(strstr(said, "Drugs &amp; &lt;drink&gt;; Self-harm"));
	assert_non_null(strstr(said, "<html lang=\"en\" dir=\"ltr\">"));
	free(said);
	gone(&r);
}

static void the_notice_follows_the_mode(void **state)
{
	char text[8192];
	struct rig r;
	(void)state;
	(void)snprintf(text, sizeof text,
		       "%sprivacy = { mode = \"counts\"; };\nrules = { mode = \"observe\"; };\n"
		       "inspect = { http_ports = []; tls_ports = []; };",
		       categories);
	made(text, &r);
	char *said = notice_of(&r, LANGUAGE_EN, false);
	assert_non_null(strstr(said, "We store nothing more."));
	assert_non_null(strstr(said, "being tried out"));
	assert_null(strstr(said, "the name of the page"));
	assert_null(strstr(said, "about when"));
	assert_null(strstr(said, "only the one you choose"));
	free(said);
	/* Modes that name their purpose are not there to be chosen yet, but what is said of them is. */
	r.conf->privacy.mode = PRIVACY_IDENTIFIABLE;
	r.conf->privacy.purpose = "to help.";
	said = notice_of(&r, LANGUAGE_EN, false);
	assert_non_null(strstr(said, "Two adults must open it together."));
	assert_non_null(strstr(said, "Purpose: to help.\n"));
	assert_null(strstr(said, "does not point at you"));
	free(said);
	gone(&r);
}

static void every_language_has_every_part(void **state)
{
	struct rig r;
	(void)state;
	made("help = { texts = \"config/texts\"; languages = [\"nb\", \"nn\", \"en\", \"se\"]; addresses = "
	     "[\"fd00::5\"]; };",
	     &r);
	for (size_t i = 0; i < r.texts->language_count; i++) {
		struct notice n;
		notice_make(r.conf, r.texts, r.duty, r.texts->languages[i], &n);
		assert_int_equal(n.part_count, NOTICE_PARTS);
		assert_true(strlen(n.title) > 10);
		for (size_t k = 0; k < n.part_count; k++) {
			assert_true(strlen(n.parts[k].heading) > 2);
			assert_true(n.parts[k].line_count > 0);
		}
		notice_clear(&n);
	}
	gone(&r);
}

static void the_poster_draws_every_dark_module_once(void **state)
{
	static const uint8_t modules[9] = {1, 0, 3, 2, 1, 0, 0, 0, 1};
	struct poster_code code = {3, modules};
	char *page = NULL;
	size_t size, squares = 0;
	struct rig r;
	(void)state;
	made("help = { texts = \"config/texts\"; addresses = [\"fd00::5\", \"10.0.0.5\"]; };", &r);
	FILE *out = open_memstream(&page, &size);
	poster_html(r.conf, r.texts, LANGUAGE_NN, &code, out);
	assert_int_equal(fclose(out), 0);
	assert_non_null(strstr(page, "<p class=\"address\">http://[fd00::5]/</p>"));
	assert_non_null(strstr(page, "viewBox=\"0 0 11 11\""));
	for (const char *at = strstr(page, "/><path d="); (at = strstr(at, "h1v1h-1z")) != NULL; at++)
		squares++;
	assert_int_equal(squares, 4);
	assert_non_null(strstr(page, "M4 4h1v1h-1zM6 4h1v1h-1zM5 5h1v1h-1zM6 6h1v1h-1z"));
	assert_non_null(strstr(page, "116 111 for deg under 18 år"));
	/* Nothing from elsewhere, no script. */
	assert_null(strstr(page, "src="));
	assert_null(strstr(page, "<script"));
	assert_null(strstr(page, "href="));
	free(page);
	gone(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_notice_says_what_this_configuration_does),
		cmocka_unit_test(the_notice_follows_the_mode),
		cmocka_unit_test(every_language_has_every_part),
		cmocka_unit_test(the_poster_draws_every_dark_module_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
