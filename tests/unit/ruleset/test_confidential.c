/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Confidential lists: what is sealed, what is found of it, and who does not find anything. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ruleset/asking.h"
#include "ruleset/rig.h"
#include "ruleset/sealed.h"

static const char made[] = "2026-11-20T08:00:00.000Z";
static const uint8_t key_bytes[SECRET_SIZE] = {1, 2, 3};
static struct rule_hits hits;

static char *seal(const char *list, const struct secret *secret, size_t *len)
{
	struct sealing s = {.secret = secret};
	for (const char *at = list; *at; at += strcspn(at, "\n") + 1)
		assert_null(sealing_line(&s, span_of(at, strcspn(at, "\n"))));
	char *text = sealing_text(&s, made, len);
	assert_non_null(text);
	sealing_clear(&s);
	return text;
}

/* Compiles one rule file beside the sealed list of `list`; the result of build_pieces(). */
static int compile(struct rig *r, const char *rules, const char *sealed, size_t len,
		   const struct secret *secret)
{
	struct build_options options = {.categories = rig_categories,
					.category_count = RIG_CATEGORIES,
					.problem = rig_problem,
					.warning = rig_warning,
					.user = r};
	struct build *b = build_new(&options);
	struct rulefile file = {.path = "national/police.rules",
				.name = "national/police.rules",
				.layer = LAYER_NATIONAL,
				.bytes = span_text(rules)};
	struct manifest m;
	r->problems[0] = '\0';
	assert_int_equal(build_protect(b, "help.example", "a test", true), 0);
	build_secret(b, secret, "there is no key here");
	assert_int_equal(build_sealed(b, "national/list.sealed", span_of(sealed, len)), 0);
	build_store(b, r->fd, &r->last);
	assert_int_equal(build_read(b, &file), 0);
	int rc = build_pieces(b, &m);
	if (rc == 0) {
		char *text = manifest_text(&m);
		assert_int_equal(file_replace(r->manifest, 0644, text, strlen(text)), 0);
		store_tidy(r->fd, &r->last, &m);
		r->last = m;
		free(text);
	}
	r->counts = *build_counts(b);
	build_free(b);
	return rc;
}

static const char rules[] =
	"category illegal\nowner \"Police\"\nconfidential sha256 list.sealed # a comment\n";
static const char list[] = "# a comment\n"
			   "bad.example\r\n"
			   "BAD.example.  # the same\n"
			   "  http://bl\xc3\xa5.test/ \n"
			   "wiki.example/Sub/Page.html\n"
			   "https://host.example:8443/a/%66older/\n"
			   "http://query.example/?id=3\n"
			   "http://help.example\n"
			   "192.0.2.7\n"
			   "\n";

struct fixture {
	struct rig rig;
	struct secret secret;
	struct ruleset *set;
};

static void open_fixture(struct fixture *f)
{
	size_t len;
	assert_int_equal(sodium_init() < 0, 0);
	rig_open(&f->rig);
	secret_from(key_bytes, &f->secret);
	char *sealed = seal(list, &f->secret, &len);
	assert_int_equal(compile(&f->rig, rules, sealed, len, &f->secret), 0);
	free(sealed);
	f->set = rig_rules(&f->rig);
}

static void close_fixture(struct fixture *f)
{
	ruleset_free(f->set);
	rig_close(&f->rig);
}

static void match(struct ruleset *set, const char *text, bool name_only)
{
	static struct url url;
	if (url_from_text(span_text(text), &url) < 0)
		fail_msg("%s is no name", text);
	ruleset_match(set, &url.host, name_only ? NULL : &url, &hits);
}

static void names_and_urls_are_found_in_any_spelling_with_what_is_below_them(void **state)
{
	static const struct {
		const char *asked;
		size_t labels, path; /* of the hit; 0 labels: none */
		bool name_only;
	} cases[] = {
		{"bad.example", 2, 0, true},
		{"A.b.BAD.example.", 2, 0, true},
		{"notbad.example", 0, 0, true},
		{"example", 0, 0, true},
		{"xn--bl-zia.test", 2, 0, true},
		{"wiki.example", 0, 0, true},
		{"wiki.example/", 0, 0, false},
		{"wiki.example/sub/page.html", 2, 14, false},
		{"www.wiki.example/x/../SUB/%50age.html?a=b", 2, 14, false},
		{"wiki.example/sub/page.html/more", 0, 0, false},
		{"wiki.example/sub/", 0, 0, false},
		{"host.example/a/folder/", 2, 10, false},
		{"host.example/a/Folder/b/c?d=/e", 2, 10, false},
		{"host.example/a/folder", 0, 0, false},
		{"host.example/b/a/folder/", 0, 0, false},
		{"query.example/?id=3", 2, 6, false},
		{"query.example/?id=4", 0, 0, false},
		{"query.example/", 0, 0, false},
		{"192.0.2.7", 1, 0, true},
		{"0xc0000207/x", 1, 0, false},
		{"192.0.2.8", 0, 0, true},
	};
	struct fixture f;
	(void)state;
	open_fixture(&f);
	assert_int_equal(f.rig.counts.confidential, 7);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		match(f.set, cases[i].asked, cases[i].name_only);
		if (hits.count != (cases[i].labels > 0))
			fail_msg("%s: %zu hits", cases[i].asked, hits.count);
		if (hits.count == 0)
			continue;
		assert_int_equal(hits.hit[0].kind, RULE_DIGEST);
		assert_int_equal(hits.hit[0].labels, cases[i].labels);
		if (hits.hit[0].url_bytes != cases[i].path)
			fail_msg("%s: path %u", cases[i].asked, hits.hit[0].url_bytes);
		assert_string_equal(hits.hit[0].file, "national/police.rules");
		assert_int_equal(hits.hit[0].line, 3);
		assert_string_equal(ruleset_about(&hits.hit[0]).owner, "Police");
	}
	close_fixture(&f);
}

static void a_blind_set_finds_nothing_confidential_and_the_state_of_a_list_is_known(void **state)
{
	struct fixture f;
	struct rule_secret about;
	(void)state;
	open_fixture(&f);
	ruleset_blind(f.set, true);
	match(f.set, "bad.example", true);
	assert_int_equal(hits.count, 0);
	ruleset_blind(f.set, false);
	match(f.set, "bad.example", true);
	assert_int_equal(hits.count, 1);
	assert_true(ruleset_confidential(f.set, 0, &about));
	assert_string_equal(about.file, "national/police.rules");
	assert_int_equal(about.entries, 7);
	assert_int_equal(about.names, 4);
	assert_string_equal(about.made, made);
	assert_false(ruleset_confidential(f.set, 1, &about));
	close_fixture(&f);
}

static void a_list_that_holds_a_help_service_is_told_of_without_telling_the_entry(void **state)
{
	struct fixture f;
	(void)state;
	open_fixture(&f);
	assert_non_null(strstr(f.rig.problems, "national/police.rules:3: warning: "));
	assert_null(strstr(f.rig.problems, "help.example"));
	close_fixture(&f);
}

static bool holds(const char *path, const char *word)
{
	char *bytes = NULL;
	size_t len = 0;
	assert_int_equal(file_read(path, 1 << 20, &bytes, &len), 0);
	bool found = memmem(bytes, len, word, strlen(word)) != NULL;
	free(bytes);
	return found;
}

static void the_piece_is_for_the_group_alone_and_holds_no_name(void **state)
{
	struct fixture f;
	char path[256];
	struct stat st;
	size_t digests = 0;
	(void)state;
	open_fixture(&f);
	for (size_t i = 0; i < f.rig.last.count; i++) {
		const struct piece *p = &f.rig.last.piece[i];
		snprintf(path, sizeof(path), "%s/%s", f.rig.pieces, p->file);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, p->kind == PIECE_DIGESTS ? 0640 : 0644);
		digests += p->kind == PIECE_DIGESTS;
		if (p->kind != PIECE_DIGESTS)
			continue;
		assert_false(holds(path, "wiki"));
		assert_false(holds(path, "bad"));
	}
	assert_int_equal(digests, 1);
	close_fixture(&f);
}

static void what_cannot_be_used_is_told_at_its_line_and_nothing_is_compiled(void **state)
{
	struct rig rig;
	struct secret secret, other;
	size_t len;
	(void)state;
	rig_open(&rig);
	secret_from(key_bytes, &secret);
	secret_from((const uint8_t[SECRET_SIZE]){9}, &other);
	char *sealed = seal(list, &secret, &len);
	const struct {
		const char *rules;
		size_t cut;
		const struct secret *secret;
		const char *told;
	} cases[] = {
		{rules, 0, &other, "key of another installation"},
		{rules, 0, NULL, "there is no key here"},
		{rules, 1, &secret, "damaged"},
		{"category illegal\n\nconfidential sha256 other.sealed\n", 0, &secret, "no such list"},
		{"category illegal\n\nconfidential md5 list.sealed\n", 0, &secret, "is expected"},
		{"category illegal\n\nconfidential sha256 ../national/list.sealed\n", 0, &secret,
		 "is expected"},
		{"category illegal\n\nconfidential sha256 list.txt\n", 0, &secret, "is expected"},
		{"category illegal\n\nallow confidential sha256 list.sealed\n", 0, &secret,
		 "never an exception"},
		{"category *\n\nconfidential sha256 list.sealed\n", 0, &secret, "only allow lines"},
		{"category illegal\n\nconfidential sha256 list.sealed more\n", 0, &secret, "too much"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(compile(&rig, cases[i].rules, sealed, len - cases[i].cut, cases[i].secret),
				 -EINVAL);
		if (!strstr(rig.problems, cases[i].told) ||
		    !strstr(rig.problems, "national/police.rules:3: "))
			fail_msg("case %zu: %s", i, rig.problems);
	}
	sealed[len - 3] = 'g';
	assert_int_equal(compile(&rig, rules, sealed, len, &secret), -EINVAL);
	assert_non_null(strstr(rig.problems, "damaged"));
	free(sealed);
	rig_close(&rig);
}

static void lines_that_are_no_entries_are_refused_in_words_that_do_not_repeat_them(void **state)
{
	static const char *const wrong[] = {
		"com",           "http://",          "ftp://bad.example/",
		"bad example",   "bad..example",     "*.bad.example",
		"bad.example?x", "\xff\xfe.example", "bad.example/%zz\x01\xff?",
	};
	struct secret secret;
	(void)state;
	secret_from(key_bytes, &secret);
	struct sealing s = {.secret = &secret};
	for (size_t i = 0; i + 1 < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const char *why = sealing_line(&s, span_text(wrong[i]));
		if (!why)
			fail_msg("%s is taken", wrong[i]);
		assert_null(strstr(why, "bad"));
	}
	assert_int_equal(s.count, 0);
	assert_null(sealing_line(&s, span_text("   # nothing")));
	assert_int_equal(s.count, 0);
	sealing_clear(&s);
}

static void a_key_is_made_once_for_its_owner_alone(void **state)
{
	char folder[] = "/tmp/trygg-key-XXXXXX", path[64];
	struct secret first, second;
	struct stat st;
	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/key", folder);
	assert_int_equal(secret_load(path, false, &first), -ENOENT);
	assert_int_equal(secret_load(path, true, &first), 0);
	assert_int_equal(secret_load(path, true, &second), 0);
	assert_string_equal(first.id, second.id);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(secret_load(path, true, &second), -EPERM);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(truncate(path, 31), 0);
	assert_int_equal(secret_load(path, true, &second), -EBADMSG);
	unlink(path);
	rmdir(folder);
}

static void asking_ends_after_so_many_entries_for_all_callers_until_the_hour_is_over(void **state)
{
	static const struct rule_hits entry = {.count = 1, .hit = {{.kind = RULE_DIGEST}}},
				      other = {.count = 1};
	const int64_t now = 1000000000;
	char folder[] = "/tmp/trygg-asked-XXXXXX", path[64], asked[80];
	struct asking a;
	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/key", folder);
	snprintf(asked, sizeof(asked), "%s.asked", path);
	for (int i = 0; i < ASKING_HITS; i++) {
		assert_true(asking_open(&a, path, now + i));
		assert_int_equal(asking_spend(&a, &other), 0);
		assert_int_equal(asking_spend(&a, &entry), 0);
		asking_close(&a);
	}
	assert_false(asking_open(&a, path, now + 1000));
	asking_close(&a);
	assert_false(asking_open(&a, path, now + ASKING_WINDOW_MS - 1));
	asking_close(&a);
	/* Neither a clock set back nor a count that somebody wrote over opens it. */
	assert_false(asking_open(&a, path, now - 5));
	asking_close(&a);
	assert_true(asking_open(&a, path, now + ASKING_WINDOW_MS));
	asking_close(&a);
	assert_int_equal(file_replace(asked, 0600, "nonsense", 8), 0);
	assert_false(asking_open(&a, path, now));
	asking_close(&a);
	unlink(asked);
	rmdir(folder);
	/* Where nothing can be counted nothing is asked. */
	assert_false(asking_open(&a, path, now));
	asking_close(&a);

	struct asking memory = {.fd = -1};
	for (int i = 0; i < ASKING_HITS; i++) {
		assert_true(asking_may(&memory, now));
		assert_int_equal(asking_spend(&memory, &entry), 0);
	}
	assert_false(asking_may(&memory, now + 1));
	assert_true(asking_may(&memory, now + ASKING_WINDOW_MS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_urls_are_found_in_any_spelling_with_what_is_below_them),
		cmocka_unit_test(a_blind_set_finds_nothing_confidential_and_the_state_of_a_list_is_known),
		cmocka_unit_test(a_list_that_holds_a_help_service_is_told_of_without_telling_the_entry),
		cmocka_unit_test(the_piece_is_for_the_group_alone_and_holds_no_name),
		cmocka_unit_test(what_cannot_be_used_is_told_at_its_line_and_nothing_is_compiled),
		cmocka_unit_test(lines_that_are_no_entries_are_refused_in_words_that_do_not_repeat_them),
		cmocka_unit_test(a_key_is_made_once_for_its_owner_alone),
		cmocka_unit_test(asking_ends_after_so_many_entries_for_all_callers_until_the_hour_is_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
