/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program: sockets, site, token key, control socket, joined by the event loop. */
#ifndef TRYGG_HELP_HELP_H
#define TRYGG_HELP_HELP_H

/* Runs until SIGTERM; the exit status. */
int help_run(const char *conf_path);

#endif
