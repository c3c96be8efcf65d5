/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page for a pupil: with a token that opens, about what was stopped; without one, or with one that is too old or
 * made up, the start page with services for the stage. Never an error page, and nothing is recorded about a visit.
 */
#ifndef TRYGG_HELP_PAGE_H
#define TRYGG_HELP_PAGE_H

#include "help/site.h"
#include "web/server.h"
#include "wire/token.h"

/* Fills the response to a request for one of help's own addresses. */
void page_answer(const struct site *s, const uint8_t key[static TOKEN_KEY_SIZE],
		 const struct web_request *request, int64_t now_ms, struct web_response *response);

#endif
