/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `setup`: from the shipped configuration to the school's own, in mode observe. What people wrote is never lost: a
 * configuration that differs from the shipped one is only replaced with --force, and kept beside the new one; a new one with a
 * fault stays a draft. Nothing is switched on here: that is one command of the system's, and it is printed.
 */
#include "ctl/setup.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "ctl/edit.h"
#include "ctl/firewall.h"

#define SHIPPED "/usr/share/trygg/shipped/trygg.conf"
#define INSTALLED "/etc/trygg/trygg.conf"
#define SOCKET_FOLDER "/etc/systemd/system/trygg-help.socket.d"

enum { CONF_FILE_MAX = 4 << 20 };

const struct ctl_verb setup_verbs[] = {
	{
		.name = "setup",
		.operands = "",
		.own_conf = true,
		.options =
			{
				[SETUP_INTERFACES] = {"--interfaces", "LIST",
						      "towards the pupils: lan0, lan1"},
				[SETUP_SCHOOL] = {"--school", "NAME", "name of the school"},
				[SETUP_MUNICIPALITY] = {"--municipality", "NAME", "and of its municipality"},
				[SETUP_PRIMARY] = {"--primary", "LIST", "networks of primary school"},
				[SETUP_LOWER_SECONDARY] = {"--lower-secondary", "LIST",
							   "of lower secondary school"},
				[SETUP_UPPER_SECONDARY] = {"--upper-secondary", "LIST",
							   "of upper secondary school"},
				[SETUP_STAFF] = {"--staff", "LIST", "of staff"},
				[SETUP_GUEST] = {"--guest", "LIST", "of guests"},
				[SETUP_HELP_ADDRESSES] =
					{"--help-addresses", "LIST",
					 "addresses of this gateway for the help page alone"},
				[SETUP_HELP_NAME] = {"--help-name", "NAME", "its public name, if it has one"},
				[SETUP_LANGUAGES] = {"--languages", "LIST",
						     "of the pages: nb, nn, en; the first serves all others"},
				[SETUP_NURSE] = {"--nurse", "PERSON",
						 "school nurse: \"Kari Nordmann, tu 09:00-14:00\""},
				[SETUP_COUNSELLOR] = {"--counsellor", "PERSON", "likewise"},
				[SETUP_INFORMED] = {"--informed", "DATE",
						    "when pupils, parents and staff were informed"},
				[SETUP_RESOLVERS] = {"--resolvers", "LIST", "the school's own resolvers"},
				[SETUP_FROM] = {"--from", "FILE", "instead of " SHIPPED},
				[SETUP_FORCE] =
					{"--force", NULL,
					 "replace a configuration that somebody wrote; it is kept aside"},
				[SETUP_SUMMARY] = {"--summary", NULL,
						   "only tell what observe mode has let pass so far"},
			},
		.what = "the first hour: asks, or takes flags, and writes a configuration that only observes",
		.run = setup_run,
	},
	{
		.name = "enforce",
		.operands = "",
		.options = {{"--off", NULL, "back to only observing"}},
		.what = "turn the filter on: from observing to stopping",
		.run = enforce_run,
	},
};
const size_t setup_verb_count = sizeof setup_verbs / sizeof setup_verbs[0];

static enum ctl_exit failed(const char *path, int rc)
{
	(void)fprintf(stderr, "tryggctl: %s: %s\n", path, strerror(-rc));
	return CTL_FAILED;
}

int setup_put(const char *path, const char *suffix, const char *text)
{
	char real[PATH_MAX], to[PATH_MAX];
	struct stat st;
	if (!realpath(path, real))
		(void)snprintf(real, sizeof real, "%s", path);
	if (snprintf(to, sizeof to, "%s%s", real, suffix) >= (int)sizeof to)
		return -ENAMETOOLONG;
	return file_replace(to, stat(real, &st) == 0 ? st.st_mode & 07777 : 0644, text, strlen(text));
}

/* What somebody wrote stays, under a name that says when. */
static int keep_aside(const struct ctl *c, const char *old)
{
	char suffix[CLOCK_TEXT_SIZE + 16], now[CLOCK_TEXT_SIZE];
	clock_text(clock_wall_ms(), now);
	(void)snprintf(suffix, sizeof suffix, ".before-%.23s", now);
	int rc = setup_put(c->conf_path, suffix, old);
	if (rc == 0)
		(void)printf("the configuration of before is kept as %s%s\n", c->conf_path, suffix);
	return rc;
}

enum ctl_exit setup_replace(struct ctl *c, const char *text, const char *aside)
{
	char draft[PATH_MAX], real[PATH_MAX];
	if (!realpath(c->conf_path, real))
		(void)snprintf(real, sizeof real, "%s", c->conf_path);
	int rc = setup_put(c->conf_path, ".draft", text);
	if (rc < 0 || snprintf(draft, sizeof draft, "%s.draft", real) >= (int)sizeof draft)
		return failed(real, rc);
	struct ctl probe = {.conf_path = draft};
	enum ctl_exit said = check_run(&probe);
	conf_free(probe.conf);
	if (said != CTL_YES) {
		(void)fprintf(stderr, "nothing was changed; what would have been written is in %s\n", draft);
		return said;
	}
	rc = aside ? keep_aside(c, aside) : 0;
	if (rc == 0)
		rc = setup_put(c->conf_path, "", text);
	(void)unlink(draft);
	return rc < 0 ? failed(real, rc) : CTL_YES;
}

/* Reads the shipped text, and refuses to go over what somebody wrote. *old is NULL where there was none. */
static enum ctl_exit read_texts(struct ctl *c, char **text, char **old)
{
	size_t len = 0;
	const char *from = c->value[SETUP_FROM] ? c->value[SETUP_FROM] : SHIPPED;
	int rc = file_read(from, CONF_FILE_MAX, text, &len);
	if (rc < 0)
		return failed(from, rc);
	rc = file_read(c->conf_path, CONF_FILE_MAX, old, &len);
	if (rc == -ENOENT)
		return CTL_YES;
	if (rc < 0)
		return failed(c->conf_path, rc);
	if (strcmp(*old, *text) != 0 && !c->value[SETUP_FORCE]) {
		(void)fprintf(stderr,
			      "tryggctl: %s is not as it was shipped: somebody has written in it. --force "
			      "replaces it and keeps it beside the new one\n",
			      c->conf_path);
		return CTL_FAILED;
	}
	return CTL_YES;
}

/* systemd opens the addresses of the help page, because the program behind them may not. */
static int tell_socket(const struct conf *conf)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	if (!out)
		return -ENOMEM;
	(void)fputs("# Written by tryggctl setup: help.addresses of trygg.conf.\n[Socket]\nListenStream=\n",
		    out);
	for (size_t i = 0; i < conf->help.address_count; i++) {
		char address[ADDRESS_TEXT_SIZE];
		address_text(&conf->help.addresses[i], address);
		bool six = conf->help.addresses[i].family == 6;
		(void)fprintf(out, "ListenStream=%s%s%s:80\n", six ? "[" : "", address, six ? "]" : "");
	}
	int rc = fclose(out) == 0 ? file_mkdirs(SOCKET_FOLDER, 0755) : -ENOMEM;
	if (rc == 0)
		rc = file_replace(SOCKET_FOLDER "/addresses.conf", 0644, text, len);
	free(text);
	return rc;
}

static void tell_next(const struct ctl *c)
{
	size_t suspects = setup_resolvers(c->conf, stdout);
	(void)printf(
		"\nWritten: %s, in mode observe: what rules would stop passes and is counted, but for "
		"mandatory\ncategories. %sThe rules above are added to the firewall when it starts, and "
		"`tryggctl firewall\nremove` takes away exactly these.\n\n"
		"  systemctl enable --now trygg.target    start\n"
		"  tryggctl status                        is it well?\n"
		"  tryggctl setup --summary               after some days: what would have been stopped\n"
		"  tryggctl enforce                       turn it on; enforce --off goes back\n",
		c->conf_path,
		suspects ? "What asks for others (above) is better named before it starts.\n" : "");
}

/* The new configuration is in place. */
static enum ctl_exit finish(struct ctl *c)
{
	if (conf_load(c->conf_path, ctl_problem, NULL, &c->conf) < 0)
		return CTL_FAILED;
	if (strcmp(c->conf_path, INSTALLED) == 0) {
		int rc = tell_socket(c->conf);
		if (rc < 0)
			return failed(SOCKET_FOLDER, rc);
	}
	enum ctl_exit rc = compile_run(c);
	if (rc != CTL_YES)
		return rc;
	struct ctl show = {.conf_path = c->conf_path, .conf = c->conf};
	(void)printf("\nThe firewall rules that are added:\n");
	rc = firewall_show_run(&show);
	if (rc == CTL_YES)
		tell_next(c);
	return rc;
}

static enum ctl_exit write_conf(struct ctl *c, const char *const *answer)
{
	char *text = NULL, *old = NULL;
	enum ctl_exit said = read_texts(c, &text, &old);
	int rc = 0;
	if (said == CTL_YES && (rc = setup_apply(answer, &text)) == 0)
		rc = edit_set_text(&text, "rules.mode", "observe");
	if (said == CTL_YES && rc < 0)
		said = rc == -EINVAL ? CTL_FAILED : failed("the shipped configuration", rc);
	if (said == CTL_YES)
		said = setup_replace(c, text, old);
	free(text);
	free(old);
	return said;
}

enum ctl_exit setup_run(struct ctl *c)
{
	char *asked[SETUP_ANSWERS] = {0};
	const char *answer[SETUP_ANSWERS];
	bool flags = false;
	enum ctl_exit rc = CTL_FAILED;
	if (c->value[SETUP_SUMMARY]) {
		if (conf_load(c->conf_path, ctl_problem, NULL, &c->conf) < 0)
			return CTL_FAILED;
		return setup_summary(c);
	}
	for (int i = 0; i < SETUP_ANSWERS; i++)
		flags |= c->value[i] != NULL;
	if (!flags && setup_ask(asked, stdin, stdout) < 0)
		goto out;
	for (int i = 0; i < SETUP_ANSWERS; i++)
		answer[i] = c->value[i] ? c->value[i] : asked[i];
	rc = write_conf(c, answer);
	if (rc == CTL_YES)
		rc = finish(c);
out:
	for (int i = 0; i < SETUP_ANSWERS; i++)
		free(asked[i]);
	return rc;
}
