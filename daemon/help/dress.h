/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside help: the parts of a site that it can do without, each reported when it is not as it should be. */
#ifndef TRYGG_HELP_DRESS_H
#define TRYGG_HELP_DRESS_H

#include "help/site.h"

/* The certificate of help.name. Without a good one the page is there over HTTP only. */
void dress_certificate(struct site *s, conf_problem *problem, void *user);
/* The public keys that contact requests are sealed to. Without enough of a kind there is no form for it. */
void dress_keys(struct site *s, conf_problem *problem, void *user);
/* The texts of each language as templates read them. */
void dress_words(struct site *s);
/* leave.js of the pages' folder. Without it leaving is a plain link. */
void dress_script(struct site *s, conf_problem *problem, void *user);

#endif
