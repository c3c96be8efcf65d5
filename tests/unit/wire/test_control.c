/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/loop.h"
#include "base/service.h"
#include "guard.h"
#include "wire/control.h"

static char folder[64], path[96];
static pid_t server;
static struct loop *loop;
static struct control *control;

static int serve(void *user, const struct control_request *request, char *text, size_t size)
{
	(void)user;
	if (request->verb == CONTROL_RELOAD) {
		(void)snprintf(text, size, "nothing to load\n");
		return -ENOENT;
	}
	if (request->verb == CONTROL_FLUSH) { /* as much as an answer holds */
		memset(text, 'x', size - 1);
		text[size - 1] = 0;
		return 0;
	}
	if (request->verb == CONTROL_CHECK) {
		(void)snprintf(text, size, "red \033[31m\a text\n");
		return 0;
	}
	if (request->verb == CONTROL_PURGE)
		pause(); /* a program that hangs */
	(void)snprintf(text, size, "number %llu\ntext %s\n", (unsigned long long)request->number,
		       request->text);
	return 0;
}

static int start_server(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/trygg-control-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/x.sock", folder);
	loop = loop_new();
	control = control_new(loop, path, serve, NULL);
	if (!control)
		return -1;
	server = fork();
	if (server == 0)
		loop_run(loop);
	return server < 0 ? -1 : 0;
}

static int stop_server(void **state)
{
	(void)state;
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	control_free(control);
	loop_free(loop);
	unlink(path);
	rmdir(folder);
	return 0;
}

static int ask(uint32_t verb, uint64_t number, const char *text, struct control_answer *out)
{
	struct control_request r = {.magic = CONTROL_MAGIC, .verb = verb, .number = number};

	(void)snprintf(r.text, sizeof(r.text), "%s", text);
	return control_ask(path, &r, 2000, out);
}

static void a_request_gets_its_answer(void **state)
{
	struct control_answer a;

	(void)state;
	assert_int_equal(ask(CONTROL_STATUS, 7, "hello", &a), 0);
	assert_int_equal(a.status, 0);
	assert_string_equal(a.text, "number 7\ntext hello\n");
}

static void a_refusal_carries_its_reason(void **state)
{
	struct control_answer a;

	(void)state;
	assert_int_equal(ask(CONTROL_RELOAD, 0, "", &a), 0);
	assert_int_equal(a.status, -ENOENT);
	assert_string_equal(a.text, "nothing to load\n");
}

static void the_longest_answer_arrives_whole(void **state)
{
	struct control_answer a;

	(void)state;
	assert_int_equal(ask(CONTROL_FLUSH, 0, "", &a), 0);
	assert_int_equal(strlen(a.text), CONTROL_TEXT_MAX - 1);
}

static void an_answer_cannot_command_a_terminal(void **state)
{
	struct control_answer a;

	(void)state;
	assert_int_equal(ask(CONTROL_CHECK, 0, "", &a), 0);
	assert_string_equal(a.text, "red ?[31m? text\n");
}

static void a_broken_request_is_not_answered_and_harms_nobody(void **state)
{
	struct control_answer a;

	(void)state;
	assert_int_equal(ask(0, 0, "", &a), -ECONNRESET);
	assert_int_equal(ask(CONTROL_VERBS, 0, "", &a), -ECONNRESET);
	assert_int_equal(ask(CONTROL_STATUS, 0, "un\nclean", &a), -ECONNRESET);
	assert_int_equal(ask(CONTROL_STATUS, 0, "bl\303\245", &a), -ECONNRESET);
	assert_int_equal(ask(CONTROL_STATUS, 1, "fine", &a), 0);
}

static void a_program_that_is_away_or_hangs_is_told_in_time(void **state)
{
	struct control_request r = {.magic = CONTROL_MAGIC, .verb = CONTROL_PURGE};
	struct control_answer a;

	(void)state;
	assert_int_equal(control_ask("/tmp/trygg-no-such.sock", &r, 1000, &a), -ENOENT);
	assert_int_equal(control_ask(path, &r, 100, &a), -ETIMEDOUT);
}

static void a_request_of_any_other_length_is_refused(void **state)
{
	struct control_request r = {.magic = CONTROL_MAGIC, .verb = CONTROL_STATUS, .text = "x"}, out;
	struct guard g = guard_new(2 * sizeof(r));
	char twice[2 * sizeof(r)];

	(void)state;
	memcpy(twice, &r, sizeof(r));
	memcpy(twice + sizeof(r), &r, sizeof(r));
	for (size_t n = 0; n <= sizeof(twice); n++) {
		struct span s = guard_put(&g, twice, n);
		assert_int_equal(control_check(s.at, s.len, &out), n == sizeof(r) ? 0 : -EBADMSG);
	}
	guard_free(&g);
}

static void an_answer_of_another_length_than_it_says_is_refused(void **state)
{
	static struct control_answer a;

	(void)state;
	for (size_t len = 0; len <= 64; len++) {
		a = (struct control_answer){.magic = CONTROL_MAGIC, .len = 10};
		assert_int_equal(control_check_answer(&a, len),
				 len == CONTROL_ANSWER_HEAD + 10 ? 0 : -EBADMSG);
	}
	a = (struct control_answer){.magic = CONTROL_MAGIC, .len = CONTROL_TEXT_MAX};
	assert_int_equal(control_check_answer(&a, sizeof(a)), -EBADMSG);
}

static void an_answer_holds_whole_lines_only(void **state)
{
	char text[16];
	struct control_text t = {text, sizeof(text)};

	(void)state;
	control_say(&t, "one %d\n", 1);
	control_say(&t, "a line that is too long %d\n", 2);
	assert_string_equal(text, "one 1\n");
	control_say(&t, "three %d\n", 3);
	assert_string_equal(text, "one 1\nthree 3\n");
	control_say(&t, "x");
	control_say(&t, "y");
	assert_string_equal(text, "one 1\nthree 3\nx");
	t = (struct control_text){text, 0};
	control_say(&t, "none");
	assert_string_equal(text, "one 1\nthree 3\nx");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_gets_its_answer),
		cmocka_unit_test(an_answer_holds_whole_lines_only),
		cmocka_unit_test(a_refusal_carries_its_reason),
		cmocka_unit_test(the_longest_answer_arrives_whole),
		cmocka_unit_test(an_answer_cannot_command_a_terminal),
		cmocka_unit_test(a_broken_request_is_not_answered_and_harms_nobody),
		cmocka_unit_test(a_request_of_any_other_length_is_refused),
		cmocka_unit_test(an_answer_of_another_length_than_it_says_is_refused),
		cmocka_unit_test(
			a_program_that_is_away_or_hangs_is_told_in_time), /* the server hangs from here on */
	};

	return cmocka_run_group_tests(tests, start_server, stop_server);
}
