/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tryggctl's inside: what every verb gets and answers. A verb is one row of the table in verbs.c and one function; usage
 * text, parsing and checks go by the row. A family of verbs may have a table of its own, as `rules` has in rules.c.
 */
#ifndef TRYGG_CTL_CTL_H
#define TRYGG_CTL_CTL_H

#include "conf/conf.h"

/* DESIGN 6.2. */
enum ctl_exit { CTL_YES = 0, CTL_NO = 1, CTL_FAILED = 2, CTL_STOPPED = 3 };

enum { CTL_OPTIONS_MAX = 18 };

/* An option of a verb. `argument` names its value in the usage text; NULL for a flag. */
struct ctl_option {
	const char *name, *argument, *what;
};

struct ctl {
	const char *conf_path;
	struct conf *conf; /* NULL for verbs that load it themselves */
	bool colour;       /* standard output is a terminal */
	const char *value
		[CTL_OPTIONS_MAX]; /* of the row's options, in their order; "" for a flag that was given */
	int operand_count;
	char **operand;
};

struct ctl_verb {
	const char *name;     /* one or two words: "firewall show" */
	const char *operands; /* as in the usage text, "" for none */
	int operand_min, operand_max;
	bool own_conf; /* loads the configuration itself, or needs none */
	bool raw;      /* takes its words as they are: ctl_journal() */
	struct ctl_option options[CTL_OPTIONS_MAX];
	const char *what; /* one line for people */
	enum ctl_exit (*run)(struct ctl *c);
};

/* Every verb in the order of the usage text; NULL behind the last. */
const struct ctl_verb *ctl_verb(size_t index);

/* Parses the command line, loads the configuration, runs the verb; the exit status of the program. */
int ctl_main(int argc, char **argv);

enum ctl_exit check_run(struct ctl *c);
enum ctl_exit compile_run(struct ctl *c);
/* Prints what the compiler finds in the rules, warnings too, and adds their number; nothing is written. */
enum ctl_exit compile_check(const struct ctl *c, int *findings);
enum ctl_exit explain_run(struct ctl *c);
enum ctl_exit reload_run(struct ctl *c);
/* Whether a rule file, or the folder of a layer, is younger than the compiled set: reload takes only the set. */
bool reload_is_stale(const struct conf *conf);
enum ctl_exit status_run(struct ctl *c);
enum ctl_exit metrics_run(struct ctl *c);
enum ctl_exit firewall_show_run(struct ctl *c);
enum ctl_exit firewall_apply_run(struct ctl *c);
enum ctl_exit firewall_remove_run(struct ctl *c);
enum ctl_exit firewall_check_run(struct ctl *c);
enum ctl_exit firewall_watch_run(struct ctl *c);

/* Prints a problem of what a person wrote to standard error; `user` may be an int that counts. */
void ctl_problem(void *user, const char *file, int line, const char *text);
/* The settings of gate and hold as KEY=value lines (`check --env`). */
void ctl_print_env(const struct conf *conf, FILE *out);
/* Escape sequences on a terminal, nothing elsewhere. */
enum ctl_tone { TONE_PLAIN, TONE_GOOD, TONE_BAD, TONE_QUIET, TONE_STRONG };
const char *ctl_tone(const struct ctl *c, enum ctl_tone tone);

#endif
