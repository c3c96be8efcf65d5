/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sealed tokens: what goes in comes out, nothing else opens, and two programs get one key. */
#include <errno.h>
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
#include "wire/token.h"

enum { NOW = 1000000000 };

static void a_token_carries_category_rule_and_time_and_nothing_to_see(void **state)
{
	uint8_t key[TOKEN_KEY_SIZE];
	struct token in = {NOW, "self-harm", "school/self-harm.rules:12"}, out;
	char text[TOKEN_TEXT_SIZE], again[TOKEN_TEXT_SIZE], other[TOKEN_TEXT_SIZE];
	(void)state;
	token_key_random(key);
	token_seal(key, &in, text);
	token_seal(key, &in, again);
	token_seal(key, &(struct token){.time_ms = NOW}, other);
	assert_int_equal(strlen(text), TOKEN_TEXT_SIZE - 1);
	assert_int_equal(strlen(other), TOKEN_TEXT_SIZE - 1);
	assert_string_not_equal(text, again);
	assert_int_equal(strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
			 strlen(text));
	assert_int_equal(token_open(key, text, NOW, &out), 0);
	assert_int_equal(out.time_ms, NOW);
	assert_string_equal(out.category, "self-harm");
	assert_string_equal(out.rule, "school/self-harm.rules:12");
	assert_int_equal(token_open(key, other, NOW, &out), 0);
	assert_string_equal(out.category, "");
}

static void a_token_opens_for_ten_minutes(void **state)
{
	static const struct {
		int64_t after;
		int error;
	} rows[] = {
		{0, 0}, {TOKEN_LIFE_MS, 0}, {TOKEN_LIFE_MS + 1, -ETIMEDOUT}, {-5000, 0}, {-5001, -ETIMEDOUT}};
	uint8_t key[TOKEN_KEY_SIZE];
	char text[TOKEN_TEXT_SIZE];
	struct token out;
	(void)state;
	token_key_random(key);
	token_seal(key, &(struct token){NOW, "test", ""}, text);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(token_open(key, text, NOW + rows[i].after, &out), rows[i].error);
}

static void a_changed_or_cut_or_foreign_token_does_not_open(void **state)
{
	static const char *const junk[] = {"", "x", "../../etc/passwd", "AAAA====", "%41%41"};
	uint8_t key[TOKEN_KEY_SIZE], foreign[TOKEN_KEY_SIZE];
	char text[TOKEN_TEXT_SIZE], longer[TOKEN_TEXT_SIZE + 8];
	struct token out;
	(void)state;
	token_key_random(key);
	token_key_random(foreign);
	token_seal(key, &(struct token){NOW, "test", ""}, text);
	assert_int_equal(token_open(foreign, text, NOW, &out), -EBADMSG);
	for (size_t i = 0; i < TOKEN_TEXT_SIZE - 1; i++) {
		char changed[TOKEN_TEXT_SIZE];
		memcpy(changed, text, sizeof changed);
		changed[i] = text[i] == 'A' ? 'B' : 'A';
		assert_int_equal(token_open(key, changed, NOW, &out), -EBADMSG);
		memcpy(changed, text, sizeof changed);
		changed[i] = '\0';
		assert_int_equal(token_open(key, changed, NOW, &out), -EBADMSG);
	}
	(void)snprintf(longer, sizeof longer, "%sA", text);
	assert_int_equal(token_open(key, longer, NOW, &out), -EBADMSG);
	for (size_t i = 0; i < sizeof junk / sizeof junk[0]; i++)
		assert_int_equal(token_open(key, junk[i], NOW, &out), -EBADMSG);
}

static void the_first_makes_the_key_and_the_next_reads_it(void **state)
{
	char folder[] = "/tmp/trygg-token-XXXXXX", path[64];
	uint8_t first[TOKEN_KEY_SIZE], second[TOKEN_KEY_SIZE];
	struct stat st;
	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof path, "%s/token.key", folder);
	mode_t mask = umask(022);
	assert_int_equal(token_key(folder, first), 0);
	(void)umask(mask);
	assert_int_equal(token_key(folder, second), 0);
	assert_memory_equal(first, second, TOKEN_KEY_SIZE);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(st.st_nlink, 1);
	assert_int_equal(file_replace(path, 0640, "short", 5), 0);
	assert_int_equal(token_key(folder, second), -EBADMSG);
	assert_int_equal(file_replace(path, 0640, "0123456789012345678901234567890123", 33), 0);
	assert_int_equal(token_key(folder, second), -EBADMSG);
	(void)unlink(path);
	(void)rmdir(folder);
	assert_int_equal(token_key(folder, second), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_carries_category_rule_and_time_and_nothing_to_see),
		cmocka_unit_test(a_token_opens_for_ten_minutes),
		cmocka_unit_test(a_changed_or_cut_or_foreign_token_does_not_open),
		cmocka_unit_test(the_first_makes_the_key_and_the_next_reads_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
