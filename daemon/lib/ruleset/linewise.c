/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A window of a megabyte slides over the file. What does not fit in a line's share of it is skipped to its end, so that a
 * file without line ends costs no more than one with them.
 */
#include "ruleset/linewise.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { WINDOW = 1 << 20 };

struct walk {
	linewise_fn *line;
	void *user;
	uint32_t number;
	bool skipping; /* the rest of a line that was too long */
};

static void give(struct walk *f, struct span text, bool whole)
{
	struct linewise line = {.text = text, .number = f->number + 1};
	if (!f->skipping) {
		line.cut = !whole || text.len > LINEWISE_MAX;
		if (line.text.len > LINEWISE_MAX)
			line.text.len = LINEWISE_MAX;
		if (!line.cut && line.text.len > 0 && line.text.at[line.text.len - 1] == '\r')
			line.text.len--;
		f->line(f->user, &line);
	}
	f->skipping = !whole;
	f->number += whole;
}

/* All whole lines; returns what is left. */
static struct span give_lines(struct walk *f, struct span bytes)
{
	const uint8_t *end;
	while (bytes.len > 0 && (end = memchr(bytes.at, '\n', bytes.len))) {
		give(f, span_of(bytes.at, (size_t)(end - bytes.at)), true);
		bytes = span_from(bytes, (size_t)(end - bytes.at) + 1);
	}
	return bytes;
}

void linewise_bytes(struct span bytes, linewise_fn *line, void *user)
{
	struct walk f = {.line = line, .user = user};
	bytes = give_lines(&f, bytes);
	if (bytes.len > 0)
		give(&f, bytes, true);
}

int linewise_file(int fd, linewise_fn *line, void *user)
{
	struct walk f = {.line = line, .user = user};
	uint8_t *window = malloc(WINDOW);
	size_t have = 0;
	off_t at = 0;
	int rc = window ? 0 : -ENOMEM;
	while (rc == 0) {
		ssize_t got = pread(fd, window + have, WINDOW - have, at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			rc = got < 0 ? -errno : 0;
			break;
		}
		at += got;
		struct span left = give_lines(&f, span_of(window, have + (size_t)got));
		if (left.len > LINEWISE_MAX) {
			give(&f, left, false);
			left.len = 0;
		}
		have = left.len;
		if (have > 0)
			memmove(window, left.at, have);
	}
	if (rc == 0 && (have > 0 || f.skipping))
		give(&f, span_of(window, have), true);
	free(window);
	return rc;
}
