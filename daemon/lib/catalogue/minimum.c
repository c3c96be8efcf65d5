/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The numbers that never vanish, whatever the files say or fail to say: police and medical emergency,
 * legevakt, the alarm line for children and young people, and the mental-health line. All are round the
 * clock.
 */
#include "catalogue/read.h"

#define ITEMS(...)                                                                                           \
	{                                                                                                    \
		sizeof(const char *[]){__VA_ARGS__} / sizeof(const char *), (const char *[])                 \
		{                                                                                            \
			__VA_ARGS__                                                                          \
		}                                                                                            \
	}
#define CALL(number)                                                                                         \
	(const struct channel[])                                                                             \
	{                                                                                                    \
		{                                                                                            \
			.kind = CHANNEL_CALL, .value = (number), .hours = {.known = true, .always = true }   \
		}                                                                                            \
	}

/* What they have in common. */
#define ALWAYS_THERE                                                                                         \
	.channel_count = 1, .cost = COST_FREE, .source = "", .verified_by = "", .verified_on = "",           \
	.expires_on = "", .confirmed = true, .permanent = true, .stands_for = -1

static const struct service minimum[] = {
	{
		.id = "nod-112",
		.name = "Politiets nødtelefon",
		.operator= "Politiet",
		.names = {{"Politiets nødtelefon", "Nødtelefonen til politiet", "Police emergency line",
			   NULL}},
		.about = {{"Når det er fare nå.", "Når det er fare no.", "When there is danger now.", NULL}},
		.channels = CALL("112"),
		.hosts = ITEMS("politiet.no"),
		.languages = ITEMS("nb", "en"),
		.topics = ITEMS("emergency", "danger", "violence"),
		.age_to = 120,
		ALWAYS_THERE,
	},
	{
		.id = "nod-113",
		.name = "Medisinsk nødtelefon",
		.operator= "Helsetjenesten",
		.names = {{"Medisinsk nødtelefon", "Medisinsk nødtelefon", "Medical emergency line", NULL}},
		.about = {{"Når det står om liv.", "Når det står om liv.", "When a life is at risk.", NULL}},
		.channels = CALL("113"),
		.hosts = ITEMS("helsenorge.no"),
		.languages = ITEMS("nb", "en"),
		.topics = ITEMS("emergency", "suicide_acute", "overdose", "injury"),
		.age_to = 120,
		ALWAYS_THERE,
	},
	{
		.id = "legevakt-116117",
		.name = "Legevakt",
		.operator= "Kommunene",
		.names = {{"Legevakt", "Legevakt", "Legevakt, the out-of-hours doctor", NULL}},
		.about = {{"Når du trenger lege og ikke kan vente.", "Når du treng lege og ikkje kan vente.",
			   "When you need a doctor and cannot wait.", NULL}},
		.channels = CALL("116 117"),
		.hosts = ITEMS("helsenorge.no"),
		.languages = ITEMS("nb", "en"),
		.topics = ITEMS("urgent_medical", "suicide", "self_harm", "injury"),
		.age_to = 120,
		ALWAYS_THERE,
	},
	{
		.id = "alarmtelefonen-116111",
		.name = "Alarmtelefonen for barn og unge",
		.operator= "Barnevernvakten i Kristiansand / Bufdir",
		.names = {{"Alarmtelefonen for barn og unge", "Alarmtelefonen for barn og unge",
			   "The alarm line for children and young people", NULL}},
		.about = {{"For deg under 18 år som har det vanskelig eller er redd.",
			   "For deg under 18 år som har det vanskeleg eller er redd.",
			   "For you under 18 when things are hard or you are afraid.", NULL}},
		.channels = CALL("116 111"),
		.hosts = ITEMS("116111.no"),
		.languages = ITEMS("nb"),
		.topics = ITEMS("abuse", "violence", "neglect", "sexual_abuse", "fear_at_home", "self_harm",
				"online_abuse"),
		.age_to = 17,
		ALWAYS_THERE,
	},
	{
		.id = "mental-helse-116123",
		.name = "Mental Helse Hjelpetelefonen",
		.operator= "Mental Helse",
		.names = {{"Hjelpetelefonen til Mental Helse", "Hjelpetelefonen til Mental Helse",
			   "Mental Helse helpline", NULL}},
		.about = {{"For alle som trenger noen å snakke med.",
			   "For alle som treng nokon å snakke med.",
			   "For everyone who needs someone to talk to.", NULL}},
		.channels = CALL("116 123"),
		.hosts = ITEMS("mentalhelse.no"),
		.languages = ITEMS("nb"),
		.topics = ITEMS("mental_health", "suicide", "self_harm", "general", "anxiety", "depression"),
		.age_to = 120,
		ALWAYS_THERE,
	},
};

const struct service *minimum_services(size_t *count)
{
	*count = sizeof minimum / sizeof minimum[0];
	return minimum;
}
