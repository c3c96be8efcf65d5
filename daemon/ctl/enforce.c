/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `enforce`: one word of the configuration, then the same reload as ever. The file is checked before it takes the place of the
 * old one, and the old one comes back when a program refuses it. The firewall is another one in mode observe (it lets 853 and
 * QUIC pass), so it follows where it is in place.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "ctl/edit.h"
#include "ctl/firewall.h"
#include "ctl/parts.h"
#include "ctl/setup.h"

enum { CONF_FILE_MAX = 4 << 20, ASK_MS = 2000 };

static void quiet(void *user, const char *file, int line, const char *text)
{
	(void)user;
	(void)file;
	(void)line;
	(void)text;
}

/* Whether the text says the mode now; it does not where `rules` stands in an included file. */
static bool says(const struct ctl *c, const char *text, bool observe)
{
	struct conf *conf = NULL;
	bool yes = conf_load_text(c->conf_path, span_text(text), quiet, NULL, &conf) == 0 &&
		   conf->rules.observe == observe;
	conf_free(conf);
	return yes;
}

static bool running(const struct conf *conf)
{
	struct parts parts;
	if (parts_init(&parts, conf) < 0)
		return false;
	size_t answered = parts_ask(&parts, conf, CONTROL_STATUS, ASK_MS);
	parts_clear(&parts);
	return answered > 0;
}

/* Takes the new file into use; the old text comes back where that fails. */
static enum ctl_exit take_into_use(struct ctl *c, const char *old)
{
	struct conf *before = c->conf;
	c->conf = NULL;
	if (conf_load(c->conf_path, ctl_problem, NULL, &c->conf) < 0) {
		c->conf = before;
		return CTL_FAILED;
	}
	bool runs = running(before);
	conf_free(before);
	enum ctl_exit rc = runs ? reload_run(c) : CTL_YES;
	if (rc != CTL_YES) {
		int back = setup_put(c->conf_path, "", old);
		(void)fprintf(stderr, "%s %s\n", c->conf_path,
			      back == 0 ? "is as it was" : "could not be put back");
		return rc;
	}
	if (geteuid() == 0 && firewall_was_applied(c->conf))
		rc = firewall_apply_run(c);
	if (!runs)
		(void)printf("no program of Trygg runs here; it counts from the next start on\n");
	return rc;
}

enum ctl_exit enforce_run(struct ctl *c)
{
	bool observe = c->value[0] != NULL;
	const char *word = observe ? "observe" : "enforce";
	char *text = NULL, *old = NULL;
	size_t len = 0;
	enum ctl_exit rc = CTL_FAILED;
	if (c->conf->rules.observe == observe) {
		(void)printf("rules.mode is %s already\n", word);
		return CTL_YES;
	}
	int error = file_read(c->conf_path, CONF_FILE_MAX, &text, &len);
	if (error == 0 && !(old = strdup(text)))
		error = -ENOMEM;
	if (error == 0)
		error = edit_set_text(&text, "rules.mode", word);
	if (error < 0 || !says(c, text, observe)) {
		(void)fprintf(stderr,
			      "tryggctl: rules.mode cannot be set in %s%s%s: set it by hand, then "
			      "tryggctl reload\n",
			      c->conf_path, error < 0 ? ", " : "", error < 0 ? strerror(-error) : "");
		goto out;
	}
	rc = setup_replace(c, text, NULL);
	if (rc == CTL_YES)
		rc = take_into_use(c, old);
	if (rc == CTL_YES)
		(void)printf("rules.mode is %s now. Back again: tryggctl enforce%s\n", word,
			     observe ? "" : " --off");
out:
	free(text);
	free(old);
	return rc;
}
