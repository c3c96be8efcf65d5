/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The help catalogue: who can help a child, how, when, and who vetted that. Read from catalogue.conf and
 * catalogue.d/ *.conf (libconfig; trygg-catalogue(5)). Only confirmed, unexpired entries reach a pupil; the
 * emergency and crisis numbers never vanish: what the files leave out is added from a table in minimum.c.
 */
#ifndef TRYGG_CATALOGUE_CATALOGUE_H
#define TRYGG_CATALOGUE_CATALOGUE_H

#include "catalogue/duty.h"
#include "catalogue/hours.h"
#include "conf/conf.h"

enum channel_kind { CHANNEL_CALL, CHANNEL_SMS, CHANNEL_CHAT, CHANNEL_WEB, CHANNEL_PERSON, CHANNELS };
enum service_cost { COST_UNKNOWN, COST_FREE, COST_CALL_RATE, COSTS };

extern const char *const channel_names[CHANNELS]; /* "call" … */
extern const char *const cost_names[COSTS];       /* "unknown" … */

/* Words per language, NULL where not written; words_in() falls back to bokmål, then to any other. */
struct words {
	const char *in[LANGUAGES];
};

struct channel {
	enum channel_kind kind;
	const char *value; /* number or https URL as shown; "" for CHANNEL_PERSON */
	struct words note; /* what one should know first; for CHANNEL_PERSON: where to go */
	struct hours hours;
};

struct service {
	const char *id, *name, *operator; /* name in bokmål or as the service calls itself */
	struct words names;               /* ... and per language where it differs */
	struct words about;               /* one sentence: who they are for and what about */
	size_t channel_count;
	const struct channel *channels; /* in the order of the file: the best one first */
	struct conf_list hosts; /* canonical, protected with everything below: of web and chat, and further */
	int age_from, age_to;   /* inclusive; 0-120 = all */
	struct conf_list languages; /* it answers in, as BCP 47 tags */
	struct conf_list topics;
	enum service_cost cost;
	struct words privacy; /* the honest line: anonymous? written down? kept how long? */
	const char *source, *verified_by;
	const char *verified_on, *expires_on; /* YYYY-MM-DD; the entry is good on that last day too */
	bool confirmed;
	bool permanent; /* 112, 113, 116 117, 116 111, 116 123: never vanish */
	bool local;     /* at or near the school: topic `local` */
	bool entered; /* one of the school's own people, from the duty calendar: shown as long as they stand there */
	bool replaced;    /* stands for a kind of which the school has entered somebody */
	int stands_for;   /* enum duty_kind; -1 = nobody */
	const char *file; /* where it was read; NULL for the table in minimum.c */
	int line;
};

struct catalogue {
	struct arena arena; /* owns everything below */
	size_t count;
	const struct service *services;
};

enum { CATALOGUE_SERVICES_MAX = 500 };

/*
 * Reads the file and the *.conf of the catalogue.d beside it. Problems, and the result, as conf_load(): 0, or
 * -EINVAL after at least one problem (all of them in one run; of syntax errors the first per file), or the
 * errno of an unreadable file, reported too. The caller frees *out with catalogue_free().
 */
int catalogue_load(const char *path, conf_problem *problem, void *user, struct catalogue **out);
/* The same of one text in memory, without a catalogue.d; `path` names it in messages (fuzzing, tests). */
int catalogue_load_text(const char *path, struct span text, conf_problem *problem, void *user,
			struct catalogue **out);
/* The five permanent services alone: what a page can offer when nothing can be read. Never fails. */
struct catalogue *catalogue_minimum(void);
void catalogue_free(struct catalogue *c);
/*
 * Puts the people of the duty calendar that have hours first, as services `KIND-NAME`; what stands for their kind in
 * general is no longer shown. Call it once; configuration and duty calendar have to outlive the catalogue.
 */
void catalogue_join(struct catalogue *c, const struct duty *d);

const char *words_in(const struct words *w, enum language language);

/* One way to reach a service at a moment. */
struct offer {
	const struct service *service;
	const struct channel *channel; /* the best one at that time */
	bool open_now;
	bool part_of_stage;     /* it does not take every pupil of the stage: print its ages */
	int64_t opens_wall_ms;  /* next opening; 0 when open now or unknown */
	int64_t closes_wall_ms; /* when open now: until then; 0 = round the clock */
};

/* The ages that a stage means, both ends inclusive: 6-13, 12-16, 15-20; guests count as the youngest. */
void stage_ages(enum stage stage, int *from, int *to);
/* Whether the entry may be shown at all at that time: confirmed and not expired, or permanent, or entered. */
bool service_shown(const struct service *s, int64_t wall_ms);
/*
 * Whether it takes somebody of that stage. Nothing for adults only is for pupils; guests count as the
 * youngest.
 */
bool service_takes(const struct service *s, enum stage stage);
/* Whether it takes only a part of that stage. */
bool service_part(const struct service *s, enum stage stage);
bool service_topic(const struct service *s, const char *topic);
/* 112, 113, legevakt and the like (topics `emergency`, `urgent_medical`): on the danger line of every page. */
bool service_emergency(const struct service *s);

/*
 * The services for a category's topics and a stage at a time: open now first, people before pages; then what
 * opens next, then what promises no hours. Services of the topic `general` fill up, the permanent ones are
 * always among them. Returns how many were written.
 */
size_t catalogue_rank(const struct catalogue *c, const struct conf_list *topics, enum stage stage,
		      int64_t wall_ms, struct offer *out, size_t max);

#endif
