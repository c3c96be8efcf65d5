/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The receipt of a contact request: four short words of a list of 128, 28 bits, easy to write down on a hand. */
#ifndef TRYGG_HELP_RECEIPT_H
#define TRYGG_HELP_RECEIPT_H

enum { RECEIPT_TEXT_SIZE = 64 };

/* "fugl sol hav rev", new and random. */
void receipt_make(char out[static RECEIPT_TEXT_SIZE]);

#endif
