/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdbool.h>
#include <string.h>

#include "review/csv.h"

static bool begins_formula(const char *text)
{
	/* ＝ ＋ － ＠ */
	static const char *const wide[] = {"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};

	text += strspn(text, " \"'");
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++) {
		if (strncmp(text, wide[i], 3) == 0)
			return true;
	}
	return *text && strchr("=+-@\t\r\n", *text);
}

void csv_text(FILE *out, const char *text, bool first)
{
	(void)fprintf(out, "%s\"%s", first ? "" : ",", begins_formula(text) ? "'" : "");
	for (; *text; text++) {
		if (*text == '"')
			(void)fputc('"', out);
		(void)fputc(*text, out);
	}
	(void)fputc('"', out);
}

void csv_number(FILE *out, long long number, bool first)
{
	(void)fprintf(out, "%s%lld", first ? "" : ",", number);
}

void csv_end(FILE *out)
{
	(void)fputs("\r\n", out);
}
