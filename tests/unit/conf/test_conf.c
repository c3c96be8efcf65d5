/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration as a whole: what loads, what it becomes, and that what is printed loads again to the same. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/file.h"
#include "conf/conf.h"

/* libconfig 1.5 loses its scratch text at a syntax error. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig\n";
}

static void report(void *user, const char *file, int line, const char *text)
{
	char *out = user;
	size_t used = strlen(out);
	(void)snprintf(out + used, 4096 - used, "%s:%d: %s\n", file, line, text);
}

static struct conf *load(const char *text)
{
	char problems[4096] = "";
	struct conf *c = NULL;
	int rc = conf_load_text("/folder/trygg.conf", span_text(text), report, problems, &c);
	if (rc != 0)
		fail_msg("%s", problems);
	return c;
}

static char *printed(const struct conf *c)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	conf_print(c, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static const char binding[] =
	"inspect = { interfaces = [\"lan0\"]; queues = [0, 0]; http_ports = [80]; tls_ports = [443]; quic = "
	"\"refuse\"; "
	"on_failure = \"pass\";\n"
	"            hold_ms = 2000; mark_mask = 0xff0000; resolvers = []; };\n"
	"rules = { national = \"rules.d/national\"; municipality = \"rules.d/municipality\"; school = "
	"\"rules.d/school\";\n"
	"          compiled = \"rules.trygg\"; protected = []; mode = \"enforce\"; };\n"
	"categories = { self-harm = { titles = { nb = \"…\"; nn = \"…\"; en = \"…\"; }; severity = 3; "
	"mandatory = false; "
	"log = \"concern\";\n"
	"               action = \"help\"; topics = [\"self_harm\"]; }; games = { action = \"refuse\"; }; "
	"};\n"
	"groups = { primary = { networks = [\"10.1.0.0/16\"]; stage = \"primary\"; pupils = 120; default = "
	"\"allow\"; "
	"actions = { games = \"allow\"; }; }; };\n"
	"help = { addresses = [\"10.0.0.5\"]; name = \"\"; certificate = \"\"; key = \"\"; tls = \"refuse\"; "
	"languages = [\"nb\", \"nn\", \"en\"];\n"
	"         catalogue = \"catalogue.conf\"; };\n"
	"privacy = { mode = \"events\"; };  journal = { folder = \"journal\"; };  store = { url = "
	"\"sqlite:store.db\"; };\n";

static void every_section_of_the_contract_loads(void **state)
{
	(void)state;
	struct conf *c = load(binding);
	assert_string_equal(c->path, "/folder/trygg.conf");
	assert_int_equal(c->inspect.interfaces.count, 1);
	assert_string_equal(c->inspect.interfaces.item[0], "lan0");
	assert_int_equal(c->inspect.queue_first, 0);
	assert_int_equal(c->inspect.queue_last, 0);
	assert_int_equal(c->inspect.http_ports[0], 80);
	assert_int_equal(c->inspect.tls_ports[0], 443);
	assert_true(c->inspect.quic_refuse);
	assert_int_equal(c->inspect.on_failure, FAILURE_PASS);
	assert_int_equal(c->inspect.hold_ms, 2000);
	assert_int_equal(c->inspect.mark_mask, 0xff0000);
	assert_string_equal(c->rules.layer[1], "/folder/rules.d/municipality");
	assert_string_equal(c->rules.compiled, "/folder/rules.trygg");
	assert_false(c->rules.observe);
	assert_int_equal(c->category_count, 4);
	assert_string_equal(c->categories[0].id, "self-harm");
	assert_int_equal(c->categories[0].severity, 3);
	assert_int_equal(c->categories[0].log, LOG_CONCERN);
	assert_string_equal(c->categories[0].topics.item[0], "self_harm");
	assert_string_equal(c->categories[c->category_unlisted].id, "unlisted");
	assert_string_equal(c->categories[c->category_evasion].id, "evasion");
	assert_int_equal(c->groups[0].pupils, 120);
	assert_int_equal(c->groups[0].actions[0], ACTION_HELP);
	assert_int_equal(c->groups[0].actions[1], ACTION_ALLOW);
	assert_int_equal(c->groups[0].actions[c->category_unlisted], ACTION_REFUSE);
	assert_int_equal(c->help.address_count, 1);
	assert_string_equal(c->help.catalogue, "/folder/catalogue.conf");
	assert_int_equal(c->privacy.mode, PRIVACY_EVENTS);
	assert_string_equal(c->journal.folder, "/folder/journal");
	assert_string_equal(c->store.url, "sqlite:/folder/store.db");
	conf_free(c);
}

static void an_empty_configuration_has_every_default(void **state)
{
	(void)state;
	struct conf *c = load("");
	assert_int_equal(c->inspect.interfaces.count, 0);
	assert_int_equal(c->inspect.queue_length, 8192);
	assert_int_equal(c->inspect.flows_max, 65536);
	assert_int_equal(c->help.languages.count, 3);
	assert_string_equal(c->gateway.run_folder, "/run/trygg");
	assert_string_equal(c->gateway.id, "gateway");
	assert_string_equal(c->help.certificate, "");
	assert_int_equal(c->category_count, 2);
	assert_string_equal(c->guest->id, "guest");
	assert_int_equal(c->guest->stage, STAGE_GUEST);
	assert_false(c->guest->default_deny);
	assert_ptr_equal(conf_group(c, "guest"), c->guest);
	assert_null(conf_group(c, "nobody"));
	assert_int_equal(conf_category(c, "nothing"), -1);
	conf_free(c);
}

static void a_group_called_guest_is_everybody_elses(void **state)
{
	(void)state;
	struct conf *c = load("groups = { guest = { stage = \"guest\"; default = \"deny\"; }; };");
	assert_ptr_equal(c->guest, &c->groups[0]);
	assert_true(c->guest->default_deny);
	conf_free(c);
}

static void what_is_printed_loads_again_to_the_same(void **state)
{
	(void)state;
	static const char *const texts[] = {
		binding,
		"",
		"inspect = { mark_mask = 0xff000000L; queues = [3, 5]; resolvers = [\"10.0.0.1\", "
		"\"fd00::/64\"]; };"
		"gateway = { school = \"A \\\"quoted\\\" \\\\ name\"; };"
		"rules = { protected = [\"a.example\", \"b.example\"]; mode = \"observe\"; };"
		"categories = { x = { mandatory = true; action = \"refuse\"; titles = { en = \"a;b\"; }; }; "
		"};"
		"groups = { a = { stage = \"staff\"; actions = { x = \"help\"; }; default = \"deny\"; }; };"
		"privacy = { mode = \"counts\"; retention_days = 7; };",
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct conf *first = load(texts[i]);
		char *once = printed(first);
		struct conf *second = load(once);
		char *twice = printed(second);
		assert_string_equal(once, twice);
		assert_int_equal(first->inspect.mark_mask, second->inspect.mark_mask);
		free(once);
		free(twice);
		conf_free(first);
		conf_free(second);
	}
}

/* Folder of a test's own files, gone at the end. */
struct files {
	char folder[64];
	char path[8][128];
	int count;
};

static void write_file(struct files *f, const char *name, const char *text)
{
	if (f->count == 0) {
		(void)snprintf(f->folder, sizeof f->folder, "/tmp/trygg-conf-XXXXXX");
		assert_non_null(mkdtemp(f->folder));
	}
	char folder[sizeof f->folder];
	char *path = f->path[f->count++];
	memcpy(folder, f->folder, sizeof folder);
	(void)snprintf(path, sizeof f->path[0], "%s/%s", folder, name);
	FILE *out = fopen(path, "w");
	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

static void remove_files(struct files *f)
{
	while (f->count > 0)
		(void)unlink(f->path[--f->count]);
	(void)rmdir(f->folder);
}

static void included_files_keep_their_own_lines_and_relative_paths_their_folder(void **state)
{
	(void)state;
	struct files f = {0};
	char problems[4096] = "", wanted[512], folder[128];
	struct conf *c = NULL;
	write_file(&f, "main.conf",
		   "# one\n@include \"part.conf\"\nrules = {\n  @include \"inner.conf\"\n  mode = "
		   "\"maybe\";\n};\n");
	write_file(&f, "part.conf", "journal = { folder = \"evidence\"; };\nhelp = { tls = \"mint\"; };");
	write_file(&f, "inner.conf", "  national = \"../n\";\n");
	assert_int_equal(conf_load(f.path[0], report, problems, &c), -EINVAL);
	(void)snprintf(wanted, sizeof wanted,
		       "main.conf:5: rules.mode: \"maybe\" is unknown, allowed are enforce, observe\n");
	assert_non_null(strstr(problems, wanted));
	assert_non_null(strstr(problems, "part.conf:2: help.tls: \"mint\" is unknown, allowed are refuse\n"));
	write_file(&f, "good.conf", "@include \"part2.conf\"\nrules = {\n@include \"inner.conf\"\n};\n");
	write_file(&f, "part2.conf", "journal = { folder = \"evidence\"; };");
	problems[0] = '\0';
	assert_int_equal(conf_load(f.path[3], report, problems, &c), 0);
	(void)snprintf(folder, sizeof folder, "%s/evidence", f.folder);
	assert_string_equal(c->journal.folder, folder);
	assert_string_equal(c->rules.layer[0], "/tmp/n");
	conf_free(c);
	remove_files(&f);
}

static void the_first_syntax_error_of_every_file_is_reported(void **state)
{
	(void)state;
	struct files f = {0};
	char problems[4096] = "";
	struct conf *c = NULL;
	write_file(
		&f, "main.conf",
		"@include \"a.conf\"\n@include \"b.conf\"\ngateway = {\n  id = \"x\"\n  school == 1;\n};\n");
	write_file(&f, "a.conf", "privacy = { mode \"events\"; };\nx = ;\n");
	write_file(&f, "b.conf", "\njournal = { folder = \"a\"; folder = \"b\"; };\n");
	assert_int_equal(conf_load(f.path[0], report, problems, &c), -EINVAL);
	assert_non_null(strstr(problems, "a.conf:1: syntax: "));
	assert_non_null(strstr(problems, "b.conf:2: syntax: the option stands there twice"));
	assert_non_null(strstr(problems, "main.conf:5: syntax: "));
	assert_null(strstr(problems, "a.conf:2:"));
	remove_files(&f);
}

static void a_file_that_includes_itself_ends_in_an_error(void **state)
{
	(void)state;
	struct files f = {0};
	char problems[4096] = "";
	struct conf *c = NULL;
	write_file(&f, "main.conf", "@include \"main.conf\"\n");
	assert_int_equal(conf_load(f.path[0], report, problems, &c), -EINVAL);
	assert_non_null(strstr(problems, "main.conf:1: @include: \"main.conf\" is one file too many"));
	remove_files(&f);
}

static void an_unreadable_file_is_its_errno_and_is_reported(void **state)
{
	(void)state;
	char problems[4096] = "";
	struct conf *c = NULL;
	assert_int_equal(conf_load("/nowhere/trygg.conf", report, problems, &c), -ENOENT);
	assert_string_equal(problems, "/nowhere/trygg.conf:0: cannot be read: No such file or directory\n");
}

static void the_shipped_configurations_load(void **state)
{
	(void)state;
	static const char *const paths[] = {"config/trygg.conf", "config/dev.conf"};
	for (size_t i = 0; i < 2; i++) {
		char problems[4096] = "";
		struct conf *c = NULL;
		if (conf_load(paths[i], report, problems, &c) != 0)
			fail_msg("%s", problems);
		static const char *const groups[] = {"primary", "lower-secondary", "upper-secondary", "staff",
						     "guest"};
		assert_int_equal(c->group_count, 5);
		for (size_t g = 0; g < 5; g++) {
			assert_string_equal(c->groups[g].id, groups[g]);
			assert_false(c->groups[g].default_deny);
		}
		static const char *const helpers[] = {"lgbt", "grief", "mental-health", "war-flight"};
		for (size_t k = 0; k < 4; k++) {
			const struct conf_category *category = &c->categories[conf_category(c, helpers[k])];
			assert_int_equal(category->action, ACTION_ALLOW);
			assert_int_equal(category->log, LOG_NONE);
		}
		for (size_t k = 0; k < c->category_count; k++)
			for (int language = LANGUAGE_NB; language <= LANGUAGE_EN; language++)
				assert_non_null(c->categories[k].title[language]);
		assert_true(conf_category(c, "test") >= 0);
		conf_free(c);
	}
}

/* Runs of white space as one blank, roff's escapes taken away. */
static void flatten(char *text)
{
	char *out = text;
	for (const char *p = text; *p; p++) {
		if (strncmp(p, "\\(dq", 4) == 0) {
			*out++ = '"';
			p += 3;
		} else if (*p != '\n' && *p != '\t') {
			*out++ = *p;
		} else if (out > text && out[-1] != ' ') {
			*out++ = ' ';
		}
	}
	*out = '\0';
}

static void the_manual_says_of_every_option_what_the_table_says(void **state)
{
	(void)state;
	char *page = NULL, *table = NULL, *rest = NULL;
	size_t len = 0, size = 0;
	assert_int_equal(file_read("config/trygg.conf.5", 1 << 20, &page, &len), 0);
	flatten(page);
	FILE *out = open_memstream(&table, &size);
	conf_print_options(out);
	assert_int_equal(fclose(out), 0);
	for (char *line = strtok_r(table, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *name = strsep(&line, "\t"), *kind = strsep(&line, "\t"),
		     *fallback = strsep(&line, "\t");
		char wanted[512];
		if (!*kind)
			continue; /* a section */
		const char *last = strrchr(name, '.') + 1;
		(void)snprintf(wanted, sizeof wanted, ".It Ic %s = ", last);
		if (!strstr(page, wanted) || !strcasestr(page, line))
			fail_msg("trygg.conf(5) does not say of %s: %s", name, line);
		(void)snprintf(wanted, sizeof wanted, "Default: .Li %s", fallback);
		if (*fallback && !strstr(strcasestr(page, line), wanted))
			fail_msg("trygg.conf(5) does not say the default of %s: %s", name, fallback);
	}
	free(table);
	free(page);
}

static void the_manual_lists_every_name_that_is_protected_everywhere(void **state)
{
	(void)state;
	char *page = NULL;
	size_t len = 0;
	assert_int_equal(file_read("config/trygg.conf.5", 1 << 20, &page, &len), 0);
	for (size_t i = 0; i < conf_basic_count; i++) {
		char wanted[128];
		(void)snprintf(wanted, sizeof wanted, ".Ql %s ", conf_basics[i].name);
		if (!strstr(page, wanted))
			fail_msg("trygg.conf(5) does not list %s", conf_basics[i].name);
	}
	free(page);
}

static void sockets_stand_in_the_run_folder(void **state)
{
	(void)state;
	char path[128];
	struct conf *c = load("gateway = { run_folder = \"r\"; };");
	conf_socket(c, "engine", 3, path, sizeof path);
	assert_string_equal(path, "/folder/r/engine@3.sock");
	conf_socket(c, "help", -1, path, sizeof path);
	assert_string_equal(path, "/folder/r/help.sock");
	conf_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_section_of_the_contract_loads),
		cmocka_unit_test(an_empty_configuration_has_every_default),
		cmocka_unit_test(a_group_called_guest_is_everybody_elses),
		cmocka_unit_test(what_is_printed_loads_again_to_the_same),
		cmocka_unit_test(included_files_keep_their_own_lines_and_relative_paths_their_folder),
		cmocka_unit_test(the_first_syntax_error_of_every_file_is_reported),
		cmocka_unit_test(a_file_that_includes_itself_ends_in_an_error),
		cmocka_unit_test(an_unreadable_file_is_its_errno_and_is_reported),
		cmocka_unit_test(the_shipped_configurations_load),
		cmocka_unit_test(the_manual_says_of_every_option_what_the_table_says),
		cmocka_unit_test(the_manual_lists_every_name_that_is_protected_everywhere),
		cmocka_unit_test(sockets_stand_in_the_run_folder),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
