/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `keys make`, `rotate` and `retire` as somebody calls them: which files come and go, and what the old secret still opens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/file.h"
#include "ctl/ctl.h"
#include "incident/box.h"

#define PASSPHRASE "four quiet grey geese"

static char folder[] = "/tmp/trygg-keys-XXXXXX";

static const char *in(const char *name)
{
	static char paths[4][128];
	static int next;
	char *path = paths[next++ % 4];
	(void)snprintf(path, sizeof paths[0], "%s/%s", folder, name);
	return path;
}

static int setup(void **state)
{
	static const char text[] = "duty = { keys = \"keys\"; };\n";
	(void)state;
	return mkdtemp(folder) == NULL ? -1 : file_replace(in("trygg.conf"), 0644, text, sizeof text - 1);
}

static int teardown(void **state)
{
	char command[64];
	(void)state;
	(void)snprintf(command, sizeof command, "rm -r %s", folder);
	return system(command);
}

/* The verb with what is typed; its exit. */
static int keys(const char *verb, const char *name, const char *secret, const char *typed)
{
	static char program[] = "tryggctl", option[] = "-c", group[] = "keys", where[] = "--secret";
	char *words[] = {program,
			 option,
			 (char *)(uintptr_t)in("trygg.conf"),
			 group,
			 (char *)(uintptr_t)verb,
			 (char *)(uintptr_t)name,
			 where,
			 secret != NULL ? (char *)(uintptr_t)in(secret) : NULL,
			 NULL};
	assert_int_equal(file_replace(in("typed"), 0600, typed, strlen(typed)), 0);
	assert_non_null(freopen(in("typed"), "r", stdin));
	return ctl_main(secret != NULL ? 8 : 6, words);
}

static struct box_key opened(const char *secret)
{
	struct box_key key;
	char *text = NULL;
	size_t len = 0;
	struct stat st;
	assert_int_equal(stat(in(secret), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(file_read(in(secret), BOX_SECRET_TEXT_SIZE, &text, &len), 0);
	assert_int_equal(box_secret_parse(span_of(text, len), PASSPHRASE, &key), 0);
	free(text);
	return key;
}

static struct box_key published(const char *name)
{
	struct box_key key;
	assert_int_equal(box_key_read(in(name), &key), 0);
	return key;
}

static size_t retired(const char *name)
{
	char suffix[64], **paths = NULL;
	size_t count = 0, found = 0;
	(void)snprintf(suffix, sizeof suffix, "/%s.pub.retired-", name);
	assert_int_equal(file_list(in("keys"), "", &paths, &count), 0);
	for (size_t i = 0; i < count; i++)
		found += strstr(paths[i], suffix) != NULL;
	file_list_free(paths, count);
	return found;
}

static void a_new_pair_takes_over_and_the_old_secret_still_opens_what_was_sealed(void **state)
{
	static const char *const names[] = {"nurse-kari", "nurse-ola", "recovery"};
	uint8_t receipt[BOX_RECEIPT_SIZE] = {1}, box[BOX_SIZE_MAX], out[BOX_CONTENT_MAX];
	struct box_key to[3];
	char path[64];
	size_t len = 0, got = 0;
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(keys("make", names[i], i == 0 ? "old" : names[i], PASSPHRASE "\n"), CTL_YES);
		(void)snprintf(path, sizeof path, "keys/%s.pub", names[i]);
		to[i] = published(path);
	}
	struct box_key old = opened("old");
	assert_memory_equal(old.public, to[0].public, sizeof old.public);
	assert_int_equal(box_seal(to, 3, span_text("hei"), receipt, box, sizeof box, &len), 0);

	assert_int_equal(keys("make", "nurse-kari", "new", PASSPHRASE "\n"), CTL_NO);
	assert_int_equal(access(in("new"), F_OK), -1);
	assert_int_equal(keys("rotate", "nurse-kari", "new", PASSPHRASE "\n"), CTL_YES);
	struct box_key fresh = published("keys/nurse-kari.pub"), own = opened("new");
	assert_memory_not_equal(fresh.public, old.public, sizeof old.public);
	assert_memory_equal(fresh.public, own.public, sizeof own.public);
	assert_int_equal(retired("nurse-kari"), 1);

	assert_int_equal(box_open(span_of(box, len), &old, out, sizeof out, &got), 0);
	assert_true(got == 3 && memcmp(out, "hei", 3) == 0);
	assert_true(box_open(span_of(box, len), &own, out, sizeof out, &got) < 0);
}

static void a_slip_while_rotating_leaves_the_old_key_in_use(void **state)
{
	struct box_key before = published("keys/nurse-ola.pub");
	(void)state;
	assert_int_equal(keys("rotate", "nurse-ola", "slip", "short\n"), CTL_FAILED);
	struct box_key after = published("keys/nurse-ola.pub");
	assert_memory_equal(before.public, after.public, sizeof before.public);
	assert_int_equal(retired("nurse-ola"), 0);
	assert_int_equal(access(in("slip"), F_OK), -1);
}

static void a_retired_key_is_out_of_use_and_kept_aside(void **state)
{
	(void)state;
	assert_int_equal(keys("retire", "nurse-ola", NULL, ""), CTL_YES);
	assert_int_equal(access(in("keys/nurse-ola.pub"), F_OK), -1);
	assert_int_equal(retired("nurse-ola"), 1);
	assert_int_equal(keys("retire", "nurse-ola", NULL, ""), CTL_FAILED);
	/* The same day once more: nothing that is aside is overwritten. */
	assert_int_equal(keys("make", "nurse-ola", "again", PASSPHRASE "\n"), CTL_YES);
	assert_int_equal(keys("retire", "nurse-ola", NULL, ""), CTL_YES);
	assert_int_equal(retired("nurse-ola"), 2);
}

static void a_name_that_is_no_key_is_refused(void **state)
{
	static const char *const names[] = {"../nurse-kari", "kari", "nurse-", "Nurse-kari",
					    "nurse-kari.pub"};
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		assert_int_equal(keys("make", names[i], "x", PASSPHRASE "\n"), CTL_FAILED);
		assert_int_equal(keys("retire", names[i], NULL, ""), CTL_FAILED);
	}
	assert_int_equal(access(in("x"), F_OK), -1);
}

/* libconfig 1.5 loses its scratch text at a syntax error. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig\n";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_pair_takes_over_and_the_old_secret_still_opens_what_was_sealed),
		cmocka_unit_test(a_slip_while_rotating_leaves_the_old_key_in_use),
		cmocka_unit_test(a_retired_key_is_out_of_use_and_kept_aside),
		cmocka_unit_test(a_name_that_is_no_key_is_refused),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
