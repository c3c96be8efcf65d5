/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests that a stopped name's DNS answer sent here: the Host is somebody else's. They are judged like any request
 * and answered by the row HTTP of what a stop looks like: a navigation goes on to the help page on its own origin,
 * carrying only a sealed token; all else gets an empty refusal. Nothing of the request is ever repeated.
 */
#ifndef TRYGG_HELP_STOP_H
#define TRYGG_HELP_STOP_H

#include "help/site.h"
#include "ruleset/asking.h"
#include "web/server.h"
#include "wire/token.h"

/* Whether the Host field (or the host of the target) is one of help's own addresses or its name. */
bool stop_is_ours(const struct site *s, const char *host);
/* `asking` measures how often a Host that is on a confidential list is told from one that is not. */
void stop_answer(const struct site *s, const uint8_t key[static TOKEN_KEY_SIZE], struct asking *asking,
		 const struct web_request *request, int64_t now_ms, struct web_response *response);

#endif
