/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nobody's request waits unseen: who has asked for an adult is told to the people of the duty calendar, one after the
 * other, until somebody has read it. What was sent is in the store before and after, so that a killed courier sends once
 * more at worst and never less.
 */
#ifndef TRYGG_COURIER_ESCALATE_H
#define TRYGG_COURIER_ESCALATE_H

#include "catalogue/duty.h"
#include "courier/mail.h"
#include "store/store.h"

enum {
	ESCALATE_RETRY_S = 120, /* after a mail that the server did not take yet */
	ESCALATE_DOWN_S = 600,  /* mail that fails for so long is down: the form must not promise anything */
	ESCALATE_SIZE = 96,
};

struct escalate {
	struct duty *duty; /* owned */
	struct mail mail;
	struct store **store; /* the courier's, which may come and go */
	char about[ESCALATE_SIZE], recipient[256];
	int step;                 /* of the mail on its way */
	int64_t failing_since_ms; /* monotonic; 0 = the last mail went out */
	uint64_t sent, refused, failed, open;
};

/* 0 or a negative errno; problems of the calendar are conf_load()'s to tell. */
int escalate_init(struct escalate *e, struct loop *loop, const struct conf *conf, struct store **store);
void escalate_clear(struct escalate *e);
/* Another configuration; the old calendar stays when the new one cannot be read. */
int escalate_reload(struct escalate *e, const struct conf *conf);
/* Looks what waits and sends what is due. 0 or a negative errno of the store. */
int escalate_turn(struct escalate *e, int64_t wall_ms);
/* Mail has not gone out for ESCALATE_DOWN_S. */
bool escalate_is_down(const struct escalate *e);

#endif
