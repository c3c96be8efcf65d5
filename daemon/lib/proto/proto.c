/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of protocols. */
#include "proto/proto.h"
#include "proto/dns.h"

const struct proto protos[PROTOS] = {
	[PROTO_DNS] = {.name = "dns", .once = false, .parse = dns_parse, .answer = dns_answer},
};
