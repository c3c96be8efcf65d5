/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "incident/segments.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"

static const char suffix[] = ".jsonl";

bool segment_name_parse(const char *name, char date[static DATE_SIZE], unsigned *number)
{
	static const char shape[] = "dddd-dd-dd";
	const char *at = name;

	for (size_t i = 0; i < sizeof(shape) - 1; i++, at++) {
		if (shape[i] == 'd' ? *at < '0' || *at > '9' : *at != shape[i])
			return false;
	}
	memcpy(date, name, DATE_SIZE - 1);
	date[DATE_SIZE - 1] = 0;
	*number = 1;
	if (strcmp(at, suffix) == 0)
		return true;
	char *end = NULL;
	unsigned long n = *at == '.' ? strtoul(at + 1, &end, 10) : 0;
	if (n < 2 || n > 999999 || strcmp(end, suffix) != 0)
		return false;
	*number = (unsigned)n;
	char again[SEGMENT_NAME_SIZE];
	segment_name(date, *number, again);
	return strcmp(again, name) == 0;
}

void segment_name(const char *date, unsigned number, char out[static SEGMENT_NAME_SIZE])
{
	if (number < 2)
		(void)snprintf(out, SEGMENT_NAME_SIZE, "%.10s%s", date, suffix);
	else
		(void)snprintf(out, SEGMENT_NAME_SIZE, "%.10s.%u%s", date, number % 1000000, suffix);
}

int lines_open(struct line_reader *l, const char *path, uint64_t offset)
{
	l->file = fopen(path, "rbe");
	if (!l->file)
		return -errno;
	if (fseeko(l->file, (off_t)offset, SEEK_SET) < 0) {
		int rc = -errno;
		lines_close(l);
		return rc;
	}
	l->end = offset;
	l->number = 0;
	return 0;
}

int lines_next(struct line_reader *l)
{
	size_t len = 0;
	int c;

	l->start = l->end;
	l->whole = l->too_long = false;
	while ((c = getc_unlocked(l->file)) != EOF) {
		l->end++;
		if (c == '\n') {
			l->whole = true;
			break;
		}
		if (len < sizeof(l->bytes))
			l->bytes[len++] = (char)c;
		else
			l->too_long = true;
	}
	if (ferror(l->file))
		return -EIO;
	if (l->end == l->start)
		return 0;
	l->number++;
	l->line = span_of(l->bytes, len);
	return 1;
}

void lines_close(struct line_reader *l)
{
	if (l->file)
		(void)fclose(l->file);
	l->file = NULL;
}

static int segment_open(struct segment *s)
{
	struct line_reader *l = malloc(sizeof(*l));
	char hash[JOURNAL_HASH_SIZE];
	struct stat st;

	if (!l)
		return -ENOMEM;
	int rc = lines_open(l, s->path, 0);
	if (rc == 0) {
		if (fstat(fileno(l->file), &st) == 0)
			s->size = (uint64_t)st.st_size;
		rc = lines_next(l);
		if (rc != 1 || !journal_claims(l->line, &s->first_seq, hash))
			s->first_seq = 0;
		lines_close(l);
	}
	free(l);
	return rc < 0 ? rc : 0;
}

static int by_name(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;
	int order = strcmp(x->date, y->date);

	return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

/* Moves each segment with a readable first record before those that begin later. Insertion: nearly sorted already. */
static void order_by_seq(struct segment *s, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct segment moving = s[i];
		size_t to = i;
		while (to > 0 && moving.first_seq > 0 && s[to - 1].first_seq > moving.first_seq) {
			s[to] = s[to - 1];
			to--;
		}
		s[to] = moving;
	}
}

int segments_list(const char *folder, struct segment **out, size_t *count)
{
	char **paths = NULL;
	size_t found = 0, used = 0;
	int rc = file_list(folder, suffix, &paths, &found);

	if (rc < 0)
		return rc;
	struct segment *s = calloc(found + 1, sizeof(*s));
	if (!s)
		rc = -ENOMEM;
	for (size_t i = 0; rc == 0 && i < found; i++) {
		const char *name = strrchr(paths[i], '/') + 1;
		if (!segment_name_parse(name, s[used].date, &s[used].number))
			continue;
		s[used].path = paths[i];
		s[used].name = name;
		paths[i] = NULL;
		rc = segment_open(&s[used++]);
	}
	file_list_free(paths, found);
	if (rc < 0) {
		segments_free(s, used);
		return rc;
	}
	qsort(s, used, sizeof(*s), by_name);
	order_by_seq(s, used);
	*out = s;
	*count = used;
	return 0;
}

void segments_free(struct segment *s, size_t count)
{
	for (size_t i = 0; s && i < count; i++)
		free(s[i].path);
	free(s);
}
