/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The compiled set: what it finds, what it keeps of an older one, and that nothing broken is ever taken for one. */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ruleset/code.h"
#include "ruleset/rig.h"

static struct rule_hits hits;

static void match(struct ruleset *rules, const char *text)
{
	struct url url;
	if (url_from_text(span_text(text), &url) < 0)
		fail_msg("%s is no name", text);
	ruleset_match(rules, &url.host, &url, &hits);
}

/* "layer/file:line" of all hits, in order of their text, joined by blanks. */
static const char *found(struct ruleset *rules, const char *text)
{
	static char out[1024];
	char places[16][64], swap[64];
	size_t len = 0;
	match(rules, text);
	assert_true(hits.count <= 16);
	for (size_t i = 0; i < hits.count; i++) {
		snprintf(places[i], sizeof(places[i]), "%s:%u", hits.hit[i].file, hits.hit[i].line);
		for (size_t j = i; j > 0 && strcmp(places[j], places[j - 1]) < 0; j--) {
			memcpy(swap, places[j], sizeof(swap));
			memcpy(places[j], places[j - 1], sizeof(swap));
			memcpy(places[j - 1], swap, sizeof(swap));
		}
	}
	out[0] = '\0';
	for (size_t i = 0; i < hits.count; i++)
		len += (size_t)snprintf(out + len, sizeof(out) - len, "%s%s", i ? " " : "", places[i]);
	return out;
}

static const struct rig_file small[] = {
	{"national/a",
	 "category games\nowner \"Ane\"\nreason \"Fordi\"\nreviewed 2026-01-01\n"
	 "domain example.org\nexact www.example.org\nurl example.org/Forum/\nhost /casino[0-9]+/\n"
	 "path /thinspo|pro[-_]ana/\nsearch /sj\xc3\xb8lvmord/\n"},
	{"municipality/b", "category porn\ndomain 192.0.2.1\ndomain 2001:db8::1\ndomain bl\xc3\xa5.example\n"
			   "category *\nallow domain trygg.example.org\n"},
	{"school/c", "category games\ndomain example.org\nhost /casino[0-9]+/\n"},
};

static void lines_are_found_by_every_name_they_speak_of_and_by_no_other(void **state)
{
	static const struct {
		const char *asked, *found;
	} cases[] = {
		{"example.org", "national/a:5 school/c:2"},
		{"EXAMPLE.org.", "national/a:5 school/c:2"},
		{"a.b.example.org", "national/a:5 school/c:2"},
		{"www.example.org", "national/a:5 national/a:6 school/c:2"},
		{"a.www.example.org", "national/a:5 school/c:2"},
		{"notexample.org", ""},
		{"org", ""},
		{"example.org.test", ""},
		{"trygg.example.org", "municipality/b:6 national/a:5 school/c:2"},
		{"example.org/forum/1", "national/a:5 national/a:7 school/c:2"},
		{"a.example.org/FORUM/", "national/a:5 national/a:7 school/c:2"},
		{"example.org/forum", "national/a:5 school/c:2"},
		{"example.org/x/%2e%2e/forum/", "national/a:5 national/a:7 school/c:2"},
		{"casino7.test", "national/a:8 school/c:3"},
		{"CASINO7.test", "national/a:8 school/c:3"},
		{"casino.test", ""},
		{"test/ThinSpo", "national/a:9"},
		{"test/a?b=pro-ana", "national/a:9"},
		{"test/?q=SJ%C3%98LVMORD", "national/a:10"},
		{"test/?x=sj%C3%B8lvmord", ""},
		{"192.0.2.1", "municipality/b:2"},
		{"0xc0000201", "municipality/b:2"},
		{"192.0.2.10", ""},
		{"[2001:db8:0::1]", "municipality/b:3"},
		{"xn--bl-zia.example", "municipality/b:4"},
	};
	struct rig rig;
	(void)state;
	rig_open(&rig);
	assert_int_equal(rig_compile(&rig, small, 3, NULL), 0);
	struct ruleset *rules = rig_rules(&rig);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (strcmp(found(rules, cases[i].asked), cases[i].found) != 0)
			fail_msg("%s: found %s, wanted %s", cases[i].asked, found(rules, cases[i].asked),
				 cases[i].found);
	ruleset_free(rules);
	rig_close(&rig);
}

static void letters_of_words_are_those_of_all_alphabets(void **state)
{
	static const struct rig_file file = {
		"national/w",
		"category games\nsearch /(^|\\W)\xc3\xa5 d\xc3\xb8(\\W|$)/\nsearch /\\bspill\\b/\n"
		"search /^pr\\wve$/\n"};
	static const struct {
		const char *asked, *found;
	} cases[] = {
		{"test/?q=lyst+til+%C3%A5+d%C3%B8", "national/w:2"},
		{"test/?q=p%C3%A5+d%C3%B8ra", ""},
		{"test/?q=et+spill", "national/w:3"},
		{"test/?q=spillet", ""},
		{"test/?q=pr%C3%B8ve", "national/w:4"},
	};
	struct rig rig;
	(void)state;
	rig_open(&rig);
	assert_int_equal(rig_compile(&rig, &file, 1, NULL), 0);
	struct ruleset *rules = rig_rules(&rig);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(found(rules, cases[i].asked), cases[i].found);
	ruleset_free(rules);
	rig_close(&rig);
}

static void a_hit_explains_itself(void **state)
{
	struct rig rig;
	(void)state;
	rig_open(&rig);
	assert_int_equal(rig_compile(&rig, small, 1, NULL), 0);
	struct ruleset *rules = rig_rules(&rig);
	match(rules, "a.example.org");
	assert_int_equal(hits.count, 1);
	const struct rule_hit *h = &hits.hit[0];
	assert_int_equal(h->kind, RULE_DOMAIN);
	assert_int_equal(h->layer, LAYER_NATIONAL);
	assert_int_equal(h->labels, 2);
	assert_false(h->exception);
	assert_string_equal(ruleset_category(rules, h->category), "games");
	struct rule_about about = ruleset_about(h);
	assert_string_equal(about.owner, "Ane");
	assert_string_equal(about.reason, "Fordi");
	assert_string_equal(about.reviewed, "2026-01-01");
	assert_string_equal(about.review_by, "");
	match(rules, "casino1.test/thinspo");
	assert_int_equal(hits.count, 2);
	assert_int_equal(hits.hit[0].labels, 0);
	assert_string_equal(ruleset_about(&hits.hit[1]).owner, "Ane");
	ruleset_free(rules);
	rig_close(&rig);
}

static void the_same_line_twice_is_found_once_and_as_the_first(void **state)
{
	static const struct rig_file file = {
		"national/a", "category games\ndomain a.test\n\ndomain a.test\ndomain A.test.\n"
			      "category porn\ndomain a.test\n"};
	struct rig rig;
	(void)state;
	rig_open(&rig);
	assert_int_equal(rig_compile(&rig, &file, 1, NULL), 0);
	struct ruleset *rules = rig_rules(&rig);
	assert_string_equal(found(rules, "a.test"), "national/a:2 national/a:7");
	ruleset_free(rules);
	rig_close(&rig);
}

static void protected_names_cover_what_lies_below_them(void **state)
{
	static const char *const protected[] = {"hjelp.example", "+a.b.test", NULL};
	static const struct {
		const char *name;
		bool protected;
	} cases[] = {
		{"hjelp.example", true}, {"x.y.hjelp.example", true}, {"nothjelp.example", false},
		{"example", false},      {"a.b.test", true},          {"b.test", false},
		{"192.0.2.1", false},
	};
	struct rig rig;
	(void)state;
	rig_open(&rig);
	assert_int_equal(rig_compile(&rig, NULL, 0, protected), 0);
	struct ruleset *rules = rig_rules(&rig);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct host h;
		assert_int_equal(host_from_text(span_text(cases[i].name), &h), 0);
		assert_int_equal(ruleset_protected(rules, &h), cases[i].protected);
	}
	assert_int_equal(ruleset_categories(rules), 0);
	ruleset_free(rules);
	rig_close(&rig);
}

static void an_empty_set_finds_nothing(void **state)
{
	struct rig rig;
	(void)state;
	rig_open(&rig);
	assert_int_equal(rig_compile(&rig, NULL, 0, NULL), 0);
	struct ruleset *rules = rig_rules(&rig);
	assert_string_equal(found(rules, "example.org/a?q=b"), "");
	assert_int_equal(strlen(ruleset_id(rules)), 16);
	assert_int_equal(ruleset_bytes(rules), 0);
	ruleset_free(rules);
	rig_close(&rig);
}

/* Ten thousand names against a list that is searched the plain way. */
static void random_names_are_found_as_a_plain_search_finds_them(void **state)
{
	enum { COUNT = 3000, ASKED = 20000 };
	static const char *const labels[] = {"a",  "b",  "www", "mail",    "casino",
					     "x1", "no", "com", "example", "test"};
	struct rig rig;
	char *text = calloc(1, COUNT * 64);
	size_t len = (size_t)snprintf(text, COUNT * 64, "category games\n");
	uint32_t seed = 1;
	static char names[COUNT][64];
	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		size_t n = 0;
		for (size_t parts = 2 + (seed >> 16) % 3; parts > 0; parts--) {
			seed = seed * 1103515245 + 12345;
			n += (size_t)snprintf(names[i] + n, sizeof(names[i]) - n, "%s%s", n ? "." : "",
					      labels[(seed >> 16) % 10]);
		}
		len += (size_t)snprintf(text + len, COUNT * 64 - len, "domain %s\n", names[i]);
	}
	struct rig_file file = {"national/a", text};
	rig_open(&rig);
	assert_int_equal(rig_compile(&rig, &file, 1, NULL), 0);
	struct ruleset *rules = rig_rules(&rig);
	for (size_t i = 0; i < ASKED; i++) {
		char asked[128];
		size_t n = 0, wanted = 0;
		for (size_t parts = 1 + (seed >> 16) % 5; parts > 0; parts--) {
			seed = seed * 1103515245 + 12345;
			n += (size_t)snprintf(asked + n, sizeof(asked) - n, "%s%s", n ? "." : "",
					      labels[(seed >> 16) % 10]);
		}
		const char *suffix = asked;
		while (suffix) {
			for (size_t k = 0; k < COUNT; k++) {
				if (strcmp(names[k], suffix) == 0) {
					wanted++;
					break;
				}
			}
			suffix = strchr(suffix, '.') ? strchr(suffix, '.') + 1 : NULL;
		}
		match(rules, asked);
		if (hits.count != wanted)
			fail_msg("%s: %zu hits, wanted %zu", asked, hits.count, wanted);
	}
	ruleset_free(rules);
	rig_close(&rig);
	free(text);
}

static void different_names_have_different_codes(void **state)
{
	static const char *const names[] = {"a",
					    "com",
					    ".com",
					    "casino",
					    "casinocom",
					    "www.",
					    "www.com",
					    "www.a.com",
					    "example.org",
					    "examples.org",
					    "xn--a.test",
					    "free-vpn.co.uk",
					    "free-vpn.co.ul",
					    "0",
					    "-"};
	uint8_t a[CODE_MAX], b[CODE_MAX];
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++) {
			size_t la = code_write(span_text(names[i]), a),
			       lb = code_write(span_text(names[j]), b);
			assert_int_equal(span_equal(span_of(a, la), span_of(b, lb)), i == j);
			assert_true(la <= strlen(names[i]));
		}
	}
}

static size_t files_in(const char *folder)
{
	size_t count = 0;
	DIR *dir = opendir(folder);
	for (struct dirent *e; (e = readdir(dir));)
		count += e->d_name[0] != '.';
	closedir(dir);
	return count;
}

static void unchanged_pieces_are_reused_and_old_ones_kept_for_one_set(void **state)
{
	struct rig_file files[2] = {small[0], {"school/x", "category games\nallow domain a.example.org\n"}};
	struct rig rig;
	(void)state;
	rig_open(&rig);
	assert_int_equal(rig_compile(&rig, files, 1, NULL), 0);
	assert_int_equal(rig.counts.pieces,
			 11); /* names; host, path, search in three forms: lines and image each */
	assert_int_equal(rig.counts.written, 11);
	assert_int_equal(rig_compile(&rig, files, 1, NULL), 0);
	assert_int_equal(rig.counts.written, 0);
	struct ruleset *before = rig_rules(&rig);
	char id[17];
	memcpy(id, ruleset_id(before), sizeof(id));

	assert_int_equal(rig_compile(&rig, files, 2, NULL), 0);
	assert_int_equal(rig.counts.written, 1);
	assert_int_equal(files_in(rig.pieces), 12);
	files[1].text = "category games\nallow domain b.example.org\n";
	assert_int_equal(rig_compile(&rig, files, 2, NULL), 0);
	assert_int_equal(files_in(rig.pieces), 13); /* the previous set's piece is still there */
	assert_int_equal(rig_compile(&rig, files, 2, NULL), 0);
	assert_int_equal(files_in(rig.pieces), 12);

	/* A comment moves lines, not patterns. */
	files[0].text = "category games\n# c\nhost /casino[0-9]+/\npath /thinspo|pro[-_]ana/\nsearch "
			"/sj\xc3\xb8lvmord/\n";
	assert_int_equal(rig_compile(&rig, files, 1, NULL), 0);
	assert_int_equal(rig.counts.written, 5);

	/* What is mapped stays, whatever happens to the files. */
	assert_string_equal(ruleset_id(before), id);
	assert_string_equal(found(before, "example.org"), "national/a:5");
	ruleset_free(before);
	rig_close(&rig);
}

static void a_damaged_image_is_not_reused(void **state)
{
	struct rig rig;
	(void)state;
	rig_open(&rig);
	assert_int_equal(rig_compile(&rig, small, 1, NULL), 0);
	for (size_t i = 0; i < rig.last.count; i++) {
		if (rig.last.piece[i].kind != PIECE_IMAGE)
			continue;
		int fd = openat(rig.fd, rig.last.piece[i].file, O_WRONLY);
		assert_int_equal(pwrite(fd, "x", 1, rig.last.piece[i].size - 100), 1);
		close(fd);
	}
	assert_int_equal(rig_compile(&rig, small, 1, NULL), 0);
	assert_int_equal(rig.counts.written, 5);
	ruleset_free(rig_rules(&rig));
	rig_close(&rig);
}

/* ---- Sets that are none ----------------------------------------------------------------------------------- */

static void refused(const struct rig *rig, const char *sentence)
{
	struct ruleset *rules = NULL;
	char why[256] = "";
	if (ruleset_open(rig->manifest, true, &rules, why, sizeof(why)) == 0)
		fail_msg("a broken set was opened; wanted: %s", sentence);
	if (!strstr(why, sentence) || !strstr(why, "tryggctl compile"))
		fail_msg("says: %s; wanted: %s", why, sentence);
}

static void what_is_no_set_is_refused_with_a_sentence(void **state)
{
	struct rig rig;
	char *text, path[256];
	size_t len;
	(void)state;
	rig_open(&rig);
	refused(&rig, "there is no compiled set");
	assert_int_equal(file_replace(rig.manifest, 0644, "", 0), 0);
	refused(&rig, "is damaged or of another version");
	assert_int_equal(rig_compile(&rig, small, 3, NULL), 0);
	assert_int_equal(file_read(rig.manifest, 65536, &text, &len), 0);
	for (size_t i = 0; i < len; i++) {
		char was = text[i];
		text[i] ^= 1;
		assert_int_equal(file_replace(rig.manifest, 0644, text, len), 0);
		refused(&rig, "is damaged or of another version");
		text[i] = was;
		i += 7;
	}
	assert_int_equal(file_replace(rig.manifest, 0644, text, len), 0);
	ruleset_free(rig_rules(&rig));
	free(text);

	const struct piece *p = &rig.last.piece[0];
	snprintf(path, sizeof(path), "%s/%s", rig.pieces, p->file);
	assert_int_equal(truncate(path, p->size - 1), 0);
	refused(&rig, "has the wrong size");
	assert_int_equal(truncate(path, p->size), 0);
	int fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, "\xff", 1, p->size - 1), 1);
	close(fd);
	refused(&rig, "is damaged");
	assert_int_equal(unlink(path), 0);
	refused(&rig, "is missing");
	rig_close(&rig);
}

/* The digest is made right again, so that only what the piece says about the machine is wrong. */
static void patterns_of_another_machine_are_refused_with_what_to_do(void **state)
{
	struct rig rig;
	(void)state;
	rig_open(&rig);
	assert_int_equal(rig_compile(&rig, &small[0], 1, NULL), 0);
	struct piece *p = NULL;
	for (size_t i = 0; i < rig.last.count; i++)
		if (rig.last.piece[i].kind == PIECE_IMAGE)
			p = &rig.last.piece[i];
	assert_non_null(p);
	struct blob bytes = {0};
	assert_int_equal(store_read(rig.fd, p, &bytes), 0);
	/* The probe, a serialised database: magic, version, length, platform (8 bytes each way). */
	const uint32_t *probe_at = (const void *)(bytes.at + 32);
	bytes.at[*probe_at + 12] ^= 0xff;
	assert_int_equal(store_put(rig.fd, p->file, 0644, span_of(bytes.at, bytes.len)), 0);
	format_digest(span_of(bytes.at, bytes.len), p->digest);
	char *text = manifest_text(&rig.last);
	assert_int_equal(file_replace(rig.manifest, 0644, text, strlen(text)), 0);
	refused(&rig, "compiled for another processor or another Hyperscan");
	free(text);
	blob_clear(&bytes);
	rig_close(&rig);
}

/* Names and lines pieces with any byte flipped, digests not checked: a set or no set, but never a crash. */
static void a_piece_with_any_byte_flipped_is_refused_or_harmless(void **state)
{
	struct rig rig;
	char why[256];
	(void)state;
	rig_open(&rig);
	assert_int_equal(rig_compile(&rig, small, 3, NULL), 0);
	for (size_t i = 0; i < rig.last.count; i++) {
		const struct piece *p = &rig.last.piece[i];
		if (p->kind == PIECE_IMAGE)
			continue;
		int fd = openat(rig.fd, p->file, O_RDWR);
		for (off_t at = 0; at < (off_t)p->size; at++) {
			uint8_t was, flipped;
			struct ruleset *rules = NULL;
			assert_int_equal(pread(fd, &was, 1, at), 1);
			flipped = was ^ (uint8_t)(1u << at % 8);
			assert_int_equal(pwrite(fd, &flipped, 1, at), 1);
			if (ruleset_open(rig.manifest, false, &rules, why, sizeof(why)) == 0) {
				match(rules, "www.example.org/forum/?q=thinspo");
				match(rules, "casino7.trygg.example.org/thinspo?q=sj%C3%B8lvmord");
				for (size_t h = 0; h < hits.count; h++)
					(void)strlen(ruleset_about(&hits.hit[h]).reason);
				ruleset_free(rules);
			}
			assert_int_equal(pwrite(fd, &was, 1, at), 1);
		}
		close(fd);
	}
	ruleset_free(rig_rules(&rig));
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_found_by_every_name_they_speak_of_and_by_no_other),
		cmocka_unit_test(letters_of_words_are_those_of_all_alphabets),
		cmocka_unit_test(a_hit_explains_itself),
		cmocka_unit_test(the_same_line_twice_is_found_once_and_as_the_first),
		cmocka_unit_test(protected_names_cover_what_lies_below_them),
		cmocka_unit_test(an_empty_set_finds_nothing),
		cmocka_unit_test(random_names_are_found_as_a_plain_search_finds_them),
		cmocka_unit_test(different_names_have_different_codes),
		cmocka_unit_test(unchanged_pieces_are_reused_and_old_ones_kept_for_one_set),
		cmocka_unit_test(a_damaged_image_is_not_reused),
		cmocka_unit_test(what_is_no_set_is_refused_with_a_sentence),
		cmocka_unit_test(patterns_of_another_machine_are_refused_with_what_to_do),
		cmocka_unit_test(a_piece_with_any_byte_flipped_is_refused_or_harmless),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
