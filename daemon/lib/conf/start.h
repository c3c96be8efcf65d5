/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a program whose only argument is its configuration begins: the command line, and where its problems go. */
#ifndef TRYGG_CONF_START_H
#define TRYGG_CONF_START_H

#include "conf/conf.h"

/*
 * The path behind -c, /etc/trygg/trygg.conf without one; borrowed from argv. --help and --version end the program with 0,
 * anything else that is not understood with 2.
 */
const char *start_path(const char *program, int argc, char **argv);
/* A conf_problem that goes to the log. */
void start_problem(void *user, const char *file, int line, const char *text);

#endif
