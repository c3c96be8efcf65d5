/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gate/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "wire/packet.h"

/* Decimal, or hexadecimal with 0x. */
static uint32_t number(const char *name, uint32_t absent, uint32_t least, uint32_t most)
{
	const char *text = getenv(name);
	char *end;
	if (!text)
		return absent;
	unsigned long n = strtoul(text, &end, strncmp(text, "0x", 2) == 0 ? 16 : 10);
	if (*text < '0' || *text > '9' || *end != '\0' || n < least || n > most)
		log_fatal("%s: `%s` is not a number from %u to %u", name, text, least, most);
	return (uint32_t)n;
}

static bool is_drop(void)
{
	const char *text = getenv("TRYGG_ON_FAILURE");
	if (text && strcmp(text, "pass") != 0 && strcmp(text, "drop") != 0)
		log_fatal("TRYGG_ON_FAILURE: `%s` is neither pass nor drop", text);
	return text && strcmp(text, "drop") == 0;
}

struct settings settings_read(void)
{
	const char *run = getenv("TRYGG_RUN");
	struct settings s = {
		.run = run ? run : "/run/trygg",
		.queue = (uint16_t)number("TRYGG_QUEUE", 0, 0, UINT16_MAX),
		.starts = number("TRYGG_STARTS", 1, 0, UINT32_MAX),
		.drop = is_drop(),
		.hold_ms = number("TRYGG_HOLD_MS", 2000, 50, 60000),
		.mark_mask = number("TRYGG_MARK_MASK", 0xff0000, 1, UINT32_MAX),
		.cpu_offset = number("TRYGG_CPU_OFFSET", 0, 0, 4096),
	};
	uint32_t bits = s.mark_mask / MARK_LOW(s.mark_mask);
	if ((bits & (bits + 1)) != 0 || bits < 0xff)
		log_fatal("TRYGG_MARK_MASK: 0x%x is not at least eight bits side by side", s.mark_mask);
	return s;
}
