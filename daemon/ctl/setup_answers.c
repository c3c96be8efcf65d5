/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The questions of `setup`, one row each: what is asked, which option it becomes and how. What is no valid answer is found by
 * the configuration's own check, which names file and line.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/edit.h"
#include "ctl/setup.h"

enum { TEXT_MAX = 4000 };
enum kind { LIST, TEXT, PERSON };

static const struct question {
	const char *ask;
	enum kind kind;
	const char *path;  /* the option it becomes */
	const char *empty; /* its value without an answer; NULL: stays as shipped, or is needed */
	bool needed;
} questions[SETUP_ANSWERS] = {
	[SETUP_INTERFACES] = {"Interfaces towards the pupils (ip -brief address)", LIST, "inspect.interfaces",
			      NULL, true},
	[SETUP_SCHOOL] = {"Name of the school", TEXT, "gateway.school", NULL, false},
	[SETUP_MUNICIPALITY] = {"Municipality", TEXT, "gateway.municipality", NULL, false},
	[SETUP_PRIMARY] = {"Networks of primary school (10.1.0.0/16, fd00:1::/32)", LIST,
			   "groups.primary.networks", "[]", false},
	[SETUP_LOWER_SECONDARY] = {"Networks of lower secondary school", LIST,
				   "groups.lower-secondary.networks", "[]", false},
	[SETUP_UPPER_SECONDARY] = {"Networks of upper secondary school", LIST,
				   "groups.upper-secondary.networks", "[]", false},
	[SETUP_STAFF] = {"Networks of staff", LIST, "groups.staff.networks", "[]", false},
	[SETUP_GUEST] = {"Networks of guests", LIST, "groups.guest.networks", "[]", false},
	[SETUP_HELP_ADDRESSES] = {"Addresses of this gateway for the help page alone", LIST, "help.addresses",
				  NULL, true},
	[SETUP_HELP_NAME] = {"Public name of the help page, if it has one with a certificate", TEXT,
			     "help.name", NULL, false},
	[SETUP_LANGUAGES] = {"Languages of the pages, the first for all others (nb, nn, en)", LIST,
			     "help.languages", NULL, false},
	[SETUP_NURSE] = {"School nurse: NAME, HOURS (Kari Nordmann, tu 09:00-14:00; th 09:00-12:00)", PERSON,
			 "nurse", NULL, false},
	[SETUP_COUNSELLOR] = {"Counsellor: NAME, HOURS", PERSON, "counsellor", NULL, false},
	[SETUP_INFORMED] = {"Day on which pupils, parents and staff were informed (2026-10-01)", TEXT,
			    "privacy.informed_on", NULL, false},
	[SETUP_RESOLVERS] = {"Resolvers of the school inside these networks, if there are any", LIST,
			     "inspect.resolvers", NULL, false},
};

static int refuse(const char *what, const char *why)
{
	(void)fprintf(stderr, "tryggctl: %s: %s\n", what, why);
	return -EINVAL;
}

/* Quotes and control characters have no place in any answer; what is left is judged by the configuration's check. */
static bool plain(const char *text)
{
	size_t len = strlen(text);
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f || text[i] == '"' || text[i] == '\\')
			return false;
	return len <= TEXT_MAX;
}

/* "a, b c" -> ["a", "b", "c"]; the caller frees. */
static char *list_value(const char *text)
{
	char *out = NULL;
	size_t size = 0, count = 0;
	FILE *to = open_memstream(&out, &size);
	if (!to)
		return NULL;
	(void)fputs("[", to);
	for (text += strspn(text, ", "); *text; text += strspn(text, ", ")) {
		size_t len = strcspn(text, ", ");
		(void)fprintf(to, "%s\"%.*s\"", count++ ? ", " : "", (int)len, text);
		text += len;
	}
	(void)fputs("]", to);
	return fclose(to) == 0 ? out : NULL;
}

/* "Kari Nordmann" -> "kari-nordmann": part of a file's name and of the configuration's. Letters beyond ASCII fall away. */
static void person_id(const char *name, size_t len, char *out, size_t size)
{
	size_t n = 0;
	for (size_t i = 0; i < len && n + 1 < size; i++) {
		unsigned char c = (unsigned char)name[i];
		if (isascii(c) && isalnum(c))
			out[n++] = (char)tolower(c);
		else if (isascii(c) && n > 0 && out[n - 1] != '-')
			out[n++] = '-';
	}
	while (n > 0 && out[n - 1] == '-')
		n--;
	out[n] = '\0';
}

static int set_person(char **text, const char *kind, const char *said)
{
	static const char *const titles[][2] = {
		{"nurse", "{ nb = \"Helsesykepleier\"; nn = \"Helsesjukepleiar\"; en = \"School nurse\"; }"},
		{"counsellor", "{ nb = \"Rådgiver\"; nn = \"Rådgjevar\"; en = \"Counsellor\"; }"},
	};
	size_t len = strcspn(said, ",");
	const char *hours = said + len + (said[len] == ','), *title = titles[strcmp(kind, "nurse") != 0][1];
	char id[64], path[128], *value = NULL;
	person_id(said, len, id, sizeof id);
	hours += strspn(hours, " ");
	if (!isalpha((unsigned char)id[0]) || *hours == '\0')
		return refuse(said, "is not NAME, HOURS as in Kari Nordmann, tu 09:00-14:00");
	(void)snprintf(path, sizeof path, "duty.persons.%s", id);
	if (asprintf(&value,
		     "{\n\t\t\tname = \"%.*s\";\n\t\t\ttitle = %s;\n\t\t\tkind = \"%s\";\n\t\t\thours = "
		     "\"%s\";\n\t\t}",
		     (int)len, said, title, kind, hours) < 0)
		return -ENOMEM;
	int rc = edit_set(text, path, value);
	free(value);
	return rc;
}

static int set_one(char **text, const struct question *q, const char *said)
{
	if (q->kind == PERSON)
		return set_person(text, q->path, said);
	if (q->kind == TEXT)
		return edit_set_text(text, q->path, said);
	char *value = list_value(said);
	int rc = value ? edit_set(text, q->path, value) : -ENOMEM;
	free(value);
	return rc;
}

int setup_apply(const char *const answer[SETUP_ANSWERS], char **text)
{
	int rc = 0;
	for (int i = 0; i < SETUP_ANSWERS; i++) {
		const struct question *q = &questions[i];
		const char *said = answer[i] ? answer[i] : "";
		if (!plain(said))
			rc = refuse(q->ask, "an answer is one line without quotes");
		else if (*said == '\0' && q->needed)
			rc = refuse(q->ask, "this has to be known");
	}
	for (int i = 0; i < SETUP_ANSWERS && rc == 0; i++) {
		const struct question *q = &questions[i];
		if (answer[i] && *answer[i])
			rc = set_one(text, q, answer[i]);
		else if (q->empty)
			rc = edit_set(text, q->path, q->empty);
	}
	return rc;
}

int setup_ask(char *answer[SETUP_ANSWERS], FILE *in, FILE *out)
{
	for (int i = 0; i < SETUP_ANSWERS; i++) {
		size_t size = 0;
		do {
			(void)fprintf(out, "%s%s: ", questions[i].ask, questions[i].needed ? "" : " [none]");
			(void)fflush(out);
			if (getline(&answer[i], &size, in) < 0)
				return refuse("setup", "the answers ended too early, nothing was written");
			answer[i][strcspn(answer[i], "\n")] = '\0';
		} while (questions[i].needed && answer[i][strspn(answer[i], " ")] == '\0');
	}
	return 0;
}
