/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wrong stops that wait, for the first page. */
#ifndef TRYGG_REVIEW_WRONG_H
#define TRYGG_REVIEW_WRONG_H

#include "review/desk.h"

int wrong_today(struct call *c, json_t *cards);

#endif
