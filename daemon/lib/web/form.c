/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "web/form.h"

#include <string.h>

#include "base/utf8.h"

static int digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One byte of a field, decoded; advances. */
static uint8_t next_byte(struct span *s)
{
	uint8_t c = s->at[0];
	if (c == '%' && s->len >= 3 && digit(s->at[1]) >= 0 && digit(s->at[2]) >= 0) {
		c = (uint8_t)(digit(s->at[1]) << 4 | digit(s->at[2]));
		*s = span_from(*s, 3);
		return c;
	}
	*s = span_from(*s, 1);
	return c == '+' ? ' ' : c;
}

/* The next field of the body; false at its end. */
static bool next_field(struct span *body, struct span *name, struct span *value)
{
	if (body->len == 0)
		return false;
	const uint8_t *end = memchr(body->at, '&', body->len);
	struct span field = span_of(body->at, end != NULL ? (size_t)(end - body->at) : body->len);
	const uint8_t *equals = memchr(field.at, '=', field.len);
	*name = span_of(field.at, equals != NULL ? (size_t)(equals - field.at) : field.len);
	*value = equals != NULL ? span_from(field, name->len + 1) : span_of(field.at, 0);
	*body = span_from(*body, field.len + 1);
	return true;
}

static bool is_name(struct span encoded, const char *name)
{
	while (encoded.len > 0 && *name != '\0')
		if (next_byte(&encoded) != (uint8_t)*name++)
			return false;
	return encoded.len == 0 && *name == '\0';
}

/* Whole characters only; control characters become blanks. -1 when it is no UTF-8. */
static int clean(const char *raw, size_t len, char *out, size_t size)
{
	struct span s = span_of(raw, len);
	size_t used = 0;
	while (s.len > 0) {
		uint32_t c;
		size_t n = utf8_read(s, &c);
		if (n == 0)
			return -1;
		if (used + n >= size)
			break;
		bool control = c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
		if (control && used > 0 && out[used - 1] != ' ')
			out[used++] = ' ';
		else if (!control && !(c == ' ' && used == 0)) {
			memcpy(out + used, s.at, n);
			used += n;
		}
		s = span_from(s, n);
	}
	while (used > 0 && out[used - 1] == ' ')
		used--;
	out[used] = '\0';
	return 0;
}

bool form_get(struct span body, const char *name, char *out, size_t size)
{
	struct span key, value;
	char raw[1024];
	out[0] = '\0';
	for (int i = 0; i < FORM_FIELDS_MAX && next_field(&body, &key, &value); i++) {
		if (!is_name(key, name))
			continue;
		size_t len = 0;
		while (value.len > 0 && len < sizeof raw)
			raw[len++] = (char)next_byte(&value);
		/* What is cut may end inside a character: its end is at most three bytes back. */
		int back = value.len > 0 ? 3 : 0, rc = clean(raw, len, out, size);
		while (rc < 0 && back-- > 0 && len > 0)
			rc = clean(raw, --len, out, size);
		if (rc < 0)
			out[0] = '\0';
		return rc == 0;
	}
	return false;
}

bool form_is(struct span body, const char *name, const char *value)
{
	char got[64];
	return form_get(body, name, got, sizeof got) && strcmp(got, value) == 0;
}
