/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verbs `review ...`. */
#ifndef TRYGG_CTL_REVIEW_H
#define TRYGG_CTL_REVIEW_H

#include "ctl/ctl.h"

extern const struct ctl_verb review_verbs[];
extern const size_t review_verb_count;

#endif
