/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that help answers from, loaded whole: configuration, catalogue, texts, page templates and the compiled
 * set. A reload loads a second site aside and swaps the pointer between two requests; a bad one is refused and the old
 * one stays.
 */
#ifndef TRYGG_HELP_SITE_H
#define TRYGG_HELP_SITE_H

#include "catalogue/answers.h"
#include "catalogue/catalogue.h"
#include "catalogue/duty.h"
#include "catalogue/texts.h"
#include "incident/box.h"
#include "policy/policy.h"
#include "web/certificate.h"
#include "web/template.h"

struct site {
	struct conf *conf;
	struct duty *duty;
	struct catalogue *catalogue; /* joined with the duty calendar */
	struct texts *texts;
	struct mustache *pages;
	struct ruleset *rules; /* NULL before the first compile: nothing is stopped */
	struct policy policy;
	char style_hash[64];      /* "sha256-…" of the style sheet inside the page */
	char *script;             /* leave.js */
	json_t *words[LANGUAGES]; /* every text of a language, as templates read them */
	struct answers *answers;
	struct certificate certificate; /* of help.name */
	bool has_certificate;           /* it was good when it was read; site_is_secure() */
	struct box_key keys[DUTY_KINDS]
			   [BOX_RECIPIENTS_MAX]; /* who reads contact requests, and the recovery key */
	size_t key_count[DUTY_KINDS];
};

/* Problems go to `problem`, all of them in one run. 0, or a negative errno after at least one problem. */
int site_load(const char *conf_path, conf_problem *problem, void *user, struct site **out);
/*
 * The same at start: a catalogue or a compiled set that does not read is reported and left out, because a page with the
 * permanent services is better than none.
 */
int site_load_first(const char *conf_path, conf_problem *problem, void *user, struct site **out);
void site_free(struct site *s);
/* Whether the help page is there over HTTPS, on its own name, at that time. */
bool site_is_secure(const struct site *s, int64_t wall_ms);

#endif
