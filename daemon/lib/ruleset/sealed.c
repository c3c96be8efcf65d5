/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading sealed lists; writing them is in sealing.c. */
#include "ruleset/sealed.h"

#include <errno.h>
#include <string.h>

#include "ruleset/sealed_lines.h"

static int digit(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* `size` bytes of lower-case hex. */
static bool take_hex(struct span *text, uint8_t *out, size_t size)
{
	if (text->len < 2 * size)
		return false;
	for (size_t i = 0; i < size; i++) {
		int high = digit(text->at[2 * i]), low = digit(text->at[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	*text = span_from(*text, 2 * size);
	return true;
}

static bool take_word(struct span *text, const char *word)
{
	size_t len = strlen(word);
	if (text->len < len || memcmp(text->at, word, len) != 0)
		return false;
	*text = span_from(*text, len);
	return true;
}

static bool take_number(struct span *text, uint32_t *out)
{
	uint64_t n = 0;
	size_t len = 0;
	for (; len < text->len && len < 10 && text->at[len] >= '0' && text->at[len] <= '9'; len++)
		n = n * 10 + (uint64_t)(text->at[len] - '0');
	*text = span_from(*text, len);
	*out = (uint32_t)n;
	return len > 0 && n <= UINT32_MAX;
}

static bool take_text(struct span *text, char *out, size_t len)
{
	if (text->len < len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (text->at[i] <= ' ' || text->at[i] >= 0x7f)
			return false;
	memcpy(out, text->at, len);
	out[len] = '\0';
	*text = span_from(*text, len);
	return true;
}

int sealed_open(struct span text, struct sealed *out)
{
	bool good = take_word(&text, SEALED_TITLE "\nkey ") &&
		    take_text(&text, out->key, SECRET_ID_SIZE - 1) && take_word(&text, "\nmade ") &&
		    take_text(&text, out->made, SEALED_DATE - 1) && take_word(&text, "\nnames ") &&
		    take_number(&text, &out->names) && take_word(&text, "\nentries ") &&
		    take_number(&text, &out->entries) && take_word(&text, "\n");
	if (!good || out->names > out->entries || text.len != (size_t)out->entries * SEALED_LINE)
		return -EBADMSG;
	out->lines = text;
	return 0;
}

int sealed_entry(const struct sealed *s, uint32_t index, struct sealed_entry *out)
{
	struct span line = span_of(s->lines.at + (size_t)index * SEALED_LINE, SEALED_LINE);
	uint8_t mark[8];
	if (!take_hex(&line, mark, sizeof(mark)) || !take_word(&line, " ") ||
	    !take_hex(&line, out->digest, sizeof(out->digest)) || !take_word(&line, "\n"))
		return -EBADMSG;
	out->mark = 0;
	for (size_t i = 0; i < sizeof(mark); i++)
		out->mark = out->mark << 8 | mark[i];
	return 0;
}
