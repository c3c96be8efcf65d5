/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Host names in a byte code: ASCII stands for itself, the other 128 values for the endings, words and letter pairs that
 * names are made of. It nearly halves a list. The writing is a function of the name alone, so equal names have equal
 * codes, and a lookup compares codes without ever decoding one.
 */
#ifndef TRYGG_RULESET_CODE_H
#define TRYGG_RULESET_CODE_H

#include "base/span.h"

enum { CODE_MAX = 253 };

/* Writes the code of a name of at most CODE_MAX bytes; returns its length, never more than the name's. */
size_t code_write(struct span name, uint8_t out[static CODE_MAX]);
/* The name of a code: for tools that read a set back. Its length; 0 when it would be longer than a name. */
size_t code_read(struct span code, char out[static CODE_MAX + 1]);

#endif
