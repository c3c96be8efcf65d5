/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The running programs as tryggctl sees them: one control socket each, asked one after the other. */
#ifndef TRYGG_CTL_PARTS_H
#define TRYGG_CTL_PARTS_H

#include "conf/conf.h"
#include "wire/control.h"

struct part {
	const char *program; /* as in the socket's name: "gate-control" */
	int number;          /* queue; -1 where there is one of it */
	char name[48];       /* of the socket, without .sock: "engine@0" */
	int rc;              /* of asking: 0 = answered */
	struct control_answer answer;
};

struct parts {
	size_t count;
	struct part *list; /* owned */
};

/* All programs of the configuration: a gate and an engine a queue, keeper, help, and courier where it was started. Not asked yet; -ENOMEM. */
int parts_init(struct parts *p, const struct conf *c);
void parts_clear(struct parts *p);
/* Asks every part; returns how many answered. */
size_t parts_ask(struct parts *p, const struct conf *c, enum control_verb verb, int wait_ms);
/* The value behind `name ` in a part's answer, as text up to the line's end; false when it is not there. */
bool part_value(const struct part *p, const char *name, char *out, size_t size);
/* The sum over all parts of the numbers whose name begins with `prefix` and contains `and` (NULL: any). */
double parts_sum(const struct parts *p, const char *prefix, const char *and);
/* Process id of the program behind a part's socket; -errno. */
int part_pid(const struct part *p, const struct conf *c);

#endif
