/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/conf.h"

#include <stdlib.h>
#include <string.h>

void conf_free(struct conf *c)
{
	if (!c)
		return;
	struct arena arena = c->arena; /* it does not hold c itself */
	free(c);
	arena_clear(&arena);
}

int conf_journal_days(const struct conf *c, int journal)
{
	int own = c->journal.days[journal];

	return own > 0 ? own : c->privacy.retention_days;
}

int conf_category(const struct conf *c, const char *id)
{
	for (size_t i = 0; i < c->category_count; i++)
		if (strcmp(c->categories[i].id, id) == 0)
			return (int)i;
	return -1;
}

const struct conf_group *conf_group(const struct conf *c, const char *id)
{
	for (size_t i = 0; i < c->group_count; i++)
		if (strcmp(c->groups[i].id, id) == 0)
			return &c->groups[i];
	return strcmp(id, "guest") == 0 ? c->guest : NULL;
}

void conf_help_url(const struct conf *c, char *out, size_t size)
{
	char text[ADDRESS_TEXT_SIZE];
	bool named = c->help.name && *c->help.name && c->help.certificate && *c->help.certificate;
	if (size > 0)
		out[0] = '\0';
	if (named) {
		(void)snprintf(out, size, "https://%s/", c->help.name);
	} else if (c->help.address_count > 0) {
		const struct address *a = &c->help.addresses[0];
		address_text(a, text);
		(void)snprintf(out, size, a->family == 6 ? "http://[%s]/" : "http://%s/", text);
	}
}

void conf_socket(const struct conf *c, const char *program, int number, char *out, size_t size)
{
	if (number >= 0)
		(void)snprintf(out, size, "%s/%s@%d.sock", c->gateway.run_folder, program, number);
	else
		(void)snprintf(out, size, "%s/%s.sock", c->gateway.run_folder, program);
}
