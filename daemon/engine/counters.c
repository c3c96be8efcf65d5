/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/counters.h"

const struct counter_text counter_texts[COUNTERS] = {
	[COUNT_PACKETS] = {"trygg_engine_packets_total", "packets judged"},
	[COUNT_ACCEPTED] = {"trygg_engine_accepted_total", "packets let through"},
	[COUNT_DROPPED] = {"trygg_engine_dropped_total", "packets not let through"},
	[COUNT_REPLIES] = {"trygg_engine_replies_total", "packets made in answer"},
	[COUNT_UNFIT] = {"trygg_engine_replies_unfit_total", "answers that could not be made or did not fit"},
	[COUNT_REPEATED] = {"trygg_engine_repeated_total", "packets an earlier engine left unanswered"},
	[COUNT_POISON] = {"trygg_engine_poison_total", "packets that two engines died of"},
	[COUNT_FOREIGN] = {"trygg_engine_foreign_total", "packets for ports that are not inspected"},
	[COUNT_CANARIES] = {"trygg_engine_canaries_total",
			    "questions whether the resolver may be gone round"},
	[COUNT_PROTECTED] = {"trygg_engine_protected_total", "requests for protected names"},
	[COUNT_STRANGE] = {"trygg_engine_strange_flows_total", "flows first met in mid-stream"},
	[COUNT_KILLED] = {"trygg_engine_killed_flows_total", "flows reset on both sides"},
	[COUNT_TURNED_AWAY] = {"trygg_engine_turned_away_total",
			       "connections reset because they came too soon after one from the same port"},
	[COUNT_OLD] = {"trygg_engine_segments_old_total", "segments older than the memory of their stream"},
	[COUNT_FAR] = {"trygg_engine_segments_far_total", "segments beyond the window of their stream"},
	[COUNT_PROBES] = {"trygg_engine_probes_total", "keep-alives sent on without their garbage byte"},
	[COUNT_DECIDED] = {"trygg_engine_decided_flows_total", "flows that left the queue for good"},
	[COUNT_OUTDATED] = {"trygg_engine_outdated_flows_total",
			    "decided flows that a stricter policy ended"},
	[COUNT_NAMELESS] = {"trygg_engine_tls_nameless_total", "TLS hellos without a server name"},
	[COUNT_ECH] = {"trygg_engine_tls_ech_total",
		       "TLS hellos that may hide another name (Encrypted ClientHello)"},
	[COUNT_RETRIES] = {"trygg_engine_tls_retries_total", "second TLS hellos that a server asked for"},
	[COUNT_OBSERVED_PASS] = {"trygg_engine_observed_total", "passed only because of mode observe"},
	[COUNT_RELOADS] = {"trygg_engine_reloads_total", "configurations and sets taken into use"},
	[COUNT_RELOADS_REFUSED] = {"trygg_engine_reloads_refused_total", "configurations and sets refused"},
};

void counters_malformed(struct counters *c, const char *word)
{
	for (unsigned i = 0; i < REASONS_MAX; i++) {
		if (c->malformed[i].word == NULL)
			c->malformed[i].word = word;
		if (strcmp(c->malformed[i].word, word) == 0) {
			c->malformed[i].n++;
			return;
		}
	}
}
