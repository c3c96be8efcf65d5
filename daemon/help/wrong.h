/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "This was wrong": two taps, no account. What is recorded is the rule and the day, nothing else; the answer stands on the
 * page of what is stopped, where everybody sees it.
 */
#ifndef TRYGG_HELP_WRONG_H
#define TRYGG_HELP_WRONG_H

#include "help/page.h"

void wrong_send(struct page_call *c, struct web_response *response);

#endif
