/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <cmocka.h>

#include "incident/scribe.h"

struct heard {
	unsigned count;
	char file[128], text[256];
	long line;
};

static void hear(void *user, const struct journal_finding *f)
{
	struct heard *h = user;
	const char *slash = strrchr(f->file, '/');

	if (h->count++ > 0)
		return;
	(void)snprintf(h->file, sizeof(h->file), "%s", slash ? slash + 1 : f->file);
	(void)snprintf(h->text, sizeof(h->text), "%s", f->text);
	h->line = f->line;
}

static int verify(const struct scribe *s, struct heard *h, struct journal_summary *sum)
{
	struct journal_check check = {.folder = s->folder, .report = hear, .user = h};

	*h = (struct heard){0};
	return journal_verify(&check, sum);
}

/* Two days, eight records, signed. */
static struct scribe *two_days(void)
{
	struct scribe *s = scribe_new();

	scribe_incidents(s, 2);
	s->now_ms += SCRIBE_DAY_MS;
	scribe_segment(s, "2026-11-22.jsonl", "day");
	scribe_incidents(s, 3);
	scribe_sign(s);
	return s;
}

static void a_journal_as_keeper_left_it_is_whole(void **state)
{
	struct scribe *s = two_days();
	struct journal_summary sum;
	struct heard h;

	(void)state;
	assert_int_equal(verify(s, &h, &sum), 0);
	assert_int_equal(h.count, 0);
	assert_int_equal(sum.records, 8);
	assert_int_equal(sum.first_seq, 1);
	assert_int_equal(sum.last_seq, 8);
	assert_int_equal(sum.head_seq, 8);
	assert_false(sum.crash_tail);
	assert_int_equal(sum.last_ms - sum.first_ms, SCRIBE_DAY_MS);
	scribe_free(s);
}

static void flip_all(const struct scribe *s, const char *path, unsigned step)
{
	struct journal_summary sum;
	struct heard h;
	struct stat st;
	uint8_t byte, other;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	for (off_t at = 0; at < st.st_size; at++) {
		assert_int_equal(pread(fd, &byte, 1, at), 1);
		for (unsigned bit = (unsigned)at % step; bit < 8; bit += step) {
			other = (uint8_t)(byte ^ 1u << bit);
			assert_int_equal(pwrite(fd, &other, 1, at), 1);
			if (verify(s, &h, &sum) != 1)
				fail_msg("bit %u of byte %ld of %s flipped unnoticed", bit, (long)at, path);
		}
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	}
	assert_int_equal(verify(s, &h, &sum), 0);
	close(fd);
}

static void every_flipped_bit_of_a_sealed_file_is_found(void **state)
{
	struct scribe *s = scribe_new();

	(void)state;
	scribe_incidents(s, 2);
	scribe_sign(s);
	flip_all(s, s->file, 1);
	scribe_free(s);
}

static void every_flipped_bit_of_head_and_counts_is_found(void **state)
{
	struct scribe *s = scribe_new();
	struct record tally = {.count = 5, .category = "games", .action = "observe", .group = "primary"};
	char path[SCRIBE_PATH * 2];

	(void)state;
	tally.time_ms = s->now_ms;
	assert_int_equal(counts_add(&s->counts, &tally), 0);
	scribe_incidents(s, 1);
	scribe_sign(s);
	scribe_path(s, "HEAD", path);
	flip_all(s, path, 1);
	scribe_path(s, "../counts", path);
	flip_all(s, path, 1);
	scribe_free(s);
}

/* ---- Records taken away, doubled, exchanged */

struct lines {
	char *text;
	size_t at[32], count; /* starts, and the end */
};

static struct lines lines_of(const char *path)
{
	struct lines l = {0};
	size_t len = 0;

	assert_int_equal(file_read(path, 1 << 20, &l.text, &len), 0);
	for (size_t i = 0; i < len; i++) {
		if (i == 0 || l.text[i - 1] == '\n')
			l.at[l.count++] = i;
	}
	l.at[l.count] = len;
	return l;
}

/* Writes the lines in the order given; -1 ends it. */
static void write_lines(const char *path, const struct lines *l, const int *order)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	assert_true(fd >= 0);
	for (; *order >= 0; order++) {
		size_t from = l->at[*order], len = l->at[*order + 1] - from;
		assert_int_equal(write(fd, l->text + from, len), len);
	}
	close(fd);
}

static void identity(int *order, size_t count)
{
	for (size_t i = 0; i < count; i++)
		order[i] = (int)i;
	order[count] = -1;
}

static void check_order(const struct scribe *s, const char *path, const struct lines *l, const int *order,
			const char *what, size_t line)
{
	struct journal_summary sum;
	struct heard h;

	write_lines(path, l, order);
	if (verify(s, &h, &sum) != 1)
		fail_msg("line %zu of %s %s unnoticed", line + 1, path, what);
}

static void disorder(const struct scribe *s, const char *name)
{
	char path[SCRIBE_PATH * 2];
	int order[40];

	scribe_path(s, name, path);
	struct lines l = lines_of(path);
	for (size_t i = 0; i < l.count; i++) {
		identity(order, l.count);
		memmove(&order[i], &order[i + 1], (l.count - i) * sizeof(*order));
		check_order(s, path, &l, order, "removed", i);
		identity(order, l.count);
		memmove(&order[i + 1], &order[i], (l.count - i + 1) * sizeof(*order));
		check_order(s, path, &l, order, "doubled", i);
		for (size_t k = i + 1; k < l.count; k++) {
			identity(order, l.count);
			order[i] = (int)k;
			order[k] = (int)i;
			check_order(s, path, &l, order, "exchanged", i);
		}
		identity(order, l.count);
		order[l.count] = (int)i;
		order[l.count + 1] = -1;
		check_order(s, path, &l, order, "added at the end", i);
	}
	identity(order, l.count);
	write_lines(path, &l, order);
	free(l.text);
}

static void removed_doubled_and_exchanged_records_are_found(void **state)
{
	struct scribe *s = two_days();
	struct journal_summary sum;
	struct heard h;

	(void)state;
	disorder(s, "2026-11-21.jsonl");
	disorder(s, "2026-11-22.jsonl");
	assert_int_equal(verify(s, &h, &sum), 0);
	scribe_free(s);
}

static void a_sealed_file_cut_at_any_byte_is_found(void **state)
{
	static const char *const names[] = {"2026-11-21.jsonl", "2026-11-22.jsonl"};

	(void)state;
	for (size_t n = 0; n < 2; n++) {
		struct scribe *s = two_days();
		struct journal_summary sum;
		struct heard h;
		struct stat st;
		char path[SCRIBE_PATH * 2];
		scribe_path(s, names[n], path);
		assert_int_equal(stat(path, &st), 0);
		for (off_t size = st.st_size - 1; size >= 0; size--) {
			assert_int_equal(truncate(path, size), 0);
			if (verify(s, &h, &sum) != 1)
				fail_msg("%s cut to %ld bytes unnoticed", names[n], (long)size);
		}
		scribe_free(s);
	}
}

/* ---- Files */

static void rename_in(const struct scribe *s, const char *from, const char *to)
{
	char a[SCRIBE_PATH * 2], b[SCRIBE_PATH * 2];

	scribe_path(s, from, a);
	scribe_path(s, to, b);
	assert_int_equal(rename(a, b), 0);
}

static void copy_in(const struct scribe *s, const char *from, const char *to)
{
	char a[SCRIBE_PATH * 2], *text = NULL;
	size_t len = 0;

	scribe_path(s, from, a);
	assert_int_equal(file_read(a, 1 << 20, &text, &len), 0);
	scribe_path(s, to, a);
	assert_int_equal(file_replace(a, 0600, text, len), 0);
	free(text);
}

static void swap_files(const struct scribe *s)
{
	rename_in(s, "2026-11-21.jsonl", "x");
	rename_in(s, "2026-11-22.jsonl", "2026-11-21.jsonl");
	rename_in(s, "x", "2026-11-22.jsonl");
}

static void remove_first(const struct scribe *s)
{
	rename_in(s, "2026-11-21.jsonl", "x");
}

static void remove_last(const struct scribe *s)
{
	rename_in(s, "2026-11-22.jsonl", "x");
}

static void remove_head(const struct scribe *s)
{
	rename_in(s, "HEAD", "x");
}

static void remove_all(const struct scribe *s)
{
	remove_first(s);
	remove_last(s);
	remove_head(s);
}

static void rename_one(const struct scribe *s)
{
	rename_in(s, "2026-11-21.jsonl", "2026-11-20.jsonl");
}

static void copy_one(const struct scribe *s)
{
	copy_in(s, "2026-11-21.jsonl", "2026-11-23.jsonl");
}

static void head_of_another(const struct scribe *s)
{
	struct scribe *other = two_days();
	char path[SCRIBE_PATH * 2], *text = NULL;
	size_t len = 0;

	scribe_path(other, "HEAD", path);
	assert_int_equal(file_read(path, 4096, &text, &len), 0);
	scribe_path(s, "HEAD", path);
	assert_int_equal(file_replace(path, 0600, text, len), 0);
	free(text);
	scribe_free(other);
}

static const struct {
	void (*change)(const struct scribe *s);
	const char *file, *text; /* of the first finding */
} file_cases[] = {
	{swap_files, "2026-11-22.jsonl",
	 "this file was written as 2026-11-21.jsonl: it was renamed or copied"},
	{remove_first, "incident",
	 "records 1 to 4 are missing, and no checkpoint says that they were purged"},
	{remove_last, "2026-11-21.jsonl", "truncated: the last record is 4, but HEAD signed up to record 8"},
	{remove_head, "HEAD", "removed: every journal has its signed head"},
	{remove_all, "HEAD", "removed: every journal has its signed head"},
	{rename_one, "2026-11-20.jsonl",
	 "this file was written as 2026-11-21.jsonl: it was renamed or copied"},
	{copy_one, "2026-11-23.jsonl", "this file was written as 2026-11-21.jsonl: it was renamed or copied"},
	{head_of_another, "HEAD", "changed: the signature does not hold"},
};

static void files_removed_renamed_and_copied_are_found_and_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(file_cases) / sizeof(file_cases[0]); i++) {
		struct scribe *s = two_days();
		struct journal_summary sum;
		struct heard h;
		file_cases[i].change(s);
		assert_int_equal(verify(s, &h, &sum), 1);
		assert_string_equal(h.file, file_cases[i].file);
		if (!strstr(h.text, file_cases[i].text))
			fail_msg("case %zu: %s", i, h.text);
		scribe_free(s);
	}
}

/* ---- Rewriting with all hashes made new */

static void a_rewritten_chain_is_found_by_its_signatures(void **state)
{
	struct scribe *s = two_days();
	struct scribe *forger = two_days(); /* has every hash right, and a key of its own */
	struct journal_summary sum;
	struct heard h;
	char path[SCRIBE_PATH * 2], *text = NULL;
	size_t len = 0;

	(void)state;
	for (int day = 21; day <= 22; day++) {
		char name[SEGMENT_NAME_SIZE];
		(void)snprintf(name, sizeof(name), "2026-11-%d.jsonl", day);
		scribe_path(forger, name, path);
		assert_int_equal(file_read(path, 1 << 20, &text, &len), 0);
		scribe_path(s, name, path);
		assert_int_equal(file_replace(path, 0600, text, len), 0);
		free(text);
	}
	assert_int_equal(verify(s, &h, &sum), 1);
	assert_string_equal(h.text, "rewritten: the signature of this checkpoint does not hold");
	assert_int_equal(h.line, 1);
	scribe_free(forger);
	scribe_free(s);
}

static void a_finding_names_its_line(void **state)
{
	struct scribe *s = two_days();
	struct journal_summary sum;
	struct heard h;
	char path[SCRIBE_PATH * 2];

	(void)state;
	scribe_path(s, "2026-11-22.jsonl", path);
	struct lines l = lines_of(path);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "b.ex", 4,
				(off_t)l.at[2] + (strstr(l.text + l.at[2], "a.ex") - (l.text + l.at[2]))),
			 4);
	close(fd);
	assert_int_equal(verify(s, &h, &sum), 1);
	assert_int_equal(h.count, 1);
	assert_string_equal(h.file, "2026-11-22.jsonl");
	assert_int_equal(h.line, 3);
	assert_string_equal(h.text, "changed: record 7 is not what its hash says");
	free(l.text);
	scribe_free(s);
}

/* ---- Behind HEAD */

static void a_tail_of_one_batch_is_a_crash_and_of_more_is_not(void **state)
{
	static const struct {
		int records;
		int result;
	} cases[] = {{1, 0}, {JOURNAL_BATCH_MAX, 0}, {JOURNAL_BATCH_MAX + 1, 1}};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct scribe *s = two_days();
		struct journal_summary sum;
		struct heard h;
		scribe_incidents(s, cases[i].records);
		assert_int_equal(verify(s, &h, &sum), cases[i].result);
		assert_true(sum.crash_tail);
		assert_int_equal(sum.unsigned_records, cases[i].records);
		if (cases[i].result)
			assert_string_equal(h.file, "HEAD");
		scribe_free(s);
	}
}

static void a_torn_line_behind_head_is_a_crash_at_every_byte(void **state)
{
	struct scribe *s = two_days();
	struct journal_summary sum;
	struct heard h;

	(void)state;
	uint64_t before = s->head.size;
	scribe_incidents(s, 1);
	for (uint64_t size = s->head.size; size > before; size--) {
		assert_int_equal(truncate(s->file, (off_t)size), 0);
		assert_int_equal(verify(s, &h, &sum), 0);
		assert_true(sum.crash_tail);
	}
	scribe_free(s);
}

static void a_head_rolled_back_by_one_record_is_found(void **state)
{
	struct scribe *s = two_days();
	struct journal_summary sum;
	struct heard h;

	(void)state;
	copy_in(s, "HEAD", "old");
	scribe_incidents(s, 1);
	scribe_sign(s);
	assert_int_equal(verify(s, &h, &sum), 0);
	rename_in(s, "old", "HEAD");
	assert_int_equal(verify(s, &h, &sum), 1);
	assert_string_equal(h.file, "HEAD");
	assert_string_equal(h.text, "rolled back: it says record 8, but keeper had signed up to record 9");
	scribe_free(s);
}

static void a_journal_set_back_as_a_whole_is_found_by_a_head_that_was_carried_off(void **state)
{
	struct scribe *s = two_days();
	struct journal_summary sum;
	struct heard h;
	char carried[SCRIBE_PATH * 2], path[SCRIBE_PATH * 2];

	(void)state;
	struct journal_head old = s->head;
	scribe_incidents(s, 1);
	scribe_sign(s);
	copy_in(s, "HEAD", "carried");
	scribe_path(s, "carried", carried);
	scribe_path(s, "2026-11-22.jsonl", path);
	assert_int_equal(truncate(path, (off_t)old.size), 0);
	s->head = old;
	scribe_sign(s);
	assert_int_equal(verify(s, &h, &sum), 0); /* nothing on the machine tells it */
	struct journal_check check = {.folder = s->folder, .head = carried, .report = hear, .user = &h};
	h.count = 0;
	assert_int_equal(journal_verify(&check, &sum), 1);
	assert_non_null(strstr(h.text, "but the head that was carried off signed up to record 9"));
	scribe_free(s);
}

static void without_folder_or_key_there_is_nothing_to_verify(void **state)
{
	struct scribe *s = two_days();
	struct journal_summary sum;
	struct heard h;
	char path[SCRIBE_PATH * 2];

	(void)state;
	scribe_path(s, "../key.pub", path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(verify(s, &h, &sum), -ENOENT);
	scribe_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_journal_as_keeper_left_it_is_whole),
		cmocka_unit_test(every_flipped_bit_of_a_sealed_file_is_found),
		cmocka_unit_test(every_flipped_bit_of_head_and_counts_is_found),
		cmocka_unit_test(removed_doubled_and_exchanged_records_are_found),
		cmocka_unit_test(a_sealed_file_cut_at_any_byte_is_found),
		cmocka_unit_test(files_removed_renamed_and_copied_are_found_and_named),
		cmocka_unit_test(a_rewritten_chain_is_found_by_its_signatures),
		cmocka_unit_test(a_finding_names_its_line),
		cmocka_unit_test(a_tail_of_one_batch_is_a_crash_and_of_more_is_not),
		cmocka_unit_test(a_torn_line_behind_head_is_a_crash_at_every_byte),
		cmocka_unit_test(a_head_rolled_back_by_one_record_is_found),
		cmocka_unit_test(a_journal_set_back_as_a_whole_is_found_by_a_head_that_was_carried_off),
		cmocka_unit_test(without_folder_or_key_there_is_nothing_to_verify),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
