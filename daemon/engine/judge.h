/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a request to what happens with it: the decision, its record, its counters, and how it is to be answered. */
#ifndef TRYGG_ENGINE_JUDGE_H
#define TRYGG_ENGINE_JUDGE_H

#include "engine/engine.h"

enum judgement {
	JUDGE_PASS,
	JUDGE_STOP, /* answer by `stop` */
};

/*
 * Judges e->request from the sender of `h`. With `again` the request was judged before: a retransmission, which is
 * neither counted nor recorded a second time.
 */
enum judgement judge(struct engine *e, const struct headers *h, bool again, struct stop *stop);

/*
 * Something that is no proper request, named by its fixed word: refused and recorded as `evasion`, but passed in
 * observe mode. `proto` is the protocol's name, "" below it.
 */
enum judgement judge_malformed(struct engine *e, const struct headers *h, const char *proto, const char *word,
			       bool again);

#endif
