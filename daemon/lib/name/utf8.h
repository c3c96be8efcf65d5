/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Letters of one case, so that a pattern finds what a pupil typed however it was typed. */
#ifndef TRYGG_NAME_UTF8_H
#define TRYGG_NAME_UTF8_H

#include "base/utf8.h"

/* Lower case of Latin (Sámi letters included), Greek and Cyrillic capitals; everything else stays. */
uint32_t utf8_lower(uint32_t character);

#endif
