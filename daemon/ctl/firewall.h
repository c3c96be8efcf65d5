/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules that feed the queue (DESIGN 3.2). Our chains stand beside foreign ones and are entered by one jump each; they
 * accept only in mangle and raw, and in filter they only reject or return, so that no foreign rule is overruled.
 *
 *   text     configuration -> rules, pure (firewall_text.c, firewall_nft.c)
 *   listing  what iptables-save and nft list say -> what is ours, what is wrong, pure (firewall_list.c, firewall_input.c)
 *   kernel   asking and changing, by the system's own tools (firewall_kernel.c)
 */
#ifndef TRYGG_CTL_FIREWALL_H
#define TRYGG_CTL_FIREWALL_H

#include "conf/conf.h"

enum firewall_backend { BACKEND_NFT, BACKEND_IPTABLES };

/* One jump from a chain of the kernel into one of ours. */
struct firewall_jump {
	const char *table, *from, *to;
	bool last; /* behind all foreign rules, else before them */
};
enum { FIREWALL_JUMPS = 8, FIREWALL_OWN_PREFIX_LEN = 6 };
extern const struct firewall_jump firewall_jumps[FIREWALL_JUMPS];
/* The tables with rules of ours, in the order of application, NULL-terminated. */
extern const char *const firewall_tables[];

/* How often each jump stands in the kernel now. */
struct firewall_present {
	int jumps[FIREWALL_JUMPS];
	bool own_chains;  /* at least one of our chains is there */
	char chains[512]; /* "table CHAIN\n" of each that is there */
};

/* Sentences for people. */
struct findings {
	int count;       /* all */
	int broken;      /* of them, what `apply` would put right */
	bool other;      /* what is in place was made for another configuration */
	char text[8192]; /* one a line */
};
void finding(struct findings *f, bool broken, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* ---- text. `family` is 4 or 6. */

/* Input of iptables-restore --noflush: our chains anew, jumps taken away as often as `present` says, then put once. */
void firewall_iptables(const struct conf *c, uint8_t generation, int family,
		       const struct firewall_present *present, FILE *out);
/* The same for chains that are in place: only the generation of the policy, in both families alike. */
void firewall_iptables_generation(const struct conf *c, uint8_t generation, FILE *out);
/* The same way back: jumps and chains gone. */
void firewall_iptables_remove(const struct firewall_present *present, FILE *out);
/* Input of nft -f: our one table anew. */
void firewall_nft(const struct conf *c, uint8_t generation, FILE *out);
void firewall_nft_generation(const struct conf *c, uint8_t generation, FILE *out);

/* ---- listing */

/* What of ours is in an iptables-save listing. */
void firewall_present_in(const char *listing, struct firewall_present *out);
/* The lines of our chains, table by table, for comparison; the caller frees. */
char *firewall_own_lines(const char *listing);
/* Jumps that are missing, doubled or in the wrong place. */
void firewall_check_jumps(const char *listing, int family, struct findings *f);
/* Flow tables that take forwarded packets of an inside interface past the hooks (`nft list ruleset`, iptables-save). */
void firewall_check_offload(const char *ruleset, const struct conf *c, struct findings *f);
/* An inside interface that is a port of a bridge (`ip -d link show dev NAME`); `bridge_calls`: bridge-nf-call-iptables. */
void firewall_check_bridge(const char *link, const char *interface, bool bridge_calls, struct findings *f);

/* A connection as the INPUT rules see it. */
struct firewall_syn {
	const char *interface;
	struct address from, to;
	uint16_t port;
};
/* Whether the filter table of an iptables-save listing lets it in. What we cannot judge does not count as accepting. */
bool firewall_input_accepts(const char *listing, const struct firewall_syn *syn);
/* The same for the native chains of `nft -j list ruleset`; tables that iptables owns are left out when `iptables_too`. */
bool firewall_nft_input_accepts(const char *json, const struct firewall_syn *syn, bool iptables_too);

/* ---- kernel */

/* The backend this kernel can feed a queue with. */
enum firewall_backend firewall_pick(void);
/* One at a time: `apply`, `remove` and each look of `watch` hold this. A descriptor to close, -1 when there can be none. */
int firewall_lock(const struct conf *c);
int firewall_apply(const struct conf *c, enum firewall_backend backend, struct findings *f);
int firewall_remove(const struct conf *c, struct findings *f);
/* The generation that flows past the queue must have: what the run folder says, 1 where it says nothing. */
uint8_t firewall_generation(const struct conf *c);
/* Where the run folder says nothing, says generation 1 of what is on disk. */
int firewall_generation_first(const struct conf *c);
/*
 * Makes `policy` the one that the generation of the run folder stands for, after `stricter` the next generation; to be
 * called before the engines take it. 0 or a negative errno; then nothing is changed.
 */
int firewall_generation_begin(const struct conf *c, const char *policy, bool stricter);
/* Lets the generation of the run folder, and no other, past the queue; nothing where our rules are not in place. */
int firewall_generation_apply(const struct conf *c, struct findings *f);
/* Everything `firewall check` looks at. 0, or a negative errno when it could not look. */
int firewall_check(const struct conf *c, struct findings *f);
/* Of it, only our own rules: what `apply` can put right. */
int firewall_check_own(const struct conf *c, struct findings *f);
/* Whether rules were put in place since this machine started, whatever became of them. */
bool firewall_was_applied(const struct conf *c);
/* Whether the kernel sends an event when rules change: nf_tables does, also below iptables; the old tables do not. */
bool firewall_kernel_tells(void);
/* Whether pupils reach the help page: routes and foreign INPUT rules. Adds findings with the line the owner must add. */
void firewall_check_help(const struct conf *c, struct findings *f);
/* Our counters: "name packets\n" lines. The caller frees; NULL when there are none. */
char *firewall_counters(const struct conf *c);
/* The same, pure, from a NULL-terminated list of listings. */
char *firewall_counters_in(const char *const *listings);

#endif
