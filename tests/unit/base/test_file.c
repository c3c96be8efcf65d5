/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/service.h"

static char folder[] = "/tmp/trygg-file-XXXXXX";

static const char *in_folder(const char *name)
{
	static char path[256];
	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static void a_replaced_file_has_the_new_bytes_and_mode_and_leaves_no_temporary(void **state)
{
	(void)state;
	char *text;
	size_t len, count;
	char **paths;
	struct stat st;
	assert_int_equal(file_replace(in_folder("a.conf"), 0600, "old", 3), 0);
	assert_int_equal(file_replace(in_folder("a.conf"), 0644, "newer", 5), 0);
	assert_int_equal(file_read(in_folder("a.conf"), 100, &text, &len), 0);
	assert_int_equal(len, 5);
	assert_string_equal(text, "newer");
	free(text);
	assert_int_equal(stat(in_folder("a.conf"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_int_equal(file_list(folder, "", &paths, &count), 0);
	assert_int_equal(count, 1);
	file_list_free(paths, count);
}

static void a_file_over_the_limit_is_refused(void **state)
{
	(void)state;
	char *text = NULL;
	size_t len;
	assert_int_equal(file_replace(in_folder("big"), 0600, "12345678", 8), 0);
	assert_int_equal(file_read(in_folder("big"), 7, &text, &len), -EFBIG);
	assert_int_equal(file_read(in_folder("big"), 8, &text, &len), 0);
	free(text);
	assert_int_equal(file_read(in_folder("absent"), 8, &text, &len), -ENOENT);
}

static void a_pipe_that_nobody_writes_to_is_empty(void **state)
{
	(void)state;
	char *text = NULL;
	size_t len = 1;
	assert_int_equal(mkfifo(in_folder("pipe"), 0600), 0);
	alarm(10);
	assert_int_equal(file_read(in_folder("pipe"), 8, &text, &len), 0);
	alarm(0);
	assert_int_equal(len, 0);
	free(text);
	assert_int_equal(unlink(in_folder("pipe")), 0);
}

static void a_folder_is_listed_in_byte_order_and_an_absent_one_is_empty(void **state)
{
	(void)state;
	char **paths;
	size_t count;
	assert_int_equal(file_mkdirs(in_folder("d/e"), 0700), 0);
	assert_int_equal(file_mkdirs(in_folder("d/e"), 0700), 0);
	for (const char *name = "cab"; *name; name++) {
		char path[64];
		(void)snprintf(path, sizeof path, "d/e/%c.rules", *name);
		assert_int_equal(file_replace(in_folder(path), 0600, "", 0), 0);
	}
	assert_int_equal(file_replace(in_folder("d/e/.hidden.rules"), 0600, "", 0), 0);
	assert_int_equal(file_list(in_folder("d/e"), ".rules", &paths, &count), 0);
	assert_int_equal(count, 3);
	assert_string_equal(paths[0], in_folder("d/e/a.rules"));
	assert_string_equal(paths[2], in_folder("d/e/c.rules"));
	file_list_free(paths, count);
	assert_int_equal(file_list(in_folder("nowhere"), ".rules", &paths, &count), 0);
	assert_int_equal(count, 0);
	file_list_free(paths, count);
}

static void a_relative_name_belongs_to_the_folder_of_its_file(void **state)
{
	(void)state;
	static const char *const rows[][3] = {{"/etc/trygg/trygg.conf", "rules.d", "/etc/trygg/rules.d"},
					      {"/etc/trygg/trygg.conf", "/srv/x", "/srv/x"},
					      {"trygg.conf", "rules.d", "rules.d"},
					      {"config/dev.conf", "../rules", "config/../rules"}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *path = file_resolve(rows[i][0], rows[i][1]);
		assert_string_equal(path, rows[i][2]);
		free(path);
	}
}

static void a_message_carries_its_descriptors_and_no_others_slip_in(void **state)
{
	(void)state;
	char text[16];
	int pipes[2], fds[2];
	size_t count = 2;
	int listener = service_listen(in_folder("s.sock"), 0600);
	assert_true(listener >= 0);
	int client = service_connect(in_folder("s.sock"));
	assert_true(client >= 0);
	int server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(server >= 0);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(service_send(client, span_text("hei"), pipes, 2), 0);
	assert_int_equal(service_recv(server, text, sizeof text, fds, &count), 3);
	assert_int_equal(count, 2);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(read(pipes[0], text, 1), 1);
	assert_int_equal(service_send(client, span_text("hei"), pipes, 2), 0);
	assert_true(service_recv(server, text, sizeof text, NULL, NULL) < 0);
	assert_int_equal(service_send(client, span_text("longer than the room"), NULL, 0), 0);
	assert_int_equal(service_recv(server, text, 4, NULL, NULL), -EMSGSIZE);
	assert_int_equal(service_peer_uid(server), getuid());
	(void)close(client);
	assert_int_equal(service_recv(server, text, sizeof text, NULL, NULL), 0);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	char command[64];
	(void)snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_replaced_file_has_the_new_bytes_and_mode_and_leaves_no_temporary),
		cmocka_unit_test(a_file_over_the_limit_is_refused),
		cmocka_unit_test(a_pipe_that_nobody_writes_to_is_empty),
		cmocka_unit_test(a_folder_is_listed_in_byte_order_and_an_absent_one_is_empty),
		cmocka_unit_test(a_relative_name_belongs_to_the_folder_of_its_file),
		cmocka_unit_test(a_message_carries_its_descriptors_and_no_others_slip_in),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
