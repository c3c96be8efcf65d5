/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table was learned once from public lists of names; changing it changes the format (format.c's magic). */
#include "ruleset/code.h"

#include <string.h>

/* In the order of their first byte, longer ones first, so that the first that fits is the longest. */
static const char words[128][8] = {
	".example", ".com.au", ".com.br", ".online", ".co.uk", ".blog", ".club",  ".info",  ".shop", ".site",
	".test",    ".app",    ".biz",    ".com",    ".dev",   ".net",  ".org",   ".top",   ".xyz",  ".at",
	".au",      ".be",     ".br",     ".ca",     ".cc",    ".ch",   ".cn",    ".de",    ".dk",   ".es",
	".eu",      ".fi",     ".fr",     ".in",     ".io",    ".it",   ".jp",    ".me",    ".nl",   ".no",
	".pl",      ".ru",     ".se",     ".tv",     ".uk",    ".us",   "app",    "ad",     "al",    "am",
	"an",       "ar",      "as",      "at",      "blog.",  "bet",   "casino", "con",    "ce",    "ch",
	"co",       "dating",  "dns",     "de",      "di",     "do",    "ent",    "est",    "ec",    "ed",
	"el",       "en",      "er",      "es",      "et",     "free",  "games",  "ha",     "he",    "ho",
	"ing",      "ion",     "ic",      "in",      "is",     "it",    "la",     "le",     "li",    "lo",
	"mail",     "ma",      "me",      "mo",      "news",   "nd",    "ne",     "online", "ol",    "om",
	"on",       "or",      "ou",      "proxy",   "play",   "pro",   "ra",     "re",     "ri",    "ro",
	"shop",     "se",      "si",      "so",      "st",     "ter",   "the",    "ta",     "te",    "th",
	"ti",       "to",      "us",      "ver",     "vpn",    "ve",    "www.",   "web",
};

/* Where the words that begin with '.', 'a' ... 'z' start in the table, and its end. */
static const uint8_t start[28] = {0,  46, 54,  56,  61,  66,  75,  76,  77,  80,  86,  86,  86,  90,
				  94, 97, 103, 106, 106, 110, 115, 122, 123, 126, 128, 128, 128, 128};

/* The index of the longest word that `s` begins with; -1 when there is none. */
static int word_at(struct span s)
{
	uint8_t c = s.at[0];
	unsigned row = c == '.' ? 0 : c >= 'a' && c <= 'z' ? c - 'a' + 1u : 27u;
	for (unsigned i = start[row]; row < 27 && i < start[row + 1]; i++) {
		size_t len = strnlen(words[i], sizeof(words[i]));
		if (len <= s.len && memcmp(words[i], s.at, len) == 0)
			return (int)i;
	}
	return -1;
}

size_t code_write(struct span name, uint8_t out[static CODE_MAX])
{
	size_t len = 0;
	while (name.len > 0 && len < CODE_MAX) {
		int word = word_at(name);
		out[len++] = word < 0 ? name.at[0] : (uint8_t)(0x80 | word);
		name = span_from(name, word < 0 ? 1 : strnlen(words[word], sizeof(words[word])));
	}
	return len;
}

size_t code_read(struct span code, char out[static CODE_MAX + 1])
{
	size_t len = 0;
	for (size_t i = 0; i < code.len; i++) {
		bool word = code.at[i] >= 0x80;
		const char *from = word ? words[code.at[i] & 0x7f] : (const char *)&code.at[i];
		size_t n = word ? strnlen(from, sizeof(words[0])) : 1;
		if (len + n > CODE_MAX)
			return 0;
		memcpy(out + len, from, n);
		len += n;
	}
	out[len] = '\0';
	return len;
}
