/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `check`: everything people wrote, every error in one run; and `compile`, which does the same and keeps the result. */
#include <string.h>
#include <unistd.h>

#include "catalogue/catalogue.h"
#include "catalogue/duty.h"
#include "catalogue/texts.h"
#include "base/clock.h"
#include "ctl/compiler.h"
#include "ctl/ctl.h"
#include "ctl/run.h"
#include "web/certificate.h"

enum ctl_exit compile_run(struct ctl *c)
{
	return compiler_run((const char *[]){"-c", c->conf_path, NULL}, false);
}

void ctl_print_env(const struct conf *conf, FILE *out)
{
	(void)fprintf(out, "TRYGG_RUN=%s\n", conf->gateway.run_folder);
	(void)fprintf(out, "TRYGG_QUEUE_LENGTH=%d\n", conf->inspect.queue_length);
	(void)fprintf(out, "TRYGG_ON_FAILURE=%s\n",
		      conf->inspect.on_failure == FAILURE_PASS ? "pass" : "drop");
	(void)fprintf(out, "TRYGG_HOLD_MS=%d\n", conf->inspect.hold_ms);
	(void)fprintf(out, "TRYGG_MARK_MASK=0x%x\n", conf->inspect.mark_mask);
	(void)fprintf(out, "TRYGG_CPU_OFFSET=0\n");
}

/* What a page needs beside the configuration. The templates themselves are read by trygg-help. */
static void check_page(const struct conf *conf, int *findings)
{
	struct catalogue *catalogue = NULL;
	struct texts *texts = NULL;
	struct duty *duty = NULL;
	int before = *findings;
	if (catalogue_load(conf->help.catalogue, ctl_problem, findings, &catalogue) < 0 &&
	    *findings == before)
		++*findings;
	before = *findings;
	if (texts_load(conf, ctl_problem, findings, &texts) < 0 && *findings == before)
		++*findings;
	if (access(conf->help.pages, R_OK | X_OK) < 0)
		ctl_problem(findings, conf->help.pages, 0,
			    "help.pages: the folder of page templates cannot be read");
	(void)duty_new(conf, ctl_problem, findings, &duty);
	duty_free(duty);
	texts_free(texts);
	catalogue_free(catalogue);
}

enum ctl_exit compile_check(const struct ctl *c, int *findings)
{
	char path[PATH_MAX];
	struct run r;
	compiler_path(path);
	const char *argv[] = {path, "-c", c->conf_path, "-n", NULL};
	(void)run(&r, argv, NULL);
	for (const char *at = r.err; *at; at += strcspn(at, "\n") + (at[strcspn(at, "\n")] == '\n'))
		++*findings;
	(void)fputs(r.err, stdout);
	enum ctl_exit rc = r.status == CTL_YES ? CTL_YES : r.status == CTL_NO ? CTL_NO : CTL_FAILED;
	run_clear(&r);
	return rc;
}

static void warn(const char *file, const char *text)
{
	(void)fprintf(stderr, "%s: warning: %s\n", file, text);
}

/* What works today and will not for long, or should not be so: told, and no finding. */
static void check_address(const struct conf *conf)
{
	struct certificate certificate;
	char why[CERTIFICATE_WHY_SIZE];
	if (conf->help.accessibility_statement[0] == '\0')
		warn(conf->path, "help.accessibility_statement is not set: a public owner must have one");
	if (conf->help.name[0] == '\0')
		return;
	if (conf->help.certificate[0] == '\0') {
		warn(conf->path,
		     "help.name has no certificate: pupils get the page over HTTP, without the contact form");
		return;
	}
	if (certificate_read(conf->help.certificate, conf->help.key, conf->help.name, clock_wall_ms(),
			     &certificate, why) < 0) {
		warn(conf->path, why);
		return;
	}
	if (certificate.ends_soon)
		warn(conf->help.certificate, "the certificate of help.name ends in less than three weeks");
	if (certificate.self_signed)
		warn(conf->help.certificate,
		     "the certificate is signed by itself: browsers warn pupils of the help page");
	certificate_clear(&certificate);
}

enum ctl_exit check_run(struct ctl *c)
{
	enum { OPTION_PRINT, OPTION_ENV };
	int findings = 0;
	if (conf_load(c->conf_path, ctl_problem, &findings, &c->conf) < 0)
		return CTL_NO;
	if (c->value[OPTION_ENV]) {
		ctl_print_env(c->conf, stdout);
		return CTL_YES;
	}
	if (c->value[OPTION_PRINT])
		conf_print(c->conf, stdout);
	check_page(c->conf, &findings);
	check_address(c->conf);
	enum ctl_exit rules = compiler_run((const char *[]){"-n", "-c", c->conf_path, NULL},
					   c->value[OPTION_PRINT] != NULL);
	if (rules == CTL_FAILED)
		return CTL_FAILED;
	if (rules == CTL_YES && findings == 0) {
		if (!c->value[OPTION_PRINT])
			(void)printf(
				"configuration, rules, catalogue and texts: nothing to find fault with\n");
		return CTL_YES;
	}
	return CTL_NO;
}
