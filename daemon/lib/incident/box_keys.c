/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recipients of boxes: public keys in a folder, secret ones under a passphrase of their owner's. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "incident/box.h"

enum { KEY_FILE_MAX = 1024 };

#define NAME_FORMAT "47"

bool box_name_holds(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	size_t kind = strcspn(name, "-");

	if (strcmp(name, "recovery") == 0)
		return true;
	return strlen(name) < BOX_NAME_SIZE && name[strspn(name, allowed)] == '\0' && kind > 0 &&
	       name[kind] == '-' && name[kind + 1] != '\0';
}

void box_key_make(struct box_key *out, const char *name)
{
	*out = (struct box_key){0};
	(void)snprintf(out->name, sizeof(out->name), "%s", name);
	crypto_box_keypair(out->public, out->secret);
}

size_t box_key_text(const struct box_key *key, char *out, size_t size)
{
	char hex[2 * BOX_PUBLIC_SIZE + 1];

	sodium_bin2hex(hex, sizeof(hex), key->public, sizeof(key->public));
	int len = snprintf(out, size, "trygg-box-key %s %s\n", key->name, hex);
	return len > 0 && (size_t)len < size ? (size_t)len : 0;
}

static bool unhex(const char *text, uint8_t *out, size_t size)
{
	size_t got = 0;

	return strlen(text) == 2 * size &&
	       sodium_hex2bin(out, size, text, strlen(text), NULL, &got, NULL) == 0 && got == size;
}

/* The one line of a file as a text; false when there is more, or a NUL. */
static bool one_line(struct span text, char *out, size_t size)
{
	if (text.len == 0 || text.len >= size || memchr(text.at, 0, text.len) ||
	    memchr(text.at, '\n', text.len) != text.at + text.len - 1)
		return false;
	memcpy(out, text.at, text.len - 1);
	out[text.len - 1] = '\0';
	return true;
}

int box_key_parse(struct span text, struct box_key *out)
{
	char line[KEY_FILE_MAX], hex[2 * BOX_PUBLIC_SIZE + 2];
	int end = 0;

	*out = (struct box_key){0};
	if (!one_line(text, line, sizeof(line)) ||
	    sscanf(line, "trygg-box-key %" NAME_FORMAT "s %65s%n", out->name, hex, &end) != 2 ||
	    line[end] != '\0' || !box_name_holds(out->name) || !unhex(hex, out->public, sizeof(out->public)))
		return -EBADMSG;
	/* One key has one spelling. */
	char again[KEY_FILE_MAX];
	return span_equal(span_of(again, box_key_text(out, again, sizeof(again))), text) ? 0 : -EBADMSG;
}

int box_key_read(const char *path, struct box_key *out)
{
	char *text = NULL;
	size_t len = 0;
	const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	int rc = file_read(path, KEY_FILE_MAX, &text, &len);

	if (rc == 0)
		rc = box_key_parse(span_of(text, len), out);
	free(text);
	/* A key that was copied under another name would give somebody else's place to it. */
	if (rc == 0 && (strncmp(base, out->name, strlen(out->name)) != 0 ||
			strcmp(base + strlen(out->name), ".pub") != 0))
		rc = -EBADMSG;
	return rc == -EFBIG ? -EBADMSG : rc;
}

static int key_of_passphrase(const char *passphrase, const uint8_t *salt, unsigned long long ops, size_t mem,
			     uint8_t out[static crypto_secretbox_KEYBYTES])
{
	return crypto_pwhash(out, crypto_secretbox_KEYBYTES, passphrase, strlen(passphrase), salt, ops, mem,
			     crypto_pwhash_ALG_ARGON2ID13) == 0
		       ? 0
		       : -ENOMEM;
}

int box_secret_text(const struct box_key *key, const char *passphrase, char *out, size_t size)
{
	uint8_t salt[crypto_pwhash_SALTBYTES], nonce[crypto_secretbox_NONCEBYTES];
	uint8_t under[crypto_secretbox_KEYBYTES], sealed[BOX_SECRET_SIZE + crypto_secretbox_MACBYTES];
	char salt_hex[2 * sizeof(salt) + 1], nonce_hex[2 * sizeof(nonce) + 1], hex[2 * sizeof(sealed) + 1];
	unsigned long long ops = crypto_pwhash_OPSLIMIT_MODERATE;
	size_t mem = crypto_pwhash_MEMLIMIT_MODERATE;

	randombytes_buf(salt, sizeof(salt));
	randombytes_buf(nonce, sizeof(nonce));
	if (key_of_passphrase(passphrase, salt, ops, mem, under) < 0)
		return -ENOMEM;
	(void)crypto_secretbox_easy(sealed, key->secret, BOX_SECRET_SIZE, nonce, under);
	sodium_memzero(under, sizeof(under));
	sodium_bin2hex(salt_hex, sizeof(salt_hex), salt, sizeof(salt));
	sodium_bin2hex(nonce_hex, sizeof(nonce_hex), nonce, sizeof(nonce));
	sodium_bin2hex(hex, sizeof(hex), sealed, sizeof(sealed));
	int len = snprintf(out, size, "trygg-box-secret %s %llu %zu %s %s %s\n", key->name, ops, mem,
			   salt_hex, nonce_hex, hex);
	return len > 0 && (size_t)len < size ? 0 : -EMSGSIZE;
}

int box_secret_parse(struct span text, const char *passphrase, struct box_key *out)
{
	uint8_t salt[crypto_pwhash_SALTBYTES], nonce[crypto_secretbox_NONCEBYTES];
	uint8_t under[crypto_secretbox_KEYBYTES], sealed[BOX_SECRET_SIZE + crypto_secretbox_MACBYTES];
	char line[KEY_FILE_MAX], salt_hex[80], nonce_hex[80], hex[200];
	unsigned long long ops = 0, mem = 0;
	int end = 0;

	*out = (struct box_key){0};
	if (!one_line(text, line, sizeof(line)) ||
	    sscanf(line, "trygg-box-secret %" NAME_FORMAT "s %llu %llu %79s %79s %199s%n", out->name, &ops,
		   &mem, salt_hex, nonce_hex, hex, &end) != 6 ||
	    line[end] != '\0' || !box_name_holds(out->name) || !unhex(salt_hex, salt, sizeof(salt)) ||
	    !unhex(nonce_hex, nonce, sizeof(nonce)) || !unhex(hex, sealed, sizeof(sealed)) ||
	    ops > crypto_pwhash_OPSLIMIT_SENSITIVE || mem > crypto_pwhash_MEMLIMIT_SENSITIVE ||
	    ops < crypto_pwhash_OPSLIMIT_MIN || mem < crypto_pwhash_MEMLIMIT_MIN)
		return -EBADMSG;
	if (key_of_passphrase(passphrase, salt, ops, (size_t)mem, under) < 0)
		return -ENOMEM;
	int rc = crypto_secretbox_open_easy(out->secret, sealed, sizeof(sealed), nonce, under) == 0 ? 0
												    : -EACCES;
	sodium_memzero(under, sizeof(under));
	if (rc == 0)
		crypto_scalarmult_base(out->public, out->secret);
	return rc;
}
