/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs `store ...`. */
#ifndef TRYGG_CTL_STORE_H
#define TRYGG_CTL_STORE_H

#include "ctl/ctl.h"

extern const struct ctl_verb store_verbs[];
extern const size_t store_verb_count;

#endif
