/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "help/site.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "help/dress.h"

enum { PAGE_BYTES_MAX = 1 << 20 };

struct loading {
	struct site *site;
	conf_problem *problem;
	void *user;
};

/* Adds FOLDER/NAME.SUFFIX as template NAME. */
static int add_page(struct loading *l, const char *path)
{
	char why[TEMPLATE_WHY_SIZE], *text = NULL, name[64];
	size_t len = 0;
	const char *base = strrchr(path, '/') + 1;
	snprintf(name, sizeof name, "%.*s", (int)strcspn(base, "."), base);
	int error = file_read(path, PAGE_BYTES_MAX, &text, &len);
	if (error < 0) {
		l->problem(l->user, path, 1, "cannot be read");
	} else {
		error = template_add(&l->site->pages, name, text, why, sizeof why);
		int line = 1;
		if (error < 0) {
			sscanf(why, "line %d", &line);
			l->problem(l->user, path, line, why);
		}
	}
	free(text);
	return error;
}

static int add_pages(struct loading *l, const char *folder, const char *suffix)
{
	char **paths = NULL;
	size_t count = 0;
	int result = file_list(folder, suffix, &paths, &count);
	if (result < 0) {
		l->problem(l->user, folder, 1, "the folder cannot be read");
		return result;
	}
	for (size_t i = 0; i < count; i++) {
		int error = add_page(l, paths[i]);
		if (error < 0)
			result = error;
	}
	file_list_free(paths, count);
	return result;
}

/* A browser applies an inline style sheet only when the policy names its digest (CSP level 3, 8.3). */
static void hash_style(struct site *s, const char *style, size_t len)
{
	uint8_t digest[crypto_hash_sha256_BYTES];
	char text[sodium_base64_ENCODED_LEN(sizeof digest, sodium_base64_VARIANT_ORIGINAL)];
	crypto_hash_sha256(digest, (const uint8_t *)style, len);
	sodium_bin2base64(text, sizeof text, digest, sizeof digest, sodium_base64_VARIANT_ORIGINAL);
	snprintf(s->style_hash, sizeof s->style_hash, "sha256-%s", text);
}

static int load_pages(struct loading *l)
{
	static const char *const wanted[] = {"page", "style"};
	const char *folder = l->site->conf->help.pages;
	int html = add_pages(l, folder, ".html"), css = add_pages(l, folder, ".css");
	if (html < 0 || css < 0)
		return html < 0 ? html : css;
	json_t *nothing = json_object();
	int result = 0;
	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
		char *out = NULL;
		size_t len = 0;
		int error = template_render(l->site->pages, wanted[i], nothing, &out, &len);
		if (error < 0) {
			l->problem(l->user, folder, 1,
				   i == 0 ? "page.html is missing or never ends"
					  : "style.css is missing or never ends");
			result = error;
			continue;
		}
		if (i == 1)
			hash_style(l->site, out, len);
		free(out);
	}
	json_decref(nothing);
	return result;
}

static int load_rules(struct loading *l)
{
	struct site *s = l->site;
	char why[256] = "";
	int error = ruleset_open(s->conf->rules.compiled, true, &s->rules, why, sizeof why);
	if (error == 0)
		error = policy_init(&s->policy, s->conf, s->rules, why, sizeof why);
	if (error < 0)
		l->problem(l->user, s->conf->rules.compiled, 1, why[0] != '\0' ? why : strerror(-error));
	return error;
}

/* What a first start can do without. */
static int without_rules(struct site *s)
{
	char why[256];
	ruleset_free(s->rules);
	s->rules = NULL;
	return policy_init(&s->policy, s->conf, NULL, why, sizeof why);
}

static int load(struct loading *l, const char *conf_path, bool first)
{
	struct site *s = l->site;
	int error = conf_load(conf_path, l->problem, l->user, &s->conf);
	if (error < 0)
		return error;
	error = duty_new(s->conf, l->problem, l->user, &s->duty);
	if (error < 0)
		return error;
	int catalogue = catalogue_load(s->conf->help.catalogue, l->problem, l->user, &s->catalogue);
	if (catalogue < 0 && first) {
		s->catalogue = catalogue_minimum();
		catalogue = 0;
	}
	if (catalogue == 0)
		catalogue_join(s->catalogue, s->duty);
	int rules = load_rules(l);
	if (rules < 0 && (first || rules == -ENOENT))
		rules = without_rules(s);
	int texts = texts_load(s->conf, l->problem, l->user, &s->texts);
	int pages = load_pages(l);
	int answers = answers_load(s->conf->help.answers, l->problem, l->user, &s->answers);
	if (answers < 0 && !first)
		catalogue = answers;
	if (texts == 0)
		dress_words(s);
	dress_certificate(s, l->problem, l->user);
	dress_keys(s, l->problem, l->user);
	dress_script(s, l->problem, l->user);
	return catalogue < 0 ? catalogue : rules < 0 ? rules : texts < 0 ? texts : pages;
}

static int make(const char *conf_path, conf_problem *problem, void *user, bool first, struct site **out)
{
	struct loading l = {.site = calloc(1, sizeof *l.site), .problem = problem, .user = user};
	if (l.site == NULL)
		return -ENOMEM;
	int error = sodium_init() < 0 ? -ENOSYS : load(&l, conf_path, first);
	if (error < 0)
		site_free(l.site);
	else
		*out = l.site;
	return error;
}

int site_load(const char *conf_path, conf_problem *problem, void *user, struct site **out)
{
	return make(conf_path, problem, user, false, out);
}

int site_load_first(const char *conf_path, conf_problem *problem, void *user, struct site **out)
{
	return make(conf_path, problem, user, true, out);
}

void site_free(struct site *s)
{
	if (s == NULL)
		return;
	for (int l = 0; l < LANGUAGES; l++)
		json_decref(s->words[l]);
	answers_free(s->answers);
	certificate_clear(&s->certificate);
	free(s->script);
	template_free(s->pages);
	texts_free(s->texts);
	catalogue_free(s->catalogue);
	duty_free(s->duty);
	ruleset_free(s->rules);
	conf_free(s->conf);
	free(s);
}
