/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pupils' side of load tests: numbered DNS questions over UDP, many a system call, every answer accounted
 * for by its number. The first label is 'q' (or 's' for the share of stopped names) and eight hex digits; an
 * answer is "real" when it carries dns_echo's TTL of an hour, else the filter made it.
 *
 *   --rate N     N questions a second, evenly spread (latency and loss at a known load)
 *   --window N   without --rate: at most N unanswered at a time, as fast as answers come
 *   --queue F    saturation: as fast as the kernel's queue --queue-number drains, whose length stands in F
 *                (/proc/PID/net/netfilter/nfnetlink_queue); at most --window wait in it, nobody has to answer.
 *                With --stall PID,PID those processes are stopped while --window questions are laid in, then go on
 *                until none waits: who is faster than this program still never finds the queue short
 *
 * Prints one JSON line: sent, answered, lost, doubled, real, stopped, sent_stopped, wrong (a stopped name
 * answered by the server or the reverse), seconds and the round-trip percentiles of both kinds in
 * microseconds.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	BATCH = 64,
	SOCKETS_MAX = 64,
	DATAGRAM = 600,
	QUESTION_MAX = 320,
	DNS_HEADER = 12,
	DIGITS = 8,
	BUFFER_BYTES = 8 << 20,
	REAL_TTL = 3600,
};

struct options {
	const char *to, *from, *pass, *stop, *queue, *stall;
	uint32_t count, rate, window, sockets, stop_every, patience_ms, queue_number;
};

struct sent {
	uint64_t at_ns; /* 0 = not sent */
	uint32_t took_us;
	uint8_t answers;
	bool real;
};

struct load {
	struct options o;
	int sock[SOCKETS_MAX];
	struct sent *sent;
	uint32_t next, answered, doubled;
	uint8_t pass[QUESTION_MAX], stop[QUESTION_MAX]; /* wire names behind the numbered label */
	size_t pass_len, stop_len;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

_Noreturn static void die(const char *what)
{
	fprintf(stderr, "dns_load: %s: %s\n", what, strerror(errno));
	exit(2);
}

static size_t wire_name(const char *text, uint8_t out[static QUESTION_MAX])
{
	size_t len = 0;

	while (*text) {
		size_t label = strcspn(text, ".");
		if (label == 0 || label > 63 || len + label + 2 > 200) {
			fprintf(stderr, "dns_load: bad name\n");
			exit(2);
		}
		out[len++] = (uint8_t)label;
		memcpy(out + len, text, label);
		len += label;
		text += label + (text[label] == '.');
	}
	out[len++] = 0;
	return len;
}

static bool is_stop(const struct load *l, uint32_t number)
{
	return l->o.stop_every > 0 && number % l->o.stop_every == l->o.stop_every - 1;
}

static size_t question(const struct load *l, uint32_t number, uint8_t out[static DATAGRAM])
{
	static const uint8_t head[DNS_HEADER] = {[2] = 1 /* recursion desired */, [5] = 1};
	static const uint8_t tail[] = {0, 1, 0, 1};
	bool stop = is_stop(l, number);
	size_t at = DNS_HEADER;

	memcpy(out, head, sizeof(head));
	out[0] = (uint8_t)(number >> 8);
	out[1] = (uint8_t)number;
	out[at++] = DIGITS + 1;
	out[at++] = stop ? 's' : 'q';
	for (unsigned shift = 32; shift > 0; shift -= 4)
		out[at++] = (uint8_t) "0123456789abcdef"[number >> (shift - 4) & 15];
	memcpy(out + at, stop ? l->stop : l->pass, stop ? l->stop_len : l->pass_len);
	at += stop ? l->stop_len : l->pass_len;
	memcpy(out + at, tail, sizeof(tail));
	return at + sizeof(tail);
}

/* Sends up to `want` questions, each batch through the next socket. */
static void send_some(struct load *l, uint32_t want)
{
	static uint8_t bytes[BATCH][DATAGRAM];
	struct mmsghdr message[BATCH];
	struct iovec part[BATCH];

	while (want > 0) {
		uint32_t n = want < BATCH ? want : BATCH;
		int sock = l->sock[l->next / BATCH % l->o.sockets];

		memset(message, 0, sizeof(message));
		uint64_t now = now_ns();
		for (uint32_t i = 0; i < n; i++) {
			part[i] = (struct iovec){bytes[i], question(l, l->next + i, bytes[i])};
			message[i].msg_hdr.msg_iov = &part[i];
			message[i].msg_hdr.msg_iovlen = 1;
			l->sent[l->next + i].at_ns = now;
		}
		int done = sendmmsg(sock, message, n, 0);
		if (done < 0 && errno != ECONNREFUSED && errno != EINTR && errno != EAGAIN)
			die("send");
		l->next += done > 0 ? (uint32_t)done : 0;
		want -= done > 0 ? (uint32_t)done : 0;
	}
}

/*
 * The TTL of the first answer record, which follows the question with a compressed owner; 0 when there is
 * none.
 */
static uint32_t answer_ttl(const uint8_t *bytes, size_t len)
{
	size_t at = DNS_HEADER;

	if (len < DNS_HEADER || (bytes[6] | bytes[7]) == 0)
		return 0;
	while (at < len && bytes[at] != 0)
		at += 1u + bytes[at];
	at += 5 + 2 + 2 + 2;
	if (at + 4 > len)
		return 0;
	return (uint32_t)bytes[at] << 24 | (uint32_t)bytes[at + 1] << 16 | (uint32_t)bytes[at + 2] << 8 |
	       bytes[at + 3];
}

static void account(struct load *l, const uint8_t *bytes, size_t len, uint64_t now)
{
	char digits[DIGITS + 1] = "";

	if (len < DNS_HEADER + DIGITS + 2 || bytes[DNS_HEADER] != DIGITS + 1)
		return;
	memcpy(digits, bytes + DNS_HEADER + 2, DIGITS);
	uint32_t number = (uint32_t)strtoul(digits, NULL, 16);
	if (number >= l->o.count || l->sent[number].at_ns == 0)
		return;
	struct sent *s = &l->sent[number];
	if (s->answers > 0) {
		l->doubled++;
		return;
	}
	s->answers = 1;
	s->took_us = (uint32_t)((now - s->at_ns) / 1000);
	s->real = answer_ttl(bytes, len) == REAL_TTL;
	l->answered++;
}

static void receive_all(struct load *l)
{
	static uint8_t bytes[BATCH][DATAGRAM];
	static struct mmsghdr message[BATCH];
	static struct iovec part[BATCH];

	for (uint32_t s = 0; s < l->o.sockets; s++) {
		int got = BATCH;
		while (got == BATCH) {
			for (size_t i = 0; i < BATCH; i++) {
				part[i] = (struct iovec){bytes[i], DATAGRAM};
				message[i].msg_hdr = (struct msghdr){.msg_iov = &part[i], .msg_iovlen = 1};
			}
			got = recvmmsg(l->sock[s], message, BATCH, MSG_DONTWAIT, NULL);
			uint64_t now = now_ns();
			for (int i = 0; i < got; i++)
				account(l, bytes[i], message[i].msg_len, now);
		}
	}
}

/* Waits for an answer on any socket, at most `ns`. */
static void wait_answers(struct load *l, uint64_t ns)
{
	struct pollfd fds[SOCKETS_MAX];
	struct timespec t = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};

	for (uint32_t i = 0; i < l->o.sockets; i++)
		fds[i] = (struct pollfd){.fd = l->sock[i], .events = POLLIN};
	ppoll(fds, l->o.sockets, &t, NULL);
	receive_all(l);
}

static void run_rate(struct load *l)
{
	uint64_t start = now_ns();

	while (l->next < l->o.count) {
		uint64_t passed = now_ns() - start;
		uint64_t due = passed * l->o.rate / 1000000000u + 1;
		if (due > l->o.count)
			due = l->o.count;
		if (due > l->next)
			send_some(l, (uint32_t)due - l->next);
		uint64_t next_ns = (uint64_t)l->next * 1000000000u / l->o.rate;
		passed = now_ns() - start;
		wait_answers(l, next_ns > passed ? next_ns - passed : 0);
	}
}

/* A quarter of the window free, then a burst: full batches without a system call per answer. */
static void run_window(struct load *l)
{
	uint64_t quiet_since = now_ns();
	uint32_t lost = 0, answered = 0;

	while (l->next < l->o.count) {
		uint32_t open = l->next - l->answered - lost;
		if (open + l->o.window / 4 <= l->o.window) {
			uint32_t want = l->o.window - open;
			send_some(l, want < l->o.count - l->next ? want : l->o.count - l->next);
		}
		wait_answers(l, 1000000);
		if (l->answered != answered) {
			answered = l->answered;
			quiet_since = now_ns();
		} else if (now_ns() - quiet_since > (uint64_t)l->o.patience_ms * 1000000u) {
			lost = l->next - l->answered;
			quiet_since = now_ns();
		}
	}
}

/* Packets that wait in the kernel's queue of that number: the third column of its line. */
static uint32_t queue_waiting(int file, uint32_t wanted)
{
	char text[2048];
	ssize_t got = pread(file, text, sizeof(text) - 1, 0);

	if (got <= 0)
		die("queue");
	text[got] = '\0';
	for (const char *line = text; line; line = strchr(line, '\n')) {
		unsigned number = 0, waiting = 0;
		line += *line == '\n';
		if (sscanf(line, "%u %*u %u", &number, &waiting) == 2 && number == wanted)
			return waiting;
	}
	errno = ENOENT;
	die("queue");
}

static void signal_all(const char *pids, int number)
{
	for (char *end; *pids; pids = *end ? end + 1 : end) {
		if (kill((pid_t)strtol(pids, &end, 10), number) < 0)
			die("stall");
	}
}

/* The next questions, as long as they find room. */
static void fill_queue(struct load *l, int file)
{
	while (l->next < l->o.count && queue_waiting(file, l->o.queue_number) + BATCH <= l->o.window)
		send_some(l, l->o.count - l->next < BATCH ? l->o.count - l->next : BATCH);
}

static void run_queue(struct load *l)
{
	int file = open(l->o.queue, O_RDONLY | O_CLOEXEC);

	if (file < 0)
		die(l->o.queue);
	while (l->next < l->o.count) {
		if (l->o.stall)
			signal_all(l->o.stall, SIGSTOP);
		fill_queue(l, file);
		if (l->o.stall)
			signal_all(l->o.stall, SIGCONT);
		while (l->o.stall && queue_waiting(file, l->o.queue_number) > 0)
			usleep(100);
	}
	while (queue_waiting(file, l->o.queue_number) > 0)
		usleep(100);
	close(file);
}

static void wait_rest(struct load *l)
{
	uint64_t until = now_ns() + (uint64_t)l->o.patience_ms * 1000000u;

	while (l->answered < l->o.count && now_ns() < until)
		wait_answers(l, 5000000);
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void print_percentiles(const struct load *l, const char *name, bool stop)
{
	uint32_t *took = calloc(l->o.count, sizeof(*took));
	size_t n = 0;

	if (!took)
		die("memory");
	for (uint32_t i = 0; i < l->o.count; i++) {
		if (l->sent[i].answers > 0 && is_stop(l, i) == stop)
			took[n++] = l->sent[i].took_us;
	}
	qsort(took, n, sizeof(*took), by_value);
	printf(", \"%s_p50_us\": %u, \"%s_p99_us\": %u, \"%s_max_us\": %u", name, n ? took[n / 2] : 0, name,
	       n ? took[n * 99 / 100] : 0, name, n ? took[n - 1] : 0);
	free(took);
}

static void report(const struct load *l, uint64_t took_ns)
{
	uint32_t real = 0, stopped = 0, wrong = 0, stops = 0;

	for (uint32_t i = 0; i < l->o.count; i++) {
		const struct sent *s = &l->sent[i];
		stops += is_stop(l, i);
		if (s->answers == 0)
			continue;
		real += s->real;
		stopped += !s->real;
		wrong += s->real == is_stop(l, i);
	}
	printf("{\"sent\": %u, \"answered\": %u, \"lost\": %u, \"doubled\": %u, \"real\": %u, \"stopped\": "
	       "%u, "
	       "\"sent_stopped\": %u, \"wrong\": %u, \"seconds\": %.3f",
	       l->o.count, l->answered, l->o.count - l->answered, l->doubled, real, stopped, stops, wrong,
	       (double)took_ns / 1e9);
	print_percentiles(l, "pass", false);
	print_percentiles(l, "stop", true);
	puts("}");
}

static int open_socket(const struct options *o)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(53)},
			    from6 = {.sin6_family = AF_INET6};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(53)},
			   from4 = {.sin_family = AF_INET};
	bool is_six = inet_pton(AF_INET6, o->to, &six.sin6_addr) == 1;
	int size = BUFFER_BYTES, rc = 0;
	int sock = socket(is_six ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (sock < 0 || (!is_six && inet_pton(AF_INET, o->to, &four.sin_addr) != 1))
		die(o->to);
	setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(sock, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	if (o->from && is_six)
		rc = inet_pton(AF_INET6, o->from, &from6.sin6_addr) == 1
			     ? bind(sock, (struct sockaddr *)&from6, sizeof(from6))
			     : -1;
	else if (o->from)
		rc = inet_pton(AF_INET, o->from, &from4.sin_addr) == 1
			     ? bind(sock, (struct sockaddr *)&from4, sizeof(from4))
			     : -1;
	if (rc < 0)
		die(o->from);
	rc = is_six ? connect(sock, (struct sockaddr *)&six, sizeof(six))
		    : connect(sock, (struct sockaddr *)&four, sizeof(four));
	if (rc < 0)
		die(o->to);
	return sock;
}

static uint32_t number_of(const char *text, uint32_t low, uint32_t high)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || end == text || n < low || n > high) {
		fprintf(stderr, "dns_load: %s: a number from %u to %u is wanted\n", text, low, high);
		exit(2);
	}
	return (uint32_t)n;
}

static void parse_options(int argc, char **argv, struct options *o)
{
	static const struct option table[] = {
		{"to", 1, NULL, 't'},           {"from", 1, NULL, 'f'},
		{"pass", 1, NULL, 'p'},         {"stop", 1, NULL, 's'},
		{"count", 1, NULL, 'c'},        {"rate", 1, NULL, 'r'},
		{"window", 1, NULL, 'w'},       {"sockets", 1, NULL, 'k'},
		{"stop-every", 1, NULL, 'e'},   {"queue", 1, NULL, 'q'},
		{"queue-number", 1, NULL, 'n'}, {"patience-ms", 1, NULL, 'm'},
		{"stall", 1, NULL, 'l'},        {NULL, 0, NULL, 0},
	};
	int c;

	*o = (struct options){.pass = "pass.example",
			      .stop = "stopp-test.example",
			      .count = 1000,
			      .window = 256,
			      .sockets = 4,
			      .patience_ms = 3000};
	while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
		switch (c) {
		case 't':
			o->to = optarg;
			break;
		case 'f':
			o->from = optarg;
			break;
		case 'p':
			o->pass = optarg;
			break;
		case 's':
			o->stop = optarg;
			break;
		case 'c':
			o->count = number_of(optarg, 1, 50000000);
			break;
		case 'r':
			o->rate = number_of(optarg, 1, 2000000);
			break;
		case 'w':
			o->window = number_of(optarg, 4, 8192);
			break;
		case 'k':
			o->sockets = number_of(optarg, 1, SOCKETS_MAX);
			break;
		case 'e':
			o->stop_every = number_of(optarg, 0, 1000000);
			break;
		case 'q':
			o->queue = optarg;
			break;
		case 'l':
			o->stall = optarg;
			break;
		case 'n':
			o->queue_number = number_of(optarg, 0, 65535);
			break;
		case 'm':
			o->patience_ms = number_of(optarg, 1, 120000);
			break;
		default:
			exit(2);
		}
	}
	if (!o->to || optind < argc) {
		fprintf(stderr,
			"usage: dns_load --to ADDRESS [--from A] [--count N] [--sockets N]\n"
			"                [--rate N | --window N [--queue F [--queue-number N]]]\n"
			"                [--pass NAME] [--stop NAME --stop-every N] [--patience-ms N]\n");
		exit(2);
	}
}

int main(int argc, char **argv)
{
	static struct load l;

	parse_options(argc, argv, &l.o);
	l.pass_len = wire_name(l.o.pass, l.pass);
	l.stop_len = wire_name(l.o.stop, l.stop);
	l.sent = calloc(l.o.count, sizeof(*l.sent));
	if (!l.sent)
		die("memory");
	for (uint32_t i = 0; i < l.o.sockets; i++)
		l.sock[i] = open_socket(&l.o);
	uint64_t start = now_ns();
	if (l.o.queue)
		run_queue(&l);
	else if (l.o.rate > 0)
		run_rate(&l);
	else
		run_window(&l);
	if (!l.o.queue)
		wait_rest(&l);
	report(&l, now_ns() - start);
	free(l.sent);
	return 0;
}
