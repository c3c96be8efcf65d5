/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the school says on paper too: the privacy notice and the poster, as pages in every language. */
#ifndef TRYGG_HELP_PAPERS_H
#define TRYGG_HELP_PAPERS_H

#include "help/page.h"

/* Rendered from the running configuration: page and practice cannot drift apart. */
void papers_privacy(struct page_call *c, struct web_response *response);
/* The address of the help page, large, and the numbers; `tryggctl poster` draws it with a code to scan. */
void papers_poster(struct page_call *c, struct web_response *response);

#endif
