/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One mail at a time, by a child process: libcurl's SMTP waits, and courier must not. The child knows the server, the
 * recipient and a text that says nothing of what it is about, and nothing of the store.
 */
#ifndef TRYGG_COURIER_MAIL_H
#define TRYGG_COURIER_MAIL_H

#include "base/loop.h"
#include "conf/conf.h"

enum { MAIL_PATIENCE_S = 30 };

enum mail_result {
	MAIL_SENT,
	MAIL_REFUSED, /* the server will not take it, however often */
	MAIL_LATER,   /* it may take it another time */
};

typedef void mail_done(void *user, enum mail_result result);

struct mail {
	struct loop *loop;
	int child; /* pidfd; -1 = none */
	mail_done *done;
	void *user;
};

void mail_init(struct mail *m, struct loop *loop);
/* Ends a child that is at work; what it was to send counts as not sent. */
void mail_clear(struct mail *m);
bool mail_busy(const struct mail *m);
/* 0 or a negative errno; `done` is called later, never from here. */
int mail_send(struct mail *m, const struct conf *conf, const char *recipient, mail_done *done, void *user);
/* The mail itself, dot-stuffing left to the library: the same for everybody and everything. Length. */
size_t mail_text(const struct conf *conf, const char *recipient, int64_t wall_ms, char *out, size_t size);

#endif
