/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the owner asks courier, one row a verb. */
#include <errno.h>

#include "courier/courier.h"

static int serve_status(struct courier *c, struct control_text *t)
{
	for (size_t j = 0; j < JOURNALS; j++) {
		const struct follow *f = &c->journals[j];
		const char *name = journal_names[j];
		uint64_t behind = f->head_seq > f->at.seq ? f->head_seq - f->at.seq : 0;
		control_say(t, "courier_records_total{journal=\"%s\"} %llu\n", name,
			    (unsigned long long)f->taken);
		control_say(t, "courier_behind_records{journal=\"%s\"} %llu\n", name,
			    (unsigned long long)behind);
		control_say(t, "courier_trouble{journal=\"%s\"} %d\n", name, f->trouble[0] != '\0');
	}
	control_say(t, "courier_store_ok %d\n", c->store != NULL);
	control_say(t, "courier_store_errors_total %llu\n", (unsigned long long)c->stats.store_errors);
	control_say(t, "courier_turns_total %llu\n", (unsigned long long)c->stats.turns);
	control_say(t, "courier_contacts_open %llu\n", (unsigned long long)c->escalate.open);
	control_say(t, "courier_mails_total{result=\"sent\"} %llu\n", (unsigned long long)c->escalate.sent);
	control_say(t, "courier_mails_total{result=\"refused\"} %llu\n",
		    (unsigned long long)c->escalate.refused);
	control_say(t, "courier_mails_total{result=\"later\"} %llu\n",
		    (unsigned long long)c->escalate.failed);
	control_say(t, "courier_mail_down %d\n", escalate_is_down(&c->escalate));
	control_say(t, "courier_last_expire_timestamp_seconds %lld\n",
		    (long long)(c->stats.last_expire_ms / 1000));
	return 0;
}

static void problem(void *user, const char *file, int line, const char *text)
{
	control_say(user, "%s:%d: %s\n", file, line, text);
}

static int serve_check(struct courier *c, struct control_text *t)
{
	struct conf *conf = NULL;
	int rc = conf_load(c->conf->path, problem, t, &conf);

	conf_free(conf);
	return rc;
}

static int serve_reload(struct courier *c, struct control_text *t)
{
	return courier_reload(c, problem, t);
}

int courier_control(void *user, const struct control_request *request, char *text, size_t size)
{
	static int (*const rows[CONTROL_VERBS])(struct courier *, struct control_text *) = {
		[CONTROL_STATUS] = serve_status,
		[CONTROL_CHECK] = serve_check,
		[CONTROL_RELOAD] = serve_reload,
	};
	struct control_text t = {text, size};

	if (request->verb >= CONTROL_VERBS || !rows[request->verb]) {
		control_say(&t, "trygg-courier does not know this request\n");
		return -EOPNOTSUPP;
	}
	return rows[request->verb](user, &t);
}
