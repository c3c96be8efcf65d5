/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The front page: the same calm first screen whatever was stopped, and what belongs to the topic below it. */
#ifndef TRYGG_HELP_FRONT_H
#define TRYGG_HELP_FRONT_H

#include "help/page.h"

void front_page(struct page_call *c, struct web_response *response);

#endif
