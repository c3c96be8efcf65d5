/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The corpus without a fuzzer: linked to one fuzz_NAME.c it feeds every file of the folders (or files) given
 * as arguments to LLVMFuzzerTestOneInput, each from memory of exactly its size, so that a sanitizer sees
 * every byte read too far. Every input is also given cut short at every length up to 512 and with every bit
 * of its first 64 bytes flipped: a corpus of a few seeds then says more than that the seeds work. A crash
 * ends the program, which is the failure; the name of the input stands on standard error before it.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { INPUT_MAX = 1 << 22, CUT_MAX = 512, FLIP_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long runs;

/* From a fresh allocation of exactly that size. */
static void feed(const uint8_t *bytes, size_t size)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);
	if (copy == NULL)
		abort();
	if (size > 0)
		memcpy(copy, bytes, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	runs++;
}

static void feed_variants(uint8_t *bytes, size_t size)
{
	feed(bytes, size);
	for (size_t cut = 0; cut < size && cut < CUT_MAX; cut++)
		feed(bytes, cut);
	for (size_t bit = 0; bit < size * 8 && bit < FLIP_MAX * 8; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		feed(bytes, size);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static bool replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *bytes = malloc(INPUT_MAX);
	bool ok = f != NULL && bytes != NULL;
	if (ok) {
		size_t size = fread(bytes, 1, INPUT_MAX, f);
		ok = ferror(f) == 0;
		fprintf(stderr, "# %s\n", path);
		if (ok)
			feed_variants(bytes, size);
	}
	if (f != NULL)
		fclose(f);
	free(bytes);
	return ok;
}

/* The number of files fed, or -1. */
static int replay(const char *path)
{
	struct stat st;
	if (stat(path, &st) < 0)
		return -1;
	if (!S_ISDIR(st.st_mode))
		return replay_file(path) ? 1 : -1;
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort);
	int files = 0;
	for (int i = 0; i < count; i++) {
		char inner[4096];
		if (entries[i]->d_name[0] != '.' && files >= 0 &&
		    snprintf(inner, sizeof inner, "%s/%s", path, entries[i]->d_name) < (int)sizeof inner)
			files = replay_file(inner) ? files + 1 : -1;
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return count < 0 ? -1 : files;
}

int main(int argc, char **argv)
{
	int files = 0;
	for (int i = 1; i < argc; i++) {
		int n = replay(argv[i]);
		if (n <= 0) {
			printf("not ok - %s could not be replayed or holds no input\n", argv[i]);
			return 1;
		}
		files += n;
	}
	const char *name = strrchr(argv[0], '/');
	printf("%sok - %s: %d inputs, %lu runs\n", files > 0 ? "" : "not ", name != NULL ? name + 1 : argv[0],
	       files, runs);
	return files > 0 ? 0 : 1;
}
