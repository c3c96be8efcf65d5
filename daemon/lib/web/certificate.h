/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The certificate of the help page's own name, looked at before a browser does. */
#ifndef TRYGG_WEB_CERTIFICATE_H
#define TRYGG_WEB_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CERTIFICATE_WHY_SIZE = 200, CERTIFICATE_WARN_DAYS = 21 };

struct certificate {
	char *chain, *key; /* owned, PEM */
	int64_t until_wall_ms;
	bool ends_soon;   /* within CERTIFICATE_WARN_DAYS */
	bool self_signed; /* browsers warn of it unless the school's devices know it */
};

/*
 * Reads chain and key and holds them against the name and the time. 0; -EBADMSG: no PEM of either; -ENOENT and other
 * errnos of reading; -EKEYREJECTED: they do not belong together; -EADDRNOTAVAIL: it is for other names;
 * -ETIMEDOUT: not valid at that time. `why` says it in words. On 0 free with certificate_clear().
 */
int certificate_read(const char *chain_path, const char *key_path, const char *name, int64_t wall_ms,
		     struct certificate *out, char why[static CERTIFICATE_WHY_SIZE]);
void certificate_clear(struct certificate *c);

#endif
