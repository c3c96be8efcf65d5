/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time. Order and waiting use the monotonic clock, people the wall clock. In test builds
 * (-DTRYGG_TEST_CLOCK) the wall clock is moved by the whole seconds in the file that the environment variable
 * TRYGG_CLOCK_FILE names, read at every call, so that a test can let days pass; TRYGG_UPTIME_FILE does the same with the
 * monotonic one, which a test only ever moves on.
 */
#ifndef TRYGG_BASE_CLOCK_H
#define TRYGG_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS, DAY_MS = 24 * HOUR_MS };

int64_t clock_mono_us(void); /* since boot */
int64_t clock_mono_ms(void);
int64_t clock_wall_ms(void); /* since 1970-01-01T00:00:00Z */

enum { CLOCK_TEXT_SIZE = 32 };

/* RFC 3339 UTC with milliseconds and `Z`: 2026-11-21T10:00:00.000Z */
void clock_text(int64_t wall_ms, char out[static CLOCK_TEXT_SIZE]);
/* The reverse, strict; -EINVAL for anything else. */
int clock_parse(const char *text, int64_t *wall_ms);
/* "YYYY-MM-DD", from 1970 on, as days since 1970-01-01; -EINVAL for anything else. */
int clock_date(struct span text, int32_t *day);

#endif
