/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What other pages need of contact requests. */
#ifndef TRYGG_REVIEW_CONTACTS_H
#define TRYGG_REVIEW_CONTACTS_H

#include "review/desk.h"

/* A card for the first page when somebody waits. 0 or the store's error. */
int contacts_today(struct call *c, json_t *cards);
/* What a pupil ticked, in words; "" for nothing. */
const char *contact_topic(const struct call *c, const char *category);
/* The ways in which a request ends. */
void contact_add_close(const struct call *c, json_t *data);

#endif
