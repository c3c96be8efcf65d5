/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comma-separated values (RFC 4180) that no spreadsheet takes for a formula. Pure but for the stream. */
#ifndef TRYGG_REVIEW_CSV_H
#define TRYGG_REVIEW_CSV_H

#include <stdbool.h>
#include <stdio.h>

/*
 * One field, always in quotes, after a comma unless it is the first of its line. A text that begins with = + - @, a tab or a
 * line end, also behind blanks and quotes, or with one of the full-width ones, gets an apostrophe before it.
 */
void csv_text(FILE *out, const char *text, bool first);
void csv_number(FILE *out, long long number, bool first);
void csv_end(FILE *out);

#endif
