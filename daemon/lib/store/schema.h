/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside lib/store: the tables, one text a version. Version N is made by running the steps 1 to N. */
#ifndef TRYGG_STORE_SCHEMA_H
#define TRYGG_STORE_SCHEMA_H

#include "store/store.h"

extern const char *const schema_steps[STORE_VERSION];

#endif
