/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One function a format takes a line apart; what they share is how a name is read and how a refusal is told. Adblock lists
 * are read twice, because a line at the end may switch off one at the beginning: the first reading remembers only the
 * lines that can do so, as hashes.
 */
#include "ruleset/import.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#include "name/idn.h"
#include "ruleset/linewise.h"
#include "ruleset/import_adblock.h"

const char *const import_format_names[IMPORT_FORMATS + 1] = {
	[IMPORT_HOSTS] = "hosts",     [IMPORT_DOMAINS] = "domains", [IMPORT_WILDCARD] = "wildcard",
	[IMPORT_ADBLOCK] = "adblock", [IMPORT_UT1] = "ut1",
};

const char *const import_reasons[REFUSED_REASONS] = {
	[REFUSED_TEXT] = "is no text: control characters, or bytes that are no UTF-8",
	[REFUSED_LONG] = "is longer than 64 KiB",
	[REFUSED_NAME] =
		"holds no host name: allowed are labels of 1 to 63 letters, digits, - and _, joined by dots",
	[REFUSED_TOP] = "speaks of a whole top-level domain",
	[REFUSED_ADDRESS] = "sends the name to an address; only 0.0.0.0, 127.0.0.1, :: and ::1 mean nowhere",
	[REFUSED_WILDCARD] = "has a * elsewhere than in front of a name, as *.example.org",
	[REFUSED_REGEX] =
		"is a regular expression; what it is for can be written by hand as a host or path line",
	[REFUSED_MODIFIER] =
		"has a modifier that is unknown or that a rule file cannot say, and so it is void",
	[REFUSED_PAGE] = "is about parts of pages, which only browsers see",
	[REFUSED_MASK] = "matches pieces of names or of URLs; taken are ||name^, |name^ and plain names",
	[REFUSED_URL] = "is no url: a name, a slash and a path",
	[REFUSED_OFF] = "is switched off by a $badfilter of the list",
	[REFUSED_OVERRULED] = "is overruled by another rule of the list",
	[REFUSED_MANY] = "is one exception too many",
	[REFUSED_PROTECTED] = "would stop a name that must always pass",
	[REFUSED_HELP] = "would stop something in a category that only shows the way to help",
};

int import_format(const char *name)
{
	for (int f = 0; f < IMPORT_FORMATS; f++)
		if (strcmp(import_format_names[f], name) == 0)
			return f;
	return -1;
}

size_t import_refused(const struct import_counts *counts)
{
	size_t sum = 0;
	for (size_t i = 0; i < REFUSED_REASONS; i++)
		sum += counts->refused[i];
	return sum;
}

/* ---- What the formats share -------------------------------------------------------------------------------- */

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

struct span import_trim(struct span s)
{
	while (s.len > 0 && is_blank(s.at[0]))
		s = span_from(s, 1);
	while (s.len > 0 && is_blank(s.at[s.len - 1]))
		s.len--;
	return s;
}

static struct span take_word(struct span *line)
{
	size_t len = 0;
	*line = import_trim(*line);
	while (len < line->len && !is_blank(line->at[len]))
		len++;
	struct span word = span_of(line->at, len);
	*line = span_from(*line, len);
	return word;
}

/* Foreign bytes on their way to a terminal: only what can be seen. */
static void show(struct span s, char out[static 96])
{
	size_t len = 0;
	for (; len < s.len && len < 80; len++)
		out[len] = s.at[len] >= 0x20 && s.at[len] < 0x7f ? (char)s.at[len] : '?';
	memcpy(out + len, s.len > len ? "..." : "", s.len > len ? 4 : 1);
}

void import_refuse(struct importing *m, enum import_reason why)
{
	char text[320], shown[96];
	m->counts->refused[why]++;
	if (!m->calls->refused || m->reported++ >= IMPORT_REPORTED_MAX)
		return;
	show(m->line, shown);
	snprintf(text, sizeof(text), "refused: \"%s\" %s", shown, import_reasons[why]);
	m->calls->refused(m->calls->user, m->file->path, (int)m->number, text);
}

bool import_name(struct importing *m, struct span name, enum import_reason *why)
{
	char text[1024], ascii[HOST_NAME_MAX_BYTES + 2];
	bool foreign = false;
	for (size_t i = 0; i < name.len; i++)
		foreign |= name.at[i] >= 0x80;
	if (foreign && name.len < sizeof(text)) {
		memcpy(text, name.at, name.len);
		text[name.len] = '\0';
		name = idn_to_ascii(text, ascii, sizeof(ascii)) == 0 ? span_text(ascii) : span_of(ascii, 0);
	}
	*why = name.len > 0 && memchr(name.at, '*', name.len) ? REFUSED_WILDCARD : REFUSED_NAME;
	if (*why == REFUSED_WILDCARD || host_from_text(name, &m->host) < 0 ||
	    memchr(m->host.text, '\\', m->host.len))
		return false;
	*why = REFUSED_TOP;
	return m->host.kind != HOST_NAME || m->host.labels > 1;
}

void import_take(struct importing *m, enum rule_kind kind, bool exception, struct span path, bool widened)
{
	struct rule_line rule = {
		.file = m->file,
		.heads = m->calls->heads,
		.line = m->number,
		.kind = kind,
		.exception = exception != m->white,
		.host = &m->host,
		.path = path,
	};
	if (m->calls->help_only && !rule.exception)
		import_refuse(m, REFUSED_HELP);
	else if (!m->calls->rule(m->calls->user, &rule))
		import_refuse(m, REFUSED_PROTECTED);
	else if (widened)
		m->counts->widened++;
	else
		m->counts->taken++;
}

/* A line that is one name. */
static void take_name(struct importing *m, struct span name, enum rule_kind kind, bool widened)
{
	enum import_reason why;
	if (import_name(m, name, &why))
		import_take(m, m->host.kind == HOST_NAME ? kind : RULE_EXACT, false, span_of("", 0), widened);
	else
		import_refuse(m, why);
}

/* What stands before a comment. */
static struct span before_comment(struct span line)
{
	for (size_t i = 0; i < line.len; i++)
		if (line.at[i] == '#' && (i == 0 || is_blank(line.at[i - 1])))
			return span_of(line.at, i);
	return line;
}

/* ---- The formats ------------------------------------------------------------------------------------------- */

/* Every machine has these in its own hosts file. */
static bool own_name(struct span name)
{
	static const char *const names[] = {"localhost", "localhost.localdomain", "local", "broadcasthost",
					    "0.0.0.0"};
	if (name.len > 4 && strncasecmp((const char *)name.at, "ip6-", 4) == 0)
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (name.len == strlen(names[i]) &&
		    strncasecmp((const char *)name.at, names[i], name.len) == 0)
			return true;
	return false;
}

bool import_nowhere(struct span address)
{
	static const char *const nowhere[] = {"0.0.0.0", "127.0.0.1", "::", "::1", "0", "::0"};
	for (size_t i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++)
		if (span_equal(address, span_text(nowhere[i])))
			return true;
	return false;
}

void import_hosts_line(struct importing *m, struct span line)
{
	line = before_comment(line);
	struct span address = take_word(&line), name = take_word(&line);
	if (address.len == 0)
		return;
	if (name.len == 0) {
		import_refuse(m, REFUSED_NAME);
		return;
	}
	bool nowhere = import_nowhere(address);
	for (; name.len > 0; name = take_word(&line)) {
		if (own_name(name))
			continue;
		if (nowhere)
			take_name(m, name, RULE_EXACT, false);
		else
			import_refuse(m, REFUSED_ADDRESS);
	}
}

static void domains_line(struct importing *m, struct span line)
{
	struct span name = import_trim(before_comment(line));
	if (name.len > 0)
		take_name(m, name, RULE_EXACT, false);
}

static void wildcard_line(struct importing *m, struct span line)
{
	struct span name = import_trim(before_comment(line));
	bool star = name.len > 2 && memcmp(name.at, "*.", 2) == 0;
	/* In such lists "*." means the name as well, whatever it may mean elsewhere. */
	if (name.len > 0)
		take_name(m, star ? span_from(name, 2) : name, RULE_DOMAIN, false);
}

/* "host/path", perhaps with a scheme or a port. */
static void url_line(struct importing *m, struct span line)
{
	struct span text = import_trim(line);
	const uint8_t *scheme = text.len > 0 ? memmem(text.at, text.len, "://", 3) : NULL;
	if (scheme && !memchr(text.at, '/', (size_t)(scheme - text.at)))
		text = span_from(text, (size_t)(scheme - text.at) + 3);
	const uint8_t *slash = text.len > 0 ? memchr(text.at, '/', text.len) : NULL;
	struct span host = span_of(text.at, slash ? (size_t)(slash - text.at) : text.len);
	const uint8_t *port = host.len > 0 ? memchr(host.at, ':', host.len) : NULL;
	enum import_reason why;
	if (port)
		host.len = (size_t)(port - host.at);
	if (text.len == 0)
		return;
	if (!slash || url_target(span_from(text, (size_t)(slash - text.at)), &m->url) < 0)
		import_refuse(m, REFUSED_URL);
	else if (!import_name(m, host, &why))
		import_refuse(m, why);
	else
		import_take(m, RULE_URL, false, span_of(m->url.path, m->url.path_len), port != NULL);
}

static void expression_line(struct importing *m, struct span line)
{
	if (import_trim(line).len > 0)
		import_refuse(m, REFUSED_REGEX);
}

static void ut1_line(struct importing *m, struct span line)
{
	static void (*const parts[UT1_PARTS])(struct importing * m, struct span line) = {
		[UT1_DOMAINS] = wildcard_line, [UT1_URLS] = url_line, [UT1_EXPRESSIONS] = expression_line};
	if (line.len == 0 || line.at[0] != '#')
		parts[m->part](m, line);
}

static void (*const formats[IMPORT_FORMATS])(struct importing *m, struct span line) = {
	[IMPORT_HOSTS] = import_hosts_line,
	[IMPORT_DOMAINS] = domains_line,
	[IMPORT_WILDCARD] = wildcard_line,
	[IMPORT_ADBLOCK] = import_adblock_line,
	[IMPORT_UT1] = ut1_line,
};

/* ---- Lines ------------------------------------------------------------------------------------------------- */

static bool is_text(struct span line)
{
	while (line.len > 0) {
		uint32_t c = line.at[0];
		size_t len = c < 0x80 ? 1 : utf8_read(line, &c);
		if (len == 0 || (c < 0x20 && c != '\t') || c == 0x7f)
			return false;
		line = span_from(line, len);
	}
	return true;
}

static struct span without_mark(const struct linewise *line)
{
	return line->number == 1 && line->text.len >= 3 && memcmp(line->text.at, "\xef\xbb\xbf", 3) == 0
		       ? span_from(line->text, 3)
		       : line->text;
}

static void on_line(void *user, const struct linewise *line)
{
	struct importing *m = user;
	m->number = line->number;
	m->line = without_mark(line);
	m->counts->lines++;
	if (line->cut)
		import_refuse(m, REFUSED_LONG);
	else if (!is_text(m->line))
		import_refuse(m, REFUSED_TEXT);
	else
		formats[m->format](m, m->line);
}

static void on_first_reading(void *user, const struct linewise *line)
{
	struct importing *m = user;
	m->line = without_mark(line);
	if (!line->cut && is_text(m->line))
		import_adblock_survey(m, m->line);
}

int import_read(const struct import_list *list, const struct import_calls *calls,
		struct import_counts *counts)
{
	struct importing m = {.format = list->format, .white = list->white, .calls = calls, .counts = counts};
	int rc = 0;
	*counts = (struct import_counts){0};
	for (size_t i = 0; i < list->count && rc == 0; i++) {
		m.file = calls->file[i];
		m.part = list->file[i].part;
		if (list->format == IMPORT_ADBLOCK)
			rc = linewise_file(list->file[i].fd, on_first_reading, &m);
		if (rc == 0)
			rc = linewise_file(list->file[i].fd, on_line, &m);
	}
	import_marks_clear(&m);
	return rc;
}

void import_bytes(enum import_format format, int part, struct span bytes, const struct import_calls *calls,
		  struct import_counts *counts)
{
	struct importing m = {
		.format = format, .part = part, .file = calls->file[0], .calls = calls, .counts = counts};
	*counts = (struct import_counts){0};
	if (format == IMPORT_ADBLOCK)
		linewise_bytes(bytes, on_first_reading, &m);
	linewise_bytes(bytes, on_line, &m);
	import_marks_clear(&m);
}
