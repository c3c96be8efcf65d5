/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pattern is read as a row of atoms with their quantifiers; what is no letter is copied as it stands. Letters are
 * written as the form writes them. In the tight form, which has nothing between its letters, atoms that stand for what
 * lies between words are left away, with their quantifiers. Should the result be no pattern any more, the compiler
 * leaves that form of it away; the pattern as written is the one that is judged.
 */
#include "ruleset/form.h"

struct forming {
	struct span left;
	enum pattern_form form;
	struct text_out *out;
};

static bool is_letter_or_digit(uint32_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c >= 0x80;
}

static void copy(struct forming *f, size_t len)
{
	text_put(f->out, f->left.at, len);
	f->left = span_from(f->left, len);
}

/* The length of a quantifier at the start of `s`, with what makes it lazy or possessive. */
static size_t quantifier(struct span s)
{
	size_t len = 0;
	if (s.len > 0 && strchr("?*+", s.at[0]) && s.at[0] != '\0') {
		len = 1;
	} else if (s.len > 1 && s.at[0] == '{' && s.at[1] >= '0' && s.at[1] <= '9') {
		const uint8_t *end = memchr(s.at, '}', s.len);
		len = end ? (size_t)(end - s.at) + 1 : 0;
	}
	if (len > 0 && len < s.len && (s.at[len] == '?' || s.at[len] == '+'))
		len++;
	return len;
}

static void drop(struct forming *f, size_t len)
{
	f->left = span_from(f->left, len);
	f->left = span_from(f->left, quantifier(f->left));
}

/* The length of an escape: "\b", "\x41", "\x{e5}", "\p{L}". */
static size_t escape(struct span s)
{
	if (s.len < 2)
		return s.len;
	if (s.len > 2 && s.at[2] == '{' && strchr("xpPo", s.at[1])) {
		const uint8_t *end = memchr(s.at, '}', s.len);
		return end ? (size_t)(end - s.at) + 1 : s.len;
	}
	if (s.at[1] == 'x')
		return s.len < 4 ? s.len : 4;
	return s.at[1] < 0x80 ? 2 : 1;
}

/* Whether an escape stands for what lies between words. */
static bool separates(struct span escaped)
{
	return escaped.len == 2 && (strchr("bBsW", escaped.at[1]) || !is_letter_or_digit(escaped.at[1]));
}

/* How people write the three letters they have no key for. */
static const char *spellings(uint32_t c)
{
	return c == 0xe6 || c == 0xc6   ? "(?:ae?|e)"
	       : c == 0xf8 || c == 0xd8 ? "(?:oe?)"
	       : c == 0xe5 || c == 0xc5 ? "(?:aa?)"
					: NULL;
}

/* One letter or digit; inside a class only one character can stand for it. */
static void put_letter(struct forming *f, uint32_t c, bool in_class)
{
	char canonical[64];
	struct text_out t = {canonical, 0, sizeof(canonical), false};
	if (f->form == FORM_WRITTEN) {
		if (c < 0x80)
			text_put_char(f->out, c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : (char)c);
		else
			words_put_character(f->out, c);
		return;
	}
	if (!in_class && spellings(c)) {
		text_put(f->out, spellings(c), strlen(spellings(c)));
		return;
	}
	words_put_character(&t, c);
	struct span folded = span_of(canonical, t.len);
	bool group = !in_class && c >= 0x80 && folded.len > 0;
	if (group)
		text_put(f->out, "(?:", 3);
	while (folded.len > 0) {
		uint8_t bytes[UTF8_MAX];
		size_t len = utf8_read(folded, &c);
		if (len == 0)
			break;
		size_t plain = words_plain_character(c, bytes);
		text_put(f->out, bytes, in_class && bytes[0] < 0x80 ? 1 : plain);
		folded = in_class ? span_of(folded.at, 0) : span_from(folded, len);
	}
	if (group)
		text_put_char(f->out, ')');
}

/* The length of a class, brackets included; 0 when it does not end. */
static size_t class_length(struct span s)
{
	size_t i = 1;
	if (i < s.len && s.at[i] == '^')
		i++;
	if (i < s.len && s.at[i] == ']')
		i++;
	while (i < s.len && s.at[i] != ']') {
		if (s.at[i] == '\\')
			i += escape(span_from(s, i));
		else if (s.at[i] == '[' && i + 1 < s.len && s.at[i + 1] == ':')
			i += memmem(s.at + i, s.len - i, ":]", 2)
				     ? (size_t)((const uint8_t *)memmem(s.at + i, s.len - i, ":]", 2) -
						s.at) -
					       i + 2
				     : 1;
		else
			i++;
	}
	return i < s.len ? i + 1 : 0;
}

/* Whether a class is made of what lies between words: it names no letter, or is all but letters. */
static bool class_separates(struct span class)
{
	bool negated = class.len > 1 && class.at[1] == '^', letters = false;
	for (size_t i = 1; i + 1 < class.len;) {
		size_t len = class.at[i] == '\\' ? escape(span_from(class, i)) : 1;
		if (len == 2)
			letters |= !separates(span_of(class.at + i, 2));
		else
			letters |= len > 2 || is_letter_or_digit(class.at[i]);
		i += len ? len : 1;
	}
	return negated ? memmem(class.at, class.len, "a-z", 3) || memmem(class.at, class.len, "\\w", 2)
		       : !letters;
}

/* One member of a class, or one end of a range; returns its length. */
static size_t put_member(struct forming *f, struct span class, size_t i, const char **spelling)
{
	uint32_t c = class.at[i];
	size_t len = 1;
	if (c == '\\')
		len = escape(span_from(class, i));
	else if (c == '[')
		len = class_length(span_from(class, i));
	else if (is_letter_or_digit(c))
		len = utf8_read(span_from(class, i), &c);
	len = len == 0 ? 1 : len > class.len - i ? class.len - i : len;
	bool range = (i + len < class.len && class.at[i + len] == '-') || (i > 1 && class.at[i - 1] == '-');
	if (!is_letter_or_digit(c) || class.at[i] == '[' || range) {
		text_put(f->out, class.at + i, len);
		return len;
	}
	put_letter(f, c, true);
	if (f->form != FORM_WRITTEN && spellings(c))
		*spelling = spellings(c);
	return len;
}

static void put_class(struct forming *f, size_t size)
{
	struct span class = span_of(f->left.at, size - 1);
	bool negated = class.len > 1 && class.at[1] == '^';
	size_t start = f->out->len, i = negated ? 2 : 1;
	const char *spelling = NULL;
	text_put(f->out, class.at, i);
	while (i < class.len)
		i += put_member(f, class, i, &spelling);
	f->left = span_from(f->left, size - 1);
	copy(f, 1);
	if (!spelling || negated || f->out->cut)
		return;
	/* "[oø]" is also oe. */
	char class_text[256];
	size_t len = f->out->len - start;
	if (len > sizeof(class_text))
		return;
	memcpy(class_text, f->out->at + start, len);
	f->out->len = start;
	text_put(f->out, "(?:", 3);
	text_put(f->out, spelling, strlen(spelling));
	text_put_char(f->out, '|');
	text_put(f->out, class_text, len);
	text_put_char(f->out, ')');
}

/* "(?:", "(?i)", "(?i:" and the like: letters there are no letters. */
static size_t group_head(struct span s)
{
	size_t len = 1;
	if (s.len < 2 || s.at[1] != '?')
		return 1;
	while (len < s.len && !strchr(":)=!>", s.at[len]))
		len++;
	return len < s.len ? len + (s.at[len] != ')') : s.len;
}

static void put_atom(struct forming *f)
{
	uint32_t c = f->left.at[0];
	bool tight = f->form == FORM_TIGHT;
	size_t len = 1;
	if (c == '\\') {
		len = escape(f->left);
		if (tight && separates(span_of(f->left.at, len)))
			drop(f, len);
		else
			copy(f, len);
	} else if (c == '[' && (len = class_length(f->left)) > 0) {
		if (tight && class_separates(span_of(f->left.at, len)))
			drop(f, len);
		else
			put_class(f, len);
	} else if (c == '(') {
		copy(f, group_head(f->left));
	} else if (quantifier(f->left) > 0) {
		copy(f, quantifier(f->left));
	} else if (is_letter_or_digit(c)) {
		len = utf8_read(f->left, &c);
		put_letter(f, c, false);
		f->left = span_from(f->left, len ? len : 1);
	} else if (tight && !strchr("^$.|)]{}", (int)c)) {
		drop(f, 1);
	} else {
		copy(f, 1);
	}
}

void form_pattern(struct span pattern, enum pattern_form form, struct text_out *out)
{
	struct forming f = {pattern, form, out};
	while (f.left.len > 0 && !out->cut)
		put_atom(&f);
}
