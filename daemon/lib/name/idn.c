/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Only what compile and tryggctl need of libidn2: people write å, the wire carries xn--. */
#include "name/idn.h"

#include <errno.h>
#include <idn2.h>
#include <string.h>

int idn_to_ascii(const char *text, char *out, size_t size)
{
	char *ascii = NULL;
	if (idn2_to_ascii_8z(text, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
		return -EBADMSG;
	size_t len = strlen(ascii);
	int rc = len < size ? 0 : -EBADMSG;
	if (rc == 0)
		memcpy(out, ascii, len + 1);
	idn2_free(ascii);
	return rc;
}
