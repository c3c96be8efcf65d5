/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HTTP connections: what is read does not depend on how the bytes were cut; and a head that passed has, to a reader
 * that only knows lines, one Host at most, and no other host than the one that was read.
 */
#include <strings.h>

#include "../unit/http_talk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool fine)
{
	if (!fine)
		abort();
}

/* The name in an authority without its port, in canonical form. */
static void same_name(struct span authority, const struct host *read)
{
	struct host named;
	const uint8_t *bracket = memchr(authority.at, ']', authority.len);
	size_t from = bracket ? (size_t)(bracket - authority.at) : 0;
	const uint8_t *colon = memchr(authority.at + from, ':', authority.len - from);
	if (colon)
		authority.len = (size_t)(colon - authority.at);
	check(host_from_text(authority, &named) == 0 && strcmp(named.text, read->text) == 0);
}

static struct span stripped(struct span s)
{
	while (s.len > 0 && (s.at[0] == ' ' || s.at[0] == '\t'))
		s = span_from(s, 1);
	while (s.len > 0 && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t'))
		s.len--;
	return s;
}

static void read_by_lines(struct span head, const struct request *r)
{
	unsigned hosts = 0, lines = 0;
	while (head.len > 0) {
		const uint8_t *end = memchr(head.at, '\n', head.len);
		check(end != NULL && end > head.at && end[-1] == '\r');
		struct span line = span_of(head.at, (size_t)(end - head.at) - 1);
		head = span_from(head, line.len + 2);
		lines += line.len > 0;
		if (line.len >= 5 && strncasecmp((const char *)line.at, "host:", 5) == 0) {
			same_name(stripped(span_from(line, 5)), &r->host);
			hosts++;
		}
		const uint8_t *scheme = lines == 1 ? memmem(line.at, line.len, "://", 3) : NULL;
		const uint8_t *slash = lines == 1 ? memchr(line.at, '/', line.len) : NULL;
		if (scheme && slash == scheme + 1) {
			struct span name = span_of(scheme + 3, (size_t)(line.at + line.len - scheme - 3));
			for (size_t i = 0; i < name.len; i++)
				if (name.at[i] == '/' || name.at[i] == ' ')
					name.len = i;
			same_name(name, &r->host);
		}
	}
	check(hosts == 1 || (hosts == 0 && r->host.len > 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct talk *t;
	static char whole[TALK_TEXT];
	size_t used = 0;
	if (size < 1 || size > TALK_BYTES)
		return 0;
	if (!t)
		t = talk_new();
	struct span all = span_of(data + 1, size - 1);
	(void)snprintf(whole, sizeof whole, "%s", talk_whole(t, all));
	check(strcmp(whole, talk_pieces(t, all, 0, data[0])) == 0);
	if (size < 2000)
		check(strcmp(whole, talk_pieces(t, all, 1, 0)) == 0);
	t->request.flow = NULL;
	if (http_parse(all, TRANSPORT_STREAM, &t->request, &used) == PARSE_OK)
		read_by_lines(span_of(all.at, used), &t->request);
	return 0;
}
