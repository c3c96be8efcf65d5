/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device's pseudonym in the mode `pseudonymous` (DESIGN 6.5): keyed, and of one UTC day only. The key is made when
 * it is first needed, never leaves this process's locked memory, and is overwritten when the day ends; afterwards nobody,
 * we included, can say whose an old pseudonym was. A restart makes another key as well, and so has every pair of gate
 * and engine one of its own: a device may have several pseudonyms a day, never one for two.
 */
#ifndef TRYGG_ENGINE_PSEUDONYM_H
#define TRYGG_ENGINE_PSEUDONYM_H

#include <stdint.h>

#include "name/address.h"

enum { PSEUDONYM_SIZE = 17 /* 16 hex digits and NUL */ };

struct pseudonym;

/* NULL without memory. */
struct pseudonym *pseudonym_new(void);
/* Overwrites the key. */
void pseudonym_free(struct pseudonym *p);
void pseudonym_text(struct pseudonym *p, const struct address *client, int64_t wall_ms,
		    char out[static PSEUDONYM_SIZE]);

#endif
