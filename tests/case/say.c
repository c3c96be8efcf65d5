/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parsers say, for comparison with the second readers in reference/. `say http|tls|dns` reads inputs, each a
 * length of four bytes in network order and then its bytes, and prints one line for each.
 */
#include "../unit/http_talk.h"
#include "proto/dns.h"
#include "proto/tls.h"

/* "GET host 0 n /path words|POST …|end"; a refusal is "bad" whatever its word. */
static void say_http(struct talk *t, struct span in)
{
	t->targets = true;
	if (in.len == 0)
		(void)snprintf(t->text, sizeof t->text, "end");
	else
		(void)talk_whole(t, in);
	for (char *c = t->text; *c != '\0'; c++) {
		if (*c == '\n')
			*c = '|';
		if (*c == '!' && (c == t->text || c[-1] == '|') && t->ended)
			(void)memcpy(c, "bad", 4);
	}
	puts(t->text);
}

static void say_tls(struct talk *t, struct span in)
{
	size_t used = 0;
	switch (tls_parse(in, TRANSPORT_STREAM, &t->request, &used)) {
	case PARSE_OK:
		printf("%s %zu %s\n", t->request.host.text, used, t->request.tls.ech ? "e" : "-");
		break;
	case PARSE_MORE:
		puts("more");
		break;
	case PARSE_BAD:
		puts("bad");
		break;
	}
}

static void say_message(struct talk *t, struct span in, enum proto_transport transport, const char *end)
{
	const struct dns_question *q = &t->request.dns;
	size_t used = 0;
	enum parse parsed = dns_parse(in, transport, &t->request, &used);
	if (parsed != PARSE_OK) {
		printf("%s%s", parsed == PARSE_MORE ? "more" : "bad", end);
		return;
	}
	printf("%u %s %u ", q->id, t->request.host.text, q->qtype);
	if (q->edns)
		printf("%u%s%s", q->udp_size, q->dnssec_ok ? "d" : "", end);
	else
		printf("-%s", end);
}

/* The bytes as a datagram, then as a stream. */
static void say_dns(struct talk *t, struct span in)
{
	say_message(t, in, TRANSPORT_DATAGRAM, "|");
	say_message(t, in, TRANSPORT_STREAM, "\n");
}

static const struct {
	const char *name;
	void (*say)(struct talk *t, struct span in);
} protocols[] = {{"http", say_http}, {"tls", say_tls}, {"dns", say_dns}};

static bool read_all(uint8_t *at, size_t len)
{
	return fread(at, 1, len, stdin) == len;
}

int main(int argc, char **argv)
{
	static uint8_t bytes[TALK_BYTES];
	uint8_t head[4];
	for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
		if (argc != 2 || strcmp(argv[1], protocols[i].name) != 0)
			continue;
		struct talk *t = talk_new();
		while (read_all(head, sizeof head)) {
			size_t len = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 |
				     head[3];
			if (len > sizeof bytes || !read_all(bytes, len))
				return 2;
			protocols[i].say(t, guard_put(&t->guard, bytes, len));
		}
		talk_free(t);
		return 0;
	}
	fputs("usage: say http|tls|dns <INPUTS\n", stderr);
	return 2;
}
