/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the pages are made from, loaded whole or not at all. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "catalogue/catalogue.h"
#include "review/review.h"

enum { PAGE_BYTES_MAX = 1 << 20 };

/* Adds FOLDER/NAME.SUFFIX as template NAME. */
static int add_page(struct desk_site *s, const char *path, conf_problem *problem, void *user)
{
	char why[TEMPLATE_WHY_SIZE], *text = NULL, name[64];
	const char *base = strrchr(path, '/') + 1;
	size_t len = 0;
	int line = 1;

	(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(base, "."), base);
	int rc = file_read(path, PAGE_BYTES_MAX, &text, &len);
	if (rc < 0) {
		problem(user, path, 1, "cannot be read");
		return rc;
	}
	rc = template_add(&s->pages, name, text, why, sizeof(why));
	free(text);
	if (rc < 0) {
		(void)sscanf(why, "line %d", &line);
		problem(user, path, line, why);
	}
	return rc;
}

static int add_pages(struct desk_site *s, const char *suffix, conf_problem *problem, void *user)
{
	const char *folder = s->conf->review.pages;
	char **paths = NULL;
	size_t count = 0;
	int rc = file_list(folder, suffix, &paths, &count);

	if (rc < 0 || count == 0) {
		problem(user, folder, 1, "holds no pages of the review desk");
		rc = rc < 0 ? rc : -ENOENT;
	}
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = add_page(s, paths[i], problem, user);
	file_list_free(paths, count);
	return rc;
}

/* A browser applies an inline style sheet only when the policy names its digest (CSP level 3, 8.3). */
static int hash_style(struct desk_site *s)
{
	uint8_t digest[crypto_hash_sha256_BYTES];
	char text[sodium_base64_ENCODED_LEN(sizeof(digest), sodium_base64_VARIANT_ORIGINAL)], *style = NULL;
	json_t *nothing = json_object();
	size_t len = 0;
	int rc = template_render(s->pages, "style", nothing, &style, &len);

	json_decref(nothing);
	if (rc < 0)
		return rc;
	crypto_hash_sha256(digest, (const uint8_t *)style, len);
	sodium_bin2base64(text, sizeof(text), digest, sizeof(digest), sodium_base64_VARIANT_ORIGINAL);
	(void)snprintf(s->style_hash, sizeof(s->style_hash), "sha256-%s", text);
	free(style);
	return 0;
}

static int load(struct desk_site *s, const char *conf_path, conf_problem *problem, void *user)
{
	int rc = conf_load(conf_path, problem, user, &s->conf);

	if (rc == 0)
		rc = duty_new(s->conf, problem, user, &s->duty);
	if (rc == 0)
		rc = add_pages(s, ".html", problem, user);
	if (rc == 0)
		rc = add_pages(s, ".css", problem, user);
	if (rc == 0)
		rc = hash_style(s);
	if (rc == 0)
		rc = speech_load(s->conf->review.pages, problem, user, &s->speech);
	if (rc == 0 && catalogue_load(s->conf->help.catalogue, problem, user, &s->catalogue) < 0)
		s->catalogue = NULL;
	return rc;
}

int desk_site_load(const char *conf_path, conf_problem *problem, void *user, struct desk_site **out)
{
	struct desk_site *s = calloc(1, sizeof(*s));
	int rc = s ? load(s, conf_path, problem, user) : -ENOMEM;

	if (rc < 0)
		desk_site_free(s);
	else
		*out = s;
	return rc;
}

void desk_site_free(struct desk_site *s)
{
	if (!s)
		return;
	speech_free(s->speech);
	template_free(s->pages);
	catalogue_free(s->catalogue);
	duty_free(s->duty);
	conf_free(s->conf);
	free(s);
}
