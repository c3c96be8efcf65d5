/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a browser says it would like: the Accept and Accept-Language fields (RFC 9110 12.5). Pure. */
#ifndef TRYGG_WEB_ACCEPT_H
#define TRYGG_WEB_ACCEPT_H

#include <stddef.h>

enum { ACCEPT_QUALITY_MAX = 1000, ACCEPT_ITEMS_MAX = 64 };

/*
 * The weight 0-1000 of exactly this media type or language tag in a list such as "text/html,text/plain;q=0.5"; 0 when it
 * is not named. Wildcards name nothing. Items beyond ACCEPT_ITEMS_MAX and malformed weights count as not there.
 */
int accept_quality(const char *list, const char *item);
/*
 * The index of the best language for an Accept-Language list; the first index for none. A tag matches by its first part
 * (nb-NO is nb); "no" is what older browsers say for nb.
 */
size_t accept_language(const char *list, const char *const *languages, size_t count);

#endif
