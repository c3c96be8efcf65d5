/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `firewall watch`: looks again whenever the kernel says that rules changed (nf_tables tells; the tables of old do not, so it
 * also looks every two seconds there), puts ours back and has keeper record the gap.
 */
#include <errno.h>
#include <limits.h>
#include <linux/netlink.h>
#include <linux/netfilter/nfnetlink.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/service.h"
#include "ctl/ctl.h"
#include "ctl/firewall.h"
#include "wire/control.h"

enum { LOOK_MS = 2000, LOOK_TOLD_MS = 30000, SETTLE_MS = 20, KEEPER_WAIT_MS = 2000, GAP_MAX = 255 };

_Static_assert((int)GAP_MAX < (int)sizeof(((struct control_request *)0)->text), "a gap fits a request");

struct watch {
	struct ctl *ctl; /* its configuration is replaced when somebody applied another one, or on SIGHUP */
	struct loop *loop;
	struct loop_timer timer;
	int events;        /* netlink socket, -1 when there is none */
	int every_ms;      /* looks without an event */
	int64_t intact_ms; /* monotonic: when the rules were last seen whole; 0: not by this process */
	unsigned away;     /* how often the rules were away since keeper last recorded it */
	int64_t away_ms;   /* for how long in all, at most */
	bool was_changed;  /* they were found changed when this watch began */
	bool has_gap;      /* the gap's file is there */
	char earlier[100]; /* what an earlier watch left in it */
};

static int open_events(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER);
	struct sockaddr_nl address = {.nl_family = AF_NETLINK};
	int group = NFNLGRP_NFTABLES;
	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* A gap is kept in a file until keeper has recorded it: keeper may be away, and so may we be before it is back. */
static void gap_path(const struct watch *w, char path[PATH_MAX])
{
	(void)snprintf(path, PATH_MAX, "%s/firewall.gap", w->ctl->conf->gateway.run_folder);
}

/* The folder is our programs' too: what another user put there, or a link, is not read with our rights. */
static int read_gap(const char *file, char **text, size_t *len)
{
	struct stat st;
	if (lstat(file, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid())
		return -EPERM;
	return file_read(file, GAP_MAX, text, len);
}

static void report_gap(struct watch *w)
{
	struct control_request request = {.magic = CONTROL_MAGIC, .verb = CONTROL_GAP};
	struct control_answer answer;
	char file[PATH_MAX], path[256], *text = NULL;
	size_t len = 0;
	gap_path(w, file);
	if (!w->has_gap || read_gap(file, &text, &len) < 0)
		return;
	memcpy(request.text, text, len);
	free(text);
	conf_socket(w->ctl->conf, "keeper-control", -1, path, sizeof path);
	if (control_ask(path, &request, KEEPER_WAIT_MS, &answer) < 0 || answer.status != 0) {
		log_warn("the gap could not be recorded, keeper does not answer on %s", path);
		return;
	}
	(void)unlink(file);
	w->has_gap = w->was_changed = false;
	w->away = 0;
	w->away_ms = 0;
	w->earlier[0] = '\0';
}

static void write_gap(struct watch *w)
{
	char file[PATH_MAX], text[GAP_MAX], often[32] = "";
	if (w->away > 1)
		(void)snprintf(often, sizeof often, " %u times", w->away);
	int n = snprintf(text, sizeof text, "firewall: rules%s",
			 w->was_changed ? " found changed when the watch began" : "");
	if (w->away > 0)
		n += snprintf(text + n, sizeof text - (size_t)n, "%s away%s for at most %lld ms%s",
			      w->was_changed ? ", then" : "", often, (long long)w->away_ms,
			      w->away > 1 ? " in all" : "");
	if (w->earlier[0] != '\0')
		n += snprintf(text + n, sizeof text - (size_t)n, "; before: %s", w->earlier);
	gap_path(w, file);
	int rc = file_replace(file, 0600, text, (size_t)n);
	if (rc < 0)
		log_error("%s: %s; %s", file, strerror(-rc), text);
	w->has_gap = rc == 0;
}

/* What is told about rules that had to be put back; nothing when they were never there. */
static void note_gap(struct watch *w, bool was_applied)
{
	if (w->intact_ms > 0) {
		w->away++;
		w->away_ms += clock_mono_ms() - w->intact_ms;
	} else if (was_applied) {
		w->was_changed = true;
	} else {
		return;
	}
	write_gap(w);
}

/* A gap that an earlier watch could not hand over comes before anything of ours. */
static void take_over_gap(struct watch *w)
{
	char file[PATH_MAX], *text = NULL;
	size_t len = 0;
	gap_path(w, file);
	w->has_gap = read_gap(file, &text, &len) == 0;
	if (w->has_gap)
		(void)snprintf(w->earlier, sizeof w->earlier, "%s", text);
	free(text);
	report_gap(w);
}

static void restore(struct watch *w, struct findings *f)
{
	bool was_applied = firewall_was_applied(w->ctl->conf);
	char why[160];
	(void)snprintf(why, sizeof why, "%.*s", (int)strcspn(f->text, "\n"), f->text);
	*f = (struct findings){0};
	if (firewall_apply(w->ctl->conf, firewall_pick(), f) < 0) {
		log_error("the rules could not be put in place: %.*s", (int)strcspn(f->text, "\n"), f->text);
		return;
	}
	if (was_applied)
		log_warn("the rules are back in place; what was wrong: %s", why);
	else
		log_info("the rules are in place");
	note_gap(w, was_applied);
	w->intact_ms = clock_mono_ms();
}

/* A configuration that cannot be read now leaves the one we have. */
static void take_configuration(struct watch *w)
{
	struct conf *fresh = NULL;
	if (conf_load(w->ctl->conf_path, ctl_problem, NULL, &fresh) < 0) {
		log_warn("the configuration cannot be used; the rules stay as they were");
		return;
	}
	conf_free(w->ctl->conf);
	w->ctl->conf = fresh;
}

static void look(void *user)
{
	struct watch *w = user;
	struct findings *f = calloc(1, sizeof *f);
	int lock = firewall_lock(w->ctl->conf);
	int rc = f ? firewall_check_own(w->ctl->conf, f) : -ENOMEM;
	if (rc == 0 && f->other) { /* somebody applied another one */
		take_configuration(w);
		*f = (struct findings){0};
		rc = firewall_check_own(w->ctl->conf, f);
	}
	if (rc == 0 && f->broken == 0)
		w->intact_ms = clock_mono_ms();
	else if (f)
		restore(w, f);
	free(f);
	if (lock >= 0)
		(void)close(lock);
	report_gap(w);
	loop_arm(w->loop, &w->timer, w->has_gap ? LOOK_MS : w->every_ms, look, w);
}

static void on_event(void *user, uint32_t events)
{
	struct watch *w = user;
	char buffer[65536];
	(void)events;
	while (recv(w->events, buffer, sizeof buffer, 0) > 0)
		;
	loop_arm(w->loop, &w->timer, SETTLE_MS, look, w); /* changes come in bursts */
}

static void on_signal(void *user, int signal)
{
	struct watch *w = user;
	if (signal != SIGHUP) {
		loop_stop(w->loop);
		return;
	}
	take_configuration(w);
	loop_arm(w->loop, &w->timer, 0, look, w);
}

enum ctl_exit firewall_watch_run(struct ctl *c)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP, 0};
	struct watch w = {.ctl = c, .loop = loop_new(), .events = open_events()};
	struct findings f = {0};
	if (c->conf->inspect.interfaces.count == 0) {
		(void)fprintf(stderr,
			      "%s: inspect.interfaces: is empty, name the interfaces towards the pupils\n",
			      c->conf_path);
		loop_free(w.loop);
		return CTL_FAILED;
	}
	loop_signals(w.loop, signals, on_signal, &w);
	w.every_ms = w.events >= 0 && firewall_kernel_tells() ? LOOK_TOLD_MS : LOOK_MS;
	if (w.events >= 0)
		(void)loop_watch(w.loop, w.events, EPOLLIN, on_event, &w);
	take_over_gap(&w);
	look(&w);
	firewall_check_help(c->conf, &f);
	if (f.count)
		log_warn("%s", f.text);
	(void)service_notify("READY=1\nSTATUS=watching the rules that feed the queue");
	loop_run(w.loop);
	if (w.events >= 0) {
		loop_unwatch(w.loop, w.events);
		(void)close(w.events);
	}
	loop_free(w.loop);
	return CTL_YES;
}
