/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fields of a form as browsers send them, application/x-www-form-urlencoded (URL standard 5.1). Pure. */
#ifndef TRYGG_WEB_FORM_H
#define TRYGG_WEB_FORM_H

#include <stdbool.h>

#include "base/span.h"

enum { FORM_FIELDS_MAX = 32 };

/*
 * The first field of that name, decoded into `out` with NUL: valid UTF-8 without control characters, blanks at both ends
 * cut, at most `size` - 1 bytes and never half a character. false, and "", when there is none among the first
 * FORM_FIELDS_MAX, or when its bytes are not UTF-8.
 */
bool form_get(struct span body, const char *name, char *out, size_t size);
/* Whether a field of that name has exactly this value. */
bool form_is(struct span body, const char *name, const char *value);

#endif
