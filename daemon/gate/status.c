/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The counters by name. Of a request gate looks at the verb and nothing else.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "gate/gate.h"
#include "wire/control.h"

#define COUNTER(name, field)                                                                                 \
	{                                                                                                    \
		name, offsetof(struct counters, field)                                                       \
	}

static const struct {
	const char *name;
	size_t offset;
} rows[] = {
	COUNTER("packets_total", packets),
	COUNTER("bytes_total", bytes),
	COUNTER("turns_total", turns),
	COUNTER("paced_total", paced),
	COUNTER("accepted_total", accepted),
	COUNTER("dropped_total", dropped),
	COUNTER("batches_total", batches),
	COUNTER("verdict_errors_total", verdict_errors),
	COUNTER("repeats_total", repeats),
	COUNTER("stale_total", stale),
	COUNTER("poison_total", poison),
	COUNTER("notices_lost_total", notices_lost),
	COUNTER("cut_total", cut),
	COUNTER("passed_unjudged_total", passed_unjudged),
	COUNTER("dropped_unjudged_total", dropped_unjudged),
	COUNTER("overruns_total", overruns),
	COUNTER("replies_client_total", replies_client),
	COUNTER("replies_server_total", replies_server),
	COUNTER("replies_failed_total", replies_failed),
	COUNTER("replies_skipped_total", replies_skipped),
	COUNTER("generations_total", generations),
	COUNTER("engine_deaths_total", deaths),
	COUNTER("strangers_total", strangers),
	COUNTER("violations_index_total", violation[VIOLATION_INDEX]),
	COUNTER("violations_length_total", violation[VIOLATION_LENGTH]),
	COUNTER("violations_id_total", violation[VIOLATION_ID]),
	COUNTER("violations_verdict_total", violation[VIOLATION_VERDICT]),
	COUNTER("violations_mark_total", violation[VIOLATION_MARK]),
	COUNTER("violations_reply_total", violation[VIOLATION_REPLY]),
	COUNTER("violations_talk_total", violation[VIOLATION_TALK]),
	COUNTER("violations_stuck_total", violation[VIOLATION_STUCK]),
};

static size_t line(char *text, size_t size, size_t at, const char *name, uint64_t value)
{
	int n = snprintf(text + at, size - at, "trygg_gate_%s %llu\n", name, (unsigned long long)value);
	return n > 0 && (size_t)n < size - at ? at + (size_t)n : at;
}

int gate_status(void *user, const struct control_request *request, char *text, size_t size)
{
	const struct gate *g = user;
	struct queue_state kernel = {0};
	size_t at = 0;
	if (request->verb != CONTROL_STATUS)
		return -EOPNOTSUPP;
	(void)queue_ask(&g->queue, &kernel);
	at = line(text, size, at, "starts_total", g->settings.starts);
	at = line(text, size, at, "engine", g->peer.sock >= 0);
	at = line(text, size, at, "failing", g->failing);
	at = line(text, size, at, "in_flight", g->flight.next - g->flight.first);
	at = line(text, size, at, "queue_waiting", kernel.waiting);
	at = line(text, size, at, "queue_dropped_total", kernel.dropped);
	at = line(text, size, at, "queue_user_dropped_total", kernel.user_dropped);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint64_t value;
		memcpy(&value, (const char *)&g->count + rows[i].offset, sizeof value);
		at = line(text, size, at, rows[i].name, value);
	}
	return 0;
}
