/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `rules import`: the list is read by trygg-compile, which has no rights to lose. */
#include "ctl/compiler.h"
#include "ctl/rules.h"

enum ctl_exit rules_import_run(struct ctl *c)
{
	enum { OPTION_FORMAT, OPTION_CATEGORY };
	if (!c->value[OPTION_FORMAT] || !c->value[OPTION_CATEGORY]) {
		(void)fprintf(stderr, "tryggctl: rules import needs --format and --category\n");
		return CTL_FAILED;
	}
	const char *const arguments[] = {"-c",         c->conf_path,
					 "--import",   c->value[OPTION_FORMAT],
					 "--category", c->value[OPTION_CATEGORY],
					 "--",         c->operand[0],
					 NULL};
	return compiler_run(arguments, false);
}
