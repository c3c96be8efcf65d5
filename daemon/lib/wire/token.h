/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only thing a redirect to the help page carries: what was stopped (category and rule, never the name), sealed so
 * that it tells nothing to who sees the address and cannot be made up. XChaCha20-Poly1305 with a random nonce, always
 * the same length, base64url. Who stops makes tokens and help opens them; both read the key from the run folder.
 * This file links libsodium only.
 */
#ifndef TRYGG_WIRE_TOKEN_H
#define TRYGG_WIRE_TOKEN_H

#include <stdint.h>

#include "wire/record.h"

enum {
	TOKEN_KEY_SIZE = 32,
	TOKEN_TEXT_SIZE = 333, /* with NUL */
	TOKEN_LIFE_MS = 10 * 60 * 1000,
};

struct token {
	int64_t time_ms;                     /* wall clock, when it was sealed */
	char category[RECORD_CATEGORY_SIZE]; /* "self-harm" */
	char rule[RECORD_RULE_SIZE];         /* "school/self-harm.rules:12", "" when no line stopped */
};

/*
 * Reads FOLDER/token.key; when it is not there, makes it (0640) and publishes it whole, so that two programs that start
 * together agree. 0, -EBADMSG when the file is no key, or the errno of the folder.
 */
int token_key(const char *folder, uint8_t key[static TOKEN_KEY_SIZE]);
/* A key of its own, for a program that can have no shared one. */
void token_key_random(uint8_t key[static TOKEN_KEY_SIZE]);
void token_seal(const uint8_t key[static TOKEN_KEY_SIZE], const struct token *t,
		char out[static TOKEN_TEXT_SIZE]);
/* 0; -EBADMSG: not sealed with this key; -ETIMEDOUT: older than TOKEN_LIFE_MS, or from the future. */
int token_open(const uint8_t key[static TOKEN_KEY_SIZE], const char *text, int64_t now_ms, struct token *out);

#endif
