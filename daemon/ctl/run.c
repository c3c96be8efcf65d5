/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/run.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <fcntl.h>

enum { OUTPUT_MAX = 16 << 20 };

/* One pipe that is read into memory. */
struct drain {
	int fd;
	char *text;
	size_t len, size;
};

static void drain_read(struct drain *d)
{
	if (d->size - d->len < 4096) {
		size_t size = d->size ? d->size * 2 : 8192;
		char *more = size <= OUTPUT_MAX ? realloc(d->text, size) : NULL;
		if (!more) {
			(void)close(d->fd);
			d->fd = -1;
			return;
		}
		d->text = more;
		d->text[d->len] = '\0'; /* also when nothing comes */
		d->size = size;
	}
	ssize_t got = read(d->fd, d->text + d->len, d->size - d->len - 1);
	if (got > 0) {
		d->len += (size_t)got;
		d->text[d->len] = '\0';
	} else if (got == 0 || errno != EINTR) {
		(void)close(d->fd);
		d->fd = -1;
	}
}

static void feed(int *fd, const char **input)
{
	size_t left = strlen(*input);
	ssize_t put = left ? write(*fd, *input, left) : 0;
	if (put > 0)
		*input += put;
	if (**input == '\0' || (put < 0 && errno != EINTR && errno != EAGAIN)) {
		(void)close(*fd);
		*fd = -1;
	}
}

static void talk(int in, const char *input, struct drain *out, struct drain *err)
{
	while (in >= 0 || out->fd >= 0 || err->fd >= 0) {
		struct pollfd p[3] = {{in, POLLOUT, 0}, {out->fd, POLLIN, 0}, {err->fd, POLLIN, 0}};
		if (poll(p, 3, -1) < 0 && errno != EINTR)
			break;
		if (in >= 0 && p[0].revents)
			feed(&in, &input);
		if (out->fd >= 0 && p[1].revents)
			drain_read(out);
		if (err->fd >= 0 && p[2].revents)
			drain_read(err);
	}
}

_Noreturn static void child(const char *const *argv, int in, int out, int err)
{
	static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	sigset_t none;
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)putenv(path);
	(void)setenv("LC_ALL", "C", 1);
	if (dup2(in, 0) >= 0 && dup2(out, 1) >= 0 && dup2(err, 2) >= 0)
		(void)execvp(argv[0], (char *const *)(const void *)argv);
	_exit(127);
}

static char *text_or_empty(char *text)
{
	return text ? text : calloc(1, 1);
}

int run(struct run *r, const char *const *argv, const char *input)
{
	int in[2] = {-1, -1}, out[2] = {-1, -1}, err[2] = {-1, -1};
	*r = (struct run){.status = 127};
	int rc = 0;
	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
		rc = -errno;
	pid_t pid = rc == 0 ? fork() : -1;
	if (pid == 0)
		child(argv, in[0], out[1], err[1]);
	if (pid < 0 && rc == 0)
		rc = -errno;
	struct drain o = {.fd = out[0]}, e = {.fd = err[0]};
	const int theirs[] = {in[0], out[1], err[1]};
	for (size_t i = 0; i < 3; i++)
		if (theirs[i] >= 0)
			(void)close(theirs[i]);
	if (rc == 0) {
		struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
		(void)sigaction(SIGPIPE, &ignore, &before);
		talk(in[1], input ? input : "", &o, &e);
		(void)sigaction(SIGPIPE, &before, NULL);
		int status = 0;
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		r->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		rc = r->status == 0 ? 0 : -EIO;
	} else {
		const int ours[] = {in[1], out[0], err[0]};
		for (size_t i = 0; i < 3; i++)
			if (ours[i] >= 0)
				(void)close(ours[i]);
	}
	r->out = text_or_empty(o.text);
	r->err = text_or_empty(e.text);
	return rc;
}

void run_clear(struct run *r)
{
	free(r->out);
	free(r->err);
	*r = (struct run){0};
}
