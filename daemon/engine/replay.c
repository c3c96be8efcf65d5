/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/replay.h"

#include <errno.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/log.h"
#include "engine/inspect.h"
#include "net/pcap.h"

enum { CAPTURE_MAX = 1 << 30 };

/* Canonical names and rule texts are printable ASCII; of that JSON escapes two. */
static void print_text(FILE *out, const char *name, const char *text)
{
	(void)fprintf(out, ",\"%s\":\"", name);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			(void)fputc('\\', out);
		if (*text >= 0x20 && *text < 0x7f)
			(void)fputc(*text, out);
		else
			(void)fprintf(out, "\\u%04x", (unsigned)(uint8_t)*text);
	}
	(void)fputc('"', out);
}

static void print_outcome(void *user, const struct outcome *o)
{
	FILE *out = user;
	(void)fprintf(out, "{\"packet\":%llu", (unsigned long long)o->packet);
	print_text(out, "proto", o->proto);
	print_text(out, "name", o->name);
	print_text(out, "action", action_names[o->action]);
	print_text(out, "category", o->category);
	print_text(out, "rule", o->rule);
	(void)fputs("}\n", out);
}

/* What the firewall would have queued. Only the ports matter here; what is wrong with a packet is inspect()'s. */
static bool is_queued(const struct engine *e, struct span bytes)
{
	struct headers h;
	(void)decode(bytes, &h);
	return inspect_proto(e, &h) != NULL || inspect_server_proto(e, &h) != NULL;
}

int replay(struct engine *e, const char *path, FILE *out)
{
	struct pcap capture;
	struct pcap_packet found;
	enum pcap_next next;
	char *bytes = NULL;
	size_t len = 0;
	struct answer_slot *answer = calloc(1, sizeof *answer);
	int rc = answer != NULL ? file_read(path, CAPTURE_MAX, &bytes, &len) : -ENOMEM;
	if (rc == 0)
		rc = pcap_open(&capture, span_of(bytes, len));
	if (rc < 0)
		goto out;
	e->outcome = print_outcome;
	e->outcome_user = out;
	engine_tick(e);
	while ((next = pcap_next(&capture, &found)) == PCAP_PACKET) {
		struct packet packet = {
			.bytes = found.packet, .wire_len = found.wire_len, .number = found.number};
		if (!is_queued(e, found.packet))
			continue;
		answer->reply_count = 0;
		inspect(e, &packet, answer);
	}
	if (next == PCAP_TORN)
		log_warn("%s: ends inside packet %llu", path, (unsigned long long)capture.number + 1);
	if (fflush(out) != 0)
		rc = -EIO;
out:
	free(bytes);
	free(answer);
	return rc;
}
