/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/file.h"
#include "incident/box.h"

static const char content[] = "{\"v\":1,\"call_me\":\"Sol\",\"where\":\"the library\"}";

struct sealed {
	struct box_key key[4];
	uint8_t receipt[BOX_RECEIPT_SIZE];
	uint8_t bytes[BOX_SIZE_MAX];
	size_t len;
};

static int make(void **state)
{
	static struct sealed s;
	static const char *const names[] = {"nurse-kari", "nurse-ola", "recovery", "counsellor-liv"};

	if (sodium_init() < 0)
		return -1;
	for (size_t i = 0; i < 4; i++)
		box_key_make(&s.key[i], names[i]);
	box_receipt("fugl sol hav rev", s.receipt);
	*state = &s;
	return box_seal(s.key, 3, span_text(content), s.receipt, s.bytes, sizeof(s.bytes), &s.len);
}

static struct span bytes(const struct sealed *s)
{
	return span_of(s->bytes, s->len);
}

static void each_recipient_reads_it(void **state)
{
	const struct sealed *s = *state;
	uint8_t out[BOX_CONTENT_MAX];
	size_t len = 0;

	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(box_open(bytes(s), &s->key[i], out, sizeof(out), &len), 0);
		assert_int_equal(len, strlen(content));
		assert_memory_equal(out, content, len);
	}
}

static void nobody_else_reads_it(void **state)
{
	const struct sealed *s = *state;
	struct box_key thief = s->key[0];
	uint8_t out[BOX_CONTENT_MAX];
	size_t len = 0;

	assert_int_equal(box_open(bytes(s), &s->key[3], out, sizeof(out), &len), -ENOKEY);
	memcpy(thief.secret, s->key[3].secret, sizeof(thief.secret));
	assert_int_equal(box_open(bytes(s), &thief, out, sizeof(out), &len), -EBADMSG);
	assert_null(memmem(s->bytes, s->len, "library", 7));
	assert_null(memmem(s->bytes, s->len, "nurse", 5));
}

static void a_changed_box_does_not_open(void **state)
{
	struct sealed s = *(struct sealed *)*state;
	uint8_t out[BOX_CONTENT_MAX];
	size_t len = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (i >= 8 && i < 40) /* the receipt is held by the digest alone */
			continue;
		s.bytes[i] ^= 1;
		int rc = box_open(bytes(&s), &s.key[0], out, sizeof(out), &len);
		bool other = i >= BOX_HEAD_SIZE + 88 && i < BOX_HEAD_SIZE + 3 * 88; /* slots of the others */
		assert_int_equal(rc == 0, other);
		s.bytes[i] ^= 1;
	}
	for (size_t cut = 0; cut < s.len; cut++)
		assert_int_not_equal(box_open(span_of(s.bytes, cut), &s.key[0], out, sizeof(out), &len), 0);
}

static void the_size_tells_nothing(void **state)
{
	const struct sealed *s = *state;
	uint8_t other[BOX_SIZE_MAX];
	size_t len = 0;

	assert_int_equal(box_seal(s->key, 3, span_text("x"), s->receipt, other, sizeof(other), &len), 0);
	assert_int_equal(len, s->len);
}

static void it_needs_two_people_and_the_recovery_key(void **state)
{
	const struct sealed *s = *state;
	struct box_key twice[3] = {s->key[0], s->key[1], s->key[0]};
	uint8_t out[BOX_SIZE_MAX], large[BOX_CONTENT_MAX + 1] = {0};
	size_t len = 0;

	assert_int_equal(box_seal(s->key, 2, span_text(content), s->receipt, out, sizeof(out), &len),
			 -EINVAL);
	assert_int_equal(box_seal(twice, 3, span_text(content), s->receipt, out, sizeof(out), &len), -EINVAL);
	assert_int_equal(
		box_seal(s->key, 3, span_of(large, sizeof(large)), s->receipt, out, sizeof(out), &len),
		-EMSGSIZE);
	assert_int_equal(
		box_seal(s->key, 3, span_of(large, sizeof(large) - 1), s->receipt, out, sizeof(out), &len),
		0);
	assert_int_equal(box_seal(s->key, 3, span_text(content), s->receipt, out, 600, &len), -EMSGSIZE);
}

static void a_receipt_is_known_however_it_is_typed(void **state)
{
	const struct sealed *s = *state;
	uint8_t receipt[BOX_RECEIPT_SIZE];

	box_receipt(" Fugl-SOL, hav  REV.", receipt);
	assert_true(box_has_receipt(bytes(s), receipt));
	box_receipt("fugl sol hav ulv", receipt);
	assert_false(box_has_receipt(bytes(s), receipt));
	assert_false(box_has_receipt(span_of(s->bytes, 20), receipt));
}

static void public_keys_read_back(void **state)
{
	const struct sealed *s = *state;
	struct box_key back;
	char text[256];
	size_t len = box_key_text(&s->key[0], text, sizeof(text));

	assert_int_equal(box_key_parse(span_of(text, len), &back), 0);
	assert_string_equal(back.name, "nurse-kari");
	assert_memory_equal(back.public, s->key[0].public, BOX_PUBLIC_SIZE);
	assert_int_equal(box_key_parse(span_of(text, len - 1), &back), -EBADMSG);
	text[20] = '_';
	assert_int_equal(box_key_parse(span_of(text, len), &back), -EBADMSG);
	assert_false(box_name_holds("nurse"));
	assert_false(box_name_holds("-kari"));
	assert_false(box_name_holds("nurse-../x"));
}

static void a_secret_key_opens_with_its_passphrase_only(void **state)
{
	const struct sealed *s = *state;
	struct box_key back;
	char text[BOX_SECRET_TEXT_SIZE];

	assert_int_equal(box_secret_text(&s->key[0], "four quiet grey geese", text, sizeof(text)), 0);
	assert_int_equal(box_secret_parse(span_text(text), "four quiet grey geese", &back), 0);
	assert_memory_equal(&back, &s->key[0], sizeof(back));
	assert_int_equal(box_secret_parse(span_text(text), "four quiet grey goose", &back), -EACCES);
	text[strlen(text) - 2] ^= 1;
	assert_int_not_equal(box_secret_parse(span_text(text), "four quiet grey geese", &back), 0);
}

static void a_key_file_is_its_owners(void **state)
{
	const struct sealed *s = *state;
	char folder[] = "/tmp/trygg-keys-XXXXXX", path[256], text[256], command[64];
	struct box_key back;
	size_t len = box_key_text(&s->key[0], text, sizeof(text));

	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/nurse-kari.pub", folder);
	assert_int_equal(box_key_read(path, &back), -ENOENT);
	assert_int_equal(file_replace(path, 0644, text, len), 0);
	assert_int_equal(box_key_read(path, &back), 0);
	(void)snprintf(path, sizeof(path), "%s/nurse-mallory.pub", folder);
	assert_int_equal(file_replace(path, 0644, text, len), 0);
	assert_int_equal(box_key_read(path, &back), -EBADMSG);
	(void)snprintf(command, sizeof(command), "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_recipient_reads_it),
		cmocka_unit_test(nobody_else_reads_it),
		cmocka_unit_test(a_changed_box_does_not_open),
		cmocka_unit_test(the_size_tells_nothing),
		cmocka_unit_test(it_needs_two_people_and_the_recovery_key),
		cmocka_unit_test(a_receipt_is_known_however_it_is_typed),
		cmocka_unit_test(public_keys_read_back),
		cmocka_unit_test(a_secret_key_opens_with_its_passphrase_only),
		cmocka_unit_test(a_key_file_is_its_owners),
	};
	return cmocka_run_group_tests(tests, make, NULL);
}
