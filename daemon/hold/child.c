/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hold/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/service.h"
#include "wire/hold.h"

enum { AGAIN_MS = 100, AGAIN_MAX_MS = 1000, END_MS = 2000 };

/* Lays the descriptors out: first out of the way of the numbers that they shall have. */
static void lay_out(const struct child *c)
{
	int from[HOLD_FD_END - HOLD_FD_QUEUE] = {
		c->sockets->queue, c->sockets->raw4, c->sockets->raw6,
		c->pipe[0],        c->pulse[1],      c->sockets->kernel,
	};
	for (int i = 0; i < HOLD_FD_END - HOLD_FD_QUEUE; i++)
		from[i] = fcntl(from[i], F_DUPFD_CLOEXEC, HOLD_FD_END);
	for (int i = 0; i < HOLD_FD_END - HOLD_FD_QUEUE; i++)
		if (dup2(from[i], HOLD_FD_QUEUE + i) < 0)
			log_fatal("handing over descriptor %d: %m", HOLD_FD_QUEUE + i);
}

_Noreturn static void become_gate(const struct child *c)
{
	char starts[16];
	char *arguments[] = {(char *)(uintptr_t)c->path, NULL};
	sigset_t none;
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)snprintf(starts, sizeof starts, "%u", c->starts);
	(void)setenv("TRYGG_STARTS", starts, 1);
	/* The manager's words are for hold alone. */
	static const char *const words[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
					    "LISTEN_FDS",    "LISTEN_PID",    "LISTEN_FDNAMES"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		(void)unsetenv(words[i]);
	lay_out(c);
	/* By its path first: after an upgrade that is the new one. */
	(void)execv(c->path, arguments);
	if (errno == EACCES)
		(void)syscall(SYS_execveat, c->gate, "", arguments, environ, AT_EMPTY_PATH);
	log_fatal("%s: %m", c->path);
}

static void lose_patience(void *user)
{
	struct child *c = user;
	log_error("gate gives no sign of life: killed");
	(void)kill(c->pid, SIGKILL);
}

static void start(void *user)
{
	struct child *c = user;
	c->starts++;
	c->pulses = 0;
	c->pid = fork();
	if (c->pid == 0)
		become_gate(c);
	if (c->pid < 0) {
		log_error("fork: %m");
		c->pid = 0;
		loop_arm(c->loop, &c->again, AGAIN_MAX_MS, start, c);
		return;
	}
	loop_arm(c->loop, &c->patience, HOLD_PULSE_LIMIT_MS, lose_patience, c);
}

/* A pulse: gate works. The manager hears of the pair through us. */
static void pulse(void *user, uint32_t events)
{
	struct child *c = user;
	char bytes[64];
	(void)events;
	if (read(c->pulse[0], bytes, sizeof bytes) <= 0 || c->pid == 0 || c->ending)
		return;
	c->pulses++;
	loop_arm(c->loop, &c->patience, HOLD_PULSE_LIMIT_MS, lose_patience, c);
	(void)service_notify(c->ready ? "WATCHDOG=1" : "READY=1\nWATCHDOG=1");
	c->ready = true;
}

/* trygg-gate stands beside trygg-hold. */
static int find_gate(char *path, size_t size)
{
	ssize_t len = readlink("/proc/self/exe", path, size - 1);
	if (len < 0)
		return -errno;
	path[len] = '\0';
	char *slash = strrchr(path, '/');
	size_t at = slash ? (size_t)(slash - path) + 1 : 0;
	int n = snprintf(path + at, size - at, "trygg-gate");
	return n < 0 || (size_t)n >= size - at ? -ENAMETOOLONG : 0;
}

int child_init(struct child *c, const struct sockets *sockets)
{
	*c = (struct child){.sockets = sockets, .gate = -1};
	int rc = find_gate(c->path, sizeof c->path);
	int fd = rc == 0 ? open(c->path, O_PATH | O_CLOEXEC) : -1;
	if (fd < 0)
		return rc < 0 ? rc : -errno;
	c->gate = fcntl(fd, F_DUPFD_CLOEXEC, HOLD_FD_END); /* out of the way of lay_out() */
	rc = c->gate < 0 ? -errno : 0;
	(void)close(fd);
	return rc;
}

int child_begin(struct child *c, struct loop *loop)
{
	int rc;
	c->loop = loop;
	if (pipe2(c->pipe, O_CLOEXEC) < 0 || pipe2(c->pulse, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	rc = loop_watch(loop, c->pulse[0], EPOLLIN, pulse, c);
	if (rc == 0)
		start(c);
	return rc;
}

static void describe(int status, char *out, size_t size)
{
	if (WIFSIGNALED(status))
		(void)snprintf(out, size, "signal %d", WTERMSIG(status));
	else
		(void)snprintf(out, size, "status %d", WEXITSTATUS(status));
}

/* At once, because packets wait. A gate that did not even come to its second pulse is given more and more time. */
static void start_again(struct child *c)
{
	c->failures = c->pulses > 1 ? 0 : c->failures + 1;
	int64_t wait_ms = (int64_t)AGAIN_MS * c->failures;
	if (wait_ms == 0)
		start(c);
	else
		loop_arm(c->loop, &c->again, wait_ms < AGAIN_MAX_MS ? wait_ms : AGAIN_MAX_MS, start, c);
}

void child_ended(struct child *c)
{
	char how[32];
	int status;
	if (c->pid == 0 || waitpid(c->pid, &status, WNOHANG) != c->pid)
		return;
	c->pid = 0;
	loop_disarm(c->loop, &c->patience);
	if (c->ending) {
		loop_stop(c->loop);
		return;
	}
	describe(status, how, sizeof how);
	log_error("gate ended with %s: starting it again", how);
	start_again(c);
}

void child_end(struct child *c)
{
	c->ending = true;
	loop_disarm(c->loop, &c->again);
	(void)service_notify("STOPPING=1");
	if (c->pid == 0) {
		loop_stop(c->loop);
		return;
	}
	(void)kill(c->pid, SIGTERM);
	loop_arm(c->loop, &c->patience, END_MS, lose_patience, c);
}
