/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Labelled corpora: what rules must stop and what they must leave alone. One example a line, its fields apart by tabs:
 *
 *	stop | pass | obfuscated	category	host	path	words
 *
 * `obfuscated` must be stopped too and is counted apart: the same things, spelled to slip through. A path begins with a
 * slash; words are what somebody typed, not encoded. Both may be empty, "-", or missing; so may the host where there
 * are words. A `#` at the beginning makes a comment.
 */
#ifndef TRYGG_RULESET_CORPUS_H
#define TRYGG_RULESET_CORPUS_H

#include "name/url.h"

enum corpus_label { CORPUS_STOP, CORPUS_PASS, CORPUS_OBFUSCATED, CORPUS_LABELS };

extern const char *const corpus_label_names[CORPUS_LABELS];

/* Borrowed from the line. */
struct corpus_line {
	enum corpus_label label;
	struct span category, host, path, words; /* empty where there is none */
};

enum corpus_read { CORPUS_LINE, CORPUS_NOTHING, CORPUS_BAD };

/* One line without its end. After CORPUS_BAD `why` says what is wrong and what is allowed (static). */
enum corpus_read corpus_parse(struct span line, struct corpus_line *out, const char **why);

/*
 * The request that a line describes: a plain http URL when it has a path or words (as the parameter `q`), else
 * the name alone, as DNS and TLS see it, with `is_url` false. The host must be in A-labels. -EBADMSG.
 */
int corpus_request(const struct corpus_line *line, struct url *out, bool *is_url);

#endif
