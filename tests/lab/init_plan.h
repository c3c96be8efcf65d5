/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The unit file of tests/lab/init: read once, into one plan a unit. init --help has the words. A mistake ends init,
 * before anything has been started.
 */
#ifndef TRYGG_TESTS_LAB_INIT_PLAN_H
#define TRYGG_TESTS_LAB_INIT_PLAN_H

#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/log.h"

enum { UNITS_MAX = 32, WORDS_MAX = 32, FDS_MAX = 16 };

/* A descriptor that the unit gets at its start, and its FDNAME. */
struct handed {
	int fd;
	char name[32];
};

struct plan {
	const char *name, *env_file, *log;
	char *words[WORDS_MAX + 1];
	char *env[WORDS_MAX + 1];
	size_t word_count, env_count, listen_count;
	struct handed listen[FDS_MAX];
	bool notify, once, no_restart;
	int delay_ms, watchdog_ms;
};

static inline void plan_word(const struct plan *p, char **list, size_t *count, char *value)
{
	if (*count >= WORDS_MAX)
		log_fatal("%s: more than %d words at `%s`", p->name, WORDS_MAX, value);
	list[(*count)++] = value;
}

static inline void plan_listen(struct plan *p, char *value)
{
	char *save, *name = strtok_r(value, " \t", &save), *host = strtok_r(NULL, " \t", &save);
	char *port = strtok_r(NULL, " \t", &save);
	struct addrinfo *at, hint = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	int on = 1;
	if (!port || p->listen_count >= FDS_MAX || getaddrinfo(host, port, &hint, &at) != 0)
		log_fatal("%s: listen wants FDNAME ADDRESS PORT", p->name);
	int sock = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (at->ai_family == AF_INET6)
		(void)setsockopt(sock, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	(void)setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (sock < 0 || bind(sock, at->ai_addr, at->ai_addrlen) < 0 || listen(sock, 128) < 0)
		log_fatal("%s: %s port %s: %m", p->name, host, port);
	freeaddrinfo(at);
	struct handed *h = &p->listen[p->listen_count++];
	h->fd = sock;
	(void)snprintf(h->name, sizeof h->name, "%s", name);
}

static inline void plan_set(struct plan *p, const char *key, char *value)
{
	bool yes = strcmp(value, "yes") == 0;
	char *save;
	if (strcmp(key, "exec") == 0)
		for (char *w = strtok_r(value, " \t", &save); w; w = strtok_r(NULL, " \t", &save))
			plan_word(p, p->words, &p->word_count, w);
	else if (strcmp(key, "env") == 0)
		plan_word(p, p->env, &p->env_count, value);
	else if (strcmp(key, "env-file") == 0)
		p->env_file = value;
	else if (strcmp(key, "listen") == 0)
		plan_listen(p, value);
	else if (strcmp(key, "notify") == 0)
		p->notify = yes;
	else if (strcmp(key, "once") == 0)
		p->once = yes;
	else if (strcmp(key, "restart") == 0)
		p->no_restart = !yes;
	else if (strcmp(key, "delay-ms") == 0)
		p->delay_ms = atoi(value);
	else if (strcmp(key, "watchdog-ms") == 0)
		p->watchdog_ms = atoi(value);
	else if (strcmp(key, "log") == 0)
		p->log = value;
	else
		log_fatal("%s: `%s` is not an option; see --help", p->name, key);
}

static inline char *plan_trim(char *s)
{
	s += strspn(s, " \t");
	for (size_t n = strlen(s); n > 0 && strchr(" \t\r", s[n - 1]); n--)
		s[n - 1] = '\0';
	return s;
}

/* Returns how many units there are. Texts belong to the arena. */
static inline size_t plan_read(const char *path, struct arena *arena, struct plan plans[static UNITS_MAX])
{
	char *text, *save;
	size_t len, count = 0;
	int rc = file_read(path, 1 << 20, &text, &len);
	if (rc < 0)
		log_fatal("%s: %s", path, strerror(-rc));
	char *copy = arena_text(arena, text);
	free(text);
	for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		line = plan_trim(line);
		char *equals = strchr(line, '=');
		if (*line == '#' || *line == '\0')
			continue;
		if (*line == '[' && count < UNITS_MAX) {
			line[strcspn(line, "]")] = '\0';
			plans[count++].name = line + 1;
		} else if (count == 0 || !equals) {
			log_fatal("%s: `%s`: [NAME] or KEY = VALUE expected", path, line);
		} else {
			*equals = '\0';
			plan_set(&plans[count - 1], plan_trim(line), plan_trim(equals + 1));
		}
	}
	for (size_t i = 0; i < count; i++)
		if (plans[i].word_count == 0)
			log_fatal("%s: %s: no exec", path, plans[i].name);
	return count;
}

#endif
