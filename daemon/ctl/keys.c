/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `keys make KIND-NAME` makes a pair: the public half goes into duty.keys, the secret one, under a passphrase that only
 * its owner knows, into a file that is carried away from the gateway. `rotate` makes a new pair and keeps the old public
 * half beside it, so that one can still tell which boxes the old secret opens; `retire` takes a key out of use. What is
 * sealed already stays readable with the old secret, and with the recovery key.
 */
#include "ctl/keys.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "incident/box.h"

enum { PASSPHRASE_SIZE = 256, PASSPHRASE_MIN = 12, PATH_SIZE = 4096 };

static enum ctl_exit failed(const char *path, int error)
{
	(void)fprintf(stderr, "tryggctl: %s: %s\n", path, strerror(-error));
	return CTL_FAILED;
}

static void public_path(const struct ctl *c, const char *name, const char *suffix, char *out)
{
	(void)snprintf(out, PATH_SIZE, "%.3800s/%.47s%.60s", c->conf->duty.keys, name, suffix);
}

/* A line without its newline; from a terminal without an echo. */
static bool ask(const char *question, char out[static PASSPHRASE_SIZE])
{
	struct termios before, quiet;
	bool terminal = tcgetattr(STDIN_FILENO, &before) == 0;

	if (terminal) {
		(void)fputs(question, stderr);
		quiet = before;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	}
	bool got = fgets(out, PASSPHRASE_SIZE, stdin) != NULL;
	if (terminal) {
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
		(void)fputc('\n', stderr);
	}
	out[got ? strcspn(out, "\n") : 0] = '\0';
	return got;
}

/* Twice at a terminal, once from a pipe. */
static bool ask_passphrase(char out[static PASSPHRASE_SIZE])
{
	char again[PASSPHRASE_SIZE] = "";
	bool good = ask("passphrase, at least 12 characters: ", out);

	if (good && strlen(out) < PASSPHRASE_MIN) {
		(void)fputs("tryggctl: a passphrase has at least 12 characters: four words, for example\n",
			    stderr);
		good = false;
	}
	if (good && isatty(STDIN_FILENO)) {
		good = ask("the same again: ", again) && strcmp(out, again) == 0;
		if (!good)
			(void)fputs("tryggctl: they differ\n", stderr);
	}
	sodium_memzero(again, sizeof(again));
	return good;
}

/* The secret first: a public key whose secret nobody has would seal for nobody. */
static enum ctl_exit write_pair(const struct ctl *c, const char *name, const char *secret_path)
{
	char passphrase[PASSPHRASE_SIZE], secret[BOX_SECRET_TEXT_SIZE], path[PATH_SIZE], text[256];
	struct box_key key;
	enum ctl_exit rc = CTL_FAILED;

	if (!ask_passphrase(passphrase))
		return CTL_FAILED;
	box_key_make(&key, name);
	public_path(c, name, ".pub", path);
	int error = box_secret_text(&key, passphrase, secret, sizeof(secret));
	sodium_memzero(passphrase, sizeof(passphrase));
	if (error == 0)
		error = file_replace(secret_path, 0600, secret, strlen(secret));
	if (error < 0) {
		rc = failed(secret_path, error);
		goto out;
	}
	error = file_mkdirs(c->conf->duty.keys, 0755);
	if (error == 0)
		error = file_replace(path, 0644, text, box_key_text(&key, text, sizeof(text)));
	if (error < 0) {
		rc = failed(path, error);
		goto out;
	}
	(void)printf("%s\n%s\n", path, secret_path);
	(void)printf("The first stays here. Give the second to its owner and delete it here; `tryggctl "
		     "reload` takes "
		     "the key into use.\n");
	rc = CTL_YES;
out:
	sodium_memzero(&key, sizeof(key));
	sodium_memzero(secret, sizeof(secret));
	return rc;
}

static bool name_is_good(const char *name)
{
	if (box_name_holds(name))
		return true;
	(void)fprintf(
		stderr,
		"tryggctl: %s: a key is called KIND-NAME as in duty.persons (nurse-kari), or recovery\n",
		name);
	return false;
}

static const char *secret_of(const struct ctl *c, char out[static PATH_SIZE])
{
	(void)snprintf(out, PATH_SIZE, "%.47s.secret", c->operand[0]);
	return c->value[0] != NULL ? c->value[0] : out;
}

static enum ctl_exit keys_make_run(struct ctl *c)
{
	char path[PATH_SIZE], secret[PATH_SIZE];

	if (sodium_init() < 0 || !name_is_good(c->operand[0]))
		return CTL_FAILED;
	public_path(c, c->operand[0], ".pub", path);
	if (access(path, F_OK) == 0) {
		(void)fprintf(stderr,
			      "tryggctl: %s is there already: `tryggctl keys rotate` makes a new one\n",
			      path);
		return CTL_NO;
	}
	return write_pair(c, c->operand[0], secret_of(c, secret));
}

/* Aside under the day: nurse-kari.pub.retired-2026-11-22. */
static int put_aside(const struct ctl *c, const char *name, char aside[static PATH_SIZE])
{
	char path[PATH_SIZE], suffix[64], day[CLOCK_TEXT_SIZE];

	clock_text(clock_wall_ms(), day);
	public_path(c, name, ".pub", path);
	for (int n = 0; n < 100; n++) {
		(void)snprintf(suffix, sizeof(suffix),
			       n == 0 ? ".pub.retired-%.10s" : ".pub.retired-%.10s.%d", day, n);
		public_path(c, name, suffix, aside);
		if (access(aside, F_OK) < 0)
			return rename(path, aside) < 0 ? -errno : 0;
	}
	return -EEXIST;
}

static enum ctl_exit keys_retire_run(struct ctl *c)
{
	char aside[PATH_SIZE];

	if (!name_is_good(c->operand[0]))
		return CTL_FAILED;
	int error = put_aside(c, c->operand[0], aside);
	if (error < 0)
		return failed(c->operand[0], error);
	(void)printf("%s\nNothing new is sealed to it after `tryggctl reload`; what was sealed before it "
		     "still opens.\n",
		     aside);
	return CTL_YES;
}

static enum ctl_exit keys_rotate_run(struct ctl *c)
{
	char aside[PATH_SIZE], path[PATH_SIZE], secret[PATH_SIZE];

	if (sodium_init() < 0 || !name_is_good(c->operand[0]))
		return CTL_FAILED;
	int error = put_aside(c, c->operand[0], aside);
	if (error < 0)
		return failed(c->operand[0], error);
	enum ctl_exit rc = write_pair(c, c->operand[0], secret_of(c, secret));
	public_path(c, c->operand[0], ".pub", path);
	if (rc != CTL_YES && access(path, F_OK) < 0)
		(void)rename(aside, path); /* as it was: nobody is left without a key by a slip */
	return rc;
}

const struct ctl_verb keys_verbs[] = {
	{
		.name = "keys make",
		.operands = "KIND-NAME|recovery",
		.operand_min = 1,
		.operand_max = 1,
		.options = {{"--secret", "FILE",
			     "where the secret half goes (KIND-NAME.secret in this folder)"}},
		.what = "a pair of keys for somebody who reads contact requests",
		.run = keys_make_run,
	},
	{
		.name = "keys rotate",
		.operands = "KIND-NAME|recovery",
		.operand_min = 1,
		.operand_max = 1,
		.options = {{"--secret", "FILE",
			     "where the secret half goes (KIND-NAME.secret in this folder)"}},
		.what = "a new pair; the old public half is kept aside",
		.run = keys_rotate_run,
	},
	{
		.name = "keys retire",
		.operands = "KIND-NAME|recovery",
		.operand_min = 1,
		.operand_max = 1,
		.what = "nothing new is sealed to it",
		.run = keys_retire_run,
	},
};
const size_t keys_verb_count = sizeof keys_verbs / sizeof keys_verbs[0];
