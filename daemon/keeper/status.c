/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the owner asks keeper, one row a verb. */
#include <sys/statvfs.h>

#include "keeper/keeper.h"

static unsigned long long ull(uint64_t n)
{
	return n;
}

static void say_journals(struct control_text *t, const struct keeper *k)
{
	for (size_t j = 0; j < JOURNALS; j++) {
		const struct ledger *l = &k->ledgers[j];
		control_say(t, "keeper_journal_seq{journal=\"%s\"} %llu\n", journal_names[j],
			    ull(l->head.seq));
		control_say(t, "keeper_records_total{journal=\"%s\"} %llu\n", journal_names[j],
			    ull(k->stats.records[j]));
		control_say(t, "keeper_alarms_total{journal=\"%s\"} %llu\n", journal_names[j],
			    ull(l->alarms));
		control_say(t, "keeper_sync_errors_total{journal=\"%s\"} %llu\n", journal_names[j],
			    ull(l->sync_errors));
	}
}

static void say_senders(struct control_text *t, const struct keeper *k)
{
	size_t connected = 0;

	for (size_t i = 0; i < KEEPER_SENDERS; i++)
		connected += k->senders[i].sock >= 0;
	control_say(t, "keeper_senders %zu\n", connected);
	control_say(t, "keeper_refused_senders_total %llu\n", ull(k->stats.refused_senders));
	control_say(t, "keeper_refused_messages_total %llu\n", ull(k->stats.refused_messages));
	control_say(t, "keeper_known_again_total %llu\n", ull(k->stats.repeats));
	control_say(t, "keeper_tallies_total %llu\n", ull(k->stats.tallies));
	control_say(t, "keeper_count_keys %zu\n", k->counts.tally_count);
}

static int serve_status(struct keeper *k, const struct control_request *request, struct control_text *t)
{
	struct statvfs disk;

	(void)request;
	say_journals(t, k);
	say_senders(t, k);
	control_say(t, "keeper_pending %zu\n", k->taken_count + k->own_count);
	control_say(t, "keeper_batches_total %llu\n", ull(k->stats.batches));
	control_say(t, "keeper_gaps_total %llu\n", ull(k->stats.gaps));
	control_say(t, "keeper_own_lost_total %llu\n", ull(k->stats.own_lost));
	control_say(t, "keeper_counts_lost %d\n", k->counts_lost);
	control_say(t, "keeper_last_sync_timestamp_seconds %lld\n",
		    (long long)(k->stats.last_sync_ms / 1000));
	control_say(t, "keeper_disk_ok %d\n", !k->stuck);
	control_say(t, "keeper_disk_errors_total %llu\n", ull(k->stats.disk_errors));
	if (statvfs(k->folder, &disk) == 0)
		control_say(t, "keeper_disk_free_bytes %llu\n", ull((uint64_t)disk.f_bavail * disk.f_frsize));
	return 0;
}

static void problem(void *user, const char *file, int line, const char *text)
{
	control_say(user, "%s:%d: %s\n", file, line, text);
}

static int serve_check(struct keeper *k, const struct control_request *request, struct control_text *t)
{
	struct conf *conf = NULL;
	int rc = conf_load(k->conf->path, problem, t, &conf);

	(void)request;
	conf_free(conf);
	return rc;
}

static int serve_reload(struct keeper *k, const struct control_request *request, struct control_text *t)
{
	(void)request;
	return keeper_reload(k, problem, t);
}

static int serve_flush(struct keeper *k, const struct control_request *request, struct control_text *t)
{
	uint64_t written = 0;
	int rc = keeper_flush(k, true, &written);

	(void)request;
	if (rc < 0)
		control_say(t, "the disk does not take records: the counts stay\n");
	else
		control_say(t, "keeper_counts_written %llu\n", ull(written));
	return rc;
}

static int serve_gap(struct keeper *k, const struct control_request *request, struct control_text *t)
{
	keeper_gap(k, request->number, request->text);
	/* Not durable yet is not lost: it waits in memory, and asking again would record it twice. */
	if (keeper_commit(k) < 0)
		control_say(t, "keeper_gap_waits 1\n");
	return 0;
}

static int serve_purge(struct keeper *k, const struct control_request *request, struct control_text *t)
{
	uint64_t files = 0;
	int rc = keeper_purge(k, request->number, &files);

	if (rc < 0)
		control_say(t, "nothing was purged: %s\n", strerror(-rc));
	else
		control_say(t, "keeper_purged_files %llu\n", ull(files));
	return rc;
}

typedef int serve_verb(struct keeper *k, const struct control_request *request, struct control_text *t);

int keeper_control(void *user, const struct control_request *request, char *text, size_t size)
{
	static serve_verb *const verbs[CONTROL_VERBS] = {
		[CONTROL_STATUS] = serve_status, [CONTROL_CHECK] = serve_check,
		[CONTROL_RELOAD] = serve_reload, [CONTROL_FLUSH] = serve_flush,
		[CONTROL_GAP] = serve_gap,       [CONTROL_PURGE] = serve_purge,
	};
	struct control_text t = {text, size};

	return verbs[request->verb](user, request, &t);
}
