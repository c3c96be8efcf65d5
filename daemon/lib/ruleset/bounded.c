/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time is counted by the child's own timer of processor time, whose signal ends it, so that a busy machine makes nobody fail;
 * memory by RLIMIT_AS, from what is mapped when it begins. A sanitizer maps terabytes of its own: there memory is not counted.
 */
#include "ruleset/bounded.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

struct bounded {
	volatile size_t *at; /* shared with the parent */
	int out;
	bool failed;
};

void bounded_step(struct bounded *b, size_t at, unsigned cpu_ms)
{
	struct itimerval timer = {.it_value = {cpu_ms / 1000, cpu_ms % 1000 * 1000}};
	*b->at = at;
	b->failed |= setitimer(ITIMER_PROF, &timer, NULL) < 0;
}

void bounded_put(struct bounded *b, const void *bytes, size_t len)
{
	b->failed |= file_write_all(b->out, bytes, len) < 0;
}

#if defined(__SANITIZE_ADDRESS__)
#define COUNTS_MEMORY false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define COUNTS_MEMORY false
#endif
#endif
#ifndef COUNTS_MEMORY
#define COUNTS_MEMORY true
#endif

/* So much more than what is mapped already. */
static int limit_memory(unsigned mib)
{
	unsigned long pages = 0;
	FILE *statm = fopen("/proc/self/statm", "re");
	int read = statm ? fscanf(statm, "%lu", &pages) : 0;
	if (statm)
		(void)fclose(statm);
	if (read != 1)
		return -EIO;
	rlim_t bytes = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + ((rlim_t)mib << 20);
	struct rlimit limit;
	if (getrlimit(RLIMIT_AS, &limit) < 0)
		return -errno;
	if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > bytes)
		limit.rlim_cur = bytes;
	return setrlimit(RLIMIT_AS, &limit) < 0 ? -errno : 0;
}

/* The end of the child: what it returned is the last that it says. */
static void run_child(struct bounded *b, unsigned memory_mib, bounded_work *work, void *user)
{
	struct sigaction plain = {.sa_handler = SIG_DFL};
	sigset_t prof;
	sigemptyset(&prof);
	sigaddset(&prof, SIGPROF);
	int rc = sigaction(SIGPROF, &plain, NULL) < 0 || sigprocmask(SIG_UNBLOCK, &prof, NULL) < 0 ? -errno
												   : 0;
	if (rc == 0 && COUNTS_MEMORY)
		rc = limit_memory(memory_mib);
	if (rc == 0)
		rc = work(b, user);
	if (b->failed)
		rc = -EIO;
	(void)file_write_all(b->out, &rc, sizeof(rc));
	_exit(0);
}

static int read_all(int fd, struct blob *out)
{
	uint8_t part[65536];
	ssize_t got;
	while ((got = read(fd, part, sizeof(part))) != 0) {
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got > 0)
			blob_put(out, part, (size_t)got);
	}
	return out->failed ? -ENOMEM : 0;
}

/* What became of the child: its own word, taken off the end of what it wrote, or the way it died. */
static int ending(pid_t pid, struct blob *out)
{
	int status, rc;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGPROF ? -ETIME : -ECHILD;
	if (WEXITSTATUS(status) != 0 || out->len < sizeof(rc))
		return -ECHILD;
	out->len -= sizeof(rc);
	memcpy(&rc, out->at + out->len, sizeof(rc));
	return rc;
}

int bounded_run(unsigned memory_mib, bounded_work *work, void *user, size_t *at, struct blob *out)
{
	int pair[2], rc;
	*out = (struct blob){0};
	*at = 0;
	volatile size_t *shared =
		mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return -ENOMEM;
	if (pipe2(pair, O_CLOEXEC) < 0) {
		rc = -errno;
		goto out;
	}
	pid_t pid = fork();
	if (pid == 0) {
		close(pair[0]);
		run_child(&(struct bounded){.at = shared, .out = pair[1]}, memory_mib, work, user);
	}
	rc = pid < 0 ? -errno : 0;
	close(pair[1]);
	int heard = pid < 0 ? 0 : read_all(pair[0], out);
	close(pair[0]);
	if (pid > 0)
		rc = ending(pid, out);
	if (heard < 0)
		rc = heard;
	*at = *shared;
out:
	munmap((void *)(uintptr_t)shared, sizeof(*shared));
	return rc;
}
