/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration: parsed whole, checked whole, then immutable. A reload builds a new one aside and swaps
 * one pointer. Every option is one row of the table in options.c: parsed, documented and printed from it.
 */
#ifndef TRYGG_CONF_CONF_H
#define TRYGG_CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/span.h"
#include "name/address.h"

enum action { ACTION_ALLOW, ACTION_OBSERVE, ACTION_HELP, ACTION_REFUSE, ACTIONS };
enum stage { STAGE_PRIMARY, STAGE_LOWER_SECONDARY, STAGE_UPPER_SECONDARY, STAGE_STAFF, STAGE_GUEST, STAGES };
enum log_level_category { LOG_NONE, LOG_COUNT, LOG_EVENT, LOG_CONCERN };
enum privacy_mode { PRIVACY_COUNTS, PRIVACY_EVENTS, PRIVACY_PSEUDONYMOUS, PRIVACY_IDENTIFIABLE };
enum on_failure { FAILURE_PASS, FAILURE_DROP };
enum duty_kind { DUTY_NURSE, DUTY_COUNSELLOR, DUTY_OUTSIDE, DUTY_KINDS };
enum duty_role { DUTY_OWNER, DUTY_DEPUTY, DUTY_LEAD, DUTY_MUNICIPAL, DUTY_ROLES };
enum { CONF_JOURNALS = 4, CONF_ORIGIN_SIZE = 280 };
/* Of pages. A language is there once its file of texts is; the last one is none, it shows what is not translated. */
enum language {
	LANGUAGE_NB,
	LANGUAGE_NN,
	LANGUAGE_EN,
	LANGUAGE_SE, /* North Sámi */
	LANGUAGE_UK,
	LANGUAGE_AR,
	LANGUAGE_SO,
	LANGUAGE_TI,
	LANGUAGE_PL,
	LANGUAGE_PSEUDO,
	LANGUAGES
};

extern const char *const action_names[ACTIONS];         /* "allow" … */
extern const char *const stage_names[STAGES];           /* "primary" … */
extern const char *const language_names[LANGUAGES + 1]; /* "nb" …, NULL */
extern const char *const duty_kind_names[DUTY_KINDS];   /* "nurse" … */
extern const char *const duty_role_names[DUTY_ROLES];   /* "owner" … */

struct conf_list {
	size_t count;
	const char **item;
};

/* A list in another program's format, read at every compile. */
struct conf_source {
	const char *file; /* absolute; a folder for ut1 */
	const char *format, *category;
	int layer; /* 0 national, 1 municipality, 2 school */
	const char *owner, *reason, *reviewed, *review_by;
	bool observe; /* what it would stop is only counted */
};

struct conf_category {
	const char *id;               /* "self-harm" */
	const char *title[LANGUAGES]; /* in plain words; NULL where not written */
	int severity;                 /* 0 policy … 4 acute */
	bool mandatory;
	bool builtin;   /* unlisted, evasion */
	bool help_only; /* only shows the way to help: its action is allow everywhere */
	bool observe;   /* its lines only count what they would stop; never with mandatory */
	enum log_level_category log;
	enum action action;
	struct conf_list topics; /* of the help catalogue */
};

struct conf_group {
	const char *id;
	size_t network_count;
	const struct prefix *networks;
	enum stage stage;
	int pupils;
	bool default_deny;
	const enum action *actions; /* one per category, the category's own where the group says nothing */
};

/* Somebody who reads what pupils ask for, or who is told when nobody has. duty.h of lib/catalogue reads the hours. */
struct conf_person {
	const char *id;               /* "kari-nordmann"; of the key file too: nurse-kari-nordmann.pub */
	const char *name;             /* as pupils see it */
	const char *title[LANGUAGES]; /* likewise; NULL where not written */
	const char *place[LANGUAGES]; /* where to find them */
	enum duty_kind kind;
	enum duty_role role;
	const char *hours;       /* "tu 09:00-14:00"; "" = never here for pupils, only told */
	struct conf_list away;   /* days, as exceptions of the catalogue name them */
	struct conf_list speaks; /* languages, as BCP 47 tags */
	const char *phone, *mail;
	const char *file; /* where the person was written, for complaints */
	int line;
};

struct conf {
	struct arena arena; /* owns everything below */
	const char *path;   /* of the main file, absolute */

	struct {
		const char *id, *school, *municipality;
		const char *run_folder; /* sockets; default /run/trygg */
	} gateway;
	struct {
		struct conf_list interfaces;
		int queue_first, queue_last;
		size_t http_port_count, tls_port_count;
		const uint16_t *http_ports, *tls_ports;
		bool quic_refuse;
		enum on_failure on_failure;
		int hold_ms;
		uint32_t mark_mask;
		size_t resolver_count;
		const struct prefix *resolvers; /* inside addresses that ask for others */
		int queue_length;               /* packets the kernel holds per queue */
		int flows_max;                  /* flows an engine remembers */
	} inspect;
	struct {
		const char *layer[3];         /* folders: national, municipality, school; absolute */
		const char *compiled;         /* the manifest; absolute */
		const char *confidential_key; /* file; absolute */
		const char *corpus;           /* folder of labelled examples; absolute */
		struct conf_list protected, unprotect;
		size_t source_count;
		const struct conf_source *sources;
		bool observe;
	} rules;
	size_t category_count; /* configured ones in their order, then the built-in unlisted and evasion */
	const struct conf_category *categories;
	int category_unlisted, category_evasion;
	size_t group_count;
	const struct conf_group *groups;
	const struct conf_group *guest; /* one of groups, or the built-in one */
	struct {
		size_t address_count;
		const struct address *addresses;
		const char *name, *certificate, *key;
		const char *tls; /* "refuse" | later "mint" */
		struct conf_list languages;
		const char *catalogue;               /* absolute */
		const char *answers;                 /* absolute; the file may be absent */
		const char *accessibility_statement; /* "" = none yet */
		const char *texts;                   /* folder of texts per language; absolute */
		const char *local_texts; /* folder of what is said otherwise here; absolute, need not exist */
		const char *pages;       /* folder of page templates; absolute */
	} help;
	struct {
		enum privacy_mode mode;
		/* declared for the modes that refuse to start without them; NULL when absent */
		const char *purpose, *legal_basis, *informed_on, *retention_reason, *owner, *dpia,
			*pupils_heard_on;
		int retention_days;  /* of what concerns requests */
		int statistics_days; /* of daily sums, which point at nobody */
	} privacy;
	struct {
		const char *folder; /* absolute */
		/* incident, feedback, contact, audit: days that it, its boxes and its part of the store are kept;
		   0 = privacy.retention_days. */
		int days[CONF_JOURNALS];
	} journal;
	struct {
		const char *url; /* "sqlite:/absolute/path" */
	} store;
	struct {
		const char *server, *from, *user; /* "smtp://mail.example:587"; "" = no mail is sent */
		const char *password;             /* file, absolute; "" = none */
		const char *desk;                 /* where staff sign in, told in the mail; "" = not told */
		bool tls;                         /* refuse a server without TLS */
	} mail;
	struct {
		struct conf_list names; /* host names that the desk answers to */
		const char *pages;      /* folder of its pages, texts in texts/; absolute */
		bool https;             /* browsers reach it over HTTPS only, through a proxy */
		const char *user_field; /* of a proxy on the Unix socket; "" = own passwords */
		int idle_min, session_min;
	} review;
	struct {
		const char *keys; /* folder of public keys, KIND-ID.pub and recovery.pub; absolute */
		struct conf_list terms, no_school;
		const char *school_hours;
		size_t person_count;
		const struct conf_person *persons;
		const char *file; /* where the section was written; the main file without one */
		int line;
	} duty;
	struct conf_group builtin_guest; /* what `guest` points to when no group has that name */
};

/* Names that are protected in every school (rules.unprotect takes one out), and why. */
struct conf_basic {
	const char *name, *why;
};
extern const struct conf_basic conf_basics[];
extern const size_t conf_basic_count;

/* Where errors of what a person wrote go: "file:line: what is wrong, what is allowed", one call an error. */
typedef void conf_problem(void *user, const char *file, int line, const char *text);

/* Reads and checks. 0, or -EINVAL when at least one problem was reported (all semantic errors in one run), or
 * the errno of an unreadable file, which is reported too. The caller frees *out with conf_free(). */
int conf_load(const char *path, conf_problem *problem, void *user, struct conf **out);
/* The same for a main file that is already in memory; `path` says where it would stand (tests, fuzzing). */
int conf_load_text(const char *path, struct span text, conf_problem *problem, void *user, struct conf **out);
void conf_free(struct conf *c);
/* The effective configuration in its own syntax, every path absolute. */
void conf_print(const struct conf *c, FILE *out);
/* Every option with its default, one a line, grouped by section: the reference of trygg.conf(5). */
void conf_print_options(FILE *out);
/* How long the journal of that index is kept. */
int conf_journal_days(const struct conf *c, int journal);
/* Index of a category, -1 when there is none. */
int conf_category(const struct conf *c, const char *id);
/* `guest` always exists; NULL for any other unknown name. */
const struct conf_group *conf_group(const struct conf *c, const char *id);
/*
 * The origin of the help page: https://NAME when it is `secure` there (its certificate is good), else the address literal
 * over http, with the port unless that is 80. Never http with a public name. At least CONF_ORIGIN_SIZE bytes.
 */
void conf_help_origin(const struct conf *c, bool secure, const struct address *literal, uint16_t port,
		      char out[static CONF_ORIGIN_SIZE]);
/* The file of the run folder in which help says until when its certificate is good (base/heartbeat.h). */
void conf_help_until(const struct conf *c, char *out, size_t size);
/* Where pupils find the help page: https://NAME/ with a certificate, else the first address over http; "" without. */
void conf_help_url(const struct conf *c, char *out, size_t size);
/* PREFIX/PROGRAM.sock or PREFIX/PROGRAM@N.sock (N >= 0) in the run folder. */
void conf_socket(const struct conf *c, const char *program, int number, char *out, size_t size);

#endif
