/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "review/opening.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "incident/box.h"
#include "review/audit.h"
#include "review/contacts.h"

enum { PASSPHRASE_SIZE = 200, PATH_SIZE = 4400 };

/* First byte of what the child writes. */
enum outcome {
	OPENED = 'o',
	WRONG_KEY_FILE = 'f',
	WRONG_PASSPHRASE = 'p',
	NOT_FOR_THIS_KEY = 'k',
	GONE = 'g'
};

struct unsealing {
	struct unsealing *next;
	struct call call;           /* its request is the copy below */
	struct web_request request; /* nothing of it but the ticket is used */
	struct web_response response;
	struct loop_timer timer;
	pid_t child;
	int pipe;
	char sealed[BOX_DIGEST_SIZE];
	char path[PATH_SIZE]; /* of the box */
	size_t len;
	char said[BOX_CONTENT_MAX + 2];
};

/* ---- The child */

static enum outcome try_open(const char *path, struct span key_text, const char *passphrase, uint8_t *out,
			     size_t size, size_t *len)
{
	struct box_key key;
	char *box = NULL;
	size_t box_len = 0;
	int rc = box_secret_parse(key_text, passphrase, &key);

	if (rc < 0)
		return rc == -EACCES ? WRONG_PASSPHRASE : WRONG_KEY_FILE;
	if (file_read(path, BOX_SIZE_MAX, &box, &box_len) < 0)
		return GONE;
	rc = box_open(span_of(box, box_len), &key, out, size, len);
	sodium_memzero(&key, sizeof(key));
	free(box);
	return rc == 0 ? OPENED : NOT_FOR_THIS_KEY;
}

static _Noreturn void child(int out, const char *path, struct span key, struct span passphrase)
{
	uint8_t said[BOX_CONTENT_MAX + 1];
	char phrase[PASSPHRASE_SIZE];
	size_t len = 0;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)snprintf(phrase, sizeof(phrase), "%.*s", (int)passphrase.len, (const char *)passphrase.at);
	said[0] = (uint8_t)try_open(path, key, phrase, said + 1, sizeof(said) - 1, &len);
	(void)file_write_all(out, said, said[0] == OPENED ? len + 1 : 1);
	sodium_memzero(said, sizeof(said));
	sodium_memzero(phrase, sizeof(phrase));
	_exit(0);
}

/* ---- The parent */

static void leave(struct unsealing *o)
{
	struct unsealing **at = &o->call.review->openings;

	while (*at != o)
		at = &(*at)->next;
	*at = o->next;
	loop_disarm(o->call.review->loop, &o->timer);
	if (o->pipe >= 0) {
		loop_unwatch(o->call.review->loop, o->pipe);
		(void)close(o->pipe);
	}
	if (o->child > 0) {
		(void)kill(o->child, SIGKILL);
		(void)waitpid(o->child, NULL, 0);
	}
	record_client_forget(o->call.review->keeper, o);
	/* audit_then() answers by itself when it could. */
	if (!o->response.later)
		web_finish(o->request.ticket, &o->response);
	sodium_memzero(o, sizeof(*o));
	free(o);
}

static void sorry(struct unsealing *o, int status, const char *key)
{
	desk_sorry(&o->call, status, key);
	leave(o);
}

static void on_time(void *user)
{
	sorry(user, 503, "sorry_audit");
}

static const char *text_of(const json_t *content, const char *key)
{
	const char *text = json_string_value(json_object_get(content, key));

	return text ? text : "";
}

static void show(struct unsealing *o)
{
	json_t *content = json_loadb(o->said + 1, o->len - 1, JSON_REJECT_DUPLICATES, NULL);
	json_t *data = desk_data();
	char thing[32];

	json_object_set_new(data, "call_me", json_string(text_of(content, "call_me")));
	json_object_set_new(data, "where", json_string(text_of(content, "where")));
	json_object_set_new(data, "language", json_string(text_of(content, "language")));
	json_object_set_new(data, "not_in_class",
			    json_boolean(json_is_true(json_object_get(content, "not_in_class"))));
	json_object_set_new(data, "not_home_first",
			    json_boolean(json_is_true(json_object_get(content, "not_home_first"))));
	json_object_set_new(data, "topic",
			    json_string(contact_topic(&o->call, text_of(content, "category"))));
	json_object_set_new(data, "id", json_string(o->sealed));
	contact_add_close(&o->call, data);
	desk_render(&o->call, "opened", data, 200);
	json_decref(content);
	(void)snprintf(thing, sizeof(thing), "contact/%.12s", o->sealed);
	audit_then(&o->call, "open", thing, o->call.session.account.kind);
	leave(o);
}

/* That it was read is on disk. A pupil who took it back a moment before has the last word. */
static void on_read(void *user, enum record_outcome outcome)
{
	struct unsealing *o = user;

	if (outcome != RECORD_DONE)
		sorry(o, 503, "sorry_audit");
	else if (access(o->path, F_OK) < 0)
		sorry(o, 404, "contact_gone");
	else
		show(o);
}

static void tell_read(struct unsealing *o)
{
	struct record r = {.journal = JOURNAL_CONTACT, .event = EVENT_CONTACT, .count = 1};

	r.time_ms = o->call.now_ms / 3600000 * 3600000;
	(void)snprintf(r.action, sizeof(r.action), "read");
	(void)snprintf(r.detail, sizeof(r.detail), "%s", o->call.session.account.kind);
	(void)snprintf(r.sealed, sizeof(r.sealed), "%s", o->sealed);
	if (record_client_append_told(o->call.review->keeper, &r, on_read, o) < 0)
		sorry(o, 503, "sorry_audit");
}

static void on_child(void *user, uint32_t events)
{
	static const struct {
		char outcome;
		const char *key;
	} table[] = {{WRONG_KEY_FILE, "contact_key_file"},
		     {WRONG_PASSPHRASE, "contact_passphrase"},
		     {NOT_FOR_THIS_KEY, "contact_other_key"},
		     {GONE, "contact_gone"}};
	struct unsealing *o = user;
	const char *why = "contact_key_file";

	(void)events;
	ssize_t n = read(o->pipe, o->said + o->len, sizeof(o->said) - 1 - o->len);
	if (n > 0) {
		o->len += (size_t)n;
		return;
	}
	loop_unwatch(o->call.review->loop, o->pipe);
	(void)close(o->pipe);
	o->pipe = -1;
	if (o->len > 1 && o->said[0] == OPENED) {
		tell_read(o);
		return;
	}
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (o->len > 0 && o->said[0] == table[i].outcome)
			why = table[i].key;
	}
	audit_note(&o->call, o->call.session.account.name, "refused", "contact");
	sorry(o, 403, why);
}

static size_t running(const struct review *r)
{
	size_t count = 0;

	for (const struct unsealing *o = r->openings; o; o = o->next)
		count++;
	return count;
}

static struct unsealing *prepare(struct call *c, const char *sealed)
{
	struct unsealing *o = running(c->review) < OPENINGS_MAX ? calloc(1, sizeof(*o)) : NULL;

	if (!o)
		return NULL;
	o->call = *c;
	o->request = (struct web_request){.ticket = c->request->ticket};
	o->call.request = &o->request;
	o->call.response = &o->response;
	o->pipe = -1;
	(void)snprintf(o->sealed, sizeof(o->sealed), "%s", sealed);
	(void)snprintf(o->path, sizeof(o->path), "%.4000s/contact/boxes/%s.box", c->conf->journal.folder,
		       sealed);
	o->next = c->review->openings;
	c->review->openings = o;
	return o;
}

void opening_begin(struct call *c, const char *sealed, struct span key, struct span passphrase)
{
	int ends[2] = {-1, -1};
	struct unsealing *o = prepare(c, sealed);

	if (!o || pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) {
		if (o)
			c->review->openings = o->next;
		free(o);
		desk_sorry(c, 503, "contact_busy");
		return;
	}
	o->pipe = ends[0];
	o->child = fork();
	if (o->child == 0) {
		(void)fcntl(ends[1], F_SETFL, 0);
		child(ends[1], o->path, key, passphrase);
	}
	(void)close(ends[1]); /* without a child the pipe ends at once */
	*c->response = (struct web_response){.later = true};
	(void)loop_watch(c->review->loop, o->pipe, EPOLLIN, on_child, o);
	loop_arm(c->review->loop, &o->timer, OPENING_MS, on_time, o);
}

void opening_end(struct review *r)
{
	while (r->openings)
		sorry(r->openings, 503, "contact_busy");
}
