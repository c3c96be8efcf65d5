/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What reader and writer of sealed lists agree on beside sealed.h. */
#ifndef TRYGG_RULESET_SEALED_LINES_H
#define TRYGG_RULESET_SEALED_LINES_H

#define SEALED_TITLE "trygg-sealed 1"

/* 16 hex digits, a blank, 64 hex digits, a newline. */
enum { SEALED_LINE = 16 + 1 + 64 + 1 };

#endif
