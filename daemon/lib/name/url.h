/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The canonical form of a URL: host (host.h) and path. The path starts with "/", percent-encoding is decoded
 * to a fixpoint, dot segments are removed and slashes collapsed (RFC 3986 5.2.4, 6.2.2), fragments dropped.
 * Search words (words.h) are the values of the usual query parameters and what follows a search folder.
 */
#ifndef TRYGG_NAME_URL_H
#define TRYGG_NAME_URL_H

#include "name/host.h"
#include "name/words.h"

enum { URL_PATH_MAX = 4096, URL_WORDS_MAX = WORDS_MAX };

struct url {
	struct host host;
	bool secure; /* https: judged by host alone */
	uint16_t path_len;
	uint16_t words_len;
	char path[URL_PATH_MAX + 1];   /* canonical path and query as written; "/" when there is none */
	char words[URL_WORDS_MAX + 1]; /* canonical; "" when there are none */
};

/*
 * A name or an http(s) URL as a person writes it. -EBADMSG when it is neither. IDNs must be A-labels already.
 */
int url_from_text(struct span text, struct url *out);
/* A request target beginning with "/" (RFC 9112 3.2.1), into path and words. */
int url_target(struct span target, struct url *out);

#endif
