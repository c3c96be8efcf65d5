/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers as a resolver gives them: the question back with its case kept (a client may check it, 0x20), RD and CD
 * copied, RA set, never AD; AA only for the canaries, which are zones of our own. A negative answer
 * carries an SOA, else nobody may cache it (RFC 2308 5), with a time as short as that of the address: a rule can be
 * taken back any moment.
 */
#include "proto/dns.h"

enum {
	RESPONSE = 0x8000,
	OPCODE = 0x7800,
	AUTHORITATIVE = 0x0400,
	RECURSION_DESIRED = 0x0100,
	RECURSION_AVAILABLE = 0x0080,
	CHECKING_DISABLED = 0x0010,
	NOERROR = 0,
	FORMERR = 1,
	NXDOMAIN = 3,
	QUESTION_NAME = 0xc00c, /* a pointer to the name of the question */
	CLASS_IN = 1,
	EDE = 15,
	EDE_BLOCKED = 15,
	EDE_CENSORED = 16,
};

/* trygg.invalid, and hostmaster.trygg.invalid */
static const char soa_names[] = "\5trygg\7invalid\0"
				"\12hostmaster\5trygg\7invalid";

_Static_assert(12 + 255 + 4 + 12 + sizeof(soa_names) + 20 + 17 + 2 <= DNS_ANSWER_MAX, "no answer is cut");

static void write_counts(struct writer *w, unsigned questions, unsigned answers, unsigned authority,
			 unsigned additional)
{
	writer_u16(w, (uint16_t)questions);
	writer_u16(w, (uint16_t)answers);
	writer_u16(w, (uint16_t)authority);
	writer_u16(w, (uint16_t)additional);
}

static void write_record(struct writer *w, uint16_t type, size_t len)
{
	writer_u16(w, QUESTION_NAME);
	writer_u16(w, type);
	writer_u16(w, CLASS_IN);
	writer_u32(w, DNS_TTL_S);
	writer_u16(w, (uint16_t)len);
}

static void write_soa(struct writer *w)
{
	write_record(w, DNS_SOA, sizeof soa_names + 20);
	writer_bytes(w, soa_names, sizeof soa_names);
	writer_u32(w, 1);     /* serial */
	writer_u32(w, 3600);  /* refresh */
	writer_u32(w, 600);   /* retry */
	writer_u32(w, 86400); /* expire */
	writer_u32(w, DNS_TTL_S);
}

/* RFC 6891 6.1.2, with an Extended DNS Error (RFC 8914 2) unless `ede` is 0. The note only where there is room. */
static void write_opt(struct writer *w, const struct dns_question *q, uint16_t ede, const char *note)
{
	enum { FIXED = 1 + 2 + 2 + 4 + 2 + 2 + 2 + 2 };
	struct span text = span_text(note != NULL && ede != 0 ? note : "");
	if (text.len > STOP_NOTE_MAX || writer_len(w) + FIXED + text.len > DNS_ANSWER_MAX)
		text = span_of("", 0);
	writer_u8(w, 0);
	writer_u16(w, DNS_OPT);
	writer_u16(w, DNS_UDP_SIZE);
	writer_u32(w, q->dnssec_ok ? 0x8000 : 0);
	writer_u16(w, (uint16_t)(ede != 0 ? 6 + text.len : 0));
	if (ede == 0)
		return;
	writer_u16(w, EDE);
	writer_u16(w, (uint16_t)(2 + text.len));
	writer_u16(w, ede);
	writer_span(w, text);
}

/* The address to send the question's family to; empty when help has none, or the question is about something else. */
static struct span help_address(const struct dns_question *q, const struct stop *s)
{
	if (s->canary == NULL && q->qtype == DNS_A && s->help4 != NULL)
		return span_of(*s->help4, 4);
	if (s->canary == NULL && q->qtype == DNS_AAAA && s->help6 != NULL)
		return span_of(*s->help6, 16);
	return span_of("", 0);
}

static void write_error(struct writer *w, const struct dns_question *q)
{
	writer_u16(w, q->id);
	writer_u16(w, (uint16_t)(RESPONSE | (q->flags & (OPCODE | RECURSION_DESIRED)) | FORMERR));
	write_counts(w, 0, 0, 0, 0);
}

static void write_stop(struct writer *w, const struct dns_question *q, const struct stop *s)
{
	struct span address = help_address(q, s);
	bool found = address.len > 0;
	unsigned code = s->canary != NULL && strcmp(s->canary, "nxdomain") == 0 ? NXDOMAIN : NOERROR;
	unsigned authority = s->canary != NULL ? AUTHORITATIVE : 0;
	uint16_t ede = s->canary != NULL ? 0 : s->mandatory && !s->confidential ? EDE_CENSORED : EDE_BLOCKED;
	writer_u16(w, q->id);
	writer_u16(w, (uint16_t)(RESPONSE | authority | (q->flags & (RECURSION_DESIRED | CHECKING_DISABLED)) |
				 RECURSION_AVAILABLE | code));
	write_counts(w, 1, found, !found, q->edns);
	writer_span(w, q->question);
	if (found) {
		write_record(w, q->qtype, address.len);
		writer_span(w, address);
	} else {
		write_soa(w);
	}
	if (q->edns)
		write_opt(w, q, ede, s->confidential ? NULL : s->note);
}

void dns_answer(const struct request *r, const struct stop *s, struct writer *out)
{
	uint8_t message[DNS_ANSWER_MAX];
	struct writer w = writer_of(message, sizeof message);
	if (s->refused && !r->dns.header_whole)
		return;
	if (s->refused)
		write_error(&w, &r->dns);
	else
		write_stop(&w, &r->dns, s);
	if (r->transport == TRANSPORT_STREAM)
		writer_u16(out, (uint16_t)writer_len(&w));
	writer_bytes(out, message, writer_len(&w));
}
