/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Weighted lists; see accept.h. */
#include "web/accept.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define OWS " \t"

struct item {
	const char *text;
	size_t len;
	int quality;
};

/* qvalue of RFC 9110 12.4.2: "0" to "1" with at most three decimals. -1 for anything else. */
static int quality_of(const char *text, size_t len)
{
	int value = 0, unit = ACCEPT_QUALITY_MAX;
	if (len == 0 || len > 5 || (text[0] != '0' && text[0] != '1') || (len > 1 && text[1] != '.'))
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (i == 1)
			continue;
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value += (text[i] - '0') * unit;
		unit /= 10;
	}
	return value <= ACCEPT_QUALITY_MAX ? value : -1;
}

/* The weight among the parameters of an item. */
static int weight(const char *parameters, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t end = i + strcspn(parameters + i, ";");
		if (end > len)
			end = len;
		i += strspn(parameters + i, OWS);
		size_t last = end;
		while (last > i && strchr(OWS, parameters[last - 1]) != NULL)
			last--;
		if (last >= i + 2 && (parameters[i] == 'q' || parameters[i] == 'Q') &&
		    parameters[i + 1] == '=')
			return quality_of(parameters + i + 2, last - i - 2);
		i = end + 1;
	}
	return ACCEPT_QUALITY_MAX;
}

/* The next item of the list; false at its end. */
static bool next_item(const char **list, struct item *out)
{
	const char *at = *list + strspn(*list, OWS ",");
	if (*at == '\0')
		return false;
	size_t whole = strcspn(at, ",");
	size_t name = strcspn(at, ",;");
	out->text = at;
	out->len = name;
	while (out->len > 0 && strchr(OWS, at[out->len - 1]) != NULL)
		out->len--;
	out->quality = name < whole ? weight(at + name + 1, whole - name - 1) : ACCEPT_QUALITY_MAX;
	*list = at + whole;
	return true;
}

int accept_quality(const char *list, const char *item)
{
	struct item next;
	for (int n = 0; n < ACCEPT_ITEMS_MAX && next_item(&list, &next); n++)
		if (next.quality >= 0 && next.len == strlen(item) &&
		    strncasecmp(next.text, item, next.len) == 0)
			return next.quality;
	return 0;
}

static bool language_is(const struct item *item, const char *language)
{
	size_t len = 0;
	while (len < item->len && item->text[len] != '-')
		len++;
	if (len == 2 && strncasecmp(item->text, "no", 2) == 0)
		return strcmp(language, "nb") == 0;
	return len == strlen(language) && strncasecmp(item->text, language, len) == 0;
}

size_t accept_language(const char *list, const char *const *languages, size_t count)
{
	struct item next;
	size_t best = 0;
	int best_quality = 0;
	for (int n = 0; n < ACCEPT_ITEMS_MAX && next_item(&list, &next); n++)
		for (size_t i = 0; i < count; i++)
			if (next.quality > best_quality && language_is(&next, languages[i])) {
				best = i;
				best_quality = next.quality;
			}
	return best;
}
