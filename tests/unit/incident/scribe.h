/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A journal made for a test with the library alone: what keeper would have written, in a temporary folder, and the
 * ways to damage it.
 */
#ifndef TRYGG_UNIT_SCRIBE_H
#define TRYGG_UNIT_SCRIBE_H

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "incident/counts.h"
#include "incident/segments.h"

enum { SCRIBE_PATH = 256, SCRIBE_DAY_MS = 24 * 3600 * 1000 };

struct scribe {
	char root[SCRIBE_PATH / 2]; /* with key.pub and counts */
	char folder[SCRIBE_PATH];   /* of the journal "incident" */
	char file[SCRIBE_PATH * 2]; /* being written */
	struct seal_key key;
	struct journal_head head;
	struct counts counts;
	int64_t now_ms;
};

static inline void scribe_must(bool held, const char *what)
{
	if (!held) {
		perror(what);
		abort();
	}
}

static inline void scribe_path(const struct scribe *s, const char *name, char out[static SCRIBE_PATH * 2])
{
	(void)snprintf(out, SCRIBE_PATH * 2, "%s/%s", s->folder, name);
}

/* Appends one record; nothing is signed yet. */
static inline void scribe_write(struct scribe *s, const struct record *r)
{
	struct journal_entry e = {.seq = s->head.seq + 1, .gateway = "gw", .record = *r};
	char line[JOURNAL_LINE_MAX];

	memcpy(e.prev, s->head.hash, sizeof(e.prev));
	if (e.record.event == EVENT_CHECKPOINT)
		checkpoint_sign(&s->key, "incident", &e);
	int len = journal_format(&e, line, sizeof(line) - 1);
	scribe_must(len > 0, "format");
	line[len++] = '\n';
	int fd = open(s->file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	scribe_must(fd >= 0 && write(fd, line, (size_t)len) == len && close(fd) == 0, s->file);
	s->head.seq = e.seq;
	s->head.size += (uint64_t)len;
	memcpy(s->head.hash, e.hash, sizeof(e.hash));
}

static inline void scribe_checkpoint(struct scribe *s, const char *action, const char *name)
{
	struct record r = {.event = EVENT_CHECKPOINT, .time_ms = s->now_ms, .src = "keeper"};

	(void)snprintf(r.action, sizeof(r.action), "%s", action);
	(void)snprintf(r.name, sizeof(r.name), "%s", name);
	scribe_write(s, &r);
}

static inline void scribe_segment(struct scribe *s, const char *name, const char *action)
{
	(void)snprintf(s->head.file, sizeof(s->head.file), "%s", name);
	scribe_path(s, name, s->file);
	s->head.size = 0;
	scribe_checkpoint(s, action, name);
}

static inline void scribe_incidents(struct scribe *s, int count)
{
	for (int i = 0; i < count; i++) {
		struct record r = {.event = EVENT_INCIDENT,
				   .nr = s->head.seq,
				   .time_ms = s->now_ms,
				   .count = 1,
				   .severity = 3,
				   .src = "engine@0-1",
				   .category = "self-harm",
				   .action = "help",
				   .proto = "dns",
				   .name = "a.example",
				   .rule = "school/a.rules:7",
				   .group = "primary"};
		scribe_write(s, &r);
	}
}

static inline void scribe_counts(struct scribe *s)
{
	char path[SCRIBE_PATH], *text = NULL;
	size_t len = 0;

	s->counts.heads[JOURNAL_INCIDENT].seq = s->head.seq;
	memcpy(s->counts.heads[JOURNAL_INCIDENT].hash, s->head.hash, sizeof(s->head.hash));
	scribe_must(counts_format(&s->key, &s->counts, &text, &len) == 0, "counts");
	(void)snprintf(path, sizeof(path), "%s/counts", s->root);
	scribe_must(file_replace(path, 0600, text, len) == 0, path);
	free(text);
}

static inline void scribe_head(struct scribe *s)
{
	char path[SCRIBE_PATH * 2], text[HEAD_SIZE];
	int len = head_format(&s->key, "incident", &s->head, text, sizeof(text));

	scribe_path(s, "HEAD", path);
	scribe_must(len > 0 && file_replace(path, 0600, text, (size_t)len) == 0, path);
}

/* Everything so far is signed. */
static inline void scribe_sign(struct scribe *s)
{
	scribe_head(s);
	scribe_counts(s);
}

static inline struct scribe *scribe_new(void)
{
	struct scribe *s = calloc(1, sizeof(*s));
	char path[SCRIBE_PATH], text[SEAL_KEY_TEXT_SIZE + 1];
	struct record key = {.event = EVENT_KEY, .src = "keeper"};

	scribe_must(s && sodium_init() >= 0, "scribe");
	(void)snprintf(s->root, sizeof(s->root), "%s/trygg-journal-XXXXXX", "/tmp");
	scribe_must(mkdtemp(s->root) != NULL, s->root);
	(void)snprintf(s->folder, sizeof(s->folder), "%s/incident", s->root);
	scribe_must(mkdir(s->folder, 0700) == 0, s->folder);
	crypto_sign_keypair(s->key.public, s->key.secret);
	seal_key_text(&s->key, text);
	text[SEAL_KEY_TEXT_SIZE - 1] = '\n';
	(void)snprintf(path, sizeof(path), "%s/key.pub", s->root);
	scribe_must(file_replace(path, 0600, text, SEAL_KEY_TEXT_SIZE) == 0, path);
	counts_init(&s->counts);
	memcpy(s->head.hash, journal_origin, sizeof(s->head.hash));
	s->now_ms = INT64_C(1795255200000); /* 2026-11-21T10:00:00Z */
	s->head.time_ms = s->now_ms;
	scribe_segment(s, "2026-11-21.jsonl", "day");
	seal_key_text(&s->key, key.detail);
	scribe_write(s, &key);
	return s;
}

static inline void scribe_free(struct scribe *s)
{
	char command[SCRIBE_PATH];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", s->root);
	scribe_must(system(command) == 0, command);
	counts_clear(&s->counts);
	free(s);
}

#endif
