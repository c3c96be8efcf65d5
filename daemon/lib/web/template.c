/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A template becomes a flat list of steps over its own copy of the text. The indentation of a partial that stands
 * alone belongs to the lines of its source, not to the values in them: it is written where a step begins a line.
 */
#include "web/template.h"
#include "base/span.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct step {
	char kind; /* a sigil: # ^ >, v for a value, t for text */
	bool begins_line;
	const char *text;   /* bytes of a text, or a name with a NUL behind it */
	size_t len, end;    /* bytes; of a section: index of the step behind it */
	struct span margin; /* what stands before a tag alone on its line; at is NULL for others */
};

struct mustache {
	struct mustache *next;
	char *name, *source;
	struct step *steps;
	size_t count;
};

struct compiler {
	struct mustache *t;
	char *at;         /* next byte to read */
	bool alone;       /* a tag at `at` would be the first of its line */
	bool begins_line; /* no step of this line has been emitted */
	char open[16], close[16];
	size_t section; /* index of the innermost open section's step + 1, whose `end` is that of the one around it */
	struct span margin;
};

struct render {
	const struct mustache *set;
	FILE *out;
	int depth, error;
};

/* Values a name is looked up in, innermost first, and what stands before each line: the margin of all outer frames. */
struct frame {
	const json_t *value;
	const struct frame *up;
	struct span margin;
	const struct frame *outer;
};

static void emit(struct compiler *c, struct step step)
{
	step.begins_line = c->begins_line && step.margin.at == NULL;
	c->begins_line = step.margin.at != NULL;
	c->t->steps[c->t->count++] = step; /* a step stands for a byte or more: there is room */
}

static void emit_text(struct compiler *c, const char *from, const char *to)
{
	for (const char *end = from; from < to; from = end) {
		end = memchr(from, '\n', (size_t)(to - from));
		end = end != NULL ? end + 1 : to;
		emit(c, (struct step){.kind = 't', .text = from, .len = (size_t)(end - from)});
		c->begins_line = end[-1] == '\n';
	}
}

/* One tag; NULL or what is wrong with it. */
static const char *add_tag(struct compiler *c, char sigil, char *content, char *end)
{
	int used = 0;
	if (sigil == '{' || sigil == '&')
		return "raw output is not allowed";
	if (sigil == '=') {
		sscanf(content, " %15[^= \t\r\n]%*[ \t\r\n]%15[^= \t\r\n] =%n", c->open, c->close, &used);
		return used > 0 && content + used == end ? NULL : "delimiters are set as in {{=<% %>=}}";
	}
	for (content += strspn(content, " \t\r\n"); end > content && strchr(" \t\r\n", end[-1]);)
		end--;
	if (end <= content || strcspn(content, " \t\r\n") < (size_t)(end - content) || strchr("$<", sigil))
		return "a tag without a proper name, or a block, which is not supported";
	*end = '\0'; /* the delimiter has been read */
	if (sigil == '/') {
		struct step *open = c->section > 0 ? &c->t->steps[c->section - 1] : NULL;
		if (open == NULL || strcmp(open->text, content) != 0)
			return "this closes another section than the one that is open";
		c->section = open->end;
		open->end = c->t->count;
		return NULL;
	}
	emit(c, (struct step){.kind = sigil, .text = content, .end = c->section, .margin = c->margin});
	if (strchr("#^", sigil))
		c->section = c->t->count;
	return NULL;
}

/* The text up to the next tag, and the tag. A tag alone on its line takes the line away; a value never does. */
static const char *add_next(struct compiler *c)
{
	char *text = c->at, *tag = strstr(text, c->open), *blanks = tag;
	c->at = tag != NULL ? tag : strchr(text, '\0');
	if (tag == NULL) {
		emit_text(c, text, c->at);
		return NULL;
	}
	char *content = tag + strlen(c->open), *end = strstr(content + (*content == '='), c->close);
	if (end == NULL)
		return "this tag has no end";
	char sigil = *content != '\0' && strchr("!=#^/>&{$<", *content) ? *content++ : 'v';
	while (blanks > text && strchr(" \t", blanks[-1]))
		blanks--;
	char *after = end + strlen(c->close), *rest = after + strspn(after, " \t");
	rest += rest[0] == '\r' && rest[1] == '\n';
	c->alone = (blanks > text ? blanks[-1] == '\n' : c->alone) && sigil != 'v' &&
		   (*rest == '\n' || *rest == '\0');
	emit_text(c, text, c->alone ? blanks : tag);
	c->at = !c->alone ? after : rest + (*rest == '\n');
	c->margin = c->alone ? span_of(blanks, (size_t)(tag - blanks)) : (struct span){NULL, 0};
	return sigil == '!' ? NULL : add_tag(c, sigil, content, end);
}

void template_free(struct mustache *set)
{
	for (struct mustache *next; set != NULL; set = next) {
		next = set->next;
		free(set->name);
		free(set->source);
		free(set->steps);
		free(set);
	}
}

int template_add(struct mustache **set, const char *name, const char *text, char *why, size_t why_size)
{
	struct mustache *t = calloc(1, sizeof *t);
	if (t == NULL || (t->name = strdup(name)) == NULL || (t->source = strdup(text)) == NULL ||
	    (t->steps = calloc(strlen(text) + 1, sizeof *t->steps)) == NULL)
		abort();
	struct compiler c = {t, t->source, .alone = true, .begins_line = true, .open = "{{", .close = "}}"};
	const char *wrong = NULL;
	int line = 1;
	while (wrong == NULL && *c.at != '\0')
		wrong = add_next(&c);
	if (wrong == NULL && c.section > 0)
		wrong = "a section is never closed";
	if (wrong != NULL) {
		for (const char *s = t->source; s < c.at; s++)
			line += *s == '\n';
		snprintf(why, why_size, "line %d: %s", line, wrong);
		template_free(t);
		return -EINVAL;
	}
	t->next = *set;
	*set = t;
	return 0;
}

static const struct mustache *find(const struct mustache *t, const char *name)
{
	while (t != NULL && strcmp(t->name, name) != 0)
		t = t->next;
	return t;
}

static void write_value(FILE *out, const json_t *value)
{
	static const char *const escaped[256] = {
		['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;"};
	if (json_is_number(value) || json_is_boolean(value))
		json_dumpf(value, out, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	for (const char *c = json_string_value(value); c != NULL && *c != '\0'; c++)
		if (escaped[(unsigned char)*c] != NULL)
			fputs(escaped[(unsigned char)*c], out);
		else
			putc_unlocked(*c, out);
}

static void write_margin(FILE *out, const struct frame *f)
{
	if (f->outer != NULL)
		write_margin(out, f->outer);
	fwrite(f->margin.len > 0 ? f->margin.at : (const uint8_t *)"", 1, f->margin.len, out);
}

/* The first part of a dotted name picks the frame, the others are looked for in what it found and nowhere else. */
static const json_t *lookup(const struct frame *frame, const char *name)
{
	size_t part = strcspn(name, ".");
	const json_t *value = part == 0 ? frame->value : NULL;
	for (; part > 0 && frame != NULL && value == NULL; frame = frame->up)
		value = json_object_getn(frame->value, name, part);
	for (; part > 0 && value != NULL && name[part] == '.'; value = json_object_getn(value, name, part)) {
		name += part + 1;
		part = strcspn(name, ".");
	}
	return value;
}

static bool is_false(const json_t *v)
{
	return v == NULL || json_is_null(v) || json_is_false(v) ||
	       (json_is_array(v) ? json_array_size(v) == 0 : json_is_string(v) && json_string_length(v) == 0);
}

static void run(struct render *r, const struct mustache *t, size_t from, size_t to, const struct frame *f)
{
	r->error = ++r->depth > TEMPLATE_DEPTH_MAX ? -ELOOP : r->error;
	for (size_t i = from; i < to && r->error == 0; i++) {
		const struct step *s = &t->steps[i];
		const struct mustache *partial = s->kind == '>' ? find(r->set, s->text) : NULL;
		const json_t *value = strchr("v#^", s->kind) ? lookup(f, s->text) : NULL;
		bool list = s->kind == '#' && json_is_array(value);
		const json_t *first = list ? json_array_get(value, 0) : s->kind == '#' ? value : f->value;
		struct frame inner = {first, f, f->margin, f->outer};
		if (s->begins_line)
			write_margin(r->out, f);
		if (s->kind == 't')
			fwrite(s->text, 1, s->len, r->out);
		else if (s->kind == 'v')
			write_value(r->out, value);
		else if (partial != NULL)
			run(r, partial, 0, partial->count,
			    &(struct frame){f->value, f, s->margin, s->margin.at != NULL ? f : NULL});
		else if (s->kind != '>') {
			size_t times = list ? json_array_size(value) : is_false(value) == (s->kind == '^');
			for (size_t n = 0; n < times; inner.value = json_array_get(value, ++n))
				run(r, t, i + 1, s->end, &inner);
			i = s->end - 1;
		}
	}
	r->error = ftell(r->out) > TEMPLATE_OUTPUT_MAX ? -EMSGSIZE : r->error;
	r->depth--;
}

int template_render(const struct mustache *set, const char *name, const json_t *data, char **out, size_t *len)
{
	const struct mustache *t = find(set, name);
	if (t == NULL)
		return -ENOENT;
	struct render r = {.set = set, .out = open_memstream(out, len)};
	if (r.out == NULL)
		abort();
	run(&r, t, 0, t->count, &(struct frame){.value = data});
	if (fclose(r.out) != 0)
		abort();
	if (r.error != 0)
		free(*out);
	return r.error;
}
