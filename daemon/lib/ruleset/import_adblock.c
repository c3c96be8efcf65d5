/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adblock lists as filters of names read them. Of a rule that stops or excepts a name only the anchors and two modifiers
 * can be said in a rule file; any other modifier narrows the rule in a way we cannot, so the rule is void.
 *
 * There an exception beats every rule that is not $important, however narrow; here the narrower line wins. So what a list
 * overrules within itself is left away, and what remains means here what it means there.
 */
#include "ruleset/import_adblock.h"

#include <errno.h>
#include <stdlib.h>

#include "ruleset/names.h"

enum { MARKS_MAX = 1 << 22 };

/* Why a hash is remembered. */
enum mark {
	MARK_OFF = 1,
	MARK_STOP,
	MARK_STOP_EXACT,
	MARK_ALLOW,
	MARK_ALLOW_EXACT,
	MARK_ALWAYS,
	MARK_ALWAYS_EXACT
};

struct adblock {
	struct span pattern, modifiers, name;
	bool exception, important, bad;
	enum rule_kind kind;
	bool widened;
};

/* ---- The set of hashes ----------------------------------------------------------------------------------- */

static uint64_t key_of(uint64_t hash, enum mark mark)
{
	uint64_t key = (hash ^ (uint64_t)mark << 56) * 0x9e3779b97f4a7c15u;
	return key ? key : 1;
}

static uint64_t *slot_of(const struct importing *m, uint64_t key)
{
	size_t i = (size_t)(key >> 20) & (m->marks.slots - 1);
	while (m->marks.slot[i] != 0 && m->marks.slot[i] != key)
		i = (i + 1) & (m->marks.slots - 1);
	return &m->marks.slot[i];
}

static bool marks_grow(struct importing *m)
{
	uint64_t *old = m->marks.slot;
	size_t slots = m->marks.slots;
	uint64_t *more = calloc(slots ? slots * 2 : 1024, sizeof(*more));
	if (!more)
		return false;
	m->marks.slot = more;
	m->marks.slots = slots ? slots * 2 : 1024;
	for (size_t i = 0; i < slots; i++)
		if (old[i] != 0)
			*slot_of(m, old[i]) = old[i];
	free(old);
	return true;
}

static void mark(struct importing *m, uint64_t hash, enum mark why)
{
	uint64_t key = key_of(hash, why);
	if (m->marks.count * 2 >= m->marks.slots && (m->marks.count >= MARKS_MAX || !marks_grow(m))) {
		m->marks.full = true;
		return;
	}
	uint64_t *slot = slot_of(m, key);
	m->marks.count += *slot == 0;
	*slot = key;
}

static bool marked(const struct importing *m, uint64_t hash, enum mark why)
{
	return m->marks.slots > 0 && *slot_of(m, key_of(hash, why)) != 0;
}

void import_marks_clear(struct importing *m)
{
	free(m->marks.slot);
	m->marks.slot = NULL;
	m->marks.slots = m->marks.count = 0;
}

/* ---- One rule -------------------------------------------------------------------------------------------- */

static bool begins(struct span s, const char *with)
{
	return s.len >= strlen(with) && memcmp(s.at, with, strlen(with)) == 0;
}

static bool has(struct span s, const char *text)
{
	return s.len > 0 && memmem(s.at, s.len, text, strlen(text)) != NULL;
}

static bool is_comment(struct span line)
{
	return line.len == 0 || line.at[0] == '!' ||
	       (line.at[0] == '#' && !begins(line, "##") && !begins(line, "#@#")) ||
	       begins(line, "[Adblock") || begins(line, "[uBlock");
}

static bool is_about_pages(struct span line)
{
	return has(line, "##") || has(line, "#@#") || has(line, "#?#") || has(line, "#$#") ||
	       has(line, "#%#");
}

/* The next modifier, and the rest. */
static struct span take_modifier(struct span *rest)
{
	const uint8_t *comma = rest->len > 0 ? memchr(rest->at, ',', rest->len) : NULL;
	struct span one = span_of(rest->at, comma ? (size_t)(comma - rest->at) : rest->len);
	*rest = span_from(*rest, one.len + 1);
	return import_trim(one);
}

static bool read_modifiers(struct adblock *a)
{
	struct span rest = a->modifiers;
	while (rest.len > 0) {
		struct span one = take_modifier(&rest);
		if (span_equal(one, span_text("important")))
			a->important = true;
		else if (span_equal(one, span_text("badfilter")))
			a->bad = true;
		else
			return false;
	}
	return true;
}

/* What the pattern says about names. */
static bool read_pattern(struct adblock *a, enum import_reason *why)
{
	struct span p = a->pattern;
	bool below = begins(p, "||"), exact = !below && begins(p, "|"), ended = false;
	p = span_from(p, below ? 2 : exact ? 1 : 0);
	while (p.len > 0 && (p.at[p.len - 1] == '^' || p.at[p.len - 1] == '|')) {
		ended = true;
		p.len--;
	}
	*why = REFUSED_MASK;
	if (begins(p, "*.")) {
		/* The names below it; ours speak of the name too. */
		p = span_from(p, 2);
		below = a->widened = true;
	}
	/* A name without anchors is a name, as in a list of them; with one of two it is a piece of many. */
	bool anchored = below || exact;
	ended |= a->widened;
	if (p.len == 0 || anchored != ended || memchr(p.at, '/', p.len) || memchr(p.at, '^', p.len) ||
	    memchr(p.at, '|', p.len))
		return false;
	a->kind = below ? RULE_DOMAIN : RULE_EXACT;
	a->name = p;
	return true;
}

static bool read_rule(struct span line, struct adblock *out, enum import_reason *why)
{
	*out = (struct adblock){.exception = begins(line, "@@")};
	struct span rest = span_from(line, out->exception ? 2 : 0);
	*why = REFUSED_PAGE;
	if (is_about_pages(rest))
		return false;
	*why = REFUSED_REGEX;
	if (begins(rest, "/"))
		return false;
	const uint8_t *dollar = rest.len > 0 ? memchr(rest.at, '$', rest.len) : NULL;
	out->pattern = import_trim(span_of(rest.at, dollar ? (size_t)(dollar - rest.at) : rest.len));
	if (dollar)
		out->modifiers = span_from(rest, out->pattern.len + 1);
	*why = REFUSED_MODIFIER;
	if (dollar && (out->modifiers.len == 0 || !read_modifiers(out)))
		return false;
	return read_pattern(out, why);
}

static bool is_hosts_line(struct span line)
{
	size_t len = 0;
	while (len < line.len && line.at[len] != ' ' && line.at[len] != '\t')
		len++;
	return len > 0 && len < line.len && import_nowhere(span_of(line.at, len));
}

/* What a rule is, but for $badfilter: the same text in another order of modifiers is the same rule. */
static uint64_t hash_of_rule(const struct adblock *a)
{
	uint64_t hash = (uint64_t)a->exception << 1 | a->important;
	for (size_t i = 0; i < a->pattern.len; i++)
		hash = (hash ^ a->pattern.at[i]) * 0x100000001b3u;
	return hash ^ hash >> 29;
}

static uint64_t hash_of_host(const struct host *h)
{
	struct probes probes;
	names_probe(h, &probes);
	return probes.count > 0 ? probes.at[probes.count - 1].hash : 0;
}

void import_adblock_survey(struct importing *m, struct span line)
{
	struct adblock a;
	enum import_reason why;
	line = import_trim(line);
	if (is_comment(line) || is_hosts_line(line) || !read_rule(line, &a, &why))
		return;
	if (a.bad) {
		mark(m, hash_of_rule(&a), MARK_OFF);
		return;
	}
	bool exact = a.kind == RULE_EXACT;
	if ((!a.exception && !a.important) || !import_name(m, a.name, &why))
		return;
	enum mark as = !a.exception ? MARK_STOP : a.important ? MARK_ALWAYS : MARK_ALLOW;
	mark(m, hash_of_host(&m->host), exact ? as + 1 : as);
}

/* Whether the host lies at or below a name remembered so, or is one remembered exactly so. */
static bool covered(const struct importing *m, bool exact, enum mark as)
{
	struct probes probes;
	names_probe(&m->host, &probes);
	for (size_t i = 0; i < probes.count; i++)
		if (marked(m, probes.at[i].hash, as) ||
		    (exact && i + 1 == probes.count && marked(m, probes.at[i].hash, as + 1)))
			return true;
	return false;
}

static bool overruled(const struct importing *m, const struct adblock *a)
{
	bool exact = a->kind == RULE_EXACT;
	if (a->exception)
		return !a->important && covered(m, exact, MARK_STOP);
	return covered(m, exact, MARK_ALWAYS) || (!a->important && covered(m, exact, MARK_ALLOW));
}

void import_adblock_line(struct importing *m, struct span line)
{
	struct adblock a;
	enum import_reason why;
	line = import_trim(line);
	if (is_comment(line))
		return;
	if (is_hosts_line(line)) {
		import_hosts_line(m, line);
		return;
	}
	if (!read_rule(line, &a, &why)) {
		import_refuse(m, why);
		return;
	}
	if (a.bad)
		return;
	if (m->marks.full && a.exception)
		import_refuse(m, REFUSED_MANY);
	else if (marked(m, hash_of_rule(&a), MARK_OFF))
		import_refuse(m, REFUSED_OFF);
	else if (!import_name(m, a.name, &why))
		import_refuse(m, why);
	else if (overruled(m, &a))
		import_refuse(m, REFUSED_OVERRULED);
	else
		import_take(m, m->host.kind == HOST_NAME ? a.kind : RULE_EXACT, a.exception, span_of("", 0),
			    a.widened);
}
