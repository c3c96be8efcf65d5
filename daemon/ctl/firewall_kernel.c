/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's side: by nft, or iptables and ip6tables. What was put in place is kept beside the sockets (`firewall` in the
 * run folder): the text we wrote and what the tools said right afterwards. A later look compares with that, because each
 * version of the tools spells rules in its own way.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "ctl/firewall.h"
#include "ctl/run.h"

enum { STATE_MAX = 1 << 20 };

static const char *const save_tools[] = {"iptables-save", "ip6tables-save"};
static const char *const restore_tools[] = {"iptables-restore", "ip6tables-restore"};

static int tool_failed(struct run *r, const char *tool, struct findings *f)
{
	int len = (int)strcspn(r->err, "\n");
	if (r->status == 127)
		finding(f, false, "%s cannot be started: install it, or call tryggctl as root", tool);
	else
		finding(f, false, "%s says: %.*s", tool, len, r->err);
	run_clear(r);
	return -EIO;
}

enum firewall_backend firewall_pick(void)
{
	static const char probe[] = "table inet trygg_probe {\n"
				    "	chain c {\n"
				    "		type filter hook prerouting priority -140;\n"
				    "		udp dport 53 queue to 0\n"
				    "	}\n"
				    "}\n";
	struct run r;
	int rc = run(&r, (const char *const[]){"nft", "-c", "-f", "-", NULL}, probe);
	run_clear(&r);
	return rc == 0 ? BACKEND_NFT : BACKEND_IPTABLES;
}

/* The listing of one family; the caller clears r. */
static int list_iptables(int family, bool counters, struct run *r, struct findings *f)
{
	const char *tool = save_tools[family == 6];
	if (run(r, (const char *const[]){tool, counters ? "-c" : NULL, NULL}, NULL) == 0)
		return 0;
	return tool_failed(r, tool, f);
}

static int restore(int family, const char *text, struct findings *f)
{
	const char *tool = restore_tools[family == 6];
	struct run r;
	int rc = run(&r, (const char *const[]){tool, "-w", "5", "--noflush", NULL}, text);
	if (rc < 0)
		return tool_failed(&r, tool, f);
	run_clear(&r);
	return 0;
}

/*
 * The text we would write, without regard to what is there. With generation 1 it is the identity of a firewall: a reload
 * that begins another generation makes it no other one.
 */
static char *wanted_text(const struct conf *c, enum firewall_backend backend, uint8_t generation)
{
	static const struct firewall_present nothing;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	if (!out)
		return NULL;
	if (backend == BACKEND_NFT) {
		firewall_nft(c, generation, out);
	} else {
		firewall_iptables(c, generation, 4, &nothing, out);
		firewall_iptables(c, generation, 6, &nothing, out);
	}
	return fclose(out) == 0 ? text : (free(text), NULL);
}

/* What is in place now, as the tools spell it; NULL after a finding. The caller frees. */
static char *seen_text(enum firewall_backend backend, struct findings *f)
{
	struct run r;
	char *text = NULL;
	if (backend == BACKEND_NFT) {
		(void)run(&r, (const char *const[]){"nft", "-s", "list", "table", "inet", "trygg", NULL},
			  NULL);
		text = strdup(r.out);
		run_clear(&r);
		return text;
	}
	for (int family = 4; family <= 6; family += 2) {
		if (list_iptables(family, false, &r, f) < 0) {
			free(text);
			return NULL;
		}
		char *own = firewall_own_lines(r.out), *both = NULL;
		if (asprintf(&both, "%s== IPv%d\n%s", text ? text : "", family, own ? own : "") < 0)
			both = NULL;
		free(own);
		free(text);
		text = both;
		run_clear(&r);
	}
	return text;
}

static void state_path(const struct conf *c, char path[PATH_MAX])
{
	(void)snprintf(path, PATH_MAX, "%s/firewall", c->gateway.run_folder);
}

/* backend, wanted and seen text, each behind a line that begins with "== ". */
static char *state_text(enum firewall_backend backend, const char *wanted, const char *seen)
{
	char *text = NULL;
	if (asprintf(&text, "%s\n== wanted\n%s== seen\n%s", backend == BACKEND_NFT ? "nft" : "iptables",
		     wanted, seen) < 0)
		return NULL;
	return text;
}

static int write_state(const struct conf *c, enum firewall_backend backend, struct findings *f)
{
	char path[PATH_MAX];
	char *wanted = wanted_text(c, backend, 1), *seen = seen_text(backend, f);
	char *text = wanted && seen ? state_text(backend, wanted, seen) : NULL;
	state_path(c, path);
	int rc = text ? file_mkdirs(c->gateway.run_folder, 0755) : -EIO;
	if (rc == 0)
		rc = file_replace(path, 0644, text, strlen(text));
	if (rc < 0)
		finding(f, false, "%s cannot be written: %s", path, strerror(-rc));
	free(text);
	free(wanted);
	free(seen);
	return rc;
}

static void made_path(const struct conf *c, char path[PATH_MAX])
{
	(void)snprintf(path, PATH_MAX, "%s/firewall.made", c->gateway.run_folder);
}

/* Remembers which tables are not there before we come, so that `remove` leaves none behind. */
static void remember_made(const struct conf *c, int family, const char *listing)
{
	char path[PATH_MAX], table[32];
	made_path(c, path);
	if (file_mkdirs(c->gateway.run_folder, 0755) < 0)
		return;
	FILE *out = fopen(path, "ae");
	for (const char *const *t = firewall_tables; out && *t; t++) {
		(void)snprintf(table, sizeof table, "*%s\n", *t);
		if (!strstr(listing, table))
			(void)fprintf(out, "%s %s\n", family == 4 ? "ip" : "ip6", *t);
	}
	if (out)
		(void)fclose(out);
}

/* A table without rules, own chains or policies says nothing. */
static bool table_is_empty(const char *listing)
{
	return !strstr(listing, "\n-A ") && !strstr(listing, " DROP [") && !strstr(listing, " - [");
}

/* Takes away the empty tables that came with our rules. Only nf_tables can; the iptables of old has them always. */
static void remove_made(const struct conf *c)
{
	char path[PATH_MAX], family[8], table[16];
	made_path(c, path);
	FILE *in = fopen(path, "re");
	while (in && fscanf(in, "%7s %15s", family, table) == 2) {
		struct run r;
		const char *tool = save_tools[strcmp(family, "ip6") == 0];
		bool empty = run(&r, (const char *const[]){tool, "-t", table, NULL}, NULL) == 0 &&
			     table_is_empty(r.out);
		run_clear(&r);
		if (empty)
			(void)run(&r, (const char *const[]){"nft", "delete", "table", family, table, NULL},
				  NULL);
		if (empty)
			run_clear(&r);
	}
	if (in)
		(void)fclose(in);
	(void)unlink(path);
}

static int apply_iptables(const struct conf *c, int family, struct findings *f)
{
	struct run r;
	struct firewall_present present;
	char *text = NULL;
	size_t len = 0;
	if (list_iptables(family, false, &r, f) < 0)
		return -EIO;
	firewall_present_in(r.out, &present);
	remember_made(c, family, r.out);
	run_clear(&r);
	FILE *out = open_memstream(&text, &len);
	if (!out)
		return -ENOMEM;
	firewall_iptables(c, firewall_generation(c), family, &present, out);
	int rc = fclose(out) == 0 ? restore(family, text, f) : -ENOMEM;
	free(text);
	return rc;
}

static int apply_nft(const struct conf *c, struct findings *f)
{
	struct run r;
	char *text = wanted_text(c, BACKEND_NFT, firewall_generation(c));
	int rc = text ? run(&r, (const char *const[]){"nft", "-f", "-", NULL}, text) : -ENOMEM;
	free(text);
	if (rc == -EIO)
		return tool_failed(&r, "nft", f);
	if (rc == 0)
		run_clear(&r);
	return rc;
}

int firewall_lock(const struct conf *c)
{
	char path[PATH_MAX];
	(void)snprintf(path, sizeof path, "%s/firewall.lock", c->gateway.run_folder);
	if (file_mkdirs(c->gateway.run_folder, 0755) < 0)
		return -1;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0)
		while (flock(fd, LOCK_EX) < 0 && errno == EINTR)
			;
	return fd;
}

int firewall_apply(const struct conf *c, enum firewall_backend backend, struct findings *f)
{
	int rc = firewall_generation_first(c);
	if (rc < 0) {
		finding(f, false, "%s/policy cannot be written: %s", c->gateway.run_folder, strerror(-rc));
		return rc;
	}
	rc = backend == BACKEND_NFT ? apply_nft(c, f) : apply_iptables(c, 4, f);
	if (rc == 0 && backend == BACKEND_IPTABLES)
		rc = apply_iptables(c, 6, f);
	return rc < 0 ? rc : write_state(c, backend, f);
}

static int remove_iptables(int family, struct findings *f)
{
	struct run r;
	struct firewall_present present;
	char *text = NULL;
	size_t len = 0;
	if (list_iptables(family, false, &r, f) < 0)
		return -EIO;
	firewall_present_in(r.out, &present);
	run_clear(&r);
	FILE *out = open_memstream(&text, &len);
	if (!out)
		return -ENOMEM;
	firewall_iptables_remove(&present, out);
	int rc = fclose(out) == 0 ? 0 : -ENOMEM;
	if (rc == 0 && len > 0)
		rc = restore(family, text, f);
	free(text);
	return rc;
}

int firewall_remove(const struct conf *c, struct findings *f)
{
	char path[PATH_MAX];
	struct run r;
	int rc = remove_iptables(4, f);
	int rc6 = remove_iptables(6, f);
	/* Absent table, absent nft: both are fine. */
	if (run(&r, (const char *const[]){"nft", "list", "table", "inet", "trygg", NULL}, NULL) == 0) {
		run_clear(&r);
		(void)run(&r, (const char *const[]){"nft", "delete", "table", "inet", "trygg", NULL}, NULL);
	}
	run_clear(&r);
	state_path(c, path);
	(void)unlink(path);
	remove_made(c);
	return rc < 0 ? rc : rc6;
}

/* Compares with the state; false when nothing of ours was ever put in place. */
static bool check_state(const struct conf *c, enum firewall_backend *backend, struct findings *f)
{
	char path[PATH_MAX];
	char *state = NULL;
	size_t len = 0;
	state_path(c, path);
	if (file_read(path, STATE_MAX, &state, &len) < 0) {
		finding(f, true, "our rules are not in place: tryggctl firewall apply");
		return false;
	}
	*backend = strncmp(state, "nft\n", 4) == 0 ? BACKEND_NFT : BACKEND_IPTABLES;
	char *wanted = wanted_text(c, *backend, 1), *seen = seen_text(*backend, f);
	char *now = wanted && seen ? state_text(*backend, wanted, seen) : NULL;
	const char *was_seen = strstr(state, "\n== seen\n"),
		   *now_seen = now ? strstr(now, "\n== seen\n") : NULL;
	if (now_seen && was_seen && strcmp(was_seen, now_seen) != 0)
		finding(f, true, "rules of ours were changed or taken away: tryggctl firewall apply");
	f->other = now_seen && was_seen &&
		   (was_seen - state != now_seen - now || strncmp(state, now, (size_t)(now_seen - now)) != 0);
	if (f->other)
		finding(f, true,
			"the configuration has changed since the rules were put in place: tryggctl firewall "
			"apply");
	free(now);
	free(wanted);
	free(seen);
	free(state);
	return now_seen != NULL;
}

/* What is in place has got another generation, and is as whole as it was. */
static int keep_state(const struct conf *c, enum firewall_backend backend, char *state, const char *before,
		      struct findings *f)
{
	char path[PATH_MAX], *text = NULL;
	char *mark = strstr(state, "\n== seen\n");
	if (!mark || strcmp(mark + strlen("\n== seen\n"), before) != 0)
		return 0; /* it was changed already: the next look says so */
	mark[strlen("\n== seen\n")] = '\0';
	char *seen = seen_text(backend, f);
	int rc = seen && asprintf(&text, "%s%s", state, seen) >= 0 ? 0 : -EIO;
	state_path(c, path);
	if (rc == 0)
		rc = file_replace(path, 0644, text, strlen(text));
	free(text);
	free(seen);
	return rc;
}

static int put_generation(enum firewall_backend backend, const char *text, struct findings *f)
{
	struct run r;
	if (backend == BACKEND_IPTABLES) {
		int rc = restore(4, text, f);
		return rc < 0 ? rc : restore(6, text, f);
	}
	if (run(&r, (const char *const[]){"nft", "-f", "-", NULL}, text) < 0)
		return tool_failed(&r, "nft", f);
	run_clear(&r);
	return 0;
}

int firewall_generation_apply(const struct conf *c, struct findings *f)
{
	char path[PATH_MAX], *state = NULL, *text = NULL;
	size_t len = 0, size = 0;
	state_path(c, path);
	if (file_read(path, STATE_MAX, &state, &len) < 0)
		return 0;
	enum firewall_backend backend = strncmp(state, "nft\n", 4) == 0 ? BACKEND_NFT : BACKEND_IPTABLES;
	char *before = seen_text(backend, f);
	FILE *out = open_memstream(&text, &size);
	if (out && backend == BACKEND_NFT)
		firewall_nft_generation(c, firewall_generation(c), out);
	else if (out)
		firewall_iptables_generation(c, firewall_generation(c), out);
	int rc = out && fclose(out) == 0 && before ? 0 : -EIO;
	if (rc == 0)
		rc = put_generation(backend, text, f);
	if (rc == 0)
		rc = keep_state(c, backend, state, before, f);
	free(before);
	free(text);
	free(state);
	return rc;
}

static bool bridge_calls(void)
{
	char *text = NULL;
	size_t len = 0;
	bool on = file_read("/proc/sys/net/bridge/bridge-nf-call-iptables", 16, &text, &len) == 0 &&
		  text[0] == '1';
	free(text);
	return on;
}

static void check_around(const struct conf *c, struct findings *f)
{
	struct run r;
	if (run(&r, (const char *const[]){"nft", "list", "ruleset", NULL}, NULL) == 0)
		firewall_check_offload(r.out, c, f);
	run_clear(&r);
	for (size_t i = 0; i < c->inspect.interfaces.count; i++) {
		const char *name = c->inspect.interfaces.item[i];
		if (run(&r, (const char *const[]){"ip", "-d", "link", "show", "dev", name, NULL}, NULL) == 0)
			firewall_check_bridge(r.out, name, bridge_calls(), f);
		else
			finding(f, false, "interface %s is not there: see inspect.interfaces", name);
		run_clear(&r);
	}
}

int firewall_check_own(const struct conf *c, struct findings *f)
{
	enum firewall_backend backend;
	struct run r;
	bool there = check_state(c, &backend, f);
	for (int family = 4; there && backend == BACKEND_IPTABLES && family <= 6; family += 2) {
		if (list_iptables(family, false, &r, f) < 0)
			return -EIO;
		firewall_check_jumps(r.out, family, f);
		firewall_check_offload(r.out, c, f);
		run_clear(&r);
	}
	return 0;
}

int firewall_check(const struct conf *c, struct findings *f)
{
	int rc = firewall_check_own(c, f);
	check_around(c, f);
	return rc;
}

bool firewall_was_applied(const struct conf *c)
{
	char path[PATH_MAX];
	state_path(c, path);
	return access(path, F_OK) == 0;
}

bool firewall_kernel_tells(void)
{
	struct run r;
	bool tells = firewall_pick() == BACKEND_NFT;
	if (!tells) {
		(void)run(&r, (const char *const[]){"iptables", "--version", NULL}, NULL);
		tells = strstr(r.out, "nf_tables") != NULL;
		run_clear(&r);
	}
	return tells;
}
