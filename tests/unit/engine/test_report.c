/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/service.h"

/* A keeper that remembers: what reaches it is all that would ever be written. */
struct keeper {
	struct loop *loop;
	char path[64];
	int listener, sock;
	struct report *report;
	struct conf *conf;
	struct record seen[64];
	unsigned count;
};

enum { HOUR = 3600 * 1000 };
static const int64_t at = INT64_C(500000) * HOUR + 1234567;

static struct keeper keeper_new(const char *conf)
{
	struct keeper k = {.loop = loop_new(), .sock = -1};
	(void)snprintf(k.path, sizeof k.path, "/tmp/trygg-report-%d.sock", (int)getpid());
	k.listener = service_listen(k.path, 0600);
	assert_true(k.listener >= 0);
	assert_int_equal(conf_load_text("/tmp/t.conf", span_text(conf), print_problem, NULL, &k.conf), 0);
	k.report = report_new(k.loop, k.path, 3);
	assert_non_null(k.report);
	k.sock = accept(k.listener, NULL, NULL);
	assert_true(k.sock >= 0);
	return k;
}

static void keeper_free(struct keeper *k)
{
	report_free(k->report);
	loop_free(k->loop);
	conf_free(k->conf);
	(void)close(k->sock);
	(void)close(k->listener);
	(void)unlink(k->path);
}

/* Reads what came; the tally's few milliseconds of waiting are the loop's. */
static void keeper_read(struct keeper *k)
{
	for (unsigned turn = 0; turn < 8; turn++)
		loop_turn(k->loop, 10);
	struct record r;
	while (recv(k->sock, &r, sizeof r, MSG_DONTWAIT) == (ssize_t)sizeof r) {
		assert_int_equal(record_check(&r, sizeof r, &r), 0);
		if (r.kind == RECORD_APPEND || r.kind == RECORD_TALLY)
			k->seen[k->count++] = r;
	}
}

static struct happening happening(const struct keeper *k, const char *category, enum action action)
{
	return (struct happening){.conf = k->conf,
				  .group = &k->conf->groups[0],
				  .category = conf_category(k->conf, category),
				  .action = action,
				  .proto = "dns",
				  .name = "www.example.org",
				  .rule = "school/a.rules:7",
				  .set = "0123456789abcdef",
				  .detail = "",
				  .wall_ms = at};
}

static void what_is_left_depends_on_category_and_mode(void **state)
{
	static const struct {
		const char *category, *conf;
		enum action action;
		unsigned kind; /* 0 = nothing */
		bool named, ruled;
	} cases[] = {
		{"self-harm", CONF(""), ACTION_HELP, RECORD_APPEND, true, true},
		{"malware", CONF(""), ACTION_REFUSE, RECORD_APPEND, false, true},
		{"games", CONF(""), ACTION_REFUSE, RECORD_TALLY, false, false},
		{"quiet", CONF(""), ACTION_REFUSE, 0, false, false},
		{"illegal", CONF(""), ACTION_HELP, RECORD_TALLY, false, false},
		{"self-harm", CONF(""), ACTION_OBSERVE, RECORD_TALLY, false, true},
		{"quiet", CONF(""), ACTION_OBSERVE, 0, false, false},
		{"self-harm", CONF("privacy = { mode = \"counts\"; };"), ACTION_HELP, RECORD_TALLY, false,
		 false},
		{"self-harm", CONF("privacy = { mode = \"counts\"; };"), ACTION_OBSERVE, RECORD_TALLY, false,
		 false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct keeper k = keeper_new(cases[i].conf);
		struct happening h = happening(&k, cases[i].category, cases[i].action);
		h.instead = ACTION_HELP;
		report_happening(k.report, &h);
		keeper_read(&k);
		assert_int_equal(k.count, cases[i].kind != 0);
		if (cases[i].kind != 0) {
			const struct record *r = &k.seen[0];
			assert_int_equal(r->kind, cases[i].kind);
			assert_int_equal(r->count, 1);
			assert_string_equal(r->category, cases[i].category);
			assert_string_equal(r->action, action_names[cases[i].action]);
			assert_string_equal(r->name, cases[i].named ? "www.example.org" : "");
			assert_string_equal(r->rule, cases[i].ruled ? "school/a.rules:7" : "");
			assert_string_equal(r->subject, "");
			assert_string_equal(r->detail, cases[i].action == ACTION_OBSERVE ? "help" : "");
			bool append = cases[i].kind == RECORD_APPEND;
			assert_string_equal(r->group, append ? "lower" : "lower-secondary");
			if (append)
				assert_int_equal(r->time_ms % HOUR, 0);
			if (append)
				assert_int_equal(r->until_ms, r->time_ms);
		}
		keeper_free(&k);
	}
}

static void a_confidential_hit_never_tells_its_name(void **state)
{
	struct keeper k = keeper_new(CONF(""));
	struct happening h = happening(&k, "self-harm", ACTION_HELP);
	(void)state;
	h.confidential = true;
	report_happening(k.report, &h);
	keeper_read(&k);
	assert_string_equal(k.seen[0].name, "");
	keeper_free(&k);
}

#define DECLARED                                                                                             \
	"privacy = { mode = \"pseudonymous\"; purpose = \"a\"; legal_basis = \"b\"; informed_on = "          \
	"\"2026-10-01\"; retention_reason = \"c\"; owner = \"d\"; };"

/* Sends one happening of a client and a stage; the subject that reaches keeper. */
static void subject_of(struct keeper *k, enum stage stage, const char *client, int64_t when,
		       struct record *out)
{
	struct conf_group group = k->conf->groups[0];
	struct happening h = happening(k, "self-harm", ACTION_HELP);
	struct address address;
	assert_int_equal(address_parse(client, &address), 0);
	group.stage = stage;
	h.group = &group;
	h.client = &address;
	h.wall_ms = when;
	k->count = 0;
	report_flush(k->report);
	report_happening(k->report, &h);
	keeper_read(k);
	assert_int_equal(k->count, 1);
	*out = k->seen[0];
}

static void a_pseudonym_is_of_one_device_and_one_day(void **state)
{
	struct keeper k = keeper_new(CONF(DECLARED));
	struct record first, again, other, next;
	(void)state;
	subject_of(&k, STAGE_LOWER_SECONDARY, "10.2.0.9", at, &first);
	subject_of(&k, STAGE_LOWER_SECONDARY, "10.2.0.9", at + 40000, &again);
	subject_of(&k, STAGE_LOWER_SECONDARY, "10.2.0.10", at + 90000, &other);
	subject_of(&k, STAGE_LOWER_SECONDARY, "10.2.0.9", at + 24 * HOUR, &next);
	assert_int_equal(strlen(first.subject), 16);
	assert_null(strstr(first.subject, "10."));
	assert_string_equal(first.subject, again.subject);
	assert_string_not_equal(first.subject, other.subject);
	assert_string_not_equal(first.subject, next.subject);
	assert_int_equal(first.time_ms, at); /* exact */
	keeper_free(&k);
}

static void staff_and_guests_never_carry_a_subject(void **state)
{
	struct keeper k = keeper_new(CONF(DECLARED));
	struct record r;
	(void)state;
	for (enum stage stage = STAGE_STAFF; stage <= STAGE_GUEST; stage++) {
		subject_of(&k, stage, "10.4.0.9", at + stage * 60000, &r);
		assert_string_equal(r.subject, "");
		assert_int_equal(r.time_ms % HOUR, 0);
	}
	keeper_free(&k);
}

static void a_visit_is_one_incident_at_once_and_one_repeat_at_its_end(void **state)
{
	struct keeper k = keeper_new(CONF(""));
	struct happening h = happening(&k, "self-harm", ACTION_HELP);
	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		h.wall_ms++;
		report_happening(k.report, &h);
	}
	struct record first;
	ssize_t n;
	do /* without a turn of the loop: it was sent before the answer went out */
		n = recv(k.sock, &first, sizeof first, MSG_DONTWAIT);
	while (n > 0 && first.kind != RECORD_APPEND);
	assert_int_equal(n, sizeof first);
	assert_int_equal(first.event, EVENT_INCIDENT);
	assert_int_equal(first.count, 1);
	report_flush(k.report);
	keeper_read(&k);
	assert_int_equal(k.count, 1);
	assert_int_equal(k.seen[0].event, EVENT_REPEAT);
	assert_int_equal(k.seen[0].count, 9);
	keeper_free(&k);
}

static void the_source_is_new_in_every_life(void **state)
{
	struct keeper a = keeper_new(CONF(""));
	struct happening h = happening(&a, "self-harm", ACTION_HELP);
	char src[RECORD_SRC_SIZE];
	(void)state;
	report_happening(a.report, &h);
	keeper_read(&a);
	memcpy(src, a.seen[0].src, sizeof src);
	assert_memory_equal(src, "engine@3-", 9);
	assert_int_equal(strlen(src), 9 + 16);
	keeper_free(&a);
	struct keeper b = keeper_new(CONF(""));
	h.conf = b.conf;
	h.group = &b.conf->groups[0];
	report_happening(b.report, &h);
	keeper_read(&b);
	assert_string_not_equal(b.seen[0].src, src);
	keeper_free(&b);
}

/* A whole question of the group that gets nothing, as it comes in. */
static void ask(struct engine *e, const char *name, size_t cut)
{
	uint8_t bytes[1024];
	struct talk t = {.len = 0};
	struct headers back = {.family = 4, .protocol = PROTOCOL_UDP, .source_port = 53, .target_port = 1000};
	struct client c = {.engine = e};
	talk_query(&t, name);
	memcpy(back.target, "\12\3\0\11", 4);
	size_t len = craft_udp(&back, talk_part(&t, 2, t.len - cut), bytes, sizeof bytes);
	/* craft_udp() answers from port 53; a question goes the other way. */
	memcpy(bytes + 12, back.target, 4);
	memcpy(bytes + 16, back.source, 4);
	memcpy(bytes + 20, "\3\350\0\65", 4);
	(void)client_packet(&c, bytes, len, 0);
}

static void what_the_engine_decides_is_what_keeper_gets(void **state)
{
	static const struct {
		const char *conf;
		unsigned kind;
		const char *action, *unlisted_detail, *evasion_detail;
	} cases[] = {
		{CONF(""), RECORD_APPEND, "refuse", "", "dns-short"},
		{CONF("rules = { mode = \"observe\"; };"), RECORD_TALLY, "observe", "refuse", "refuse"},
	};
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct keeper k = keeper_new(cases[i].conf);
		struct engine e;
		bool unlisted = false, evasion = false;
		test_engine(&e, cases[i].conf);
		e.report = k.report;
		ask(&e, "any.example", 0);
		ask(&e, "any.example", 1);
		ask(&e, STOPPED, 0); /* a canary: nothing */
		keeper_read(&k);
		for (unsigned n = 0; n < k.count; n++) {
			const struct record *r = &k.seen[n];
			bool is_evasion = strcmp(r->category, "evasion") == 0;
			assert_string_equal(r->name, "");
			assert_string_equal(r->rule, "");
			assert_string_equal(r->action, cases[i].action);
			assert_string_equal(r->detail,
					    is_evasion ? cases[i].evasion_detail : cases[i].unlisted_detail);
			assert_string_equal(r->group, r->kind == RECORD_APPEND ? "exam" : "primary");
			unlisted |= strcmp(r->category, "unlisted") == 0;
			evasion |= is_evasion && r->kind == cases[i].kind;
		}
		assert_true(unlisted && evasion);
		assert_int_equal(k.count, 2);
		engine_clear(&e);
		keeper_free(&k);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_left_depends_on_category_and_mode),
		cmocka_unit_test(a_confidential_hit_never_tells_its_name),
		cmocka_unit_test(a_visit_is_one_incident_at_once_and_one_repeat_at_its_end),
		cmocka_unit_test(a_pseudonym_is_of_one_device_and_one_day),
		cmocka_unit_test(staff_and_guests_never_carry_a_subject),
		cmocka_unit_test(the_source_is_new_in_every_life),
		cmocka_unit_test(what_the_engine_decides_is_what_keeper_gets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
