/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Early signs for the first page. */
#ifndef TRYGG_REVIEW_TRENDS_H
#define TRYGG_REVIEW_TRENDS_H

#include "review/desk.h"

/* A card when a group may need something. 0 or the store's error. */
int trends_today(struct call *c, json_t *cards);

#endif
