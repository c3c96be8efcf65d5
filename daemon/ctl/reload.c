/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `reload`: ask everybody whether they could, only then tell everybody to. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "ctl/ctl.h"
#include "ctl/firewall.h"
#include "ctl/parts.h"
#include "policy/policy.h"

enum { WAIT_MS = 20000, ENVIRON_MAX = 1 << 20 };

/* Prints what the parts said. CTL_YES, CTL_NO when one refused, CTL_FAILED when one did not answer. */
static enum ctl_exit answers(const struct parts *p, const char *step)
{
	enum ctl_exit rc = CTL_YES;
	for (size_t i = 0; i < p->count; i++) {
		const struct part *part = &p->list[i];
		if (part->rc < 0) {
			(void)fprintf(stderr, "%s: does not answer (%s)\n", part->name, strerror(-part->rc));
			rc = CTL_FAILED;
		}
	}
	for (size_t i = 0; i < p->count; i++) {
		const struct part *part = &p->list[i];
		if (part->rc < 0 || part->answer.status == 0 || part->answer.status == -EOPNOTSUPP)
			continue;
		size_t len = strcspn(part->answer.text, "\n");
		(void)fprintf(stderr, "%s: %s: %.*s\n", part->name, step,
			      len ? (int)len : (int)strlen(strerror(-part->answer.status)),
			      len ? part->answer.text : strerror(-part->answer.status));
		if (rc == CTL_YES)
			rc = CTL_NO;
	}
	return rc;
}

/* Whether the NUL-separated environment has the assignment, or does not know the name at all. */
static bool has_assignment(const char *environment, size_t len, const char *line, size_t line_len)
{
	size_t name = strcspn(line, "=") + 1;
	for (size_t at = 0; at < len; at += strlen(environment + at) + 1)
		if (strncmp(environment + at, line, name) == 0)
			return strlen(environment + at) == line_len &&
			       strncmp(environment + at, line, line_len) == 0;
	return true;
}

/* gate's settings come from its environment and change with a restart only. */
static void note_restart(const struct part *part, const struct conf *conf)
{
	char path[64], *environment = NULL, *text = NULL;
	size_t len = 0, size = 0;
	int pid = part_pid(part, conf);
	(void)snprintf(path, sizeof path, "/proc/%d/environ", pid);
	FILE *out = open_memstream(&text, &size);
	if (!out)
		return;
	ctl_print_env(conf, out);
	if (fclose(out) == 0 && pid > 0 && file_read(path, ENVIRON_MAX, &environment, &len) == 0)
		for (const char *at = text; *at; at += strcspn(at, "\n") + 1)
			if (!has_assignment(environment, len, at, strcspn(at, "\n")))
				(void)printf("gate@%d runs with another %.*s: restart trygg-hold@%d to take "
					     "it into use\n",
					     part->number, (int)strcspn(at, "="), at, part->number);
	free(environment);
	free(text);
}

static bool is_newer(const char *path, const struct stat *than)
{
	struct stat st;
	return stat(path, &st) == 0 &&
	       (st.st_mtim.tv_sec > than->st_mtim.tv_sec ||
		(st.st_mtim.tv_sec == than->st_mtim.tv_sec && st.st_mtim.tv_nsec > than->st_mtim.tv_nsec));
}

bool reload_is_stale(const struct conf *conf)
{
	struct stat set;
	bool stale = false;
	if (stat(conf->rules.compiled, &set) < 0)
		return false;
	for (size_t i = 0; i < sizeof(conf->rules.layer) / sizeof(conf->rules.layer[0]); i++) {
		char **paths = NULL;
		size_t count = 0;
		/* A file that came or went shows in its folder. */
		stale |= is_newer(conf->rules.layer[i], &set);
		if (file_list(conf->rules.layer[i], ".rules", &paths, &count) < 0)
			continue;
		for (size_t k = 0; k < count; k++)
			stale |= is_newer(paths[k], &set);
		file_list_free(paths, count);
	}
	for (size_t i = 0; i < conf->rules.source_count; i++)
		stale |= is_newer(conf->rules.sources[i].file, &set);
	return stale;
}

static void notes(const struct parts *p, const struct conf *conf)
{
	struct findings f = {0};
	if (reload_is_stale(conf))
		(void)fprintf(stderr, "rules have changed since this set was made: tryggctl compile, then "
				      "tryggctl reload takes them into use\n");
	for (size_t i = 0; i < p->count; i++)
		if (strcmp(p->list[i].program, "gate-control") == 0)
			note_restart(&p->list[i], conf);
	if (geteuid() == 0 && conf->inspect.interfaces.count > 0 && firewall_check(conf, &f) == 0)
		(void)fputs(f.text, stdout);
}

/* Whether any engine says of what is on disk that it may stop what passed; and the name of it, "" without engines. */
static bool is_stricter(const struct parts *p, char policy[static POLICY_NAME_SIZE])
{
	bool stricter = false;
	policy[0] = '\0';
	for (size_t i = 0; i < p->count; i++) {
		char says[8];
		if (strcmp(p->list[i].program, "engine") != 0)
			continue;
		(void)part_value(&p->list[i], "policy", policy, POLICY_NAME_SIZE);
		stricter |=
			part_value(&p->list[i], "stricter", says, sizeof says) && strcmp(says, "yes") == 0;
	}
	return stricter;
}

/*
 * In this order: the number first, so that an engine takes it with the policy it stands for, or at its start should it die
 * now; the firewall last: until then flows of the new generation come to the queue, which costs a moment's work and no more.
 */
static enum ctl_exit swap(struct parts *p, const struct conf *conf)
{
	char policy[POLICY_NAME_SIZE];
	struct findings f = {0};
	bool stricter = is_stricter(p, policy);
	int lock = firewall_lock(conf);
	int rc = policy[0] != '\0' ? firewall_generation_begin(conf, policy, stricter) : 0;
	if (rc < 0)
		(void)fprintf(
			stderr, "%s/policy cannot be written: %s%s\n", conf->gateway.run_folder,
			strerror(-rc),
			stricter ? "; connections that this policy might stop go on: call tryggctl reload as "
				   "root"
				 : "");
	(void)parts_ask(p, conf, CONTROL_RELOAD, WAIT_MS);
	enum ctl_exit said = answers(p, "could not reload");
	if (rc == 0 && stricter) {
		rc = firewall_generation_apply(conf, &f);
		(void)fputs(f.text, stderr);
		if (rc == 0)
			(void)printf(
				"this policy is stricter: web connections that the one before it passed are "
				"reset when they speak\n");
		else
			(void)fprintf(stderr, "the firewall still lets them past: tryggctl firewall apply\n");
	}
	if (lock >= 0)
		(void)close(lock);
	return said;
}

enum ctl_exit reload_run(struct ctl *c)
{
	struct parts p;
	if (parts_init(&p, c->conf) < 0)
		return CTL_FAILED;
	(void)parts_ask(&p, c->conf, CONTROL_CHECK, WAIT_MS);
	enum ctl_exit rc = answers(&p, "refused");
	if (rc != CTL_YES) {
		(void)fprintf(stderr, "nothing was changed; what runs goes on as before\n");
		goto out;
	}
	rc = swap(&p, c->conf);
	for (size_t i = 0; i < p.count && rc == CTL_YES; i++) {
		char set[64];
		if (strcmp(p.list[i].program, "engine") == 0 &&
		    part_value(&p.list[i], "set", set, sizeof set))
			(void)printf("%s decides by set %s\n", p.list[i].name, set);
	}
	notes(&p, c->conf);
out:
	parts_clear(&p);
	return rc;
}
