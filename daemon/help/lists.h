/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pages that are there at any time: who helps with what, and what is stopped here and why. */
#ifndef TRYGG_HELP_LISTS_H
#define TRYGG_HELP_LISTS_H

#include "help/page.h"

/* Every topic with the services for this reader's stage. */
void lists_topics(struct page_call *c, struct web_response *response);
/* Every category that is stopped for this reader's group, why, and what the municipality has answered about rules. */
void lists_stopped(struct page_call *c, struct web_response *response);

#endif
