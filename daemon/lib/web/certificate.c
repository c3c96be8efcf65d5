/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "web/certificate.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"

enum { FILE_MAX = 1 << 18, ID_SIZE = 32 };

static int complain(char *why, int error, const char *what, const char *path)
{
	snprintf(why, CERTIFICATE_WHY_SIZE, "%.120s: %s", path, what);
	return error;
}

static int read_pem(const char *path, char **out, char *why)
{
	size_t len = 0;
	int error = file_read(path, FILE_MAX, out, &len);
	return error < 0 ? complain(why, error, "cannot be read", path) : 0;
}

static gnutls_datum_t datum(const char *text)
{
	return (gnutls_datum_t){(unsigned char *)(uintptr_t)text, (unsigned)strlen(text)};
}

/* The id of a public key is the same on both sides, or they are not a pair. */
static bool is_pair(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
	unsigned char one[ID_SIZE], other[ID_SIZE];
	size_t one_len = sizeof one, other_len = sizeof other;
	return gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA256, one, &one_len) == 0 &&
	       gnutls_x509_privkey_get_key_id(key, GNUTLS_KEYID_USE_SHA256, other, &other_len) == 0 &&
	       one_len == other_len && memcmp(one, other, one_len) == 0;
}

static int judge(gnutls_x509_crt_t crt, const char *path, const char *name, int64_t wall_ms,
		 struct certificate *out, char *why)
{
	int64_t from_ms = (int64_t)gnutls_x509_crt_get_activation_time(crt) * 1000;
	out->until_wall_ms = (int64_t)gnutls_x509_crt_get_expiration_time(crt) * 1000;
	out->ends_soon = out->until_wall_ms - wall_ms < CERTIFICATE_WARN_DAYS * (int64_t)DAY_MS;
	out->self_signed = gnutls_x509_crt_check_issuer(crt, crt) != 0;
	if (gnutls_x509_crt_check_hostname(crt, name) == 0)
		return complain(why, -EADDRNOTAVAIL, "the certificate is not for help.name", path);
	if (wall_ms >= out->until_wall_ms)
		return complain(why, -ETIMEDOUT, "the certificate has expired", path);
	if (wall_ms < from_ms)
		return complain(why, -ETIMEDOUT, "the certificate is not valid yet: is the clock right?",
				path);
	return 0;
}

static int look(const char *chain_path, const char *key_path, const char *name, int64_t wall_ms,
		struct certificate *out, char *why)
{
	gnutls_x509_crt_t *list = NULL;
	gnutls_x509_privkey_t key = NULL;
	unsigned count = 0;
	gnutls_datum_t chain = datum(out->chain), secret = datum(out->key);
	int error = 0;
	if (gnutls_x509_crt_list_import2(&list, &count, &chain, GNUTLS_X509_FMT_PEM, 0) < 0 || count == 0)
		error = complain(why, -EBADMSG, "no certificate in PEM", chain_path);
	else if (gnutls_x509_privkey_init(&key) < 0 ||
		 gnutls_x509_privkey_import2(key, &secret, GNUTLS_X509_FMT_PEM, NULL, 0) < 0)
		error = complain(why, -EBADMSG, "no private key in PEM", key_path);
	else if (!is_pair(list[0], key))
		error = complain(why, -EKEYREJECTED, "the key does not belong to the certificate", key_path);
	else
		error = judge(list[0], chain_path, name, wall_ms, out, why);
	for (unsigned i = 0; i < count; i++)
		gnutls_x509_crt_deinit(list[i]);
	gnutls_free(list);
	if (key != NULL)
		gnutls_x509_privkey_deinit(key);
	return error;
}

int certificate_read(const char *chain_path, const char *key_path, const char *name, int64_t wall_ms,
		     struct certificate *out, char why[static CERTIFICATE_WHY_SIZE])
{
	*out = (struct certificate){0};
	why[0] = '\0';
	int error = read_pem(chain_path, &out->chain, why);
	if (error == 0)
		error = read_pem(key_path, &out->key, why);
	if (error == 0)
		error = look(chain_path, key_path, name, wall_ms, out, why);
	if (error < 0)
		certificate_clear(out);
	return error;
}

void certificate_clear(struct certificate *c)
{
	free(c->chain);
	if (c->key != NULL)
		explicit_bzero(c->key, strlen(c->key));
	free(c->key);
	c->chain = c->key = NULL;
}
