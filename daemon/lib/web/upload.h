/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fields of a form with a file, as browsers send them: multipart/form-data (RFC 7578, RFC 2046 5.1). Pure. */
#ifndef TRYGG_WEB_UPLOAD_H
#define TRYGG_WEB_UPLOAD_H

#include <stdbool.h>

#include "base/span.h"

enum { UPLOAD_PARTS_MAX = 16, UPLOAD_BOUNDARY_MAX = 70 };

/*
 * The bytes of the first part of that name, borrowed from the body. `type` is the Content-Type field. false when there is
 * none among the first UPLOAD_PARTS_MAX, or when the body is not of that form.
 */
bool upload_get(const char *type, struct span body, const char *name, struct span *out);

#endif
