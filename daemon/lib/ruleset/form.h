/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A search pattern in the three forms of words (name/words.h), made by the compiler so that people write it once. */
#ifndef TRYGG_RULESET_FORM_H
#define TRYGG_RULESET_FORM_H

#include "name/words.h"
#include "ruleset/patterns.h"

/* Appends the pattern for texts of this form. `out` has `cut` set when it did not fit. */
void form_pattern(struct span pattern, enum pattern_form form, struct text_out *out);

#endif
