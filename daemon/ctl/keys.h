/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys that contact requests are sealed to. */
#ifndef TRYGG_CTL_KEYS_H
#define TRYGG_CTL_KEYS_H

#include "ctl/ctl.h"

extern const struct ctl_verb keys_verbs[];
extern const size_t keys_verb_count;

#endif
