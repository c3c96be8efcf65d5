/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gate/flight.h"

#include <stddef.h>

static struct flight_packet *place(struct flight *f, uint64_t id)
{
	return &f->at[id % RING_SLOTS];
}

uint32_t flight_room(const struct flight *f)
{
	return RING_SLOTS - (uint32_t)(f->next - f->first);
}

struct flight_packet *flight_add(struct flight *f, uint32_t kernel_id, uint32_t mark, uint32_t slot)
{
	struct flight_packet *p = place(f, f->next);
	*p = (struct flight_packet){.id = f->next++, .kernel_id = kernel_id, .mark = mark, .slot = slot};
	return p;
}

struct flight_packet *flight_find(struct flight *f, uint64_t id)
{
	if (id < f->first || id >= f->next)
		return NULL;
	struct flight_packet *p = place(f, id);
	return p->answered ? NULL : p;
}

struct flight_packet *flight_each(struct flight *f, uint64_t *from)
{
	if (*from < f->first)
		*from = f->first;
	while (*from < f->next) {
		struct flight_packet *p = place(f, (*from)++);
		if (!p->answered)
			return p;
	}
	return NULL;
}

bool flight_answer(struct flight *f, struct flight_packet *p)
{
	bool oldest = p->id == f->first;
	p->answered = true;
	while (f->first < f->next && place(f, f->first)->answered)
		f->first++;
	return oldest;
}

bool flight_empty(const struct flight *f)
{
	return f->first == f->next;
}
