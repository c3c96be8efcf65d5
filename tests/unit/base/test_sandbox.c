/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/sandbox.h"

enum { NOBODY = 65534 };

/* The value of a line of /proc/self/status, in the base it is written in; -1 when it is not there. */
static long long status_line(const char *name, int base)
{
	char line[256];
	long long value = -1;
	FILE *in = fopen("/proc/self/status", "re");
	for (size_t n = strlen(name); in && fgets(line, sizeof line, in);)
		if (strncmp(line, name, n) == 0 && line[n] == ':')
			value = strtoll(line + n + 1, NULL, base);
	if (in)
		(void)fclose(in);
	return value;
}

/* What is wrong in a child that gave its privileges away; NULL = nothing. */
typedef const char *look(void);

static const char *look_confined(void)
{
	uid_t r, e, s;
	struct rlimit core;
	if (getresuid(&r, &e, &s) < 0 || r != NOBODY || e != NOBODY || s != NOBODY || getgid() != NOBODY ||
	    getgroups(0, NULL) != 0)
		return "another user";
	if (setuid(0) == 0)
		return "root again";
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return "new privileges";
	if (getrlimit(RLIMIT_CORE, &core) < 0 || core.rlim_max != 0)
		return "core files";
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return "dumpable: a core handler would get its memory";
	return NULL;
}

static const char *look_without(void)
{
	if (sandbox_enter("no-such-user-trygg", NULL, false) < 0)
		return "refused";
	if (status_line("CapPrm", 16) != 0 || status_line("CapEff", 16) != 0 ||
	    status_line("CapInh", 16) != 0 || status_line("CapAmb", 16) != 0)
		return "capabilities";
	return look_confined();
}

static const char *look_keeping(void)
{
	static const int keep[] = {CAP_NET_ADMIN, CAP_NET_RAW, -1};
	const long long both = 1LL << CAP_NET_ADMIN | 1LL << CAP_NET_RAW;
	if (sandbox_enter("no-such-user-trygg", keep, true) < 0)
		return "refused";
	if (status_line("CapPrm", 16) != both || status_line("CapAmb", 16) != both ||
	    status_line("CapEff", 16) != 0)
		return "not exactly those that were to stay, or effective";
	return look_confined();
}

/* As under systemd: the user was changed before, and there is nothing left to give away. */
static const char *look_again(void)
{
	const char *wrong = look_without();
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0) /* what an exec by that user would leave */
		return "the test itself";
	return wrong ? wrong : look_without();
}

static void in_child(look *call)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		const char *wrong = call();
		if (wrong)
			(void)dprintf(STDOUT_FILENO, "# %s\n", wrong);
		_exit(wrong != NULL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void root_becomes_a_user_who_may_nothing(void **state)
{
	(void)state;
	in_child(look_without);
}

static void what_is_kept_is_kept_and_not_effective(void **state)
{
	(void)state;
	in_child(look_keeping);
}

static void who_has_nothing_to_give_away_may_enter_all_the_same(void **state)
{
	(void)state;
	in_child(look_again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_becomes_a_user_who_may_nothing),
		cmocka_unit_test(what_is_kept_is_kept_and_not_effective),
		cmocka_unit_test(who_has_nothing_to_give_away_may_enter_all_the_same),
	};
	if (geteuid() != 0) {
		(void)fprintf(stderr, "privileges are given away by root: run this as root\n");
		return 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
