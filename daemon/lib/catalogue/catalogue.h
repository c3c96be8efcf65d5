/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The help catalogue: who can help a child, how, when, and who vetted that. Read from catalogue.conf and
 * catalogue.d/ *.conf (libconfig). Only confirmed, unexpired entries reach a pupil; the emergency and crisis
 * numbers never vanish.
 */
#ifndef TRYGG_CATALOGUE_CATALOGUE_H
#define TRYGG_CATALOGUE_CATALOGUE_H

#include "conf/conf.h"

enum channel_kind { CHANNEL_CALL, CHANNEL_SMS, CHANNEL_CHAT, CHANNEL_WEB, CHANNEL_PERSON, CHANNELS };

/* Open on `days` (bit 0 = Monday) from `from` to `to`, minutes since midnight; to > 1440 runs into the next day. */
struct opening {
	uint8_t days;
	uint16_t from_min, to_min;
};

struct channel {
	enum channel_kind kind;
	const char *value; /* number, URL or place, as shown */
	size_t opening_count;
	const struct opening *openings;
	bool always;		    /* round the clock */
	bool known;		    /* hours are known; false: show none, promise nothing */
	struct conf_list closed;    /* holiday rules and dates: "easter", "christmas", "YYYY-MM-DD" … */
	const char *zone;	    /* "Europe/Oslo" */
};

struct service {
	const char *id, *name, *operator;
	size_t channel_count;
	const struct channel *channels;
	struct conf_list hosts;	    /* protected: url, chat and further hosts */
	int age_from, age_to;	    /* inclusive; 0-120 = all */
	struct conf_list languages; /* it answers in */
	struct conf_list topics;
	const char *cost, *privacy; /* shown as they are; "" when unknown */
	const char *source, *verified_by;
	const char *verified_on, *expires_on; /* YYYY-MM-DD */
	bool confirmed;
	bool permanent;		    /* 112, 113, 116 117, 116 111, 116 123: never vanish */
};

struct catalogue {
	struct arena arena;
	size_t count;
	const struct service *services;
};

/* Reads the file and the *.conf of the catalogue.d beside it; problems as conf_load(). */
int catalogue_load(const char *path, conf_problem *problem, void *user, struct catalogue **out);
void catalogue_free(struct catalogue *c);
const struct service *catalogue_find(const struct catalogue *c, const char *id);

/* One way to reach a service at a moment. */
struct offer {
	const struct service *service;
	const struct channel *channel; /* the best one at that time */
	bool open_now;
	int64_t opens_wall_ms; /* next opening; 0 when open now or unknown */
};

/* The services for a category's topics and a stage at a time, open now first. Returns how many were written. */
size_t catalogue_rank(const struct catalogue *c, const struct conf_list *topics, enum stage stage, int64_t wall_ms,
		      struct offer *out, size_t max);

#endif
