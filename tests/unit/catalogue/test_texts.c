/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts per language: the first is the measure, none is half translated. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/file.h"
#include "catalogue/texts.h"

static const char good[] =
	"name = \"Bokmål\"; page = { title = \"T\"; lead = \"L\"; };\n"
	"categories = { other = { lead = \"o\"; why = \"w\"; }; games = { lead = \"g\"; why = \"h\"; }; };";

static void report(void *user, const char *file, int line, const char *text)
{
	char *out = user;
	size_t used = strlen(out);
	(void)snprintf(out + used, 4096 - used, "%s:%d: %s\n", file, line, text);
}

struct folder {
	char path[32];
	char problems[4096];
	struct conf conf;
	const char *languages[2];
};

static void folder_new(struct folder *f)
{
	*f = (struct folder){.path = "/tmp/trygg-texts-XXXXXX", .languages = {"nb", "en"}};
	assert_non_null(mkdtemp(f->path));
	f->conf.help.texts = f->path;
	f->conf.help.languages.item = f->languages;
	f->conf.help.languages.count = 2;
}

static void folder_put(struct folder *f, const char *name, const char *text)
{
	char path[64];
	(void)snprintf(path, sizeof path, "%s/%s", f->path, name);
	if (text != NULL)
		assert_int_equal(file_replace(path, 0644, text, strlen(text)), 0);
	else
		(void)unlink(path);
}

static int folder_load(struct folder *f, struct texts **out)
{
	f->problems[0] = '\0';
	*out = NULL;
	return texts_load(&f->conf, report, f->problems, out);
}

static void folder_end(struct folder *f)
{
	folder_put(f, "nb.conf", NULL);
	folder_put(f, "en.conf", NULL);
	(void)rmdir(f->path);
}

static void texts_are_found_by_key_and_category_with_a_fallback(void **state)
{
	struct folder f;
	struct texts *t;
	(void)state;
	folder_new(&f);
	folder_put(&f, "nb.conf", good);
	folder_put(&f, "en.conf", good);
	assert_int_equal(folder_load(&f, &t), 0);
	assert_string_equal(texts_get(t, LANGUAGE_NB, "title"), "T");
	assert_string_equal(texts_get(t, LANGUAGE_EN, "nothing"), "");
	assert_string_equal(texts_category(t, LANGUAGE_NB, "games")->lead, "g");
	assert_string_equal(texts_category(t, LANGUAGE_NB, "drugs")->lead, "o");
	assert_string_equal(texts_category(t, LANGUAGE_EN, NULL)->why, "w");
	assert_int_equal(texts_language(t, "en"), LANGUAGE_EN);
	assert_int_equal(texts_language(t, "nn"), -1);
	assert_int_equal(texts_language(t, ""), -1);
	texts_free(t);
	folder_end(&f);
}

static void what_one_language_has_the_others_must_have(void **state)
{
	static const struct {
		const char *english, *wanted;
	} rows[] = {
		{"name = \"E\"; page = { title = \"T\"; }; categories = { other = { lead = \"o\"; why = "
		 "\"w\"; }; };",
		 "en.conf:1: page: lead is missing"},
		{"name = \"E\"; page = { title = \"T\"; lead = \"L\"; more = \"M\"; };\ncategories = { other "
		 "= { lead = \"o\"; why = "
		 "\"w\"; }; };",
		 "page: more is unknown to the first language"},
		{"name = \"E\"; page = { title = \"T\"; lead = \"L\"; };\ncategories = { };",
		 "en.conf:2: categories: other is missing"},
		{"name = \"E\"; page = { title = \"T\"; lead = \"L\"; };\ncategories = { other = { lead = "
		 "\"o\"; }; };",
		 "why is missing"},
		{"name = \"E\"; page = 3; categories = ();", "page: a group"},
		{"page = { title = \"\"; };", "name is missing"},
		{"nothing", "en.conf:1: "},
	};
	struct folder f;
	struct texts *t;
	(void)state;
	folder_new(&f);
	folder_put(&f, "nb.conf", good);
	assert_int_equal(folder_load(&f, &t), -ENOENT);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		folder_put(&f, "en.conf", rows[i].english);
		assert_int_equal(folder_load(&f, &t), -EINVAL);
		if (strstr(f.problems, rows[i].wanted) == NULL)
			fail_msg("wanted \"%s\", saw\n%s", rows[i].wanted, f.problems);
	}
	folder_end(&f);
}

/* libconfig 1.5 loses its scratch text at a syntax error. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig\n";
}

static void put_at(const struct folder *f, const char *name, const char *text)
{
	char path[96];
	(void)snprintf(path, sizeof path, "%s/%s", f->path, name);
	if (text != NULL)
		assert_int_equal(file_replace(path, 0644, text, strlen(text)), 0);
	else
		(void)unlink(path);
}

static void what_the_school_says_otherwise_takes_the_place_of_ours(void **state)
{
	char local[64];
	struct folder f;
	struct texts *t;
	(void)state;
	folder_new(&f);
	(void)snprintf(local, sizeof local, "%s/local", f.path);
	assert_int_equal(file_mkdirs(local, 0755), 0);
	f.conf.help.local_texts = local;
	folder_put(&f, "nb.conf", good);
	folder_put(&f, "en.conf", good);
	put_at(&f, "local/nb.conf",
	       "page = { lead = \"ours\"; };\ncategories = { chess = { lead = \"c\"; why = \"d\"; }; };");
	assert_int_equal(folder_load(&f, &t), 0);
	assert_string_equal(texts_get(t, LANGUAGE_NB, "lead"), "ours");
	assert_string_equal(texts_get(t, LANGUAGE_NB, "title"), "T");
	assert_string_equal(texts_get(t, LANGUAGE_EN, "lead"), "L");
	assert_string_equal(texts_category(t, LANGUAGE_NB, "chess")->lead, "c");
	assert_string_equal(texts_category(t, LANGUAGE_NB, "games")->lead, "g");
	texts_free(t);
	put_at(&f, "local/nb.conf", "page = {\nslip = \"x\"; };");
	assert_int_equal(folder_load(&f, &t), -EINVAL);
	assert_non_null(strstr(f.problems, "page: slip is no text of the pages"));
	put_at(&f, "local/nb.conf", NULL);
	(void)rmdir(local);
	folder_end(&f);
}

static const char half[] = "name = \"Half\"; direction = \"rtl\"; fallback = \"nb\";\n"
			   "page = { greeting = \"G\"; title = \"half a title\"; };\ncategories = { };";

static void a_language_that_is_not_complete_shows_only_what_was_reviewed(void **state)
{
	char reviews[64], digest[REVIEW_DIGEST_SIZE], review[512];
	struct folder f;
	struct texts *t;
	(void)state;
	folder_new(&f);
	(void)snprintf(reviews, sizeof reviews, "%s/reviews", f.path);
	folder_put(&f, "nb.conf",
		   "name = \"B\"; page = { greeting = \"Hei\"; title = \"T\"; lead = \"L\"; };\n"
		   "categories = { other = { lead = \"o\"; why = \"w\"; }; };");
	folder_put(&f, "en.conf", half);
	assert_int_equal(folder_load(&f, &t), 0);
	assert_string_equal(texts_get(t, LANGUAGE_EN, "greeting"), "G");
	assert_string_equal(texts_get(t, LANGUAGE_EN, "title"), "T");
	assert_string_equal(texts_category(t, LANGUAGE_EN, "other")->lead, "o");
	assert_int_equal(texts_category(t, LANGUAGE_EN, "other")->language, LANGUAGE_NB);
	assert_string_equal(texts_direction(t, LANGUAGE_EN), "rtl");
	assert_string_equal(texts_direction(t, LANGUAGE_NB), "ltr");
	texts_free(t);

	assert_int_equal(file_mkdirs(reviews, 0755), 0);
	review_digest("half a title", digest);
	(void)snprintf(review, sizeof review,
		       "language = \"en\"; by = \"K\"; role = \"native speaker\"; on = \"2026-11-22\";\n"
		       "texts = [\"page.title %s\"];",
		       digest);
	put_at(&f, "reviews/k.conf", review);
	assert_int_equal(folder_load(&f, &t), 0);
	assert_string_equal(texts_get(t, LANGUAGE_EN, "title"), "half a title");
	assert_string_equal(reviews_find(&t->reviews, LANGUAGE_EN, "page.title", "half a title")->by, "K");
	/* A text that was changed has not been reviewed, nor has the same text elsewhere. */
	assert_null(reviews_find(&t->reviews, LANGUAGE_EN, "page.title", "half a title."));
	assert_null(reviews_find(&t->reviews, LANGUAGE_NB, "page.title", "half a title"));
	assert_null(reviews_find(&t->reviews, LANGUAGE_EN, "page.lead", "half a title"));
	texts_free(t);
	put_at(&f, "reviews/k.conf",
	       "language = \"en\"; by = \"K\"; role = \"r\"; on = \"2026-11-22\"; texts = [\"x\"];");
	assert_int_equal(folder_load(&f, &t), -EINVAL);
	assert_non_null(strstr(f.problems, "texts: \"x\""));
	put_at(&f, "reviews/k.conf", NULL);
	(void)rmdir(reviews);
	folder_end(&f);
}

static void count_text(void *user, const char *key, const char *text)
{
	char *said = user;
	(void)snprintf(said + strlen(said), 2000 - strlen(said), "%s=%s\n", key, text);
}

static void every_text_is_visited_by_the_key_of_its_review(void **state)
{
	char said[2000] = "";
	struct folder f;
	struct texts *t;
	(void)state;
	folder_new(&f);
	folder_put(&f, "nb.conf", good);
	folder_put(&f, "en.conf", good);
	assert_int_equal(folder_load(&f, &t), 0);
	struct conf_category category = {.id = "games", .title = {"Spill"}};
	f.conf.categories = &category;
	f.conf.category_count = 1;
	texts_each(t, &f.conf, LANGUAGE_NB, count_text, said);
	assert_string_equal(said,
			    "page.title=T\npage.lead=L\ncategories.other.lead=o\ncategories.other.why=w\n"
			    "categories.games.lead=g\ncategories.games.why=h\ntitles.games=Spill\n");
	texts_free(t);
	folder_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_found_by_key_and_category_with_a_fallback),
		cmocka_unit_test(what_one_language_has_the_others_must_have),
		cmocka_unit_test(what_the_school_says_otherwise_takes_the_place_of_ours),
		cmocka_unit_test(a_language_that_is_not_complete_shows_only_what_was_reviewed),
		cmocka_unit_test(every_text_is_visited_by_the_key_of_its_review),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
