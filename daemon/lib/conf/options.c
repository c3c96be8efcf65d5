/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/options.h"

#include <string.h>

#include "base/clock.h"
#include "name/host.h"

const char *const action_names[ACTIONS] = {"allow", "observe", "help", "refuse"};
const char *const stage_names[STAGES] = {"primary", "lower-secondary", "upper-secondary", "staff", "guest"};
const char *const language_names[LANGUAGES + 1] = {"nb", "nn", "en", "se",  "uk", "ar",
						   "so", "ti", "pl", "qps", NULL};
const char option_languages[] = "nb, nn, en, se, uk, ar, so, ti, pl";

const char *const duty_kind_names[DUTY_KINDS] = {"nurse", "counsellor", "outside"};
const char *const duty_role_names[DUTY_ROLES] = {"owner", "deputy", "lead", "municipal"};

static const char *const words_action[] = {"allow", "observe", "help", "refuse", NULL};
static const char *const words_stage[] = {"primary", "lower-secondary", "upper-secondary",
					  "staff",   "guest",           NULL};
static const char *const words_log[] = {"none", "count", "event", "concern", NULL};
static const char *const words_failure[] = {"pass", "drop", NULL};
static const char *const words_quic[] = {"pass", "refuse", NULL};
static const char *const words_format[] = {"hosts", "domains", "wildcard", "adblock", "ut1", NULL};
static const char *const words_layer[] = {"national", "municipality", "school", NULL};
static const char *const words_mode[] = {"enforce", "observe", NULL};
static const char *const words_default[] = {"allow", "deny", NULL};
static const char *const words_privacy[] = {"counts", "events", "pseudonymous", NULL};
static const char *const words_kind[] = {"nurse", "counsellor", "outside", NULL};
static const char *const words_role[] = {"owner", "deputy", "lead", "municipal", NULL};
static const char *const words_tls[] = {"refuse", NULL};

/* Names the kernel takes and that no firewall language reads as a pattern. */
static const char *check_interface(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@";
	if (*text && strlen(text) <= 15 && text[strspn(text, allowed)] == '\0')
		return NULL;
	return "an interface name of 1 to 15 letters, digits and . _ - @";
}

static const char *check_host(const char *text)
{
	struct host h;
	/* A byte that is written \DDD matches nothing that anybody asks for: "*.example.org" is a slip. */
	if (host_from_text(span_text(text), &h) == 0 && h.kind == HOST_NAME && h.labels > 0 &&
	    !memchr(h.text, '\\', h.len))
		return NULL;
	return "a host name in ASCII, without *, international names as xn--...";
}

/* As a browser's address line has it. */
static const char *check_site(const char *text)
{
	struct host h;
	if (host_from_text(span_text(text), &h) == 0 && !memchr(h.text, '\\', h.len))
		return NULL;
	return "a host name in ASCII or an address";
}

static const char *check_host_or_none(const char *text)
{
	return *text ? check_host(text) : NULL;
}

static const char *check_date_or_none(const char *text)
{
	char whole[CLOCK_TEXT_SIZE];
	int64_t ms;
	(void)snprintf(whole, sizeof whole, "%.10sT00:00:00.000Z", text);
	return !*text || (strlen(text) == 10 && clock_parse(whole, &ms) == 0) ? NULL : "a date, YYYY-MM-DD";
}

static const char *check_basic(const char *text)
{
	for (size_t i = 0; i < conf_basic_count; i++)
		if (strcmp(conf_basics[i].name, text) == 0)
			return NULL;
	return "one of the names that trygg.conf(5) lists under unprotect";
}

static const char *check_https(const char *text)
{
	if (*text == '\0' || (strncmp(text, "https://", 8) == 0 && text[8] != '\0' &&
			      text[strcspn(text, " \"<>\\^`{|}")] == '\0'))
		return NULL;
	return "an address that begins with https://";
}

static const char *check_topic(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
	if (*text && strlen(text) <= 64 && text[strspn(text, allowed)] == '\0')
		return NULL;
	return "a topic of the help catalogue: small letters, digits, _ and -";
}

/* A language as BCP 47 writes it, as far as we need it: small letters and hyphens. */
static const char *check_tag(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz-";
	size_t len = strlen(text);
	return len >= 2 && len <= 35 && text[strspn(text, allowed)] == '\0'
		       ? NULL
		       : "a language, as in nb, en or uk";
}

static const char *check_phone(const char *text)
{
	const char *digits = text + (*text == '+');
	return digits[strspn(digits, "0123456789 ")] == '\0'
		       ? NULL
		       : "a number of digits and spaces, as in 900 00 000";
}

/* Enough to keep header lines and shells out; whether it can be reached only a mail can tell. */
static const char *check_mail(const char *text)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.!#$%&'*+/=?^_`{|}~-";
	size_t local = strspn(text, allowed);
	if (*text == '\0' ||
	    (local > 0 && *text != '-' && text[local] == '@' && check_host(text + local + 1) == NULL))
		return NULL;
	return "a mail address in ASCII, as in nurse@example.org";
}

/* A field name (RFC 9110 5.1), as far as proxies use them for this. */
static const char *check_field(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
	return text[strspn(text, allowed)] == '\0' ? NULL : "a field name, as in X-Remote-User";
}

/* It stands in every journal line (DESIGN 6.5). */
static const char *check_id(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	if (*text && text[strspn(text, allowed)] == '\0')
		return NULL;
	return "letters, digits and . _ -";
}

#define IN(member) offsetof(struct conf, member)

static const struct option gateway[] = {
	{"id", &option_text, IN(gateway.id), 0, "\"gateway\"", 1, 63, NULL, check_id,
	 "name of this gateway in the journal and in reports"},
	{"school", &option_text, IN(gateway.school), 0, "\"\"", 0, 200, NULL, NULL,
	 "name of the school, as pages show it"},
	{"municipality", &option_text, IN(gateway.municipality), 0, "\"\"", 0, 200, NULL, NULL,
	 "name of the municipality, as pages show it"},
	{"run_folder", &option_path, IN(gateway.run_folder), 0, "\"/run/trygg\"", 1, 80, NULL, NULL,
	 "folder of the sockets between the programs"},
};

static const struct option inspect[] = {
	{"interfaces", &option_texts, IN(inspect.interfaces), 0, "[]", 0, 64, NULL, check_interface,
	 "interfaces towards the pupils; only what comes in by them is inspected"},
	{"queues", &option_range, IN(inspect.queue_first), IN(inspect.queue_last), "[0, 0]", 0, 65535, NULL,
	 NULL, "first and last kernel queue; one pair of gate and engine serves each"},
	{"http_ports", &option_ports, IN(inspect.http_ports), IN(inspect.http_port_count), "[80]", 0, 15,
	 NULL, NULL, "TCP ports where plain HTTP is spoken"},
	{"tls_ports", &option_ports, IN(inspect.tls_ports), IN(inspect.tls_port_count), "[443]", 0, 15, NULL,
	 NULL, "TCP ports where TLS is spoken"},
	{"quic", &option_choice, IN(inspect.quic_refuse), 0, "\"refuse\"", 0, 0, words_quic, NULL,
	 "QUIC to the tls_ports: refuse it at once, so that browsers take TLS, or pass it uninspected"},
	{"on_failure", &option_word, IN(inspect.on_failure), 0, "\"pass\"", 0, 0, words_failure, NULL,
	 "what happens to requests when a part of the filter stays away: pass them, counted, or drop them"},
	{"hold_ms", &option_number, IN(inspect.hold_ms), 0, "2000", 50, 60000, NULL, NULL,
	 "milliseconds that requests wait for an engine before on_failure decides"},
	{"mark_mask", &option_mask, IN(inspect.mark_mask), 0, "0xff0000", 0, 0, NULL, NULL,
	 "bits of the packet mark that Trygg may use: at least 8, side by side; all others are kept"},
	{"resolvers", &option_prefixes, IN(inspect.resolvers), IN(inspect.resolver_count), "[]", 0, 256, NULL,
	 NULL, "inside addresses that ask for others: they get only mandatory categories, without a subject"},
	{"queue_length", &option_number, IN(inspect.queue_length), 0, "8192", 64, 65536, NULL, NULL,
	 "packets that the kernel holds in each queue"},
	{"flows_max", &option_number, IN(inspect.flows_max), 0, "65536", 64, 1048576, NULL, NULL,
	 "flows that each engine remembers"},
};

static const struct option rules[] = {
	{"national", &option_path, IN(rules.layer[0]), 0, "\"rules.d/national\"", 1, 4000, NULL, NULL,
	 "folder of the national rule files"},
	{"municipality", &option_path, IN(rules.layer[1]), 0, "\"rules.d/municipality\"", 1, 4000, NULL, NULL,
	 "folder of the municipality's rule files"},
	{"school", &option_path, IN(rules.layer[2]), 0, "\"rules.d/school\"", 1, 4000, NULL, NULL,
	 "folder of the school's own rule files"},
	{"compiled", &option_path, IN(rules.compiled), 0, "\"/var/lib/trygg/rules.trygg\"", 1, 4000, NULL,
	 NULL,
	 "the compiled set, written by tryggctl compile; its pieces lie in a folder of the same name with "
	 ".d"},
	{"confidential_key", &option_path, IN(rules.confidential_key), 0,
	 "\"/var/lib/trygg/confidential.key\"", 1, 4000, NULL, NULL,
	 "file of the key that confidential lists are sealed with; made at first use, never part of a "
	 "backup"},
	{"corpus", &option_path, IN(rules.corpus), 0, "\"/usr/share/trygg/corpus\"", 1, 4000, NULL, NULL,
	 "folder of the labelled examples that tryggctl rules test judges the rules by"},
	{"protected", &option_texts, IN(rules.protected), 0, "[]", 0, 4096, NULL, check_host,
	 "names that always pass and are never recorded, each with everything below it"},
	{"unprotect", &option_texts, IN(rules.unprotect), 0, "[]", 0, 64, NULL, check_basic,
	 "names of health, emergency, clocks and connectivity that are protected in every school and shall "
	 "not be "
	 "here"},
	{"sources", &option_sources, IN(rules.sources), IN(rules.source_count), "()", 0, 64, NULL, NULL,
	 "lists in other programs' formats, read at every compile"},
	{"mode", &option_choice, IN(rules.observe), 0, "\"enforce\"", 0, 0, words_mode, NULL,
	 "enforce the rules, or observe: only count what would be stopped; mandatory categories are always "
	 "enforced"},
};

static const struct option help[] = {
	{"addresses", &option_addresses, IN(help.addresses), IN(help.address_count), "[]", 0, 8, NULL, NULL,
	 "addresses of this gateway where the help page answers; stopped names resolve to them"},
	{"name", &option_text, IN(help.name), 0, "\"\"", 0, 253, NULL, check_host_or_none,
	 "public name of the help page, if it has one with a certificate"},
	{"certificate", &option_path, IN(help.certificate), 0, "\"\"", 0, 4000, NULL, NULL,
	 "file of the certificate chain for name, PEM"},
	{"key", &option_path, IN(help.key), 0, "\"\"", 0, 4000, NULL, NULL,
	 "file of the certificate's private key, PEM"},
	{"tls", &option_text, IN(help.tls), 0, "\"refuse\"", 0, 16, words_tls, NULL,
	 "TLS for stopped names at the help address: refuse it at once"},
	{"languages", &option_texts, IN(help.languages), 0, "[\"nb\", \"nn\", \"en\"]", 1, LANGUAGES,
	 language_names, NULL,
	 "languages of the help page, the first is used when the browser asks for none of them"},
	{"catalogue", &option_path, IN(help.catalogue), 0, "\"catalogue.conf\"", 1, 4000, NULL, NULL,
	 "the help catalogue; *.conf in catalogue.d beside it are read too"},
	{"answers", &option_path, IN(help.answers), 0, "\"answers.conf\"", 1, 4000, NULL, NULL,
	 "what the municipality answers to who said that a rule was wrong"},
	{"accessibility_statement", &option_text, IN(help.accessibility_statement), 0, "\"\"", 0, 400, NULL,
	 check_https, "address of the owner's accessibility statement, linked from every page"},
	{"texts", &option_path, IN(help.texts), 0, "\"/usr/share/trygg/texts\"", 1, 4000, NULL, NULL,
	 "folder of the page texts, one file a language"},
	{"local_texts", &option_path, IN(help.local_texts), 0, "\"texts.d\"", 1, 4000, NULL, NULL,
	 "folder of what your school says otherwise: files of the same form with only the texts that differ"},
	{"pages", &option_path, IN(help.pages), 0, "\"/usr/share/trygg/pages\"", 1, 4000, NULL, NULL,
	 "folder of the page templates"},
};

static const struct option privacy[] = {
	{"mode", &option_word, IN(privacy.mode), 0, "\"events\"", 0, 0, words_privacy, NULL,
	 "what a stop leaves: daily counts only; events without person and with the hour only; or events "
	 "with a pseudonym that "
	 "changes every day, which must be declared"},
	{"purpose", &option_text, IN(privacy.purpose), 0, "\"\"", 0, 1000, NULL, NULL,
	 "pseudonymous: what the records are for, in plain words; it stands in the privacy notice"},
	{"legal_basis", &option_text, IN(privacy.legal_basis), 0, "\"\"", 0, 1000, NULL, NULL,
	 "pseudonymous: the legal basis, as the owner has assessed it"},
	{"informed_on", &option_text, IN(privacy.informed_on), 0, "\"\"", 0, 10, NULL, check_date_or_none,
	 "pseudonymous: the day on which pupils, parents and staff were informed"},
	{"retention_reason", &option_text, IN(privacy.retention_reason), 0, "\"\"", 0, 1000, NULL, NULL,
	 "pseudonymous: why records are kept for so long and no shorter"},
	{"owner", &option_text, IN(privacy.owner), 0, "\"\"", 0, 200, NULL, NULL,
	 "pseudonymous: who answers for it, by office"},
	{"retention_days", &option_number, IN(privacy.retention_days), 0, "90", 1, 3650, NULL, NULL,
	 "days that records are kept, in the journal and in the store"},
	{"statistics_days", &option_number, IN(privacy.statistics_days), 0, "400", 1, 3650, NULL, NULL,
	 "days that the store keeps daily sums, which point at nobody"},
};

static const struct option journal[] = {
	{"folder", &option_path, IN(journal.folder), 0, "\"/var/lib/trygg/journal\"", 1, 4000, NULL, NULL,
	 "folder of the journals"},
	{"incident_days", &option_number, IN(journal.days[0]), 0, "0", 0, 3650, NULL, NULL,
	 "days that stops are kept; 0 = privacy.retention_days"},
	{"feedback_days", &option_number, IN(journal.days[1]), 0, "0", 0, 3650, NULL, NULL,
	 "days that what pupils said is kept; 0 = privacy.retention_days"},
	{"contact_days", &option_number, IN(journal.days[2]), 0, "30", 0, 3650, NULL, NULL,
	 "days that requests for contact are kept, sealed; 0 = privacy.retention_days"},
	{"audit_days", &option_number, IN(journal.days[3]), 0, "365", 0, 3650, NULL, NULL,
	 "days that the record of who looked at what is kept; 0 = privacy.retention_days"},
};

static const struct option store[] = {
	{"url", &option_store, IN(store.url), 0, "\"sqlite:/var/lib/trygg/store/store.db\"", 0, 4000, NULL,
	 NULL, "the searchable database of incidents"},
};

static const char *check_server(const char *text)
{
	bool smtp = strncmp(text, "smtp://", 7) == 0 && text[7],
	     smtps = strncmp(text, "smtps://", 8) == 0 && text[8];
	return !*text || smtp || smtps ? NULL : "smtp://HOST:PORT, smtps://HOST:PORT or nothing";
}

static const struct option mail[] = {
	{"server", &option_text, IN(mail.server), 0, "\"\"", 0, 300, NULL, check_server,
	 "the server that takes mail to those on duty; empty: no mail is sent"},
	{"from", &option_text, IN(mail.from), 0, "\"\"", 0, 200, NULL, check_mail, "whom the mail is from"},
	{"user", &option_text, IN(mail.user), 0, "\"\"", 0, 200, NULL, NULL,
	 "user at the server, if it asks for one"},
	{"password", &option_path, IN(mail.password), 0, "\"\"", 0, 4000, NULL, NULL,
	 "file with the password of that user"},
	{"tls", &option_truth, IN(mail.tls), 0, "true", 0, 0, NULL, NULL,
	 "send nothing over a connection without TLS"},
	{"desk", &option_text, IN(mail.desk), 0, "\"\"", 0, 300, NULL, NULL,
	 "address of the review desk, told in the mail; a mail says nothing else"},
};

static const struct option review[] = {
	{"names", &option_texts, IN(review.names), 0, "[\"localhost\"]", 1, 8, NULL, check_site,
	 "host names by which browsers know the review desk; under any other name it answers nothing"},
	{"https", &option_truth, IN(review.https), 0, "true", 0, 0, NULL, NULL,
	 "browsers reach the desk over HTTPS, which a reverse proxy speaks; its cookie goes no other way"},
	{"user_field", &option_text, IN(review.user_field), 0, "\"\"", 0, 64, NULL, check_field,
	 "field in which a reverse proxy on the Unix socket names who has signed in; empty: own passwords"},
	{"idle_min", &option_number, IN(review.idle_min), 0, "15", 1, 240, NULL, NULL,
	 "minutes without a request after which somebody has to sign in again"},
	{"session_min", &option_number, IN(review.session_min), 0, "720", 5, 1440, NULL, NULL,
	 "minutes after which somebody has to sign in again in any case"},
	{"pages", &option_path, IN(review.pages), 0, "\"/usr/share/trygg/review\"", 1, 4000, NULL, NULL,
	 "folder of the desk's page templates, its texts in the folder texts below it"},
};

static const struct option duty[] = {
	{"keys", &option_path, IN(duty.keys), 0, "\"keys\"", 1, 4000, NULL, NULL,
	 "folder of the public keys that contact requests are sealed to: KIND-NAME.pub and recovery.pub"},
	{"terms", &option_texts, IN(duty.terms), 0, "[]", 0, 16, NULL, NULL,
	 "dates between which school is, YYYY-MM-DD/YYYY-MM-DD; none: all the year but no_school"},
	{"no_school", &option_texts, IN(duty.no_school), 0,
	 "[\"public\", \"christmas\", \"new-years-eve\", \"06-20/08-15\"]", 0, 32, NULL, NULL,
	 "days without school inside the terms, named as in the help catalogue"},
	{"school_hours", &option_text, IN(duty.school_hours), 0, "\"mo-fr 08:00-15:00\"", 1, 200, NULL, NULL,
	 "when the school day is; school hours are counted in it"},
	{"persons", &option_persons, IN(duty.persons), IN(duty.person_count), "{}", 0, 64, NULL, NULL,
	 "who reads what pupils ask for, and who is told when nobody has"},
};

#undef IN
#define IN(member) offsetof(struct conf_source, member)

static const struct option source[] = {
	{"file", &option_path, IN(file), 0, NULL, 1, 4000, NULL, NULL,
	 "the list; for ut1 the folder of the category, or one file of it"},
	{"format", &option_text, IN(format), 0, NULL, 0, 16, words_format, NULL,
	 "what the list is written in, as in tryggctl rules import"},
	{"category", &option_text, IN(category), 0, NULL, 1, 64, NULL, NULL, "what its rules are about"},
	{"layer", &option_word, IN(layer), 0, "\"municipality\"", 0, 0, words_layer, NULL,
	 "the layer its rules belong to"},
	{"owner", &option_text, IN(owner), 0, "\"\"", 0, 200, NULL, NULL, "whom to ask about the list"},
	{"reason", &option_text, IN(reason), 0, "\"\"", 0, 400, NULL, NULL, "why the list is used"},
	{"reviewed", &option_text, IN(reviewed), 0, "\"\"", 0, 10, NULL, check_date_or_none,
	 "when somebody last looked at it"},
	{"review_by", &option_text, IN(review_by), 0, "\"\"", 0, 10, NULL, check_date_or_none,
	 "when somebody must look again"},
	{"mode", &option_choice, IN(observe), 0, "\"enforce\"", 0, 0, words_mode, NULL,
	 "enforce the list, or observe: only count what it would stop"},
};

#undef IN
#define IN(member) offsetof(struct conf_person, member)

static const struct option person[] = {
	{"name", &option_text, IN(name), 0, NULL, 1, 100, NULL, NULL, "the name, as pupils see it"},
	{"title", &option_titles, IN(title), 0, "{}", 1, 120, language_names, NULL,
	 "what they are at school, as pupils see it, one text a language"},
	{"place", &option_titles, IN(place), 0, "{}", 1, 120, language_names, NULL,
	 "where pupils find them, one text a language"},
	{"kind", &option_word, IN(kind), 0, NULL, 0, 0, words_kind, NULL,
	 "whom a pupil chooses: nurse, counsellor, or somebody outside the school"},
	{"role", &option_word, IN(role), 0, "\"owner\"", 0, 0, words_role, NULL,
	 "owner: told at once; deputy: after one school hour; lead of the kind: after three; municipal: "
	 "before the "
	 "school day ends"},
	{"hours", &option_text, IN(hours), 0, "\"\"", 0, 200, NULL, NULL,
	 "when they are here for pupils, as in tu 09:00-14:00; empty: only told, never shown"},
	{"away", &option_texts, IN(away), 0, "[]", 0, 32, NULL, NULL,
	 "days of absence, as in 2027-02-01/2027-02-12"},
	{"speaks", &option_texts, IN(speaks), 0, "[\"nb\"]", 1, 20, NULL, check_tag,
	 "languages they speak with pupils"},
	{"phone", &option_text, IN(phone), 0, "\"\"", 0, 20, NULL, check_phone,
	 "number for pupils, if there is one"},
	{"mail", &option_text, IN(mail), 0, "\"\"", 0, 254, NULL, check_mail,
	 "where mail goes that says only that something is waiting"},
};

#undef IN
#define IN(member) offsetof(struct conf_category, member)

static const struct option category[] = {
	{"titles", &option_titles, IN(title), 0, "{}", 1, 120, language_names, NULL,
	 "what the category is called on pages, in plain words, one text a language"},
	{"severity", &option_number, IN(severity), 0, "1", 0, 4, NULL, NULL,
	 "how serious a visit is: 0 a matter of school policy to 4 acute"},
	{"mandatory", &option_truth, IN(mandatory), 0, "false", 0, 0, NULL, NULL,
	 "true: nobody nearer to the school may open it, and it leaves only daily counts"},
	{"help_only", &option_truth, IN(help_only), 0, "false", 0, 0, NULL, NULL,
	 "true: the category is there for the services it shows; its action is allow, everywhere, and no "
	 "rule may "
	 "stop what it is about"},
	{"mode", &option_choice, IN(observe), 0, "\"enforce\"", 0, 0, words_mode, NULL,
	 "enforce the rules about it, or observe: only count what they would stop"},
	{"log", &option_word, IN(log), 0, "\"count\"", 0, 0, words_log, NULL,
	 "what a stop leaves at most: nothing, daily counts, an event without name, a concern with name"},
	{"action", &option_word, IN(action), 0, "\"help\"", 0, 0, words_action, NULL,
	 "what happens: allow, observe (pass and count), help (stop and show the way to help), refuse"},
	{"topics", &option_texts, IN(topics), 0, "[]", 0, 64, NULL, check_topic,
	 "topics of the help catalogue whose services are shown"},
};

#undef IN
#define IN(member) offsetof(struct conf_group, member)

static const struct option group[] = {
	{"networks", &option_prefixes, IN(networks), IN(network_count), "[]", 0, 1024, NULL, NULL,
	 "networks of the group's devices; the longest that matches a device decides"},
	{"stage", &option_word, IN(stage), 0, NULL, 0, 0, words_stage, NULL,
	 "whose pages and services the group sees"},
	{"pupils", &option_number, IN(pupils), 0, "0", 0, 1000000, NULL, NULL,
	 "how many people it is, for rates; 0 when unknown"},
	{"default", &option_choice, IN(default_deny), 0, "\"allow\"", 0, 0, words_default, NULL,
	 "names that no rule speaks about: allow them, or deny them as unlisted"},
	{"actions", &option_actions, IN(actions), 0, "{}", 0, 0, words_action, NULL,
	 "actions that differ from the categories' own, one word a category"},
};

#define ROWS(array) array, sizeof(array) / sizeof((array)[0])

const struct option_section option_sections[] = {
	{"gateway", ROWS(gateway), "who we are"},
	{"inspect", ROWS(inspect), "which packets are read"},
	{"rules", ROWS(rules), "what is stopped"},
	{"help", ROWS(help), "the way to help"},
	{"privacy", ROWS(privacy), "what a stop may leave behind"},
	{"journal", ROWS(journal), "the record of evidence"},
	{"store", ROWS(store), "the database made from the journals"},
	{"mail", ROWS(mail), "telling those on duty that something waits"},
	{"review", ROWS(review), "the pages for staff"},
	{"duty", ROWS(duty), "the adults at school, and when"},
};
const size_t option_section_count = sizeof option_sections / sizeof option_sections[0];
const struct option_section option_category = {"categories", ROWS(category), "what rules are about"};
const struct option_section option_group = {"groups", ROWS(group), "who is asking"};
const struct option_section option_source = {"rules.sources", ROWS(source), "one list"};
const struct option_section option_person = {"duty.persons", ROWS(person), "one adult"};

const struct conf_category option_builtins[BUILTINS] = {
	[BUILTIN_UNLISTED] = {.id = "unlisted",
			      .title = {"Ikke på listen", "Ikkje på lista", "Not on the list"},
			      .severity = 0,
			      .builtin = true,
			      .log = LOG_COUNT,
			      .action = ACTION_REFUSE},
	[BUILTIN_EVASION] = {.id = "evasion",
			     .title = {"Uvanlig trafikk", "Uvanleg trafikk", "Unusual traffic"},
			     .severity = 1,
			     .builtin = true,
			     .log = LOG_EVENT,
			     .action = ACTION_REFUSE},
};
