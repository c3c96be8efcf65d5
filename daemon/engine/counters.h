/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the engine counts: one table gives each counter its name and its meaning (trygg-engine(8), status). */
#ifndef TRYGG_ENGINE_COUNTERS_H
#define TRYGG_ENGINE_COUNTERS_H

#include <stdint.h>

#include "conf/conf.h"
#include "proto/proto.h"

enum counter {
	COUNT_PACKETS,
	COUNT_ACCEPTED,
	COUNT_DROPPED,
	COUNT_REPLIES,
	COUNT_UNFIT,
	COUNT_REPEATED,
	COUNT_POISON,
	COUNT_FOREIGN,
	COUNT_CANARIES,
	COUNT_PROTECTED,
	COUNT_STRANGE,
	COUNT_KILLED,
	COUNT_TURNED_AWAY,
	COUNT_OLD,
	COUNT_FAR,
	COUNT_PROBES,
	COUNT_DECIDED,
	COUNT_OUTDATED,
	COUNT_NAMELESS,
	COUNT_ECH,
	COUNT_RETRIES,
	COUNT_OBSERVED_PASS,
	COUNT_RELOADS,
	COUNT_RELOADS_REFUSED,
	COUNTERS
};

enum { REASONS_MAX = 128 };

struct counters {
	uint64_t n[COUNTERS];
	uint64_t requests[PROTOS][ACTIONS];
	/* Malformed, by the fixed word; filled as words turn up. */
	struct {
		const char *word; /* borrowed for ever */
		uint64_t n;
	} malformed[REASONS_MAX];
};

struct counter_text {
	const char *name, *help;
};
extern const struct counter_text counter_texts[COUNTERS];

void counters_malformed(struct counters *c, const char *word);

#endif
