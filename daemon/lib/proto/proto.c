/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of protocols. */
#include "proto/proto.h"
#include "proto/dns.h"
#include "proto/http.h"
#include "proto/tls.h"

const struct proto protos[PROTOS] = {
	[PROTO_DNS] = {.name = "dns", .once = false, .parse = dns_parse, .answer = dns_answer},
	[PROTO_TLS] = {.name = "tls", .once = true, .parse = tls_parse, .answer = tls_answer},
	[PROTO_HTTP] = {.name = "http",
			.once = false,
			.flow_bytes = sizeof(struct http_flow),
			.parse = http_parse,
			.body = http_body,
			.answer = http_answer},
};
