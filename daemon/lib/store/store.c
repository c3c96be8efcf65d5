/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/schema.h"

enum { APPLICATION = 0x54525947 /* "TRYG" */, STATEMENTS_MAX = 128 };

struct store {
	sqlite3 *db;
	char said[200];
	size_t count;
	struct {
		const char *sql; /* the literal's address is the key */
		sqlite3_stmt *statement;
	} kept[STATEMENTS_MAX];
};

static int errno_of(int rc)
{
	static const struct {
		int sqlite, error;
	} table[] = {{SQLITE_OK, 0},          {SQLITE_DONE, 0},          {SQLITE_ROW, 0},
		     {SQLITE_BUSY, -EBUSY},   {SQLITE_LOCKED, -EBUSY},   {SQLITE_NOMEM, -ENOMEM},
		     {SQLITE_FULL, -ENOSPC},  {SQLITE_READONLY, -EROFS}, {SQLITE_PERM, -EACCES},
		     {SQLITE_AUTH, -EACCES},  {SQLITE_IOERR, -EIO},      {SQLITE_CORRUPT, -EUCLEAN},
		     {SQLITE_NOTADB, -EPROTO}};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if ((rc & 0xff) == table[i].sqlite)
			return table[i].error;
	}
	return (rc & 0xff) == SQLITE_CANTOPEN ? -EACCES : -EINVAL;
}

/* Keeps SQLite's words, because the next call would replace them. */
static int told(struct store *s, int rc)
{
	if (errno_of(rc) < 0)
		(void)snprintf(s->said, sizeof(s->said), "%s", sqlite3_errmsg(s->db));
	return errno_of(rc);
}

const char *store_error(const struct store *s)
{
	return s->said;
}

/* ---- Statements */

static int prepare(struct store *s, const char *sql, sqlite3_stmt **out)
{
	for (size_t i = 0; i < s->count; i++) {
		if (s->kept[i].sql == sql) {
			*out = s->kept[i].statement;
			(void)sqlite3_reset(*out);
			return 0;
		}
	}
	if (s->count == STATEMENTS_MAX)
		return -ENOMEM;
	int rc = sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
	if (rc != SQLITE_OK)
		return told(s, rc);
	s->kept[s->count].sql = sql;
	s->kept[s->count++].statement = *out;
	return 0;
}

static int bind(struct store *s, sqlite3_stmt *q, const char *types, va_list *values)
{
	int rc = SQLITE_OK;

	for (int i = 0; types[i] && rc == SQLITE_OK; i++) {
		if (types[i] == 'i')
			rc = sqlite3_bind_int64(q, i + 1, va_arg(*values, int64_t));
		else
			rc = sqlite3_bind_text(q, i + 1, va_arg(*values, const char *), -1, SQLITE_TRANSIENT);
	}
	return told(s, rc);
}

static int ready(struct store *s, const char *sql, const char *types, va_list *values, sqlite3_stmt **out)
{
	int rc = prepare(s, sql, out);

	return rc < 0 ? rc : bind(s, *out, types, values);
}

int store_do(struct store *s, const char *sql, const char *types, ...)
{
	sqlite3_stmt *q;
	va_list values;

	va_start(values, types);
	int rc = ready(s, sql, types, &values, &q);
	va_end(values);
	if (rc < 0)
		return rc;
	rc = told(s, sqlite3_step(q));
	(void)sqlite3_reset(q);
	return rc;
}

int64_t store_changes(const struct store *s)
{
	return sqlite3_changes64(s->db);
}

int64_t store_last_id(const struct store *s)
{
	return sqlite3_last_insert_rowid(s->db);
}

int store_ask(struct store *s, struct store_rows *rows, const char *sql, const char *types, ...)
{
	sqlite3_stmt *q = NULL;
	va_list values;

	va_start(values, types);
	int rc = ready(s, sql, types, &values, &q);
	va_end(values);
	*rows = (struct store_rows){.store = s, .statement = q, .rc = rc};
	return rc;
}

bool store_next(struct store_rows *rows)
{
	if (rows->rc < 0)
		return false;
	int rc = sqlite3_step(rows->statement);
	rows->rc = told(rows->store, rc);
	return rc == SQLITE_ROW;
}

int64_t store_int(const struct store_rows *rows, int column)
{
	return sqlite3_column_int64(rows->statement, column);
}

const char *store_text(const struct store_rows *rows, int column)
{
	const unsigned char *text = sqlite3_column_text(rows->statement, column);

	return text ? (const char *)text : "";
}

int store_done(struct store_rows *rows)
{
	if (rows->statement)
		(void)sqlite3_reset(rows->statement);
	return rows->rc;
}

int store_number(struct store *s, int64_t absent, int64_t *out, const char *sql, const char *types, ...)
{
	struct store_rows rows = {.store = s};
	sqlite3_stmt *q = NULL;
	va_list values;

	va_start(values, types);
	rows.rc = ready(s, sql, types, &values, &q);
	va_end(values);
	rows.statement = q;
	*out = store_next(&rows) ? store_int(&rows, 0) : absent;
	return store_done(&rows);
}

/* ---- Transactions */

int store_begin(struct store *s)
{
	return store_do(s, "BEGIN IMMEDIATE", "");
}

void store_rollback(struct store *s)
{
	if (!sqlite3_get_autocommit(s->db))
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
}

int store_commit(struct store *s)
{
	int rc = store_do(s, "COMMIT", "");

	if (rc < 0)
		store_rollback(s);
	return rc;
}

int store_scrub(struct store *s)
{
	int rc = sqlite3_exec(s->db, "PRAGMA incremental_vacuum", NULL, NULL, NULL);

	/* Not waiting for a reader: it may read for long, and the caller has other things to do. */
	(void)sqlite3_busy_timeout(s->db, 0);
	if (rc == SQLITE_OK)
		rc = sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	(void)sqlite3_busy_timeout(s->db, STORE_BUSY_MS);
	return told(s, rc);
}

/* ---- Opening */

static const char *path_of(const char *url)
{
	static const char scheme[] = "sqlite:";

	return strncmp(url, scheme, sizeof(scheme) - 1) == 0 ? url + sizeof(scheme) - 1 : NULL;
}

static int say(char why[static STORE_WHY_SIZE], int rc, const char *path, const char *text)
{
	(void)snprintf(why, STORE_WHY_SIZE, "%.240s: %.240s", path, text);
	return rc;
}

static int pragma(struct store *s, const char *name, int64_t *out)
{
	char sql[64];
	sqlite3_stmt *q;

	(void)snprintf(sql, sizeof(sql), "PRAGMA %s", name);
	int rc = sqlite3_prepare_v2(s->db, sql, -1, &q, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(q) == SQLITE_ROW ? SQLITE_OK : sqlite3_errcode(s->db);
	*out = rc == SQLITE_OK ? sqlite3_column_int64(q, 0) : 0;
	(void)sqlite3_finalize(q);
	return told(s, rc);
}

/* A connection with what every use of a store needs; nothing of the file is believed yet. */
static int attach(const char *path, int flags, struct store **out)
{
	struct store *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	int rc = sqlite3_open_v2(path, &s->db, flags | SQLITE_OPEN_NOFOLLOW, NULL);
	if (rc == SQLITE_OK) {
		(void)sqlite3_busy_timeout(s->db, STORE_BUSY_MS);
		(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
		(void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
		rc = sqlite3_exec(s->db,
				  "PRAGMA secure_delete = ON; PRAGMA cell_size_check = ON;"
				  "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY",
				  NULL, NULL, NULL);
	}
	rc = told(s, rc);
	if (rc == 0) {
		*out = s;
		return 0;
	}
	store_close(s);
	return rc;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++)
		(void)sqlite3_finalize(s->kept[i].statement);
	(void)sqlite3_close(s->db);
	free(s);
}

/* Whose file it is and of which version; *version gets 0 where it cannot be told. */
static int identify(struct store *s, const char *path, int64_t *version, char why[static STORE_WHY_SIZE])
{
	int64_t application = 0;
	int rc = pragma(s, "application_id", &application);

	*version = 0;
	if (rc == 0)
		rc = pragma(s, "user_version", version);
	if (rc == -EPROTO || (rc == 0 && application != APPLICATION))
		return say(why, -EPROTO, path,
			   "is not a store of Trygg: it stays as it is; name another file in store.url");
	if (rc < 0)
		return say(why, rc, path, store_error(s));
	if (*version > STORE_VERSION)
		return say(why, -EPROTO, path,
			   "was made by a newer version of Trygg: it stays as it is; install that version");
	return 0;
}

static int open_any(const char *url, int flags, struct store **out, int64_t *version,
		    char why[static STORE_WHY_SIZE])
{
	const char *path = path_of(url);

	if (!path)
		return say(why, -EINVAL, url, "is no address of a store: sqlite:PATH is allowed");
	if (access(path, F_OK) < 0)
		return say(why, -errno, path,
			   errno == ENOENT ? "there is no store: `tryggctl store init` makes it"
					   : strerror(errno));
	int rc = attach(path, flags, out);
	if (rc < 0)
		return say(why, rc, path, rc == -EPROTO ? "is not a store of Trygg" : strerror(-rc));
	rc = identify(*out, path, version, why);
	if (rc < 0) {
		store_close(*out);
		*out = NULL;
	}
	return rc;
}

int store_open(const char *url, enum store_use use, struct store **out, char why[static STORE_WHY_SIZE])
{
	int64_t version;
	int rc = open_any(url, use == STORE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE, out,
			  &version, why);

	if (rc < 0)
		return rc;
	if (version < STORE_VERSION)
		rc = say(why, -ESTALE, path_of(url),
			 "was made by an older version: `tryggctl store migrate` brings it up");
	else if (use != STORE_READ)
		rc = told(*out, sqlite3_exec((*out)->db,
					     use == STORE_FEED ? "PRAGMA synchronous = NORMAL"
							       : "PRAGMA synchronous = FULL",
					     NULL, NULL, NULL));
	if (rc < 0) {
		store_close(*out);
		*out = NULL;
	}
	return rc;
}

/* ---- Making and changing tables */

/* Steps from version `from` on, the new version included, or none of it. */
static int climb(struct store *s, int64_t from)
{
	char version[64];
	int rc = store_begin(s);

	for (int64_t v = from; rc == 0 && v < STORE_VERSION; v++)
		rc = told(s, sqlite3_exec(s->db, schema_steps[v], NULL, NULL, NULL));
	(void)snprintf(version, sizeof(version), "PRAGMA user_version = %d", STORE_VERSION);
	if (rc == 0)
		rc = told(s, sqlite3_exec(s->db, version, NULL, NULL, NULL));
	if (rc == 0)
		return store_commit(s);
	store_rollback(s);
	return rc;
}

int store_create(const char *url, char why[static STORE_WHY_SIZE])
{
	const char *path = path_of(url);
	struct store *s = NULL;

	if (!path)
		return say(why, -EINVAL, url, "is no address of a store: sqlite:PATH is allowed");
	/* Exclusively, so that nothing that stands there is ever taken for an empty store. */
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0660);
	if (fd < 0)
		return say(why, -errno, path,
			   errno == EEXIST ? "is there already: it stays as it is" : strerror(errno));
	(void)close(fd);
	int rc = attach(path, SQLITE_OPEN_READWRITE, &s);
	if (rc == 0)
		rc = told(s,
			  sqlite3_exec(s->db,
				       "PRAGMA application_id = 0x54525947; PRAGMA auto_vacuum = INCREMENTAL;"
				       "PRAGMA journal_mode = WAL",
				       NULL, NULL, NULL));
	if (rc == 0)
		rc = climb(s, 0);
	if (rc < 0) {
		(void)say(why, rc, path, s ? store_error(s) : strerror(-rc));
		(void)unlink(path);
	}
	store_close(s);
	return rc;
}

int store_migrate(const char *url, int *from, char why[static STORE_WHY_SIZE])
{
	struct store *s = NULL;
	int64_t version;
	int rc = open_any(url, SQLITE_OPEN_READWRITE, &s, &version, why);

	if (rc < 0)
		return rc;
	*from = (int)version;
	if (version < STORE_VERSION)
		rc = climb(s, version);
	if (rc < 0)
		(void)say(why, rc, path_of(url), store_error(s));
	store_close(s);
	return rc;
}

int store_check(struct store *s, char why[static STORE_WHY_SIZE])
{
	static const char *const questions[] = {"PRAGMA integrity_check(1)", "PRAGMA foreign_key_check"};
	struct store_rows rows;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(questions) / sizeof(questions[0]); i++) {
		rc = store_ask(s, &rows, questions[i], "");
		if (rc == 0 && store_next(&rows) && strcmp(store_text(&rows, 0), "ok") != 0) {
			(void)snprintf(why, STORE_WHY_SIZE, "%s", store_text(&rows, 0));
			(void)store_done(&rows);
			return -EUCLEAN;
		}
		rc = store_done(&rows);
	}
	if (rc < 0)
		(void)snprintf(why, STORE_WHY_SIZE, "%s", store_error(s));
	return rc;
}
