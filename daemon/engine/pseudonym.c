/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/pseudonym.h"

#include <sodium.h>

#include "base/clock.h"

struct pseudonym {
	int64_t day; /* that the key is for; 0 = none yet */
	uint8_t key[crypto_generichash_KEYBYTES];
};

struct pseudonym *pseudonym_new(void)
{
	/* Locked, kept out of dumps, overwritten when freed; it needs the library to be ready. */
	struct pseudonym *p = sodium_init() < 0 ? NULL : sodium_malloc(sizeof(*p));

	if (p)
		p->day = 0;
	return p;
}

void pseudonym_free(struct pseudonym *p)
{
	sodium_free(p);
}

void pseudonym_text(struct pseudonym *p, const struct address *client, int64_t wall_ms,
		    char out[static PSEUDONYM_SIZE])
{
	uint8_t hash[crypto_generichash_BYTES_MIN];
	int64_t day = wall_ms / DAY_MS;
	crypto_generichash_state state;

	if (p->day != day) {
		randombytes_buf(p->key, sizeof(p->key));
		p->day = day;
	}
	(void)crypto_generichash_init(&state, p->key, sizeof(p->key), sizeof(hash));
	(void)crypto_generichash_update(&state, &client->family, sizeof(client->family));
	(void)crypto_generichash_update(&state, client->bytes, sizeof(client->bytes));
	(void)crypto_generichash_final(&state, hash, sizeof(hash));
	sodium_bin2hex(out, PSEUDONYM_SIZE, hash, (PSEUDONYM_SIZE - 1) / 2);
	sodium_memzero(&state, sizeof(state));
}
