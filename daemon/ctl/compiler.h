/* SPDX-License-Identifier: GPL-2.0-or-later */
/* trygg-compile, run with the caller's input and output. */
#ifndef TRYGG_CTL_COMPILER_H
#define TRYGG_CTL_COMPILER_H

#include <limits.h>

#include "ctl/ctl.h"

/* Where it is: beside this tryggctl, or where `make install` puts it. */
void compiler_path(char out[PATH_MAX]);
/*
 * Runs it with these arguments, NULL-terminated; when `quiet` its standard output goes nowhere. Its exit status, 0 to 2, is
 * the answer; CTL_FAILED after a message when it could not run.
 */
enum ctl_exit compiler_run(const char *const *arguments, bool quiet);

#endif
