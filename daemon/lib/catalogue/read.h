/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside lib/catalogue: one service from its group in a file, and the table of services that never vanish. */
#ifndef TRYGG_CATALOGUE_READ_H
#define TRYGG_CATALOGUE_READ_H

#include "catalogue/sheet.h"

/* Fills `out` from the group; complaints go to the source. */
void service_read(struct sheet *s, const config_setting_t *group, struct service *out);

/* The permanent services; static, *count of them. */
const struct service *minimum_services(size_t *count);

#endif
