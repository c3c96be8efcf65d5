/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sealed lists, and the plain ones they are made of. The first byte says which: 's' a sealed list, every entry of it read; else
 * lines of a plain list, whose sealed form must be read again with as many entries.
 */
#include <stdlib.h>
#include <string.h>

#include "ruleset/sealed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_sealed(struct span text)
{
	struct sealed sealed;
	struct sealed_entry entry;
	if (sealed_open(text, &sealed) < 0)
		return;
	for (uint32_t i = 0; i < sealed.entries; i++)
		if (sealed_entry(&sealed, i, &entry) < 0)
			return;
}

static void try_plain(struct span text)
{
	static const uint8_t key[SECRET_SIZE] = {1};
	struct secret secret;
	size_t len = 0;
	secret_from(key, &secret);
	struct sealing s = {.secret = &secret};
	while (text.len > 0) {
		const uint8_t *end = memchr(text.at, '\n', text.len);
		struct span line = span_of(text.at, end ? (size_t)(end - text.at) : text.len);
		(void)sealing_line(&s, line);
		text = span_from(text, line.len + (end != NULL));
	}
	char *out = sealing_text(&s, "2026-11-20T08:00:00.000Z", &len);
	struct sealed sealed;
	struct sealed_entry entry;
	if (!out || sealed_open(span_of(out, len), &sealed) < 0 || sealed.entries != s.count)
		abort();
	for (uint32_t i = 0; i < sealed.entries; i++)
		if (sealed_entry(&sealed, i, &entry) < 0)
			abort();
	free(out);
	sealing_clear(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] == 's')
		try_sealed(span_of(data + 1, size - 1));
	else
		try_plain(span_of(data + 1, size - 1));
	return 0;
}
