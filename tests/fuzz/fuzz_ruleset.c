/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pieces of the compiled set with their digests unchecked: refused at open, or every lookup stays inside. The first byte
 * says what the rest is: a manifest, a names piece, one of digests, or the lines of patterns. Images are code for the matcher, which only
 * their digest protects; they are not tried here.
 */
#include <stdlib.h>

#include "ruleset/digests.h"
#include "ruleset/names.h"
#include "ruleset/patterns.h"

static int number(void *user, const char *id)
{
	(void)user;
	return (int)(strlen(id) % RULESET_CATEGORIES_MAX);
}

static void use(const struct rule_hits *hits)
{
	size_t sum = 0;
	for (size_t i = 0; i < hits->count; i++)
		sum += strlen(hits->hit[i].file) + strlen(hits->hit[i].section->reason);
	if (sum == SIZE_MAX)
		abort();
}

static void try_names(struct span piece)
{
	static const char *const asked[] = {"www.example.org/forum/1", "casino.example/a/b", "192.0.2.1/",
					    "a/"};
	static struct rule_hits hits;
	static struct url url;
	struct names names;
	struct probes probes;
	if (names_open(piece, number, NULL, &names) < 0)
		return;
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		hits_clear(&hits);
		if (url_from_text(span_text(asked[i]), &url) < 0)
			abort();
		names_probe(&url.host, &probes);
		names_find(&names, &url.host, &probes, &url, &hits);
		(void)names_any(&names, &url.host, &probes);
		use(&hits);
	}
	names_clear(&names);
}

static void try_digests(struct span piece)
{
	static const char *const asked[] = {"www.bad.example/", "wiki.example/Sub/Page.html?x=1",
					    "192.0.2.1/"};
	static struct rule_hits hits;
	static struct url url;
	struct digests digests;
	struct probes probes;
	if (digests_open(piece, number, NULL, &digests) < 0)
		return;
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		hits_clear(&hits);
		if (url_from_text(span_text(asked[i]), &url) < 0)
			abort();
		names_probe(&url.host, &probes);
		digests_find(&digests, &url.host, &probes, &url, &hits);
		use(&hits);
	}
	digests_clear(&digests);
}

static void try_lines(struct span piece)
{
	struct patterns patterns;
	/* Without an image it is refused at last, after the lines have been read. */
	if (patterns_open(piece, span_of(piece.at, 0), number, NULL, &patterns) == 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct manifest manifest;
	if (size == 0)
		return 0;
	struct span rest = span_of(data + 1, size - 1);
	if (data[0] == 'm') {
		(void)manifest_parse(rest, &manifest);
		return 0;
	}
	/* Pieces are mapped, so they begin on a page border. */
	uint8_t *page = aligned_alloc(FORMAT_PAGE, (rest.len / FORMAT_PAGE + 1) * FORMAT_PAGE);
	if (!page)
		abort();
	memcpy(page, rest.at, rest.len);
	if (data[0] == 'n')
		try_names(span_of(page, rest.len));
	else if (data[0] == 'd')
		try_digests(span_of(page, rest.len));
	else
		try_lines(span_of(page, rest.len));
	free(page);
	return 0;
}
