/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The check of a message is one table of texts: who reads records trusts nothing else about them. */
#include "wire/record.h"

#include <errno.h>
#include <string.h>

#include "wire/record_fields.h"

#define TIME_MAX_MS INT64_C(253402300799999) /* the last millisecond of year 9999 */
#define NUMBER_MAX (UINT64_C(1) << 53)       /* readers of JSON keep numbers in doubles */

#define TEXT(field)                                                                                          \
	{                                                                                                    \
		offsetof(struct record, field), sizeof(((struct record *)0)->field)                          \
	}

const struct record_field record_fields[RECORD_FIELDS] = {
	TEXT(src), TEXT(category), TEXT(action),  TEXT(proto),  TEXT(name),   TEXT(rule),
	TEXT(set), TEXT(group),    TEXT(subject), TEXT(detail), TEXT(sealed),
};

static bool text_is_clean(const char *text, size_t size)
{
	size_t i = 0;

	while (i < size && text[i] >= 0x20 && text[i] <= 0x7e)
		i++;
	if (i == size)
		return false;
	while (i < size && text[i] == 0)
		i++;
	return i == size;
}

static bool numbers_are_sane(const struct record *r)
{
	static const uint8_t zero[sizeof(r->reserved)];

	return r->magic == RECORD_MAGIC && r->kind >= RECORD_HELLO && r->kind <= RECORD_TOLD &&
	       r->kind != RECORD_BOX && r->journal < JOURNALS && r->event < EVENTS && r->severity <= 4 &&
	       r->date_only <= 1 && r->nr <= NUMBER_MAX && r->count <= NUMBER_MAX && r->time_ms >= 0 &&
	       r->time_ms <= TIME_MAX_MS && r->until_ms >= 0 && r->until_ms <= TIME_MAX_MS &&
	       memcmp(r->reserved, zero, sizeof(zero)) == 0;
}

int record_check(const void *message, size_t len, struct record *out)
{
	if (len != sizeof(*out))
		return -EBADMSG;
	memcpy(out, message, sizeof(*out));
	if (!numbers_are_sane(out))
		return -EBADMSG;
	for (size_t i = 0; i < RECORD_FIELDS; i++) {
		if (!text_is_clean((const char *)out + record_fields[i].at, record_fields[i].size))
			return -EBADMSG;
	}
	return 0;
}

int record_box_check(const void *message, size_t len, struct record_box *out)
{
	size_t head = offsetof(struct record_box, bytes);

	if (len < head || len > sizeof(*out))
		return -EBADMSG;
	memcpy(out, message, len);
	return out->magic == RECORD_MAGIC && out->kind == RECORD_BOX && out->len == len - head &&
			       out->len > 0 && text_is_clean(out->src, sizeof(out->src))
		       ? 0
		       : -EBADMSG;
}
