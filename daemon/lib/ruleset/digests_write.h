/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Collecting sealed lists and writing them as one piece (digests.h). Linked by the compiler only. */
#ifndef TRYGG_RULESET_DIGESTS_WRITE_H
#define TRYGG_RULESET_DIGESTS_WRITE_H

#include "ruleset/digests.h"
#include "ruleset/sealed.h"
#include "ruleset/write.h"

struct digests_writer {
	struct section_list sections;
	struct blob lists, entries, marks;
};

/* -EBADMSG: an entry of the list is damaged, and nothing of it was taken. */
int digests_writer_add(struct digests_writer *w, const struct rule_line *rule, const struct sealed *list);
size_t digests_writer_count(const struct digests_writer *w);
/* After the last list and before what follows. */
void digests_writer_sort(struct digests_writer *w);
/* The number of the list that holds this host or one above it, the first of them; -1: none does. */
int digests_writer_against(const struct digests_writer *w, const struct secret *s, const struct host *h);
struct blob digests_writer_piece(const struct digests_writer *w, const struct secret *s);
void digests_writer_clear(struct digests_writer *w);

#endif
