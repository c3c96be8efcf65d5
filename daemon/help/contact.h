/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "I want an adult at school to contact me". The pupil chooses whom, says what to be called, where and how; nothing else
 * goes along: no address, no device, not what was stopped, the topic only when ticked. It is sealed here to the people
 * who may read it (incident/box.h) and given to keeper as a box that nobody on this machine can open.
 *
 * The form is there over HTTPS on the help page's own name only, and only while somebody of the chosen kind will read it:
 * on duty before the next school day ends, desk and courier alive. Otherwise the page says until when and whom to call.
 */
#ifndef TRYGG_HELP_CONTACT_H
#define TRYGG_HELP_CONTACT_H

#include "help/page.h"

/* Whether a request to that kind would be read, and who is there when. */
struct contact_state {
	bool up;
	struct duty_form form;
};
void contact_state(const struct page_call *c, enum duty_kind kind, struct contact_state *out);

/* Adds `invite` to a page's data: the way to the form, or why there is none now. */
void contact_invite(const struct page_call *c, json_t *data);

void contact_page(struct page_call *c, struct web_response *response);
void contact_send(struct page_call *c, struct web_response *response);
void contact_withdraw_page(struct page_call *c, struct web_response *response);
void contact_withdraw(struct page_call *c, struct web_response *response);

#endif
