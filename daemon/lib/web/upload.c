/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "web/upload.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* "\r\n--" and the boundary, or an empty text. */
static void delimiter_of(const char *type, char out[static UPLOAD_BOUNDARY_MAX + 5])
{
	static const char wanted[] = "multipart/form-data";
	const char *at = strstr(type, "boundary=");

	out[0] = '\0';
	if (strncasecmp(type, wanted, sizeof(wanted) - 1) != 0 || !at)
		return;
	at += sizeof("boundary=") - 1;
	bool quoted = *at == '"';
	at += quoted;
	size_t len = strcspn(at, quoted ? "\"" : "; \t");
	if (len > 0 && len <= UPLOAD_BOUNDARY_MAX)
		(void)snprintf(out, UPLOAD_BOUNDARY_MAX + 5, "\r\n--%.*s", (int)len, at);
}

static const uint8_t *find(struct span s, const char *text, size_t len)
{
	return memmem(s.at, s.len, text, len);
}

/* Whether the head of a part says that it is this field. */
static bool is_named(struct span head, const char *name)
{
	static const char field[] = "name=\"";
	size_t len = strlen(name);

	while (head.len > 0) {
		const uint8_t *at = find(head, field, sizeof(field) - 1);
		if (!at)
			return false;
		/* Not the end of filename=. */
		bool whole = at == head.at || at[-1] == ' ' || at[-1] == ';';
		head = span_from(head, (size_t)(at - head.at) + sizeof(field) - 1);
		if (whole)
			return head.len > len && memcmp(head.at, name, len) == 0 && head.at[len] == '"';
	}
	return false;
}

bool upload_get(const char *type, struct span body, const char *name, struct span *out)
{
	char delimiter[UPLOAD_BOUNDARY_MAX + 5];

	delimiter_of(type, delimiter);
	size_t len = strlen(delimiter);
	/* The first delimiter has no line before it. */
	if (len == 0 || body.len < len - 2 || memcmp(body.at, delimiter + 2, len - 2) != 0)
		return false;
	body = span_from(body, len - 2);
	for (int i = 0; i < UPLOAD_PARTS_MAX; i++) {
		const uint8_t *end = find(body, delimiter, len), *head = find(body, "\r\n\r\n", 4);
		if (!end || !head || head > end)
			return false;
		struct span whole = span_of(body.at, (size_t)(end - body.at));
		size_t head_len = (size_t)(head - body.at);
		if (is_named(span_of(body.at, head_len), name)) {
			*out = head_len + 4 <= whole.len ? span_from(whole, head_len + 4) : span_of(end, 0);
			return true;
		}
		body = span_from(body, whole.len + len);
	}
	return false;
}
