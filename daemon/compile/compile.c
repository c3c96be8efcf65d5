/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules are parsed and patterns compiled by a process that can write nothing but pieces, which nobody uses before the
 * manifest names them. Replacing the manifest is the one step that needs the caller's rights (to its folder); as root a
 * parent does it, who never looks at a rule: it gets the manifest's text from the child, puts it in place and says so.
 */
#include "compile/compile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "ruleset/store.h"

static int compile_list(struct sources *s, struct source_list *list)
{
	const struct conf_source *c = list->conf;
	char why[4352];
	if (import_begin(&list->import, why, sizeof(why)) < 0) {
		build_mistake(s->build, c->file, why + sources_named(why, c->file));
		return 0;
	}
	struct import_counts counts;
	struct rule_heads heads = {
		.category = span_text(c->category),
		.owner = span_text(c->owner),
		.reason = span_text(c->reason),
		.reviewed = span_text(c->reviewed),
		.review_by = span_text(c->review_by),
		.mode = span_text(c->observe ? "observe" : ""),
	};
	struct build_import import = {
		.list = &list->import,
		.layer = (enum rule_layer)c->layer,
		.heads = &heads,
		.name = list->name,
		.help_only = s->conf->categories[conf_category(s->conf, c->category)].help_only,
		.how = arena_printf(&s->conf->arena, "%s %d %d\n%s\n%s\n%s\n%s\n%s", c->format,
				    list->import.white, c->observe, c->category, c->owner, c->reason,
				    c->reviewed, c->review_by),
	};
	int rc = build_import(s->build, &import, &counts);
	if (rc == 0 && counts.lines > 0)
		import_report(c->file, &counts, stderr);
	return rc;
}

/* Compiles and writes the pieces. On 0 *manifest is the text to put in place; the caller frees. */
static int compile_pieces(struct sources *s, char **manifest)
{
	struct manifest m;
	int rc = 0;
	build_store(s->build, s->folder, &s->previous);
	for (size_t i = 0; i < s->file_count && rc == 0; i++)
		rc = build_read(s->build, &s->file[i]);
	for (size_t i = 0; i < s->list_count && rc == 0; i++)
		rc = compile_list(s, &s->list[i]);
	if (rc == 0)
		rc = build_pieces(s->build, &m);
	if (rc == 0) {
		*manifest = manifest_text(&m);
		rc = *manifest ? 0 : -ENOMEM;
	}
	if (rc == -EINVAL) {
		size_t errors = build_counts(s->build)->errors;
		log_error("%zu mistake%s in the rules; the set in use stays in use", errors,
			  errors == 1 ? "" : "s");
		return 1;
	}
	if (rc < 0)
		log_error("the set cannot be written: %s", strerror(-rc));
	return rc < 0 ? 2 : 0;
}

/* After the manifest is in place. */
static void compile_finish(struct sources *s, const char *manifest)
{
	const struct build_counts *c = build_counts(s->build);
	struct manifest m;
	if (manifest_parse(span_text(manifest), &m) < 0)
		return;
	if (s->folder >= 0)
		store_tidy(s->folder, &s->previous, &m);
	printf("set %s: %zu names, %zu urls, %zu patterns and %zu protected names, of the rules %zu "
	       "exceptions, from %zu "
	       "files\n",
	       m.id, c->names, c->urls, c->patterns, c->protected, c->exceptions, c->files);
	printf("%zu pieces, %zu of them new, %.1f MiB, %zu large files as they were, in %.2f s%s\n",
	       c->pieces, c->written, (double)c->bytes / (1024 * 1024), c->unread,
	       (double)(clock_mono_ms() - s->begun_ms) / 1000,
	       s->folder < 0 ? "; checked only, nothing is written" : "");
	(void)fflush(stdout);
}

static int replace_manifest(const struct sources *s, const char *text, size_t len)
{
	int rc = file_replace(s->conf->rules.compiled, 0644, text, len);
	if (rc < 0)
		log_error("%s: %s", s->conf->rules.compiled, strerror(-rc));
	return rc < 0 ? 2 : 0;
}

/* Everything in one process, which has no more rights than its caller. */
static int run_alone(struct sources *s)
{
	char *manifest = NULL;
	int status = compile_pieces(s, &manifest);
	if (status == 0 && s->folder >= 0)
		status = replace_manifest(s, manifest, strlen(manifest));
	if (status == 0)
		compile_finish(s, manifest);
	free(manifest);
	return status;
}

static int run_child(struct sources *s, int parent)
{
	char *manifest = NULL, answer;
	int rc = sandbox_enter("trygg-compile", NULL, false);
	if (rc < 0)
		log_fatal("the rights of root cannot be given up: %s", strerror(-rc));
	int status = compile_pieces(s, &manifest);
	if (status == 0 && s->folder >= 0 &&
	    (send(parent, manifest, strlen(manifest), MSG_NOSIGNAL) < 0 || recv(parent, &answer, 1, 0) != 1))
		status = 2;
	if (status == 0)
		compile_finish(s, manifest);
	free(manifest);
	return status;
}

static int run_parent(struct sources *s, int child, pid_t pid)
{
	char text[MANIFEST_MAX];
	int status = 0, ended;
	ssize_t len = recv(child, text, sizeof(text), 0);
	if (len > 0) {
		status = replace_manifest(s, text, (size_t)len);
		if (status == 0 && send(child, "k", 1, MSG_NOSIGNAL) != 1)
			status = 2;
	}
	close(child);
	while (waitpid(pid, &ended, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(ended))
		return WEXITSTATUS(ended) > status ? WEXITSTATUS(ended) : status;
	log_error("the compiler ended by signal %d; the set in use stays in use", WTERMSIG(ended));
	return 2;
}

int compile_run(struct sources *s)
{
	int pair[2];
	if (geteuid() != 0)
		return run_alone(s);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		log_fatal("socketpair: %s", strerror(errno));
	pid_t pid = fork();
	if (pid < 0)
		log_fatal("fork: %s", strerror(errno));
	if (pid == 0) {
		close(pair[0]);
		_exit(run_child(s, pair[1]));
	}
	close(pair[1]);
	return run_parent(s, pair[0], pid);
}
