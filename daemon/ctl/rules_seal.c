/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `rules seal LIST`: a list that nobody may read, into digests that nobody can read without the key of this installation.
 * The list is read once, line by line; no line of it is written anywhere, and what is wrong is told by its number alone.
 */
#include "ctl/rules.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "ruleset/sealed.h"

enum { PROBLEMS_SHOWN = 100 };

/* Returns the number of lines that are wrong. */
static size_t read_list(struct sealing *s, FILE *in, const char *path)
{
	char *line = NULL;
	size_t size = 0, problems = 0, number = 0;
	ssize_t len;
	while ((len = getline(&line, &size, in)) >= 0) {
		struct span text = span_of(line, (size_t)len);
		if (text.len > 0 && text.at[text.len - 1] == '\n')
			text.len--;
		if (++number == 1 && text.len >= 3 && memcmp(text.at, "\xef\xbb\xbf", 3) == 0)
			text = span_from(text, 3);
		const char *wrong = sealing_line(s, text);
		if (wrong && ++problems <= PROBLEMS_SHOWN)
			(void)fprintf(stderr, "%s:%zu: %s\n", path, number, wrong);
	}
	if (problems > PROBLEMS_SHOWN)
		(void)fprintf(stderr, "%s: and %zu more\n", path, problems - PROBLEMS_SHOWN);
	if (line)
		sodium_memzero(line, size);
	free(line);
	return problems;
}

static int write_sealed(struct sealing *s, const char *path)
{
	char made[CLOCK_TEXT_SIZE];
	size_t len = 0;
	clock_text(clock_wall_ms(), made);
	char *text = sealing_text(s, made, &len);
	int rc = text ? file_replace(path, 0640, text, len) : -ENOMEM;
	free(text);
	if (rc < 0)
		(void)fprintf(stderr, "tryggctl: %s: %s\n", path, strerror(-rc));
	return rc;
}

static void tell(const struct sealing *s, const char *path, const char *list, const char *key)
{
	const char *slash = strrchr(path, '/');
	(void)printf("%s: %zu entries, %zu of them whole names; a URL is seen in plain HTTP only\n", path,
		     s->count, s->names);
	(void)printf("use it from a rule file beside it:  confidential sha256 %s\n",
		     slash ? slash + 1 : path);
	(void)printf("now remove %s, and keep %s out of backups\n", list, key);
}

/* 0, or a negative errno after a message. */
static int load_key(const char *path, struct secret *out)
{
	int rc = secret_load(path, true, out);
	if (rc < 0)
		(void)fprintf(stderr, "tryggctl: the key %s cannot be used: %s\n", path,
			      rc == -EPERM     ? "somebody beside its owner may read it (chmod 0600)"
			      : rc == -EBADMSG ? "it is no key"
					       : strerror(-rc));
	return rc;
}

enum ctl_exit rules_seal_run(struct ctl *c)
{
	enum ctl_exit rc = CTL_FAILED;
	const char *list = c->operand[0];
	struct secret secret = {0};
	struct sealing sealing = {.secret = &secret};
	char *path = NULL;
	FILE *in = fopen(list, "re");
	if (!in) {
		(void)fprintf(stderr, "tryggctl: %s: %s\n", list, strerror(errno));
		return CTL_FAILED;
	}
	/* Without a buffer of stdio no copy of the list stays behind in freed memory. */
	char buffer[8192];
	(void)setvbuf(in, buffer, _IOFBF, sizeof buffer);
	if (load_key(c->conf->rules.confidential_key, &secret) < 0 || asprintf(&path, "%s.sealed", list) < 0)
		goto out;
	size_t problems = read_list(&sealing, in, list);
	if (ferror(in)) {
		(void)fprintf(stderr, "tryggctl: %s cannot be read to its end\n", list);
	} else if (problems > 0) {
		(void)fprintf(stderr, "%zu of its lines cannot be used; nothing is written\n", problems);
		rc = CTL_NO;
	} else if (write_sealed(&sealing, path) == 0) {
		tell(&sealing, path, list, c->conf->rules.confidential_key);
		rc = CTL_YES;
	}
out:
	(void)fclose(in);
	sodium_memzero(buffer, sizeof buffer);
	sealing_clear(&sealing);
	secret_clear(&secret);
	free(path);
	return rc;
}
