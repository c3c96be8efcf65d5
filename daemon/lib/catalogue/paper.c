/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notice and poster as somebody prints them or hangs them up: plain text, or one HTML file that needs nothing else. The
 * colours are those of the help page, so that the poster is known again.
 */
#include <string.h>

#include "catalogue/notice.h"

static void escaped(const char *text, FILE *out)
{
	static const struct {
		char c;
		const char *as;
	} table[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
	for (; *text != '\0'; text++) {
		size_t i = 0;
		while (i < sizeof table / sizeof table[0] && table[i].c != *text)
			i++;
		if (i < sizeof table / sizeof table[0])
			(void)fputs(table[i].as, out);
		else
			(void)fputc(*text, out);
	}
}

static void element(const char *name, const char *text, FILE *out)
{
	(void)fprintf(out, "<%s>", name);
	escaped(text, out);
	(void)fprintf(out, "</%s>\n", name);
}

static void head(const struct texts *texts, enum language language, const char *title, const char *style,
		 FILE *out)
{
	(void)fprintf(out,
		      "<!doctype html>\n<html lang=\"%s\" dir=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n",
		      language_names[language], texts_direction(texts, language));
	element("title", title, out);
	(void)fprintf(out, "<style>\n%s</style>\n</head>\n<body>\n", style);
}

void notice_text(const struct notice *n, FILE *out)
{
	(void)fprintf(out, "%s\n", n->title);
	for (size_t i = 0; i < n->part_count; i++) {
		(void)fprintf(out, "\n%s\n", n->parts[i].heading);
		for (size_t k = 0; k < n->parts[i].line_count; k++)
			(void)fprintf(out, "  - %s\n", n->parts[i].lines[k]);
	}
}

void notice_html(const struct notice *n, const struct texts *texts, enum language language, FILE *out)
{
	static const char style[] =
		"body{font:1.1rem/1.6 system-ui,sans-serif;max-width:40rem;margin:2rem auto;"
		"padding:0 1rem;color:#1d2b36}\nh2{margin-top:2rem}\n@page{margin:2cm}\n";
	head(texts, language, n->title, style, out);
	element("h1", n->title, out);
	for (size_t i = 0; i < n->part_count; i++) {
		element("h2", n->parts[i].heading, out);
		(void)fputs("<ul>\n", out);
		for (size_t k = 0; k < n->parts[i].line_count; k++)
			element("li", n->parts[i].lines[k], out);
		(void)fputs("</ul>\n", out);
	}
	(void)fputs("</body>\n</html>\n", out);
}

/* Every dark module is one unit square of one path; a quiet zone of four modules stands around. */
static void draw(const struct poster_code *code, const char *label, FILE *out)
{
	enum { QUIET = 4 };
	int side = code->width + 2 * QUIET;
	(void)fprintf(out, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", side, side);
	escaped(label, out);
	(void)fputs("\" shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h999v999H0z\"/><path d=\"",
		    out);
	for (int y = 0; y < code->width; y++)
		for (int x = 0; x < code->width; x++)
			if ((code->modules[y * code->width + x] & 1) != 0)
				(void)fprintf(out, "M%d %dh1v1h-1z", x + QUIET, y + QUIET);
	(void)fputs("\"/></svg>\n", out);
}

void poster_html(const struct conf *conf, const struct texts *texts, enum language language,
		 const struct poster_code *code, FILE *out)
{
	static const char style[] =
		"@page{size:A4;margin:0}\n"
		"body{font:17pt/1.4 system-ui,sans-serif;margin:0;color:#1d2b36;text-align:center}\n"
		"main{box-sizing:border-box;width:210mm;min-height:296mm;margin:0 auto;padding:22mm 20mm;"
		"display:flex;flex-direction:column;justify-content:space-between}\n"
		"h1{font-size:40pt;line-height:1.15;margin:0}\n"
		"svg{width:88mm;height:88mm;margin:4mm auto;display:block}\n"
		".address{font-size:26pt;font-weight:700;overflow-wrap:anywhere;direction:ltr}\n"
		"p{margin:2mm 0}\nul{list-style:none;margin:2mm 0;padding:0;font-weight:700}\n"
		".danger{border-top:1pt solid #9fb3bf;padding-top:6mm}\n";
	static const char *const free_lines[] = {"poster_116111", "poster_116123"};
	static const char *const danger_lines[] = {"danger_113", "danger_112", "danger_116117"};
	char url[300];
	conf_help_url(conf, url, sizeof url);
	head(texts, language, texts_get(texts, language, "poster_title"), style, out);
	(void)fputs("<main>\n<header>\n", out);
	element("h1", texts_get(texts, language, "poster_title"), out);
	element("p", texts_get(texts, language, "poster_text"), out);
	(void)fputs("</header>\n<section>\n", out);
	if (url[0] != '\0') {
		element("p", texts_get(texts, language, "poster_scan"), out);
		if (code != NULL)
			draw(code, url, out);
		(void)fputs("<p class=\"address\">", out);
		escaped(url, out);
		(void)fputs("</p>\n", out);
	}
	element("p", texts_get(texts, language, "poster_private"), out);
	(void)fputs("</section>\n<section>\n", out);
	element("p", texts_get(texts, language, "poster_free"), out);
	(void)fputs("<ul>\n", out);
	for (size_t i = 0; i < sizeof free_lines / sizeof free_lines[0]; i++)
		element("li", texts_get(texts, language, free_lines[i]), out);
	(void)fputs("</ul>\n<p class=\"danger\">", out);
	escaped(texts_get(texts, language, "danger"), out);
	(void)fputs("</p>\n<ul>\n", out);
	for (size_t i = 0; i < sizeof danger_lines / sizeof danger_lines[0]; i++)
		element("li", texts_get(texts, language, danger_lines[i]), out);
	(void)fputs("</ul>\n</section>\n</main>\n</body>\n</html>\n", out);
}
