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

void conf_help_origin(const struct conf *c, bool secure, const struct address *literal, uint16_t port,
		      char out[static CONF_ORIGIN_SIZE])
{
	char text[ADDRESS_TEXT_SIZE], behind[8] = "";
	if (secure) {
		(void)snprintf(out, CONF_ORIGIN_SIZE, "https://%.253s", c->help.name);
		return;
	}
	address_text(literal, text);
	if (port != 80)
		(void)snprintf(behind, sizeof behind, ":%u", port);
	(void)snprintf(out, CONF_ORIGIN_SIZE, literal->family == 6 ? "http://[%s]%s" : "http://%s%s", text,
		       behind);
}

void conf_help_until(const struct conf *c, char *out, size_t size)
{
	(void)snprintf(out, size, "%s/help.until", c->gateway.run_folder);
}

void conf_help_url(const struct conf *c, char *out, size_t size)
{
	char origin[CONF_ORIGIN_SIZE];
	bool named = c->help.name && *c->help.name && c->help.certificate && *c->help.certificate;
	if (size > 0)
		out[0] = '\0';
	if (!named && c->help.address_count == 0)
		return;
	conf_help_origin(c, named, &c->help.addresses[0], 80, origin);
	(void)snprintf(out, size, "%s/", origin);
}

void conf_socket(const struct conf *c, const char *program, int number, char *out, size_t size)
{
	if (number >= 0)
		(void)snprintf(out, size, "%s/%s@%d.sock", c->gateway.run_folder, program, number);
	else
		(void)snprintf(out, size, "%s/%s.sock", c->gateway.run_folder, program);
}
