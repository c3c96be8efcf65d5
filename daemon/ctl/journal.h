/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading evidence on the command line. */
#ifndef TRYGG_CTL_JOURNAL_H
#define TRYGG_CTL_JOURNAL_H

#include "conf/conf.h"

/*
 * `tryggctl journal verify | cat | purge`: argv[0] is "journal", argv[1] the verb. Exit status: 0 whole, 1 findings,
 * 2 usage, or could not run.
 */
int ctl_journal(const struct conf *conf, int argc, char **argv);

#endif
