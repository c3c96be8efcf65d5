/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two lives of an engine. Both return the exit status. */
#ifndef TRYGG_ENGINE_RUN_H
#define TRYGG_ENGINE_RUN_H

/* Serves queue `number` until SIGTERM or the end of hold. */
int run_queue(const char *conf_path, int number);
/* Prints what would be decided about a capture; without a compiled set there is nothing to say, which is a failure. */
int run_replay(const char *conf_path, const char *capture);

#endif
