/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of one journal. A segment is named after the UTC day of writing, YYYY-MM-DD.jsonl; where that name is
 * taken (recording restarted after an alarm, or the clock went back by days) YYYY-MM-DD.N.jsonl with N from 2.
 * The order of segments is the order of their first records, whatever they are called.
 */
#ifndef TRYGG_INCIDENT_SEGMENTS_H
#define TRYGG_INCIDENT_SEGMENTS_H

#include <stdio.h>

#include "incident/seal.h"

enum { DATE_SIZE = 11 };

struct segment {
	char *path;           /* owned by the list */
	const char *name;     /* its last part */
	char date[DATE_SIZE]; /* YYYY-MM-DD */
	unsigned number;      /* 1 for the plain name */
	uint64_t size;        /* bytes, when listed */
	uint64_t first_seq;   /* 0: its first line is no record */
};

/* Whether `name` is a segment's; fills date and number. */
bool segment_name_parse(const char *name, char date[static DATE_SIZE], unsigned *number);
void segment_name(const char *date, unsigned number, char out[static SEGMENT_NAME_SIZE]);

/* The segments of a folder in order; one whose first line is no record stands after its neighbour by name. */
int segments_list(const char *folder, struct segment **out, size_t *count);
void segments_free(struct segment *s, size_t count);

/* Reads a segment line by line in bounded memory. */
struct line_reader {
	FILE *file;       /* owned */
	uint64_t start;   /* offset of the line read last */
	uint64_t end;     /* offset behind it and its newline */
	long number;      /* of the line read last, from 1 */
	bool whole;       /* it ended in a newline */
	bool too_long;    /* longer than any record: `line` is only its beginning */
	struct span line; /* without newline, until the next call */
	char bytes[JOURNAL_LINE_MAX];
};

/* From byte `offset` on. 0 or a negative errno. */
int lines_open(struct line_reader *l, const char *path, uint64_t offset);
/* 1 a line, 0 the end, or a negative errno. */
int lines_next(struct line_reader *l);
void lines_close(struct line_reader *l);

#endif
