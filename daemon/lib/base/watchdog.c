/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/watchdog.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/service.h"

enum { USEC_MAX = 1000000000 };

static void bark(void *user)
{
	struct watchdog *w = user;
	(void)service_notify("WATCHDOG=1");
	loop_arm(w->loop, &w->timer, w->every_ms, bark, w);
}

/* The time allowed, when it is meant for this process; 0 else. */
static int64_t allowed_ms(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	if (!usec || (pid && strtol(pid, NULL, 10) != (long)getpid()))
		return 0;
	long long n = strtoll(usec, NULL, 10);
	return n > 0 && n <= USEC_MAX ? n / 1000 : 0;
}

void watchdog_begin(struct watchdog *w, struct loop *loop)
{
	*w = (struct watchdog){.loop = loop, .every_ms = allowed_ms() / 2};
	if (w->every_ms > 0)
		bark(w);
}

void watchdog_stop(struct watchdog *w)
{
	if (w->loop)
		loop_disarm(w->loop, &w->timer);
}
