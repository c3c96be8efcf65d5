/* SPDX-License-Identifier: GPL-2.0-or-later */
/* International names to A-labels (IDNA2008, RFC 5891) by libidn2; linked by compile and tryggctl only. */
#ifndef TRYGG_NAME_IDN_H
#define TRYGG_NAME_IDN_H

#include <stddef.h>

/* `text` (UTF-8) with every label an A-label, into out; -EBADMSG when it is no valid name. */
int idn_to_ascii(const char *text, char *out, size_t size);

#endif
