/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gate/pace.h"

/* The rate of a window becomes the next step: as long as its packets take to come, within the bound. */
static uint32_t step_for(const struct pace *p, uint64_t rate)
{
	if (rate < (p->step_us > 0 ? PACE_END : PACE_BEGIN))
		return 0;
	uint64_t step = PACE_BATCH * UINT64_C(1000000) / rate;
	return step > PACE_STEP_US ? PACE_STEP_US : step < 1 ? 1 : (uint32_t)step;
}

bool pace_count(struct pace *p, uint32_t packets, int64_t now_us)
{
	int64_t took = now_us - p->since_us;
	uint32_t before = p->step_us;
	p->packets += packets;
	if (took < PACE_WINDOW_US)
		return false;
	p->step_us = step_for(p, p->packets * UINT64_C(1000000) / (uint64_t)took);
	p->packets = 0;
	p->since_us = now_us;
	return (before > 0) != (p->step_us > 0);
}

int64_t pace_wait_us(const struct pace *p, int64_t now_us)
{
	int64_t left = p->step_us > 0 ? p->due_us - now_us : 0;
	return left < 0 ? 0 : left > PACE_STEP_US ? PACE_STEP_US : left;
}

void pace_end(struct pace *p)
{
	p->step_us = 0;
}

void pace_step(struct pace *p, int64_t now_us)
{
	p->due_us = now_us + p->step_us;
}
