/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reader of rule files. A line is cut in words from the left, and what its first word means is a row of a table: a
 * head or a kind. Nothing is guessed: what is not understood is an error that says what is allowed.
 */
#include "ruleset/rulefile.h"

#include <stdarg.h>
#include <stdio.h>

#include "name/idn.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "ruleset/linewise.h"

const char *const rule_kind_names[RULE_KINDS] = {
	[RULE_DOMAIN] = "domain",       [RULE_EXACT] = "exact", [RULE_URL] = "url",
	[RULE_HOST] = "host",           [RULE_PATH] = "path",   [RULE_SEARCH] = "search",
	[RULE_DIGEST] = "confidential",
};

static const char allowed_words[] =
	"allowed are category, owner, reason, reviewed, review-by, mode, domain, exact, url, host, path, "
	"search, confidential and allow";

enum { HEADS = sizeof(struct rule_heads) / sizeof(struct span), HEAD_MAX = 1024 };

struct reading {
	const struct rulefile *file;
	const struct rule_calls *calls;
	struct rule_heads heads;
	char head_text[HEADS][HEAD_MAX]; /* what the heads are, where the file is not in memory */
	uint32_t line;
	size_t problems;
	bool category_known;   /* rules count */
	bool category_missing; /* said once */
	bool help_only;        /* only allow lines may be about it */
	bool mandatory;        /* and no line about this may only observe */
	struct host host;
	struct url url; /* scratch of url lines */
};

__attribute__((format(printf, 2, 3))) static void problem(struct reading *r, const char *format, ...)
{
	char text[512];
	va_list args;
	if (r->problems++ > RULEFILE_PROBLEMS_MAX)
		return;
	if (r->problems > RULEFILE_PROBLEMS_MAX)
		format = "and more: of the mistakes of one file only so many are listed";
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	r->calls->problem(r->calls->user, r->file->path, (int)r->line, text);
}

/* ---- Words ----------------------------------------------------------------------------------------------- */

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static struct span skip_blanks(struct span s)
{
	while (s.len > 0 && is_blank(s.at[0]))
		s = span_from(s, 1);
	return s;
}

/* Takes the next word off the line; empty at its end or where a comment begins. */
static struct span take_word(struct span *line)
{
	*line = skip_blanks(*line);
	size_t len = 0;
	while (len < line->len && !is_blank(line->at[len]) && line->at[len] != '#')
		len++;
	struct span word = span_of(line->at, len);
	*line = span_from(*line, len);
	return word;
}

/* Whether nothing but blanks and a comment is left. */
static bool at_end(struct span line)
{
	line = skip_blanks(line);
	return line.len == 0 || line.at[0] == '#';
}

static bool span_is(struct span s, const char *text)
{
	return span_equal(s, span_text(text));
}

/* For messages: at most 80 bytes of what somebody wrote. */
static int shown(struct span s)
{
	return s.len > 80 ? 80 : (int)s.len;
}

#define SHOW(s) shown(s), (const char *)(s).at

static bool no_more(struct reading *r, struct span line)
{
	if (at_end(line))
		return true;
	line = skip_blanks(line);
	problem(r, "\"%.*s\" is too much: one rule a line, then at most a # comment", SHOW(line));
	return false;
}

/* ---- Heads ----------------------------------------------------------------------------------------------- */

/* The index of a configured category; their number when it is none. */
static size_t category_index(const struct reading *r, struct span id)
{
	size_t i = 0;
	while (i < r->calls->category_count && !span_is(id, r->calls->categories[i]))
		i++;
	return i;
}

static void unknown_category(struct reading *r, struct span id)
{
	char known[400] = "";
	size_t len = 0;
	for (size_t i = 0; i < r->calls->category_count && len < sizeof(known); i++)
		len += (size_t)snprintf(known + len, sizeof(known) - len, "%s%s", i ? " " : "",
					r->calls->categories[i]);
	problem(r, "category \"%.*s\" is not configured; configured are: %s", SHOW(id), known);
}

static void head_category(struct reading *r, struct span line, struct span *head)
{
	struct span id = take_word(&line);
	r->category_known = false;
	r->category_missing = true;
	if (id.len == 0) {
		problem(r, "category needs a name: an id of the configuration, or * for exceptions to all "
			   "categories");
		return;
	}
	size_t index = category_index(r, id);
	bool listed = index < r->calls->category_count;
	if (!span_is(id, "*") && !listed) {
		unknown_category(r, id);
		return;
	}
	r->help_only = listed && r->calls->help_only && r->calls->help_only[index];
	r->mandatory = listed && r->calls->mandatory && r->calls->mandatory[index];
	if (!no_more(r, line))
		return;
	*head = id;
	r->category_known = true;
}

static void head_text(struct reading *r, struct span line, struct span *head)
{
	line = skip_blanks(line);
	const uint8_t *end =
		line.len > 1 && line.at[0] == '"' ? memchr(line.at + 1, '"', line.len - 1) : NULL;
	if (!end) {
		problem(r, "a text in double quotes is expected, such as \"Eksempel kommune\"");
		return;
	}
	struct span text = span_of(line.at + 1, (size_t)(end - line.at) - 1);
	if (no_more(r, span_from(line, text.len + 2)))
		*head = text;
}

static void head_date(struct reading *r, struct span line, struct span *head)
{
	struct span date = take_word(&line);
	int32_t day;
	if (clock_date(date, &day) < 0)
		problem(r, "\"%.*s\" is no date; dates are written YYYY-MM-DD", SHOW(date));
	else if (no_more(r, line))
		*head = date;
}

static void head_mode(struct reading *r, struct span line, struct span *head)
{
	struct span word = take_word(&line);
	if (!span_is(word, "enforce") && !span_is(word, "observe"))
		problem(r, "\"%.*s\" is no mode; allowed are enforce and observe", SHOW(word));
	else if (no_more(r, line))
		*head = word;
}

bool rule_heads_observe(const struct rule_heads *heads)
{
	return span_is(heads->mode, "observe");
}

static const struct head {
	const char *word;
	void (*read)(struct reading *r, struct span line, struct span *head);
	size_t offset; /* of its span in struct rule_heads */
} heads[] = {
	{"category", head_category, offsetof(struct rule_heads, category)},
	{"owner", head_text, offsetof(struct rule_heads, owner)},
	{"reason", head_text, offsetof(struct rule_heads, reason)},
	{"reviewed", head_date, offsetof(struct rule_heads, reviewed)},
	{"review-by", head_date, offsetof(struct rule_heads, review_by)},
	{"mode", head_mode, offsetof(struct rule_heads, mode)},
};

/* A line in memory stays; of any other what a head says is kept. */
static void read_head(struct reading *r, const struct head *head, struct span line)
{
	struct span *kept = (struct span *)(void *)((char *)&r->heads + head->offset), text = *kept;
	char *room = r->head_text[head->offset / sizeof(struct span)];
	head->read(r, line, &text);
	if (text.len > HEAD_MAX) {
		problem(r, "a head has at most %d bytes", HEAD_MAX);
		return;
	}
	if (r->file->open && text.at != kept->at && text.len > 0) {
		memcpy(room, text.at, text.len);
		text.at = (const uint8_t *)room;
	}
	*kept = text;
}

/* ---- Rules ----------------------------------------------------------------------------------------------- */

static void wrong_name(struct reading *r, struct span name)
{
	if (name.len == 0)
		problem(r, "the name is missing");
	else if (name.len > 2 && name.at[0] == '*' && name.at[1] == '.')
		problem(r, "\"%.*s\" is no name; \"domain %.*s\" is the name and everything below it",
			SHOW(name), SHOW(span_from(name, 2)));
	else if (memchr(name.at, '/', name.len))
		problem(r, "\"%.*s\" is no name; a name with a path is a url line, without http://",
			SHOW(name));
	else
		problem(r,
			"\"%.*s\" is no name; allowed are labels of 1 to 63 letters, digits, - and _, joined "
			"by dots, at "
			"most 253 bytes, or an address",
			SHOW(name));
}

/* A name as people write it, å and all, to r->host. */
static bool read_name(struct reading *r, struct span name)
{
	char text[1024], ascii[HOST_NAME_MAX_BYTES + 2];
	bool foreign = false;
	for (size_t i = 0; i < name.len; i++)
		foreign |= name.at[i] >= 0x80;
	struct span plain = name;
	if (foreign && name.len < sizeof(text)) {
		memcpy(text, name.at, name.len);
		text[name.len] = '\0';
		plain = idn_to_ascii(text, ascii, sizeof(ascii)) == 0 ? span_text(ascii) : span_of(ascii, 0);
	}
	if (host_from_text(plain, &r->host) == 0 && !memchr(r->host.text, '\\', r->host.len))
		return true;
	wrong_name(r, name);
	return false;
}

static bool read_listed(struct reading *r, struct span line, struct rule_line *out)
{
	struct span name = take_word(&line);
	if (!read_name(r, name) || !no_more(r, line))
		return false;
	if (r->host.labels == 1 && r->host.kind == HOST_NAME && out->kind == RULE_DOMAIN &&
	    r->calls->warning && !out->exception)
		r->calls->warning(r->calls->user, r->file->path, (int)r->line,
				  "this stops a whole top-level domain");
	out->host = &r->host;
	return true;
}

static bool read_url(struct reading *r, struct span line, struct rule_line *out)
{
	struct span text = take_word(&line);
	const uint8_t *slash = text.len > 0 ? memchr(text.at, '/', text.len) : NULL;
	if (!slash || memmem(text.at, text.len, "://", 3)) {
		problem(r,
			"\"%.*s\" is no url; write the name and the path, without http://: "
			"example.org/forum/",
			SHOW(text));
		return false;
	}
	size_t host = (size_t)(slash - text.at);
	if (!read_name(r, span_of(text.at, host)) || !no_more(r, line))
		return false;
	if (url_target(span_from(text, host), &r->url) < 0) {
		problem(r, "the path is longer than %d bytes", URL_PATH_MAX);
		return false;
	}
	out->host = &r->host;
	out->path = span_of(r->url.path, r->url.path_len);
	return true;
}

/* A comment behind a pattern that has a slash of its own would silently become part of the pattern. */
static bool swallowed_comment(struct span pattern)
{
	for (size_t i = 0; i + 2 < pattern.len; i++) {
		struct span behind = skip_blanks(span_from(pattern, i + 1));
		if (pattern.at[i] == '/' && is_blank(pattern.at[i + 1]) && behind.len > 0 &&
		    behind.at[0] == '#')
			return true;
	}
	return false;
}

size_t rulefile_word_border(struct span pattern, size_t at)
{
	for (; at + 1 < pattern.len; at++) {
		if (pattern.at[at] != '\\')
			continue;
		if ((pattern.at[at + 1] | 0x20) == 'b')
			return at;
		at++; /* what a backslash stands before, another backslash too */
	}
	return pattern.len;
}

/* Beside a letter such as å there is a border where none is meant, and none where one is. */
static bool border_beside_a_foreign_letter(struct span pattern)
{
	size_t at = 0;
	while ((at = rulefile_word_border(pattern, at)) < pattern.len) {
		if ((at > 0 && pattern.at[at - 1] >= 0x80) ||
		    (at + 2 < pattern.len && pattern.at[at + 2] >= 0x80))
			return true;
		at += 2;
	}
	return false;
}

static bool read_pattern(struct reading *r, struct span line, struct rule_line *out)
{
	line = skip_blanks(line);
	const uint8_t *last = line.len > 1 ? memrchr(line.at, '/', line.len) : NULL;
	if (!last || line.at[0] != '/' || last == line.at) {
		problem(r, "a pattern stands between slashes: /pro-?ana/");
		return false;
	}
	out->pattern = span_of(line.at + 1, (size_t)(last - line.at) - 1);
	if (out->pattern.len == 0) {
		problem(r, "the pattern is empty, it would match everything");
		return false;
	}
	if (swallowed_comment(out->pattern)) {
		problem(r, "a pattern runs to the last slash of its line, so a comment behind it may not "
			   "contain one");
		return false;
	}
	if (border_beside_a_foreign_letter(out->pattern) && r->calls->warning)
		r->calls->warning(
			r->calls->user, r->file->path, (int)r->line,
			"\\b knows only the letters a to z; beside another one write (^|\\W) or (\\W|$)");
	return no_more(r, span_from(line, out->pattern.len + 2));
}

/* "sha256 FILE": a plain name, so that a rule file reaches nothing but what lies beside it. */
static bool read_confidential(struct reading *r, struct span line, struct rule_line *out)
{
	static const char end[] = ".sealed";
	struct span how = take_word(&line), file = take_word(&line);
	size_t len = sizeof(end) - 1;
	bool plain = file.len > len && file.at[0] != '.' && !memchr(file.at, '/', file.len) &&
		     memcmp(file.at + file.len - len, end, len) == 0;
	if (out->exception) {
		problem(r,
			"what is confidential is never an exception; allow takes domain, exact, url, host, "
			"path or search");
		return false;
	}
	if (!span_is(how, "sha256") || !plain) {
		problem(r, "\"confidential sha256 LIST.sealed\" is expected: a list sealed by tryggctl rules "
			   "seal, in the folder of this file");
		return false;
	}
	out->sealed = file;
	return no_more(r, line);
}

static const struct kind {
	const char *word;
	bool (*read)(struct reading *r, struct span line, struct rule_line *out);
	enum rule_kind kind;
} kinds[] = {
	{"domain", read_listed, RULE_DOMAIN},
	{"exact", read_listed, RULE_EXACT},
	{"url", read_url, RULE_URL},
	{"host", read_pattern, RULE_HOST},
	{"path", read_pattern, RULE_PATH},
	{"search", read_pattern, RULE_SEARCH},
	{"confidential", read_confidential, RULE_DIGEST},
};

/* Whether rules may stand here at all; says once per part why not. */
static bool has_category(struct reading *r, bool exception)
{
	if (!r->category_known) {
		if (!r->category_missing)
			problem(r, "a rule without a category: a line \"category ID\" must stand before it");
		r->category_missing = true;
		return false;
	}
	if (!exception && span_is(r->heads.category, "*")) {
		problem(r, "the part \"category *\" holds only allow lines");
		return false;
	}
	if (!exception && r->help_only) {
		problem(r,
			"category \"%.*s\" only shows the way to help: nothing it is about may be stopped; "
			"allowed are allow lines",
			SHOW(r->heads.category));
		return false;
	}
	if (!exception && r->mandatory && rule_heads_observe(&r->heads)) {
		problem(r,
			"category \"%.*s\" is mandatory: its lines never only observe; allowed is mode "
			"enforce",
			SHOW(r->heads.category));
		return false;
	}
	return true;
}

static void read_rule(struct reading *r, const struct kind *k, bool exception, struct span line)
{
	struct rule_line rule = {.file = r->file,
				 .heads = &r->heads,
				 .line = r->line,
				 .kind = k->kind,
				 .exception = exception};
	bool counts = has_category(r, exception);
	if (k->read(r, line, &rule) && counts)
		r->calls->rule(r->calls->user, &rule);
}

static const struct kind *find_kind(struct span word)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (span_is(word, kinds[i].word))
			return &kinds[i];
	return NULL;
}

static void read_statement(struct reading *r, struct span line)
{
	struct span word = take_word(&line);
	bool exception = span_is(word, "allow");
	if (word.len == 0)
		return;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		if (span_is(word, heads[i].word)) {
			r->heads.change++;
			read_head(r, &heads[i], line);
			return;
		}
	}
	if (exception)
		word = take_word(&line);
	const struct kind *k = find_kind(word);
	if (k)
		read_rule(r, k, exception, line);
	else if (exception)
		problem(r, "\"allow %.*s\" is unknown; allow takes domain, exact, url, host, path or search",
			SHOW(word));
	else
		problem(r, "\"%.*s\" is unknown; %s", SHOW(word), allowed_words);
}

/* ---- Lines ----------------------------------------------------------------------------------------------- */

/* Whether the line is text: what cannot be seen must not be in it. */
static bool is_text(struct reading *r, struct span line)
{
	while (line.len > 0) {
		uint32_t c = line.at[0];
		size_t len = c < 0x80 ? 1 : utf8_read(line, &c);
		if (len == 0) {
			problem(r, "the byte 0x%02x is no UTF-8; rule files are UTF-8", line.at[0]);
			return false;
		}
		if ((c < 0x20 && c != '\t') || c == 0x7f) {
			problem(r,
				c ? "a control character (0x%02x); only tabs are allowed"
				  : "a NUL byte (0x%02x); rule files are text",
				(unsigned)c);
			return false;
		}
		line = span_from(line, len);
	}
	return true;
}

static void read_line(void *user, const struct linewise *line)
{
	static const uint8_t bom[] = {0xef, 0xbb, 0xbf};
	struct reading *r = user;
	struct span text = line->text;
	r->line = line->number;
	if (line->number == 1 && text.len >= sizeof(bom) && memcmp(text.at, bom, sizeof(bom)) == 0) {
		problem(r, "the file begins with a byte order mark; save it as UTF-8 without one");
		text = span_from(text, sizeof(bom));
	}
	if (line->cut)
		problem(r, "the line is longer than %d bytes, which no rule is", LINEWISE_MAX);
	else if (is_text(r, text))
		read_statement(r, text);
}

size_t rulefile_read(const struct rulefile *file, const struct rule_calls *calls)
{
	struct reading r = {.file = file, .calls = calls};
	int rc = 0;
	if (file->open)
		rc = linewise_file(file->fd, read_line, &r);
	else
		linewise_bytes(file->bytes, read_line, &r);
	if (rc < 0)
		problem(&r, "the file cannot be read further: %s", strerror(-rc));
	return r.problems;
}
