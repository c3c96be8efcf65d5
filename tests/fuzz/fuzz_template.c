/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a template that may name itself and a partial: compiles or says why, and rendering ends. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "web/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char data[] = "{\"a\": \"x<&>\", \"b\": {\"c\": {\"d\": 1.5}}, \"l\": [1, {\"a\": 2}, "
				   "[3, 4]], \"t\": true, "
				   "\"f\": false, \"n\": null, \"e\": \"\"}";
	char why[TEMPLATE_WHY_SIZE], *out = NULL, *text = malloc(len + 1);
	struct mustache *set = NULL;
	size_t out_len = 0;
	json_t *values = json_loads(data, 0, NULL);
	if (text == NULL || values == NULL)
		abort();
	memcpy(text, bytes, len);
	text[len] = '\0';
	if (template_add(&set, "part", "<{{a}}\n{{#l}}{{.}}{{/l}}>\n", why, sizeof why) != 0)
		abort();
	if (template_add(&set, "self", text, why, sizeof why) == 0 &&
	    template_render(set, "self", values, &out, &out_len) == 0) {
		/* The value of `a` has "<&>" in it: that comes out only when the template says it itself. */
		if (strlen(out) != out_len || (strchr(text, '&') == NULL && strstr(out, "<&>") != NULL))
			abort();
		free(out);
	} else if (memchr(why, '\0', sizeof why) == NULL) {
		abort();
	}
	template_free(set);
	json_decref(values);
	free(text);
	return 0;
}
