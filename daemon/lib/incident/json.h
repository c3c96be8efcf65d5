/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The few shapes of JSON that our own lines are made of: written one way only, and read only when written that
 * way. Not a JSON parser: unknown keys, other orders and spaces are errors on purpose.
 */
#ifndef TRYGG_INCIDENT_JSON_H
#define TRYGG_INCIDENT_JSON_H

#include "base/cursor.h"

/* Bytes as they are. */
void json_put(struct writer *w, const char *text);
void json_put_u64(struct writer *w, uint64_t value);
/* A quoted string, ASCII with lower-case \uXXXX (surrogate pairs beyond 16 bits); fails on what is not UTF-8. */
void json_put_text(struct writer *w, const char *text);

/* Exactly these bytes, or the reader fails. */
void json_take(struct reader *r, const char *text);
/* Digits without leading zero, at most 2^53. */
uint64_t json_take_u64(struct reader *r);
/* A quoted string of at most size - 1 bytes of UTF-8, NUL-terminated. */
void json_take_text(struct reader *r, char *out, size_t size);

#endif
