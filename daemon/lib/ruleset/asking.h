/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often the entries of confidential lists may be met by asking. A tool that answers for any name is an oracle: with a list
 * of guesses it tells what is listed. So what people ask by hand may meet ASKING_HITS entries an hour; then the lists are not
 * looked at any more (ruleset_blind), for any name, so that silence tells nothing either. Names that are not listed cost
 * nothing. The count of tools lies beside the key, so that a loop of calls is one asker; a server may keep its own.
 */
#ifndef TRYGG_RULESET_ASKING_H
#define TRYGG_RULESET_ASKING_H

#include "ruleset/ruleset.h"

enum { ASKING_HITS = 30, ASKING_WINDOW_MS = 60 * 60 * 1000 };

struct asking {
	int fd;      /* of the count, locked; -1: in memory only */
	bool closed; /* the count cannot be kept: nothing may be asked */
	int64_t since_ms;
	unsigned hits;
};

/*
 * Opens KEY.asked and waits for its lock. True: the lists may be looked at. False: the hour's entries are met, or the count
 * cannot be kept. asking_close() either way.
 */
bool asking_open(struct asking *a, const char *key_path, int64_t now_ms);
/* The same without a file, for who lives longer than an hour; begin with {.fd = -1}. */
bool asking_may(struct asking *a, int64_t now_ms);
/* Whether the hits hold an entry; counts it, before anything is answered. -errno: the count cannot be kept. */
int asking_spend(struct asking *a, const struct rule_hits *hits);
void asking_close(struct asking *a);

#endif
