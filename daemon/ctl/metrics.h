/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `metrics`: the running daemon in Prometheus' text format. Only what stands in the table is told, with only the labels that
 * stand beside it, so that a new counter of a program does not become public by itself. Not in it is whatever tells when
 * somebody asked for help, gave feedback or left a record: a series of a few seconds would say by the clock what the journal
 * says by the day.
 */
#ifndef TRYGG_CTL_METRICS_H
#define TRYGG_CTL_METRICS_H

#include <stdio.h>

#include "ctl/parts.h"

/* `name` is the program's own; one that does not begin with trygg_ is told with that before it. */
struct metric {
	const char *name, *help;
};
extern const struct metric metrics_rows[];
extern const size_t metrics_row_count;

/* Pure: the parts' answers, and the firewall's "name packets\n" lines (NULL: not known). */
void metrics_print(const struct parts *parts, const char *firewall, FILE *out);

#endif
