/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A box, its message and its keys as files: what somebody else wrote never opens, and reading it never goes astray. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "incident/box.h"
#include "wire/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct record_box message;
	struct box_key key = {.name = "nurse-kari"}, read;
	uint8_t out[BOX_CONTENT_MAX], receipt[BOX_RECEIPT_SIZE] = {0};
	char text[256], digest[BOX_DIGEST_SIZE];
	struct span in = span_of(data, size);
	size_t len = 0;

	if (sodium_init() < 0)
		abort();
	if (box_open(in, &key, out, sizeof(out), &len) == 0)
		abort();
	(void)box_has_receipt(in, receipt);
	box_digest(in, digest);
	if (box_key_parse(in, &read) == 0 && box_key_text(&read, text, sizeof(text)) != size)
		abort();
	if (record_box_check(data, size, &message) == 0 && message.len > size)
		abort();
	return 0;
}
