/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A service manager small enough to read, for tests and the demo: as much of systemd as Trygg's programs speak to
 * (NOTIFY_SOCKET, FDSTORE, LISTEN_FDS, WATCHDOG), restart on death, and a state file for the tests. Units start in
 * the order of the file, each when the one before is ready. --help says how to use it.
 *
 * init_plan.h reads the unit file. Here: the state file, processes, notifications, commands, start and end.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/service.h"
#include "init_plan.h"

enum { STOP_MS = 5000, QUICK_MS = 100, QUICK_MAX = 5 };

static const char usage[] =
	"usage: init -s STATE UNITS                    run the units of the file until SIGTERM\n"
	"       init -s STATE wait [NAME]              until the unit, or every unit, is ready\n"
	"       init -s STATE start|stop|restart NAME  and wait until it is ready, or has ended\n"
	"       init -s STATE kill NAME                SIGKILL; wait until it is ready again\n"
	"       init -s STATE hup NAME                 SIGHUP\n"
	"\n"
	"STATE is a file that always holds one line a unit, `NAME PID STARTS STATE`, where STATE is one of "
	"stopped,\n"
	"starting, ready, stopping, failed; PID is 0 when there is none. It is replaced at every change. "
	"Beside it\n"
	"stand the sockets STATE.notify and STATE.sock; units must be able to reach them.\n"
	"\n"
	"The unit file:\n"
	"  # a comment\n"
	"  [NAME]\n"
	"  exec = /path/program words separated by blanks    (through PATH when without a slash)\n"
	"  env = KEY=value            may be repeated\n"
	"  env-file = PATH            KEY=value lines, read at every start\n"
	"  listen = FDNAME ADDRESS PORT   a listening TCP socket, handed over by LISTEN_FDS and "
	"LISTEN_FDNAMES;\n"
	"                             may be repeated; these come before what the unit has put into the "
	"store\n"
	"  notify = yes               ready when it says READY=1; else ready as soon as it runs\n"
	"  once = yes                 ready when it has ended with 0; not started again\n"
	"  restart = no               not started again when it ends; default: at once, after five deaths "
	"within\n"
	"                             100 ms of their start 100 ms later\n"
	"  delay-ms = N               wait before starting again\n"
	"  watchdog-ms = N            WATCHDOG_USEC; SIGKILL when no WATCHDOG=1 comes for so long\n"
	"  log = PATH                 standard output and error are appended there\n"
	"\n"
	"Descriptors sent with FDSTORE=1 stay here over every death of the unit, kill -9 too, and come back "
	"by name.\n"
	"SIGTERM and SIGINT end all units, last started first: SIGTERM, after 5 s SIGKILL. Exit 0 when all "
	"ran, 1 when\n"
	"a `once` unit failed, 2 on wrong usage or a command that init could not carry out.\n";

enum unit_state { STOPPED, STARTING, READY, STOPPING, FAILED };
static const char *const state_names[] = {"stopped", "starting", "ready", "stopping", "failed"};

struct init;

struct unit {
	struct init *init;
	const struct plan *plan;
	size_t handed_count;
	struct handed handed[FDS_MAX]; /* the plan's sockets, then what the unit has put into the store */
	bool wanted;
	int quick; /* deaths soon after the start, in a row */
	enum unit_state state;
	pid_t pid;
	unsigned starts;
	int64_t started_ms;
	int asker;      /* a command's connection that waits for this unit, or -1 */
	unsigned asked; /* it wants to see more starts than this */
	struct loop_timer again, dog, patience;
};

struct init {
	struct loop *loop;
	struct arena arena;
	const char *state;
	struct plan plans[UNITS_MAX];
	struct unit unit[UNITS_MAX];
	size_t count;
	int notify, sock, all_asker;
	bool ending;
	int status;
};

static void advance(struct init *in);
static void unit_start(void *user);

/* ---- State, for tests and for whoever waits ---- */

static void state_write(const struct init *in)
{
	char *text = NULL, *path = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	for (size_t i = 0; i < in->count; i++) {
		const struct unit *u = &in->unit[i];
		(void)fprintf(f, "%s %d %u %s\n", u->plan->name, (int)u->pid, u->starts,
			      state_names[u->state]);
	}
	(void)fclose(f);
	if (asprintf(&path, "%s.new", in->state) > 0) {
		int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		if (fd < 0 || file_write_all(fd, text, len) < 0 || close(fd) < 0 ||
		    rename(path, in->state) < 0)
			log_warn("%s: %m", in->state);
	}
	free(path);
	free(text);
}

static void tell(int *asker, const char *word)
{
	if (*asker < 0)
		return;
	(void)send(*asker, word, strlen(word), MSG_NOSIGNAL);
	(void)close(*asker);
	*asker = -1;
}

static void unit_enter(struct unit *u, enum unit_state state)
{
	u->state = state;
	state_write(u->init);
	if (state == FAILED)
		tell(&u->asker, "failed");
	else if (u->wanted ? state == READY && u->starts > u->asked : state == STOPPED)
		tell(&u->asker, "ok");
	advance(u->init);
}

/* ---- Processes ---- */

static void child_env(const struct unit *u)
{
	char *text, *save, name[16 * 32] = "", number[32];
	size_t len, at = 0;
	if (u->plan->env_file && file_read(u->plan->env_file, 1 << 16, &text, &len) == 0)
		for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
			(void)putenv(line);
	for (size_t i = 0; i < u->plan->env_count; i++)
		(void)putenv(u->plan->env[i]);
	for (size_t i = 0; i < u->handed_count; i++)
		at += (size_t)snprintf(name + at, sizeof name - at, "%s%s", i ? ":" : "", u->handed[i].name);
	(void)snprintf(number, sizeof number, "%zu", u->handed_count);
	(void)setenv("LISTEN_FDS", number, 1);
	(void)setenv("LISTEN_FDNAMES", name, 1);
	(void)snprintf(number, sizeof number, "%d", (int)getpid());
	(void)setenv("LISTEN_PID", number, 1);
	if (u->plan->watchdog_ms > 0) {
		(void)setenv("WATCHDOG_PID", number, 1);
		(void)snprintf(number, sizeof number, "%d000", u->plan->watchdog_ms);
		(void)setenv("WATCHDOG_USEC", number, 1);
	}
}

/* Descriptors are first moved out of the way of the places that they shall have. */
static void child_fds(const struct unit *u)
{
	int high[FDS_MAX];
	for (size_t i = 0; i < u->handed_count; i++)
		high[i] = fcntl(u->handed[i].fd, F_DUPFD_CLOEXEC, SERVICE_FD_FIRST + FDS_MAX);
	for (size_t i = 0; i < u->handed_count; i++)
		(void)dup2(high[i], SERVICE_FD_FIRST + (int)i);
}

_Noreturn static void child_run(const struct unit *u)
{
	sigset_t none;
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (u->plan->log) {
		int fd = open(u->plan->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
		if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
			log_fatal("%s: %s: %m", u->plan->name, u->plan->log);
	}
	child_env(u);
	child_fds(u);
	(void)execvp(u->plan->words[0], (char *const *)u->plan->words);
	log_fatal("%s: %s: %m", u->plan->name, u->plan->words[0]);
}

static void dog_bites(void *user)
{
	struct unit *u = user;
	log_warn("%s: no WATCHDOG=1 for %d ms, killed", u->plan->name, u->plan->watchdog_ms);
	(void)kill(u->pid, SIGKILL);
}

static void dog_feed(struct unit *u)
{
	if (u->plan->watchdog_ms > 0)
		loop_arm(u->init->loop, &u->dog, u->plan->watchdog_ms, dog_bites, u);
}

static void unit_start(void *user)
{
	struct unit *u = user;
	if (u->pid > 0 || u->init->ending || !u->wanted)
		return;
	u->pid = fork();
	if (u->pid == 0)
		child_run(u);
	if (u->pid < 0)
		log_fatal("fork: %m");
	u->starts++;
	u->started_ms = clock_mono_ms();
	dog_feed(u);
	unit_enter(u, u->plan->notify || u->plan->once ? STARTING : READY);
}

static void lose_patience(void *user)
{
	struct unit *u = user;
	log_warn("%s: still running %d ms after SIGTERM, killed", u->plan->name, STOP_MS);
	(void)kill(-u->pid, SIGKILL);
}

static void unit_stop(struct unit *u)
{
	u->wanted = false;
	loop_disarm(u->init->loop, &u->again);
	if (u->pid <= 0) {
		unit_enter(u, STOPPED);
		return;
	}
	(void)kill(u->pid, SIGTERM);
	loop_arm(u->init->loop, &u->patience, STOP_MS, lose_patience, u);
	unit_enter(u, STOPPING);
}

/* As systemd does it: the store outlives every death, but not the unit's being stopped. */
static void store_clear(struct unit *u)
{
	while (u->handed_count > u->plan->listen_count)
		(void)close(u->handed[--u->handed_count].fd);
}

static void unit_died(struct unit *u, int status)
{
	struct loop *l = u->init->loop;
	bool well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	loop_disarm(l, &u->dog);
	loop_disarm(l, &u->patience);
	u->pid = 0;
	if (!u->wanted) {
		store_clear(u);
		unit_enter(u, STOPPED);
	} else if (u->plan->once) {
		unit_enter(u, well ? READY : FAILED);
	} else if (u->plan->no_restart) {
		unit_enter(u, well ? STOPPED : FAILED);
	} else {
		u->quick = clock_mono_ms() - u->started_ms < QUICK_MS ? u->quick + 1 : 0;
		int64_t wait_ms =
			u->quick > QUICK_MAX && u->plan->delay_ms < QUICK_MS ? QUICK_MS : u->plan->delay_ms;
		u->state = STARTING;
		if (wait_ms > 0) {
			state_write(u->init);
			loop_arm(l, &u->again, wait_ms, unit_start, u);
		} else {
			unit_start(u);
		}
	}
}

static struct unit *unit_of(struct init *in, pid_t pid)
{
	for (size_t i = 0; i < in->count; i++)
		if (in->unit[i].pid == pid)
			return &in->unit[i];
	return NULL;
}

/* ---- Notifications ---- */

static void store(struct unit *u, const char *name, int fd, bool remove)
{
	for (size_t i = u->plan->listen_count; i < u->handed_count; i++) {
		if (strcmp(u->handed[i].name, name) != 0)
			continue;
		(void)close(u->handed[i].fd);
		u->handed[i--] = u->handed[--u->handed_count];
	}
	if (remove || fd < 0)
		return;
	if (u->handed_count >= FDS_MAX)
		log_fatal("%s: more than %d descriptors", u->plan->name, FDS_MAX);
	struct handed *h = &u->handed[u->handed_count++];
	h->fd = fd;
	(void)snprintf(h->name, sizeof h->name, "%s", name);
}

static void notified(struct unit *u, char *text, int fd)
{
	const char *name = "stored";
	bool keep = false, drop = false, ready = false;
	char *save;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		ready |= strcmp(line, "READY=1") == 0;
		keep |= strcmp(line, "FDSTORE=1") == 0;
		drop |= strcmp(line, "FDSTOREREMOVE=1") == 0;
		if (strcmp(line, "WATCHDOG=1") == 0)
			dog_feed(u);
		if (strncmp(line, "FDNAME=", 7) == 0)
			name = line + 7;
	}
	if (keep || drop)
		store(u, name, keep ? fd : -1, drop);
	if (fd >= 0 && !keep)
		(void)close(fd);
	if (ready && u->state == STARTING)
		unit_enter(u, READY);
}

static void notify_read(void *user, uint32_t events)
{
	struct init *in = user;
	char text[512],
		room[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
	(void)events;
	for (;;) {
		struct iovec v = {text, sizeof text - 1};
		struct msghdr m = {
			.msg_iov = &v, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
		ssize_t got = recvmsg(in->notify, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		struct ucred who = {.pid = -1};
		int fd = -1;
		if (got < 0)
			return;
		text[got] = '\0';
		for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
			if (c->cmsg_type == SCM_CREDENTIALS)
				memcpy(&who, CMSG_DATA(c), sizeof who);
			if (c->cmsg_type == SCM_RIGHTS)
				memcpy(&fd, CMSG_DATA(c), sizeof fd);
		}
		struct unit *u = who.pid > 0 ? unit_of(in, who.pid) : NULL;
		if (u)
			notified(u, text, fd);
		else if (fd >= 0)
			(void)close(fd);
	}
}

/* ---- Commands ---- */

static struct unit *unit_named(struct init *in, const char *name)
{
	for (size_t i = 0; i < in->count; i++)
		if (strcmp(in->unit[i].plan->name, name) == 0)
			return &in->unit[i];
	return NULL;
}

static void command_unit(struct unit *u, const char *verb, int asker)
{
	bool kills = strcmp(verb, "kill") == 0, restarts = strcmp(verb, "restart") == 0;
	tell(&u->asker, "overtaken");
	u->asker = asker;
	u->asked = kills || restarts ? u->starts : 0;
	if (strcmp(verb, "stop") == 0) {
		unit_stop(u);
		return;
	}
	if (strcmp(verb, "hup") == 0)
		(void)kill(u->pid, SIGHUP);
	else if (strcmp(verb, "wait") != 0)
		u->wanted = true;
	if ((kills || restarts) && u->pid > 0)
		(void)kill(u->pid, kills ? SIGKILL : SIGTERM);
	else if (u->pid <= 0 && u->wanted)
		unit_start(u);
	if (u->asker >= 0)
		unit_enter(u, u->state); /* it may be so already */
}

static bool all_ready(const struct init *in)
{
	for (size_t i = 0; i < in->count; i++)
		if (in->unit[i].wanted && in->unit[i].state != READY)
			return false;
	return true;
}

static void command_read(void *user, uint32_t events)
{
	struct init *in = user;
	char text[256], *save;
	(void)events;
	int asker = accept4(in->sock, NULL, NULL, SOCK_CLOEXEC);
	ssize_t got = asker < 0 ? -1 : recv(asker, text, sizeof text - 1, 0);
	if (got <= 0) {
		if (asker >= 0)
			(void)close(asker);
		return;
	}
	text[got] = '\0';
	char *verb = strtok_r(text, " ", &save), *name = strtok_r(NULL, " ", &save);
	struct unit *u = name ? unit_named(in, name) : NULL;
	if (u) {
		command_unit(u, verb, asker);
	} else if (verb && !name && strcmp(verb, "wait") == 0) {
		tell(&in->all_asker, "overtaken");
		in->all_asker = asker;
		advance(in);
	} else {
		tell(&asker, "no such unit or command");
	}
}

static int command_ask(const char *state, char **words)
{
	char path[108], text[256], answer[64] = "";
	(void)snprintf(path, sizeof path, "%s.sock", state);
	(void)snprintf(text, sizeof text, "%s%s%s", words[0], words[1] ? " " : "", words[1] ? words[1] : "");
	int sock = service_connect(path);
	if (sock < 0)
		log_fatal("%s: %s", path, strerror(-sock));
	(void)fcntl(sock, F_SETFL, 0);
	if (send(sock, text, strlen(text), MSG_NOSIGNAL) < 0 || recv(sock, answer, sizeof answer - 1, 0) <= 0)
		log_fatal("%s: no answer", path);
	if (strcmp(answer, "ok") == 0)
		return 0;
	log_error("%s: %s", text, answer);
	return 2;
}

/* ---- Start and end ---- */

/* Starts the next unit when all before it are ready; at the end stops the last that still runs. */
static void advance(struct init *in)
{
	if (in->ending) {
		for (size_t i = in->count; i-- > 0;) {
			if (in->unit[i].pid <= 0)
				continue;
			if (in->unit[i].state != STOPPING)
				unit_stop(&in->unit[i]);
			return;
		}
		loop_stop(in->loop);
		return;
	}
	for (size_t i = 0; i < in->count; i++) {
		struct unit *u = &in->unit[i];
		if (u->state == FAILED && u->plan->once) {
			log_error("%s: failed", u->plan->name);
			in->status = 1;
			in->ending = true;
			advance(in);
			return;
		}
		if (u->starts == 0 && u->wanted) {
			unit_start(u);
			return;
		}
		if (u->wanted && u->state != READY)
			return;
	}
	if (all_ready(in))
		tell(&in->all_asker, "ok");
}

static void signalled(void *user, int number)
{
	struct init *in = user;
	int status;
	if (number != SIGCHLD) {
		in->ending = true;
		advance(in);
		return;
	}
	notify_read(in, 0); /* what the dead one said last, a stored descriptor above all, still counts */
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
		struct unit *u = unit_of(in, pid);
		if (u)
			unit_died(u, status);
	}
	if (in->ending)
		advance(in);
}

static void sockets_open(struct init *in)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	char path[108];
	int on = 1;
	(void)snprintf(at.sun_path, sizeof at.sun_path, "%s.notify", in->state);
	(void)unlink(at.sun_path);
	in->notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (in->notify < 0 || bind(in->notify, (struct sockaddr *)&at, sizeof at) < 0 ||
	    chmod(at.sun_path, 0666) < 0 ||
	    setsockopt(in->notify, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0)
		log_fatal("%s: %m", at.sun_path);
	(void)setenv("NOTIFY_SOCKET", at.sun_path, 1);
	(void)snprintf(path, sizeof path, "%s.sock", in->state);
	in->sock = service_listen(path, 0600);
	if (in->sock < 0)
		log_fatal("%s: %s", path, strerror(-in->sock));
	(void)loop_watch(in->loop, in->notify, EPOLLIN, notify_read, in);
	(void)loop_watch(in->loop, in->sock, EPOLLIN, command_read, in);
}

static void units_make(struct init *in, const char *path)
{
	in->count = plan_read(path, &in->arena, in->plans);
	for (size_t i = 0; i < in->count; i++) {
		struct unit *u = &in->unit[i];
		*u = (struct unit){.init = in, .plan = &in->plans[i], .wanted = true, .asker = -1};
		u->handed_count = u->plan->listen_count;
		memcpy(u->handed, u->plan->listen, sizeof u->handed);
	}
}

static int run(const char *state, const char *units)
{
	static struct init in;
	static const int signals[] = {SIGTERM, SIGINT, SIGCHLD, 0};
	in = (struct init){.loop = loop_new(), .state = state, .all_asker = -1};
	units_make(&in, units);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	loop_signals(in.loop, signals, signalled, &in);
	sockets_open(&in);
	advance(&in);
	loop_run(in.loop);
	loop_free(in.loop);
	arena_clear(&in.arena);
	return in.status;
}

int main(int argc, char **argv)
{
	log_open("init");
	if (argc >= 2 && strcmp(argv[1], "--help") == 0) {
		(void)fputs(usage, stdout);
		return 0;
	}
	if (argc < 4 || argc > 5 || strcmp(argv[1], "-s") != 0) {
		(void)fputs(usage, stderr);
		return 2;
	}
	static const char *const verbs[] = {"wait", "start", "stop", "restart", "kill", "hup"};
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (strcmp(argv[3], verbs[i]) == 0)
			return command_ask(argv[2], argv + 3);
	return run(argv[2], argv[3]);
}
