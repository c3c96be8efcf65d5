/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/accounts.h"

static char folder[] = "/tmp/trygg-accounts-XXXXXX";
static char url[80];
static struct store *s;

static int place(void **state)
{
	char why[STORE_WHY_SIZE];

	(void)state;
	memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
	if (!mkdtemp(folder) || sodium_init() < 0)
		return -1;
	(void)snprintf(url, sizeof(url), "sqlite:%s/s.db", folder);
	return store_create(url, why) < 0 ? -1 : store_open(url, STORE_DURABLE, &s, why);
}

static int tidy(void **state)
{
	static const char *const names[] = {"s.db", "s.db-wal", "s.db-shm"};
	char path[80];

	(void)state;
	store_close(s);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		(void)unlink(path);
	}
	return rmdir(folder);
}

static int64_t count(const char *sql)
{
	int64_t n = -1;

	assert_int_equal(store_number(s, -1, &n, sql, ""), 0);
	return n;
}

static void a_name_is_small_letters_digits_and_four_signs(void **state)
{
	static const char *const good[] = {"a", "kari.nordmann", "kari@example.org", "a-b_c9"};
	static const char *const bad[] = {"", "Kari", "1kari", "kari nordmann", "kåri", "k<b>", "=cmd"};
	char wide[64];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(account_name_holds(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(account_name_holds(bad[i]));
	memset(wide, 'a', sizeof(wide) - 1);
	wide[ACCOUNT_NAME_SIZE] = '\0';
	assert_false(account_name_holds(wide));
	wide[ACCOUNT_NAME_SIZE - 1] = '\0';
	assert_true(account_name_holds(wide));
}

static void the_printed_secret_opens_the_account_and_nothing_else_does(void **state)
{
	char secret[ACCOUNT_SECRET_SIZE];
	struct account a;
	int64_t wait;

	(void)state;
	assert_int_equal(account_add(s, "kari", ROLE_HEALTH, "nurse", 1000, secret), 0);
	assert_int_equal(account_check(s, "kari", "guess", "", 1000, &a, &wait), -EACCES);
	assert_int_equal(account_check(s, "ola", secret, "", 1000, &a, &wait), -EACCES);
	assert_int_equal(account_check(s, "kari", secret, "", 1000, &a, &wait), 0);
	assert_int_equal(a.role, ROLE_HEALTH);
	assert_string_equal(a.kind, "nurse");
	assert_true(a.fresh);
	assert_int_equal(
		count("SELECT count(*) FROM account WHERE secret LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'"),
		1);
}

static void a_password_of_ones_own_replaces_the_secret_and_ends_sessions(void **state)
{
	char secret[ACCOUNT_SECRET_SIZE];
	struct account a;
	int64_t wait;

	(void)state;
	assert_int_equal(account_add(s, "kari", ROLE_HEALTH, "", 1000, secret), 0);
	assert_int_equal(account_find(s, "kari", &a), 0);
	assert_int_equal(store_do(s, "INSERT INTO session VALUES ('d', ?, 1, 1, 'daily', 0)", "i", a.id), 0);
	assert_int_equal(account_password(s, &a, "en lang setning om sjøen"), 0);
	assert_int_equal(count("SELECT count(*) FROM session"), 0);
	assert_int_equal(account_check(s, "kari", secret, "", 1000, &a, &wait), -EACCES);
	assert_int_equal(account_check(s, "kari", "en lang setning om sjøen", "", 1000, &a, &wait), 0);
	assert_false(a.fresh);
}

static void a_disabled_account_is_out_at_once_and_stays_out(void **state)
{
	char secret[ACCOUNT_SECRET_SIZE];
	struct account a;
	int64_t wait;

	(void)state;
	assert_int_equal(account_add(s, "kari", ROLE_IT, "", 1000, secret), 0);
	assert_int_equal(account_disable(s, "kari"), 0);
	assert_int_equal(account_check(s, "kari", secret, "", 1000, &a, &wait), -EACCES);
	assert_int_equal(account_check(s, "kari", "", "", 1000, &a, &wait), -EACCES);
	assert_int_equal(account_disable(s, "ola"), -ENOENT);
}

static void five_attempts_are_free_then_the_wait_doubles_and_ends(void **state)
{
	char secret[ACCOUNT_SECRET_SIZE];
	int64_t now = 1000000, wait = 0, last = 0;
	struct account a;

	(void)state;
	assert_int_equal(account_add(s, "kari", ROLE_IT, "", 1000, secret), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(account_check(s, "kari", "guess", "", now, &a, &wait), -EACCES);
	for (int i = 0; i < 12; i++) {
		assert_int_equal(account_check(s, "kari", secret, "", now, &a, &wait), -EAGAIN);
		assert_true(wait == 900 || wait > last);
		last = wait;
		now += wait * 1000;
		assert_int_equal(account_check(s, "kari", "guess", "", now, &a, &wait), -EACCES);
	}
	assert_int_equal(last, 900);
	assert_int_equal(account_check(s, "kari", secret, "", now + 900000, &a, &wait), 0);
	assert_int_equal(account_check(s, "kari", secret, "", now + 900000, &a, &wait), 0);
}

static void many_names_from_one_address_wait_too(void **state)
{
	int64_t wait = 0;
	struct account a;
	char name[16];

	(void)state;
	for (int i = 0; i < 5; i++) {
		(void)snprintf(name, sizeof(name), "name%d", i);
		assert_int_equal(account_check(s, name, "guess", "from:0a000001", 1000, &a, &wait), -EACCES);
	}
	assert_int_equal(account_check(s, "name9", "guess", "from:0a000001", 1000, &a, &wait), -EAGAIN);
	assert_int_equal(account_check(s, "name9", "guess", "from:0a000002", 1000, &a, &wait), -EACCES);
}

static void a_clock_that_was_set_back_keeps_nobody_out(void **state)
{
	char secret[ACCOUNT_SECRET_SIZE];
	struct account a;
	int64_t wait;

	(void)state;
	assert_int_equal(account_add(s, "kari", ROLE_IT, "", 1000, secret), 0);
	for (int i = 0; i < 6; i++)
		(void)account_check(s, "kari", "guess", "", 9000000 + i * 1000000, &a, &wait);
	assert_int_equal(account_check(s, "kari", secret, "", 5000, &a, &wait), 0);
}

static void weak_passwords_are_told_why(void **state)
{
	(void)state;
	assert_string_equal(account_password_lacks("kort", "kari"), "short");
	assert_string_equal(account_password_lacks("aaaaaaaaaaaaaa", "kari"), "simple");
	assert_string_equal(account_password_lacks("Passord for 2026", "kari"), "known");
	assert_string_equal(account_password_lacks("her bor Kari i huset", "kari"), "known");
	assert_null(account_password_lacks("en lang setning om sjøen", "kari"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_small_letters_digits_and_four_signs),
		cmocka_unit_test_setup_teardown(the_printed_secret_opens_the_account_and_nothing_else_does,
						place, tidy),
		cmocka_unit_test_setup_teardown(a_password_of_ones_own_replaces_the_secret_and_ends_sessions,
						place, tidy),
		cmocka_unit_test_setup_teardown(a_disabled_account_is_out_at_once_and_stays_out, place, tidy),
		cmocka_unit_test_setup_teardown(five_attempts_are_free_then_the_wait_doubles_and_ends, place,
						tidy),
		cmocka_unit_test_setup_teardown(many_names_from_one_address_wait_too, place, tidy),
		cmocka_unit_test_setup_teardown(a_clock_that_was_set_back_keeps_nobody_out, place, tidy),
		cmocka_unit_test(weak_passwords_are_told_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
