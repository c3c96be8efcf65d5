/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "courier/mail.h"

#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

enum { MAIL_SIZE = 4096 };

void mail_init(struct mail *m, struct loop *loop)
{
	*m = (struct mail){.loop = loop, .child = -1};
}

bool mail_busy(const struct mail *m)
{
	return m->child >= 0;
}

/* RFC 5322 date-time in UTC, without the locale's words. */
static void date_text(int64_t wall_ms, char out[static 40])
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm t;

	(void)gmtime_r(&seconds, &t);
	(void)snprintf(out, 40, "%s, %02d %s %04d %02d:%02d:%02d +0000", days[t.tm_wday], t.tm_mday,
		       months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

size_t mail_text(const struct conf *conf, const char *recipient, int64_t wall_ms, char *out, size_t size)
{
	char date[40];

	date_text(wall_ms, date);
	int n = snprintf(out, size,
			 "Date: %s\r\n"
			 "From: Trygg <%s>\r\n"
			 "To: <%s>\r\n"
			 "Subject: Noe venter i Trygg\r\n"
			 "Auto-Submitted: auto-generated\r\n"
			 "MIME-Version: 1.0\r\n"
			 "Content-Type: text/plain; charset=utf-8\r\n"
			 "Content-Transfer-Encoding: 8bit\r\n"
			 "\r\n"
			 "Noe venter på deg i Trygg.%s%s\r\n"
			 "Noko ventar på deg i Trygg.\r\n"
			 "Something is waiting for you in Trygg.\r\n",
			 date, conf->mail.from, recipient, *conf->mail.desk ? " " : "", conf->mail.desk);
	return n < 0 || (size_t)n >= size ? 0 : (size_t)n;
}

/* ---- The child */

struct source {
	const char *at;
	size_t left;
};

static size_t feed(char *out, size_t size, size_t count, void *user)
{
	struct source *s = user;
	size_t n = size * count < s->left ? size * count : s->left;

	memcpy(out, s->at, n);
	s->at += n;
	s->left -= n;
	return n;
}

/* A password stands in a file of its own, without its newline. */
static char *password(const struct conf *conf)
{
	char *text = NULL;
	size_t len = 0;

	if (!*conf->mail.password || file_read(conf->mail.password, 1024, &text, &len) < 0)
		return NULL;
	text[strcspn(text, "\r\n")] = '\0';
	return text;
}

static void set_options(CURL *curl, const struct conf *conf)
{
	char *secret = password(conf);

	(void)curl_easy_setopt(curl, CURLOPT_URL, conf->mail.server);
	(void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	(void)curl_easy_setopt(curl, CURLOPT_USE_SSL,
			       (long)(conf->mail.tls ? CURLUSESSL_ALL : CURLUSESSL_TRY));
	(void)curl_easy_setopt(curl, CURLOPT_MAIL_FROM, conf->mail.from);
	(void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)MAIL_PATIENCE_S);
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	if (*conf->mail.user)
		(void)curl_easy_setopt(curl, CURLOPT_USERNAME, conf->mail.user);
	if (secret)
		(void)curl_easy_setopt(curl, CURLOPT_PASSWORD, secret);
	free(secret);
}

/* 5yz is the server's last word (RFC 5321 4.2.1); all else may go better another time. */
static enum mail_result result_of(CURL *curl, CURLcode rc)
{
	long code = 0;

	if (rc == CURLE_OK)
		return MAIL_SENT;
	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
	return code >= 550 && code <= 559 ? MAIL_REFUSED : MAIL_LATER;
}

static enum mail_result perform(const struct conf *conf, const char *recipient)
{
	char text[MAIL_SIZE];
	struct source source = {text, mail_text(conf, recipient, clock_wall_ms(), text, sizeof(text))};
	CURL *curl = curl_easy_init();
	struct curl_slist *to = curl_slist_append(NULL, recipient);
	enum mail_result result = MAIL_LATER;

	if (curl && to && source.left > 0) {
		set_options(curl, conf);
		(void)curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, to);
		(void)curl_easy_setopt(curl, CURLOPT_READFUNCTION, feed);
		(void)curl_easy_setopt(curl, CURLOPT_READDATA, &source);
		(void)curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
		result = result_of(curl, curl_easy_perform(curl));
	}
	curl_slist_free_all(to);
	curl_easy_cleanup(curl);
	return result;
}

/* ---- The parent */

static void ended(void *user, uint32_t events)
{
	struct mail *m = user;
	siginfo_t info = {0};
	int rc = waitid(P_PIDFD, (id_t)m->child, &info, WEXITED);
	enum mail_result result = MAIL_LATER;

	(void)events;
	if (rc == 0 && info.si_code == CLD_EXITED && info.si_status <= MAIL_LATER)
		result = (enum mail_result)info.si_status;
	loop_unwatch(m->loop, m->child);
	(void)close(m->child);
	m->child = -1;
	m->done(m->user, result);
}

int mail_send(struct mail *m, const struct conf *conf, const char *recipient, mail_done *done, void *user)
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit((int)perform(conf, recipient));
	m->child = (int)syscall(SYS_pidfd_open, pid, 0);
	if (m->child < 0) {
		int rc = -errno;
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
		return rc;
	}
	m->done = done;
	m->user = user;
	return loop_watch(m->loop, m->child, EPOLLIN, ended, m);
}

void mail_clear(struct mail *m)
{
	if (m->child < 0)
		return;
	loop_unwatch(m->loop, m->child);
	(void)syscall(SYS_pidfd_send_signal, m->child, SIGKILL, NULL, 0);
	(void)waitid(P_PIDFD, (id_t)m->child, NULL, WEXITED);
	(void)close(m->child);
	m->child = -1;
}
