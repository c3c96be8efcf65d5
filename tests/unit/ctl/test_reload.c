/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "ctl/ctl.h"

static char folder[] = "/tmp/trygg-reload-XXXXXX";

static char *in_folder(const char *name)
{
	char *path = NULL;
	if (asprintf(&path, "%s/%s", folder, name) < 0)
		abort();
	return path;
}

static void written_at(const char *path, time_t when)
{
	const struct timespec times[2] = {{.tv_sec = when}, {.tv_sec = when}};
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void rules_younger_than_the_set_are_noticed(void **state)
{
	char *school = in_folder("school"), *file = in_folder("school/a.rules"), *set = in_folder("set");
	const struct conf conf = {
		.rules = {.layer = {"/nonexistent", "/nonexistent", school}, .compiled = set}};
	(void)state;
	assert_int_equal(mkdir(school, 0755), 0);
	assert_int_equal(close(open(file, O_CREAT | O_WRONLY, 0644)), 0);
	assert_false(reload_is_stale(&conf)); /* without a set there is nothing to be older */
	assert_int_equal(close(open(set, O_CREAT | O_WRONLY, 0644)), 0);
	written_at(set, 2000);
	written_at(file, 2000);
	written_at(school, 1000);
	assert_false(reload_is_stale(&conf));
	written_at(file, 2001);
	assert_true(reload_is_stale(&conf));
	written_at(file, 1000);
	written_at(school, 2001);
	assert_true(reload_is_stale(&conf));
	assert_int_equal(unlink(file) | unlink(set) | rmdir(school), 0);
	free(school);
	free(file);
	free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_younger_than_the_set_are_noticed),
	};
	if (!mkdtemp(folder))
		return 1;
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	return rmdir(folder) == 0 ? failed : 1;
}
