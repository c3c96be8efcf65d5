/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The effective configuration in its own syntax, and the reference of all options: both by the option table.
 */
#include "conf/options.h"

void option_print_text(const char *text, FILE *out)
{
	(void)fputc('"', out);
	for (const char *p = text ? text : ""; *p; p++) {
		if (*p == '"' || *p == '\\')
			(void)fputc('\\', out);
		(void)fputc(*p, out);
	}
	(void)fputc('"', out);
}

void option_print_all(const struct conf *c, const struct option_section *section, const char *base,
		      const char *indent, FILE *out)
{
	for (size_t i = 0; i < section->count; i++) {
		const struct option *o = &section->options[i];
		(void)fprintf(out, "%s%s = ", indent, o->name);
		o->type->print(c, o, base, out);
		(void)fputs(";\n", out);
	}
}

void conf_print(const struct conf *c, FILE *out)
{
	for (size_t i = 0; i < option_section_count; i++) {
		(void)fprintf(out, "%s = {\n", option_sections[i].name);
		option_print_all(c, &option_sections[i], (const char *)c, "\t", out);
		(void)fputs("};\n", out);
	}
	(void)fputs("categories = {\n", out);
	for (size_t i = 0; i < c->category_count; i++) {
		if (c->categories[i].builtin)
			continue;
		(void)fprintf(out, "\t%s = {\n", c->categories[i].id);
		option_print_all(c, &option_category, (const char *)&c->categories[i], "\t\t", out);
		(void)fputs("\t};\n", out);
	}
	(void)fputs("};\ngroups = {\n", out);
	for (size_t i = 0; i < c->group_count; i++) {
		(void)fprintf(out, "\t%s = {\n", c->groups[i].id);
		option_print_all(c, &option_group, (const char *)&c->groups[i], "\t\t", out);
		(void)fputs("\t};\n", out);
	}
	(void)fputs("};\n", out);
}

static void describe(const struct option_section *section, const char *path, FILE *out)
{
	(void)fprintf(out, "%s\t\t\t%s\n", path, section->what);
	for (size_t i = 0; i < section->count; i++) {
		const struct option *o = &section->options[i];
		(void)fprintf(out, "%s.%s\t%s\t%s\t%s\n", path, o->name, o->type->name,
			      o->fallback ? o->fallback : "", o->what);
	}
}

void conf_print_options(FILE *out)
{
	for (size_t i = 0; i < option_section_count; i++)
		describe(&option_sections[i], option_sections[i].name, out);
	describe(&option_category, "categories.NAME", out);
	describe(&option_group, "groups.NAME", out);
	describe(&option_source, "rules.sources", out);
	describe(&option_person, "duty.persons.NAME", out);
}
