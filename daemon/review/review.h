/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program around the pages: configuration, texts, templates, store, keeper, sockets. One request at a time; an answer
 * that waits for keeper's word is put off (audit.h).
 */
#ifndef TRYGG_REVIEW_REVIEW_H
#define TRYGG_REVIEW_REVIEW_H

#include "base/loop.h"
#include "base/watchdog.h"
#include "catalogue/catalogue.h"
#include "catalogue/duty.h"
#include "conf/conf.h"
#include "review/speech.h"
#include "store/store.h"
#include "web/server.h"
#include "web/template.h"
#include "wire/control.h"
#include "wire/record.h"

struct unsealing;
struct pending;

enum { REVIEW_BEAT_MS = 30000, STYLE_HASH_SIZE = 64 };

/* What a reload replaces as a whole. */
struct desk_site {
	struct conf *conf;
	struct duty *duty;
	struct catalogue *catalogue; /* NULL when it cannot be read: the page about it says so */
	struct mustache *pages;
	struct speech *speech;
	char style_hash[STYLE_HASH_SIZE];
};

struct review {
	const char *conf_path;
	struct loop *loop;
	struct desk_site *site, *before; /* before the last reload */
	struct store *store;             /* NULL while it is away */
	char store_why[STORE_WHY_SIZE];
	struct record_client *keeper;
	struct web *web;
	struct control *control;
	struct watchdog watchdog;
	int heart;
	struct loop_timer beat;
	struct unsealing *openings; /* owned: boxes that are being opened */
	struct pending *pending;    /* owned: answers that wait for keeper */
	struct {
		uint64_t pages, refused, unaudited, reloads;
	} counters;
};

/* Runs until it is told to end; the program's exit status. */
int review_run(const char *conf_path);
/* The store, opened when it is not; NULL when it is away. */
struct store *review_store(struct review *r);
/* After an error of the store: closed when it cannot be gone on with. */
void review_store_failed(struct review *r, int error);

/* 0, or a negative errno after at least one problem. Free with desk_site_free(). */
int desk_site_load(const char *conf_path, conf_problem *problem, void *user, struct desk_site **out);
void desk_site_free(struct desk_site *s);

#endif
