/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sign of life that others read without asking: a file in the run folder with the second of the program's last turn.
 * What must not go on while a program is away (a form whose requests nobody would see) looks at it.
 */
#ifndef TRYGG_BASE_HEARTBEAT_H
#define TRYGG_BASE_HEARTBEAT_H

#include <stdint.h>

/* A descriptor, or a negative errno. Called before privileges are given away. */
int heartbeat_open(const char *path);
/* Says that the program lives at this moment of the wall clock. 0 or a negative errno. */
int heartbeat_beat(int fd, int64_t wall_ms);
/* When it last said so, in wall clock milliseconds; 0 when it never did or cannot be read. */
int64_t heartbeat_last_ms(const char *path);

#endif
