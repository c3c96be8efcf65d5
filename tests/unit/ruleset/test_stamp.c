/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Large files have pieces of their own, and one that has not changed is not read again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include <errno.h>
#include <time.h>

#include "rig.h"

enum { NAMES = 20000 };

struct list {
	char path[128];
	const char *tail; /* behind the names */
};

static void list_write(const struct list *l, size_t names)
{
	FILE *f = fopen(l->path, "w");
	assert_non_null(f);
	fprintf(f, "category games\nowner \"A test\"\n");
	for (size_t i = 0; i < names; i++)
		fprintf(f, "domain name-%05zu.example\n", i);
	fprintf(f, "%s", l->tail ? l->tail : "");
	assert_int_equal(fclose(f), 0);
}

/* Compiles the list from its file, and a school line beside it. */
static int compile_with(struct rig *r, const struct list *l, const char *school, const char *protected,
			const char *category)
{
	const char *categories[] = {"games", category};
	struct build_options options = {.categories = categories,
					.category_count = category ? 2 : 1,
					.problem = rig_problem,
					.warning = rig_warning,
					.user = r};
	struct build *b = build_new(&options);
	struct manifest m;
	int fd = open(l->path, O_RDONLY | O_CLOEXEC);
	struct rulefile list = {.path = l->path,
				.name = "national/list.rules",
				.layer = LAYER_NATIONAL,
				.open = true,
				.fd = fd};
	struct rulefile small = {.path = "small",
				 .name = "school/small.rules",
				 .layer = LAYER_SCHOOL,
				 .bytes = span_text(school)};
	r->problems[0] = '\0';
	if (protected)
		assert_int_equal(build_protect(b, protected, "a test", true), 0);
	build_store(b, r->fd, &r->last);
	assert_int_equal(build_read(b, &list), 0);
	assert_int_equal(build_read(b, &small), 0);
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
	close(fd);
	return rc;
}

static const char one_line[] = "category games\nallow domain name-00001.example\n";

static size_t hits_of(const struct rig *rig, const char *name)
{
	static struct rule_hits hits;
	struct ruleset *rules = NULL;
	struct host h;
	char why[256];
	assert_int_equal(ruleset_open(rig->manifest, true, &rules, why, sizeof(why)), 0);
	assert_int_equal(host_from_text(span_text(name), &h), 0);
	ruleset_match(rules, &h, NULL, &hits);
	ruleset_free(rules);
	return hits.count;
}

static int begin(void **state)
{
	static struct rig rig;
	rig_open(&rig);
	*state = &rig;
	return 0;
}

static int end(void **state)
{
	rig_close(*state);
	return 0;
}

static struct list list_of(const struct rig *rig)
{
	struct list l = {.tail = NULL};
	snprintf(l.path, sizeof(l.path), "%s.list", rig->folder);
	return l;
}

static void an_unchanged_list_is_not_read_and_means_the_same(void **state)
{
	struct rig *rig = *state;
	struct list l = list_of(rig);
	list_write(&l, NAMES);
	assert_int_equal(compile_with(rig, &l, one_line, NULL, NULL), 0);
	assert_int_equal(rig->counts.unread, 0);
	assert_int_equal(rig->counts.names, NAMES + 1);
	assert_int_equal(
		compile_with(rig, &l, "category games\nallow domain name-00002.example\n", NULL, NULL), 0);
	assert_int_equal(rig->counts.unread, 1);
	assert_int_equal(rig->counts.written, 1);
	assert_int_equal(rig->counts.names, NAMES + 1);
	assert_int_equal(hits_of(rig, "name-00001.example"), 1);
	assert_int_equal(hits_of(rig, "name-00002.example"), 2);
	assert_int_equal(hits_of(rig, "name-19999.example"), 1);
	unlink(l.path);
}

static void a_list_that_changed_is_read_however_alike_it_looks(void **state)
{
	struct rig *rig = *state;
	struct list l = list_of(rig);
	struct stat before;
	list_write(&l, NAMES);
	assert_int_equal(stat(l.path, &before), 0);
	assert_int_equal(compile_with(rig, &l, one_line, NULL, NULL), 0);
	/* The same size, and the time that programs can set set back. */
	int fd = open(l.path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "category games\nowner \"A Test\"\ndomain NAME-9", 43, 0), 43);
	const struct timespec times[] = {before.st_atim, before.st_mtim};
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
	assert_int_equal(compile_with(rig, &l, one_line, NULL, NULL), 0);
	assert_int_equal(rig->counts.unread, 0);
	assert_int_equal(hits_of(rig, "name-00000.example"), 0);
	assert_int_equal(hits_of(rig, "name-90000.example"), 1);
	unlink(l.path);
}

static void a_name_that_must_pass_now_is_looked_for_in_every_list(void **state)
{
	struct rig *rig = *state;
	struct list l = list_of(rig);
	list_write(&l, NAMES);
	assert_int_equal(compile_with(rig, &l, one_line, NULL, NULL), 0);
	assert_int_equal(compile_with(rig, &l, one_line, "name-00007.example", NULL), -EINVAL);
	assert_non_null(strstr(rig->problems, ".list:10: this would stop name-00007.example"));
	assert_int_equal(compile_with(rig, &l, one_line, "other.example", NULL), 0);
	assert_int_equal(rig->counts.unread, 0);
	assert_int_equal(compile_with(rig, &l, one_line, "other.example", NULL), 0);
	assert_int_equal(rig->counts.unread, 1);
	/* Other categories: other mistakes. */
	assert_int_equal(compile_with(rig, &l, one_line, "other.example", "porn"), 0);
	assert_int_equal(rig->counts.unread, 0);
	unlink(l.path);
}

static void what_has_to_be_said_is_said_each_time(void **state)
{
	struct rig *rig = *state;
	struct list l = list_of(rig);
	l.tail = "domain example\nhost /casino[0-9]/\n";
	list_write(&l, NAMES);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(compile_with(rig, &l, one_line, NULL, NULL), 0);
		assert_int_equal(rig->counts.unread, 0);
		assert_non_null(strstr(rig->problems, "whole top-level domain"));
		assert_int_equal(hits_of(rig, "casino7.test"), 1);
	}
	unlink(l.path);
}

static void a_damaged_piece_is_made_again(void **state)
{
	struct rig *rig = *state;
	struct list l = list_of(rig);
	list_write(&l, NAMES);
	assert_int_equal(compile_with(rig, &l, one_line, NULL, NULL), 0);
	for (size_t i = 0; i < rig->last.count; i++) {
		if (rig->last.piece[i].size < 10000)
			continue;
		int fd = openat(rig->fd, rig->last.piece[i].file, O_WRONLY | O_CLOEXEC);
		assert_int_equal(pwrite(fd, "x", 1, 9999), 1);
		close(fd);
	}
	assert_int_equal(compile_with(rig, &l, one_line, NULL, NULL), 0);
	assert_int_equal(rig->counts.unread, 0);
	assert_int_equal(hits_of(rig, "name-00005.example"), 1);
	unlink(l.path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_unchanged_list_is_not_read_and_means_the_same, begin, end),
		cmocka_unit_test_setup_teardown(a_list_that_changed_is_read_however_alike_it_looks, begin,
						end),
		cmocka_unit_test_setup_teardown(a_name_that_must_pass_now_is_looked_for_in_every_list, begin,
						end),
		cmocka_unit_test_setup_teardown(what_has_to_be_said_is_said_each_time, begin, end),
		cmocka_unit_test_setup_teardown(a_damaged_piece_is_made_again, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
