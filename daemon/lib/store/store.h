/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store: the searchable copy of the journals. Evidence is the journal; what courier put here can be thrown away
 * and made again from it. Two programs write, each to tables of its own: courier what the journals say (feed.h), review
 * what people did about it. SQLite in WAL mode, so that pages are read while records come in.
 *
 * SQL stands with whoever asks, as literals: they are prepared once and kept by their address. Parameters are typed by
 * letters, 'i' an int64_t and 't' a text; nothing is ever pasted into SQL.
 *
 *	struct store_rows rows;
 *	int rc = store_ask(s, &rows, "SELECT id, rule FROM incident WHERE severity >= ?", "i", (int64_t)3);
 *	while (rc == 0 && store_next(&rows))
 *		use(store_int(&rows, 0), store_text(&rows, 1));
 *	rc = store_done(&rows);
 */
#ifndef TRYGG_STORE_STORE_H
#define TRYGG_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STORE_WHY_SIZE = 512, STORE_VERSION = 2, STORE_BUSY_MS = 5000 };

struct store;

enum store_use {
	STORE_READ,    /* nothing is changed */
	STORE_FEED,    /* courier: what a power cut takes is read from the journal again */
	STORE_DURABLE, /* review: a commit survives a power cut */
};

/*
 * Every function here returns 0 or a negative errno:
 *   -ENOENT  there is no store               -EEXIST     there is one already, or another file
 *   -ESTALE  made by an older version        -EPROTO     made by a newer version, or not a store of ours
 *   -EUCLEAN damaged                         -ENOSPC     the disk is full
 *   -EROFS   it cannot be written            -EBUSY      somebody wrote for longer than STORE_BUSY_MS
 *   -EACCES, -EIO, -ENOMEM                   -EINVAL     an address that is none, or SQL that is wrong
 * `why` gets a sentence that says what to do about it; nothing is ever overwritten.
 */
/* Makes a new store at "sqlite:PATH", mode 0660 less the umask. */
int store_create(const char *url, char why[static STORE_WHY_SIZE]);
/* The caller frees *out with store_close(). */
int store_open(const char *url, enum store_use use, struct store **out, char why[static STORE_WHY_SIZE]);
void store_close(struct store *s);
/* Brings an older store to STORE_VERSION, all of it or nothing; *from gets the version it had. */
int store_migrate(const char *url, int *from, char why[static STORE_WHY_SIZE]);
/* Reads everything once: SQLite's own integrity check, then foreign keys. -EUCLEAN with the first finding. */
int store_check(struct store *s, char why[static STORE_WHY_SIZE]);

/* What SQLite said about the last failure; borrowed until the next call. */
const char *store_error(const struct store *s);

/* One transaction at a time. begin waits for other writers; a failed commit is rolled back. */
int store_begin(struct store *s);
int store_commit(struct store *s);
void store_rollback(struct store *s);

/* Runs a statement without rows. */
int store_do(struct store *s, const char *sql, const char *types, ...);
/* Rows changed by the last store_do(). */
int64_t store_changes(const struct store *s);
/* The id that the last INSERT made. */
int64_t store_last_id(const struct store *s);

struct store_rows {
	struct store *store;
	void *statement;
	int rc;
};

int store_ask(struct store *s, struct store_rows *rows, const char *sql, const char *types, ...);
/* Moves to the next row; false at the end or after an error, which store_done() returns. */
bool store_next(struct store_rows *rows);
int64_t store_int(const struct store_rows *rows, int column);
/* Never NULL; borrowed until the next row. */
const char *store_text(const struct store_rows *rows, int column);
int store_done(struct store_rows *rows);

/* The only number of a query's first row, or `absent` when it has none. */
int store_number(struct store *s, int64_t absent, int64_t *out, const char *sql, const char *types, ...);

/*
 * After deleting: gives free pages back and empties the write-ahead log, so that what was deleted is in no file any
 * more (pages are overwritten with zeros when they are freed). -EBUSY when a reader is in the way: again later.
 */
int store_scrub(struct store *s);

#endif
