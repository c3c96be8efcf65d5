/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/service.h"

static void add(struct parts *p, const char *program, int number)
{
	struct part *part = &p->list[p->count++];
	part->program = program;
	part->number = number;
	if (number >= 0)
		(void)snprintf(part->name, sizeof part->name, "%s@%d", program, number);
	else
		(void)snprintf(part->name, sizeof part->name, "%s", program);
}

int parts_init(struct parts *p, const struct conf *c)
{
	char path[256];
	size_t queues = (size_t)(c->inspect.queue_last - c->inspect.queue_first) + 1;
	*p = (struct parts){.list = calloc(queues * 2 + 3, sizeof *p->list)};
	if (!p->list)
		return -ENOMEM;
	for (int n = c->inspect.queue_first; n <= c->inspect.queue_last; n++) {
		add(p, "gate-control", n);
		add(p, "engine", n);
	}
	add(p, "keeper-control", -1);
	add(p, "help", -1);
	conf_socket(c, "courier", -1, path, sizeof path);
	if (access(path, F_OK) == 0)
		add(p, "courier", -1);
	return 0;
}

void parts_clear(struct parts *p)
{
	free(p->list);
	*p = (struct parts){0};
}

size_t parts_ask(struct parts *p, const struct conf *c, enum control_verb verb, int wait_ms)
{
	struct control_request request = {.magic = CONTROL_MAGIC, .verb = verb};
	size_t answered = 0;
	char path[256];
	for (size_t i = 0; i < p->count; i++) {
		struct part *part = &p->list[i];
		conf_socket(c, part->program, part->number, path, sizeof path);
		part->answer.text[0] = '\0';
		part->rc = control_ask(path, &request, wait_ms, &part->answer);
		answered += part->rc == 0;
	}
	return answered;
}

bool part_value(const struct part *p, const char *name, char *out, size_t size)
{
	size_t n = strlen(name);
	for (const char *at = p->answer.text; *at; at += strcspn(at, "\n") + (at[strcspn(at, "\n")] == '\n'))
		if (strncmp(at, name, n) == 0 && at[n] == ' ') {
			(void)snprintf(out, size, "%.*s", (int)strcspn(at + n + 1, "\n"), at + n + 1);
			return true;
		}
	return false;
}

double parts_sum(const struct parts *p, const char *prefix, const char *and)
{
	double sum = 0;
	size_t n = strlen(prefix);
	for (size_t i = 0; i < p->count; i++) {
		const char *text = p->list[i].rc == 0 ? p->list[i].answer.text : "";
		for (const char *at = text; *at; at += strcspn(at, "\n") + (at[strcspn(at, "\n")] == '\n')) {
			size_t name = strcspn(at, " \n");
			const char *found = and? memmem(at, name, and, strlen(and)) : at;
			if (strncmp(at, prefix, n) == 0 && (name == n || at[n] == '{') && found &&
			    at[name] == ' ')
				sum += strtod(at + name, NULL);
		}
	}
	return sum;
}

int part_pid(const struct part *p, const struct conf *c)
{
	char path[256];
	struct ucred peer = {0};
	socklen_t size = sizeof peer;
	conf_socket(c, p->program, p->number, path, sizeof path);
	int fd = service_connect(path);
	if (fd < 0)
		return fd;
	int rc = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 ? -errno : (int)peer.pid;
	(void)close(fd);
	return rc;
}
