/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum { LOOP_BATCH = 32 };

struct watch {
	int fd;       /* -1: taken away */
	uint64_t end; /* the turn in which it was taken away: events of that turn may still point here */
	loop_fd_call *call;
	void *user;
	struct watch *next;
};

struct loop {
	int epoll;
	bool stop;
	uint64_t turn;
	struct watch *watches;     /* owned; entries are kept, and used again in a later turn */
	struct loop_timer *timers; /* armed, soonest first */
	int signals;
	loop_signal_call *signal_call;
	void *signal_user;
};

struct loop *loop_new(void)
{
	struct loop *l = calloc(1, sizeof *l);
	if (!l)
		log_fatal("out of memory");
	l->epoll = epoll_create1(EPOLL_CLOEXEC);
	l->signals = -1;
	if (l->epoll < 0)
		log_fatal("epoll_create1: %m");
	return l;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	while (l->watches) {
		struct watch *next = l->watches->next;
		free(l->watches);
		l->watches = next;
	}
	if (l->signals >= 0)
		(void)close(l->signals);
	(void)close(l->epoll);
	free(l);
}

static struct watch *find(struct loop *l, int fd)
{
	struct watch *w = l->watches;
	while (w && w->fd != fd)
		w = w->next;
	return w;
}

/* An entry that no event of this turn can point to, NULL when there is none. */
static struct watch *find_free(struct loop *l)
{
	struct watch *w = l->watches;
	while (w && (w->fd >= 0 || w->end == l->turn))
		w = w->next;
	return w;
}

int loop_watch(struct loop *l, int fd, uint32_t events, loop_fd_call *call, void *user)
{
	struct watch *w = find_free(l);
	if (!w) {
		w = calloc(1, sizeof *w);
		if (!w)
			return -ENOMEM;
		w->fd = -1;
		w->next = l->watches;
		l->watches = w;
	}
	struct epoll_event e = {.events = events, .data.ptr = w};
	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &e) < 0)
		return -errno;
	w->fd = fd;
	w->call = call;
	w->user = user;
	return 0;
}

int loop_change(struct loop *l, int fd, uint32_t events)
{
	struct watch *w = find(l, fd);
	if (!w)
		return -ENOENT;
	struct epoll_event e = {.events = events, .data.ptr = w};
	return epoll_ctl(l->epoll, EPOLL_CTL_MOD, fd, &e) < 0 ? -errno : 0;
}

void loop_unwatch(struct loop *l, int fd)
{
	struct watch *w = find(l, fd);
	if (!w)
		return;
	(void)epoll_ctl(l->epoll, EPOLL_CTL_DEL, fd, NULL);
	w->fd = -1;
	w->end = l->turn;
	w->call = NULL;
}

void loop_arm(struct loop *l, struct loop_timer *t, int64_t after_ms, loop_call *call, void *user)
{
	loop_disarm(l, t);
	t->call = call;
	t->user = user;
	t->due_ms = clock_mono_ms() + (after_ms > 0 ? after_ms : 0);
	struct loop_timer **at = &l->timers;
	while (*at && (*at)->due_ms <= t->due_ms)
		at = &(*at)->next;
	t->next = *at;
	*at = t;
}

void loop_disarm(struct loop *l, struct loop_timer *t)
{
	if (t->due_ms == 0)
		return;
	struct loop_timer **at = &l->timers;
	while (*at && *at != t)
		at = &(*at)->next;
	if (*at)
		*at = t->next;
	t->due_ms = 0;
	t->next = NULL;
}

static void deliver(void *user, uint32_t events)
{
	struct loop *l = user;
	struct signalfd_siginfo info;
	(void)events;
	while (read(l->signals, &info, sizeof info) == (ssize_t)sizeof info)
		l->signal_call(l->signal_user, (int)info.ssi_signo);
}

void loop_signals(struct loop *l, const int *signals, loop_signal_call *call, void *user)
{
	sigset_t set;
	(void)sigemptyset(&set);
	for (; *signals; signals++)
		(void)sigaddset(&set, *signals);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		log_fatal("sigprocmask: %m");
	l->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (l->signals < 0)
		log_fatal("signalfd: %m");
	l->signal_call = call;
	l->signal_user = user;
	int rc = loop_watch(l, l->signals, EPOLLIN, deliver, l);
	if (rc < 0)
		log_fatal("signalfd: epoll: error %d", -rc);
}

static void run_timers(struct loop *l)
{
	int64_t now = clock_mono_ms();
	while (l->timers && l->timers->due_ms <= now) {
		struct loop_timer *t = l->timers;
		loop_disarm(l, t);
		t->call(t->user);
	}
}

/* How long epoll may wait: not beyond the next timer. */
static int64_t wait_for(const struct loop *l, int64_t wait_us)
{
	if (!l->timers || wait_us == 0)
		return wait_us;
	int64_t left = l->timers->due_ms * 1000 - clock_mono_us();
	if (left < 0)
		left = 0;
	return wait_us < 0 || left < wait_us ? left : wait_us;
}

/* Whole milliseconds where the kernel knows no others (before Linux 5.11): rather too late than in circles. */
static int wait_on(const struct loop *l, struct epoll_event *events, int64_t wait_us)
{
	const struct timespec wait = {.tv_sec = wait_us / 1000000, .tv_nsec = wait_us % 1000000 * 1000};
	if (wait_us > 0) {
		int n = epoll_pwait2(l->epoll, events, LOOP_BATCH, &wait, NULL);
		if (n >= 0 || errno != ENOSYS)
			return n;
	}
	return epoll_wait(l->epoll, events, LOOP_BATCH,
			  wait_us <= 0 ? (int)wait_us : (int)(wait_us / 1000 + 1));
}

void loop_turn_us(struct loop *l, int64_t wait_us)
{
	struct epoll_event events[LOOP_BATCH];
	l->turn++;
	int n = wait_on(l, events, wait_for(l, wait_us));
	for (int i = 0; i < n; i++) {
		struct watch *w = events[i].data.ptr;
		if (w->fd >= 0) /* an earlier callback of this turn may have taken it away */
			w->call(w->user, events[i].events);
	}
	run_timers(l);
}

void loop_turn(struct loop *l, int wait_ms)
{
	loop_turn_us(l, wait_ms < 0 ? -1 : (int64_t)wait_ms * 1000);
}

void loop_run(struct loop *l)
{
	l->stop = false;
	while (!l->stop)
		loop_turn(l, -1);
}

void loop_stop(struct loop *l)
{
	l->stop = true;
}
