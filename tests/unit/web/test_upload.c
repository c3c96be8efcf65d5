/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "guard.h"
#include "web/upload.h"

static const char type[] = "multipart/form-data; boundary=X";
static const char body[] =
	"--X\r\nContent-Disposition: form-data; name=\"key\"; filename=\"name=\"\r\n\r\nline\r\n\r\n--Y\r\n"
	"--X\r\nContent-Disposition: form-data; filename=\"a\"; name=\"phrase\"\r\n\r\n\r\n"
	"--X--\r\n";

static void assert_part(const char *name, const char *wanted)
{
	struct span out;

	assert_true(upload_get(type, span_text(body), name, &out));
	assert_int_equal(out.len, strlen(wanted));
	assert_memory_equal(out.at, wanted, out.len);
}

static void parts_are_found_by_their_names_and_kept_byte_by_byte(void **state)
{
	(void)state;
	assert_part("key", "line\r\n\r\n--Y");
	assert_part("phrase", "");
}

static void another_name_or_form_finds_nothing(void **state)
{
	struct span out;

	(void)state;
	assert_false(upload_get(type, span_text(body), "ke", &out));
	assert_false(upload_get(type, span_text(body), "a", &out));
	assert_false(upload_get("multipart/form-data; boundary=Z", span_text(body), "key", &out));
	assert_false(upload_get("multipart/form-data", span_text(body), "key", &out));
	assert_false(upload_get("text/plain; boundary=X", span_text(body), "key", &out));
}

static void a_body_cut_anywhere_is_never_read_behind_its_end(void **state)
{
	struct guard g = guard_new(sizeof(body));
	struct span out;

	(void)state;
	for (size_t len = 0; len < sizeof(body); len++) {
		struct span s = guard_put(&g, body, len);
		if (upload_get(type, s, "key", &out))
			assert_true(out.at >= s.at && out.at + out.len <= s.at + s.len);
	}
	guard_free(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_are_found_by_their_names_and_kept_byte_by_byte),
		cmocka_unit_test(another_name_or_form_finds_nothing),
		cmocka_unit_test(a_body_cut_anywhere_is_never_read_behind_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
