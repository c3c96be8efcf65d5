/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control socket, engine@N.sock: status, check, reload, flush. */
#ifndef TRYGG_ENGINE_SERVE_H
#define TRYGG_ENGINE_SERVE_H

#include "engine/engine.h"
#include "engine/peer.h"

struct control_request;

struct serve {
	struct engine *engine;
	const struct peer *peer;
};

/* A control_serve (wire/control.h); `user` is a struct serve. */
int serve(void *user, const struct control_request *request, char *text, size_t size);

#endif
