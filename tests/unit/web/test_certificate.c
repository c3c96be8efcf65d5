/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The certificate of the help page held against name, key and time; made here with GnuTLS. */
#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/file.h"
#include "web/certificate.h"

#define FROM_S 1790000000 /* in September 2026 */
#define DAY_S 86400
#define AT(days) ((int64_t)(FROM_S + (days)*DAY_S) * 1000)

enum { VALID_DAYS = 90 };

static char folder[] = "/tmp/trygg-cert-XXXXXX", cert[64], key[64], other[64];

static void write_key(gnutls_x509_privkey_t made, const char *path)
{
	gnutls_datum_t pem;
	assert_int_equal(gnutls_x509_privkey_export2(made, GNUTLS_X509_FMT_PEM, &pem), 0);
	assert_int_equal(file_replace(path, 0600, pem.data, pem.size), 0);
	gnutls_free(pem.data);
}

static gnutls_x509_privkey_t new_key(const char *path)
{
	gnutls_x509_privkey_t made;
	assert_int_equal(gnutls_x509_privkey_init(&made), 0);
	assert_int_equal(gnutls_x509_privkey_generate(made, GNUTLS_PK_ECDSA,
						      GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
			 0);
	write_key(made, path);
	return made;
}

/* Signed by itself, for one name. */
static void write_certificate(gnutls_x509_privkey_t own, const char *name)
{
	gnutls_x509_crt_t crt;
	gnutls_datum_t pem;
	assert_int_equal(gnutls_x509_crt_init(&crt), 0);
	assert_int_equal(gnutls_x509_crt_set_version(crt, 3), 0);
	assert_int_equal(gnutls_x509_crt_set_serial(crt, "\1", 1), 0);
	assert_int_equal(gnutls_x509_crt_set_activation_time(crt, FROM_S), 0);
	assert_int_equal(gnutls_x509_crt_set_expiration_time(crt, FROM_S + VALID_DAYS * DAY_S), 0);
	assert_int_equal(gnutls_x509_crt_set_key(crt, own), 0);
	assert_int_equal(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, name,
							      (unsigned)strlen(name), GNUTLS_FSAN_SET),
			 0);
	assert_int_equal(gnutls_x509_crt_sign2(crt, crt, own, GNUTLS_DIG_SHA256, 0), 0);
	assert_int_equal(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem), 0);
	assert_int_equal(file_replace(cert, 0644, pem.data, pem.size), 0);
	gnutls_free(pem.data);
	gnutls_x509_crt_deinit(crt);
}

static int setup(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(cert, sizeof cert, "%s/cert.pem", folder);
	(void)snprintf(key, sizeof key, "%s/key.pem", folder);
	(void)snprintf(other, sizeof other, "%s/other.pem", folder);
	gnutls_x509_privkey_t own = new_key(key), foreign = new_key(other);
	write_certificate(own, "hjelp.example");
	gnutls_x509_privkey_deinit(own);
	gnutls_x509_privkey_deinit(foreign);
	return 0;
}

static int teardown(void **state)
{
	char command[64];
	(void)state;
	(void)snprintf(command, sizeof command, "rm -r %s", folder);
	return system(command);
}

static void it_is_good_for_its_name_its_key_and_its_time_only(void **state)
{
	const struct {
		const char *key, *name;
		int64_t wall_ms;
		int wanted;
	} rows[] = {
		{key, "hjelp.example", AT(0), 0},
		{key, "hjelp.example", AT(VALID_DAYS) - 1, 0},
		{key, "hjelp.example", AT(VALID_DAYS), -ETIMEDOUT},
		{key, "hjelp.example", AT(0) - 1000, -ETIMEDOUT},
		{key, "www.hjelp.example", AT(1), -EADDRNOTAVAIL},
		{key, "annen.example", AT(1), -EADDRNOTAVAIL},
		{other, "hjelp.example", AT(1), -EKEYREJECTED},
		{cert, "hjelp.example", AT(1), -EBADMSG},
		{"/nonexistent/key.pem", "hjelp.example", AT(1), -ENOENT},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct certificate c;
		char why[CERTIFICATE_WHY_SIZE];
		int got = certificate_read(cert, rows[i].key, rows[i].name, rows[i].wall_ms, &c, why);
		if (got != rows[i].wanted)
			fail_msg("row %zu: %d, wanted %d (%s)", i, got, rows[i].wanted, why);
		assert_true((got < 0) == (why[0] != '\0'));
		assert_true(got == 0 ? c.chain != NULL && c.key != NULL : c.chain == NULL && c.key == NULL);
		certificate_clear(&c);
	}
}

static void its_end_is_told_three_weeks_before(void **state)
{
	struct certificate c;
	char why[CERTIFICATE_WHY_SIZE];
	(void)state;
	assert_int_equal(certificate_read(cert, key, "hjelp.example", AT(VALID_DAYS - 22), &c, why), 0);
	assert_true(!c.ends_soon && c.self_signed && c.until_wall_ms == AT(VALID_DAYS));
	certificate_clear(&c);
	assert_int_equal(certificate_read(cert, key, "hjelp.example", AT(VALID_DAYS - 20), &c, why), 0);
	assert_true(c.ends_soon);
	certificate_clear(&c);
}

static void a_file_that_is_no_certificate_is_said_to_be_none(void **state)
{
	static const char text[] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
	struct certificate c;
	char why[CERTIFICATE_WHY_SIZE];
	(void)state;
	assert_int_equal(file_replace(other, 0600, text, sizeof text - 1), 0);
	assert_int_equal(certificate_read(other, key, "hjelp.example", AT(1), &c, why), -EBADMSG);
	assert_non_null(strstr(why, "no certificate in PEM"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_good_for_its_name_its_key_and_its_time_only),
		cmocka_unit_test(its_end_is_told_three_weeks_before),
		cmocka_unit_test(a_file_that_is_no_certificate_is_said_to_be_none),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
