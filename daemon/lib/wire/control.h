/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket of every program, PREFIX/PROGRAM[@N].sock, SOCK_SEQPACKET: one request, one answer.
 * tryggctl asks all programs and joins the answers. Requests are a verb, a number and at most a few
 * descriptors, never a path. Answers are a status and lines of text, "name value\n"; names of counters are
 * Prometheus-style. (gate's ring socket is gate@N.sock; its control socket is gate-control@N.sock, so that
 * the two never mix.)
 */
#ifndef TRYGG_WIRE_CONTROL_H
#define TRYGG_WIRE_CONTROL_H

#include <stddef.h>
#include <stdint.h>

enum { CONTROL_MAGIC = 0x54524332 /* "TRC2" */, CONTROL_TEXT_MAX = 16384 };

enum control_verb {
	CONTROL_STATUS = 1, /* counters and state as lines */
	CONTROL_CHECK,      /* could you load what is on disk now? changes nothing */
	CONTROL_RELOAD,     /* load and swap between two packets */
	CONTROL_FLUSH,      /* keeper: write today's counts as `count` records now; engine: close windows */
	CONTROL_GAP,        /* keeper: record a gap; the request's text is its detail (firewall watch) */
	CONTROL_PURGE, /* keeper: delete by retention, leaving a signed checkpoint; number = days, 0 = configured */
	CONTROL_VERBS
};

struct control_request {
	uint32_t magic;
	uint32_t verb; /* enum control_verb */
	uint64_t number;
	char text[256]; /* NUL-terminated, printable ASCII */
};

struct control_answer {
	uint32_t magic;
	int32_t status; /* 0, or a negative errno with a reason in `text` */
	uint32_t len;   /* bytes of text that follow, without a NUL */
	char text[CONTROL_TEXT_MAX];
};

enum { CONTROL_ANSWER_HEAD = offsetof(struct control_answer, text) };

/*
 * Serves one verb: writes "name value\n" lines into `text` (size CONTROL_TEXT_MAX, NUL-terminated). 0 or
 * -errno.
 */
typedef int control_serve(void *user, const struct control_request *request, char *text, size_t size);

/* The text of an answer as it grows: whole lines only, what no longer fits is left out. */
struct control_text {
	char *at;
	size_t left; /* bytes, the NUL included */
};

void control_say(struct control_text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

struct loop;
struct control;

/*
 * Listens on `path` (mode 0600) in the loop; requests from other users than root and our own are refused.
 * Call it after sandbox_enter(). Owned by the caller; NULL with errno when the socket cannot be made.
 */
struct control *control_new(struct loop *loop, const char *path, control_serve *serve, void *user);
void control_free(struct control *c);
/*
 * Checks a whole request as it came, and copies it. -EBADMSG for another length, magic or verb, or unclean
 * text.
 */
int control_check(const void *message, size_t len, struct control_request *out);
/* Checks an answer of `len` bytes in place and makes its text a clean, terminated string. -EBADMSG. */
int control_check_answer(struct control_answer *a, size_t len);
/*
 * tryggctl's side: asks and waits up to `wait_ms`. 0 when an answer came; -errno when the program did not
 * answer.
 */
int control_ask(const char *path, const struct control_request *request, int wait_ms,
		struct control_answer *out);

#endif
