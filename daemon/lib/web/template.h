/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mustache templates over jansson values, without raw output. A set is a list of named templates; a template's
 * partials are the others of its set. Templates are compiled when they are added and rendered any number of times.
 *
 *	char why[TEMPLATE_WHY_SIZE], *out;
 *	size_t len;
 *	struct mustache *set = NULL;
 *	template_add(&set, "page", "<h1>{{title}}</h1>{{>card}}", why, sizeof why);   0, or -EINVAL and `why`
 *	template_add(&set, "card", "<p>{{text}}</p>", why, sizeof why);
 *	template_render(set, "page", data, &out, &len);                               0; the caller frees out
 *	template_free(set);
 *
 * What is meant is the Mustache specification (its required modules): comments, set delimiters, interpolation with
 * dotted names and {{.}}, sections, inverted sections, partials with their indentation, standalone tags. What differs:
 *   - {{{name}}} and {{&name}}, also with other delimiters, are errors: & < > " ' are always escaped
 *   - {{$block}} and {{<parent}} of the optional modules are errors; there are no lambdas and no dynamic names
 * False values of a section are false, null, the empty list, the empty text and what is missing; zero is not. Texts
 * and numbers are written as they are (1.21, 85), true and false as words, lists and objects as nothing.
 */
#ifndef TRYGG_WEB_TEMPLATE_H
#define TRYGG_WEB_TEMPLATE_H

#include <jansson.h>
#include <stddef.h>

enum {
	TEMPLATE_WHY_SIZE = 160,
	TEMPLATE_DEPTH_MAX = 64,       /* sections and partials inside each other */
	TEMPLATE_OUTPUT_MAX = 4 << 20, /* bytes of one result */
};

struct mustache;

/*
 * Compiles `text` (NUL-terminated, copied) and adds it to the set as `name` (copied). -EINVAL with "line N: what is
 * wrong" in `why`, and the set as it was. Of two templates with one name the later one is used.
 */
int template_add(struct mustache **set, const char *name, const char *text, char *why, size_t why_size);
/* Frees the whole set; accepts NULL. */
void template_free(struct mustache *set);
/*
 * Renders into *out, NUL-terminated after *len bytes, owned by the caller. A missing partial is empty. -ENOENT: no such
 * template; -ELOOP: deeper than TEMPLATE_DEPTH_MAX; -EMSGSIZE: longer than TEMPLATE_OUTPUT_MAX.
 */
int template_render(const struct mustache *set, const char *name, const json_t *data, char **out,
		    size_t *len);

#endif
