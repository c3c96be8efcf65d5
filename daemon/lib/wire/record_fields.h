/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside lib/wire: the texts of a record, for its check and for packing. */
#ifndef TRYGG_WIRE_RECORD_FIELDS_H
#define TRYGG_WIRE_RECORD_FIELDS_H

#include <stddef.h>

struct record_field {
	size_t at, size;
};

enum { RECORD_FIELDS = 11 };

extern const struct record_field record_fields[RECORD_FIELDS]; /* src is the first */

#endif
