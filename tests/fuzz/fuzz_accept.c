/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as Accept, as Accept-Language and as a token: weights stay in range, nothing opens that was not sealed. */
#include <stdlib.h>
#include <string.h>

#include "web/accept.h"
#include "wire/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char *const languages[] = {"nb", "nn", "en"};
	static const uint8_t key[TOKEN_KEY_SIZE] = {1, 2, 3};
	struct token token;
	char *text = malloc(len + 1);
	if (text == NULL)
		abort();
	memcpy(text, bytes, len);
	text[len] = '\0';
	int quality = accept_quality(text, "text/html");
	if (quality < 0 || quality > ACCEPT_QUALITY_MAX || accept_language(text, languages, 3) > 2)
		abort();
	if (token_open(key, text, 0, &token) == 0)
		abort();
	free(text);
	return 0;
}
