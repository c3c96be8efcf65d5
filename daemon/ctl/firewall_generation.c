/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which generation of the policy the firewall lets past the queue: tryggctl's side of wire/generation.h. */
#include "wire/generation.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "ctl/firewall.h"
#include "policy/policy.h"
#include "ruleset/format.h"

uint8_t firewall_generation(const struct conf *c)
{
	struct generation g;
	(void)generation_read(c->gateway.run_folder, &g);
	return g.number;
}

/* The name of what is on disk now; a set that cannot be read is none. */
static int policy_on_disk(const struct conf *c, char out[static POLICY_NAME_SIZE])
{
	struct manifest *m = calloc(1, sizeof *m);
	char *text = NULL;
	size_t len = 0;
	if (!m)
		return -ENOMEM;
	bool is_set = file_read(c->rules.compiled, MANIFEST_MAX, &text, &len) == 0 &&
		      manifest_parse(span_of(text, len), m) == 0;
	int rc = policy_name(c, is_set ? m->id : "", out);
	free(text);
	free(m);
	return rc;
}

int firewall_generation_first(const struct conf *c)
{
	struct generation g;
	if (generation_read(c->gateway.run_folder, &g) == 0)
		return 0;
	int rc = policy_on_disk(c, g.policy);
	if (rc == 0)
		rc = file_mkdirs(c->gateway.run_folder, 0755);
	return rc < 0 ? rc : generation_write(c->gateway.run_folder, &g);
}

int firewall_generation_begin(const struct conf *c, const char *policy, bool stricter)
{
	struct generation g, was;
	int rc = generation_read(c->gateway.run_folder, &was);
	g = was;
	if (stricter)
		g.number = generation_next(was.number);
	(void)snprintf(g.policy, sizeof g.policy, "%s", policy);
	if (rc == 0 && g.number == was.number && strcmp(g.policy, was.policy) == 0)
		return 0;
	return generation_write(c->gateway.run_folder, &g);
}
