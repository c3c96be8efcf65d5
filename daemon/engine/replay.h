/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The other source: a capture. Prints what would have been decided about each request, one JSON object a line, in the
 * order of the packets that completed them; needs no root, no gate and no keeper, and changes nothing.
 *
 *	{"packet":3,"proto":"dns","name":"www.example.org","action":"help","category":"self-harm","rule":"school/a.rules:7"}
 *
 * `packet` counts from 1 in the file. A malformed request has the action refuse, the category evasion and an empty name,
 * because a name that is read differently by different readers is none; a canary has no category and the rule
 * `built-in:canary`, as in `tryggctl explain`. In mode observe the action is `observe` where something was only counted.
 * Only packets that the firewall would have queued are looked at: those to an inspected port. A connection goes on after
 * a stop, because the capture shows what was asked; a flow met in mid-stream or with two versions is not read any further.
 */
#ifndef TRYGG_ENGINE_REPLAY_H
#define TRYGG_ENGINE_REPLAY_H

#include <stdio.h>

#include "engine/engine.h"

/* 0, or a negative errno when the file cannot be read or is no capture; a torn end is told on standard error. */
int replay(struct engine *e, const char *path, FILE *out);

#endif
