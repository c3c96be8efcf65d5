/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is done with the caller's rights: the owner's own configuration and catalogue are read, the rule files are taken
 * into memory unread, and the folder of pieces is opened (and, as root, given to the account that will write in it:
 * creating a file asks for the right to the folder, which an open descriptor does not carry over).
 */
#include "compile/compile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "catalogue/catalogue.h"
#include "name/idn.h"
#include "ruleset/sealed.h"
#include "wire/record.h"

enum {
	RULEFILE_MAX = 1 << 30,
	FILE_NAME_MAX = 128,
	LAYER_AND_LINE = sizeof("municipality/:4294967295"),
};

_Static_assert((int)FILE_NAME_MAX + (int)LAYER_AND_LINE <= (int)RECORD_RULE_SIZE, "a record names any rule");

static bool coloured(void)
{
	const char *no = getenv("NO_COLOR");
	return isatty(STDERR_FILENO) && (!no || *no == '\0');
}

void sources_problem(void *user, const char *file, int line, const char *text)
{
	(void)user;
	bool colour = coloured();
	(void)fprintf(stderr, "%s%s:%d:%s %s\n", colour ? "\033[1m" : "", file, line, colour ? "\033[0m" : "",
		      text);
}

static void print_warning(void *user, const char *file, int line, const char *text)
{
	(void)user;
	bool colour = coloured();
	(void)fprintf(stderr, "%s%s:%d:%s %swarning:%s %s\n", colour ? "\033[1m" : "", file, line,
		      colour ? "\033[0m" : "", colour ? "\033[33m" : "", colour ? "\033[0m" : "", text);
}

size_t sources_named(const char *why, const char *file)
{
	size_t len = strlen(file);
	return strncmp(why, file, len) == 0 && strncmp(why + len, ": ", 2) == 0 ? len + 2 : 0;
}

/* What cannot be opened has no lines; the first stands for it. */
static void cannot_read(const char *path, const char *why)
{
	char text[4480];
	(void)snprintf(text, sizeof(text), "cannot be read: %s; allowed is a plain file that %s may read",
		       why, geteuid() == 0 ? "root" : "you");
	sources_problem(NULL, path, 1, text);
}

static int build_start(struct sources *s)
{
	const struct conf *c = s->conf;
	struct build_options options = {
		.problem = sources_problem, .warning = print_warning, .refused = sources_problem};
	s->categories = calloc(c->category_count + 1, sizeof(*s->categories));
	s->help_only = calloc(c->category_count + 1, sizeof(*s->help_only));
	s->mandatory = calloc(c->category_count + 1, sizeof(*s->mandatory));
	if (!s->categories || !s->help_only || !s->mandatory)
		return -ENOMEM;
	for (size_t i = 0; i < c->category_count; i++) {
		if (c->categories[i].builtin)
			continue;
		s->help_only[options.category_count] = c->categories[i].help_only;
		s->mandatory[options.category_count] = c->categories[i].mandatory;
		s->categories[options.category_count++] = c->categories[i].id;
	}
	options.categories = s->categories;
	options.help_only = s->help_only;
	options.mandatory = s->mandatory;
	s->build = build_new(&options);
	return s->build ? 0 : -ENOMEM;
}

static int protect(struct sources *s, const char *name, const char *from, bool vetted)
{
	char ascii[HOST_NAME_MAX_BYTES + 2];
	if (idn_to_ascii(name, ascii, sizeof(ascii)) < 0 ||
	    build_protect(s->build, ascii, from, vetted) < 0) {
		log_error("%s: \"%s\" is no host name", from, name);
		return 1;
	}
	return 0;
}

/* A school without a catalogue has nothing to protect in it; a catalogue with mistakes is no ground to build on. */
static int protect_catalogue(struct sources *s)
{
	struct catalogue *catalogue = NULL;
	int status = 0;
	if (access(s->conf->help.catalogue, F_OK) < 0 && errno == ENOENT) {
		log_warn("%s: there is no help catalogue; only rules.protected is protected",
			 s->conf->help.catalogue);
		return 0;
	}
	if (catalogue_load(s->conf->help.catalogue, sources_problem, NULL, &catalogue) < 0)
		return 1;
	for (size_t i = 0; i < catalogue->count; i++) {
		const struct service *service = &catalogue->services[i];
		char *from = arena_printf(&s->conf->arena, "the help catalogue, %s", service->id);
		for (size_t h = 0; h < service->hosts.count; h++)
			status |= protect(s, service->hosts.item[h], from, true);
	}
	catalogue_free(catalogue);
	return status;
}

static bool is_unprotected(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->rules.unprotect.count; i++)
		if (strcmp(c->rules.unprotect.item[i], name) == 0)
			return true;
	return false;
}

static int protect_all(struct sources *s)
{
	int status = protect_catalogue(s);
	for (size_t i = 0; i < conf_basic_count; i++) {
		if (!is_unprotected(s->conf, conf_basics[i].name))
			status |= protect(s, conf_basics[i].name, conf_basics[i].why, false);
		else
			log_warn("rules.unprotect: %s may be stopped (%s)", conf_basics[i].name,
				 conf_basics[i].why);
	}
	for (size_t i = 0; i < s->conf->rules.protected.count; i++)
		status |= protect(s, s->conf->rules.protected.item[i], "rules.protected", false);
	return status;
}

/*
 * Records name a rule as layer/file:line in RECORD_RULE_SIZE bytes of printable ASCII; a name that would be cut or changed
 * there could not be found again.
 */
static const char file_name_letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

static bool check_file_name(const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	if (strlen(name) <= FILE_NAME_MAX && name[strspn(name, file_name_letters)] == '\0')
		return true;
	sources_problem(NULL, path, 1,
			"the name of a rule file stands in every record: allowed are at most 128 letters "
			"a to z, digits and . _ -");
	return false;
}

/* A sealed list is taken unread, as rule files are; which of them are used is seen when rules are parsed. */
static int read_sealed(struct sources *s, enum rule_layer layer)
{
	char **paths = NULL;
	size_t count = 0;
	const char *folder = s->conf->rules.layer[layer];
	int rc = folder ? file_list(folder, ".sealed", &paths, &count) : 0, status = rc < 0 ? 2 : 0;
	s->sealed = reallocarray(s->sealed, s->sealed_count + count + 1, sizeof(*s->sealed));
	if (!s->sealed)
		log_fatal("there is no memory");
	for (size_t i = 0; i < count; i++) {
		char *bytes = NULL;
		size_t len = 0;
		rc = file_read(paths[i], SEALED_MAX, &bytes, &len);
		if (rc < 0) {
			log_error("%s: %s", paths[i], strerror(-rc));
			status = 1;
			continue;
		}
		s->sealed[s->sealed_count++] = bytes;
		if (build_sealed(s->build,
				 arena_printf(&s->conf->arena, "%s/%s", layer_names[layer],
					      strrchr(paths[i], '/') + 1),
				 span_of(bytes, len)) < 0)
			log_fatal("there is no memory");
	}
	file_list_free(paths, count);
	return status;
}

/* The key is only touched where there is something it opens. */
static void read_secret(struct sources *s)
{
	const char *path = s->conf->rules.confidential_key;
	struct secret secret;
	int rc = s->sealed_count > 0 ? secret_load(path, false, &secret) : -ENOENT;
	build_secret(s->build, rc == 0 ? &secret : NULL,
		     arena_printf(&s->conf->arena,
				  "the key %s cannot be used: %s; seal the list here with tryggctl "
				  "rules seal",
				  path,
				  rc == -EPERM     ? "somebody beside its owner may read it (chmod 0600)"
				  : rc == -EBADMSG ? "it is no key"
						   : strerror(-rc)));
	secret_clear(&secret);
}

/* A plain file, opened with the caller's rights and read without them. */
static int open_plain(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return -EINVAL;
}

static int read_layer(struct sources *s, enum rule_layer layer)
{
	char **paths = NULL;
	size_t count = 0;
	const char *folder = s->conf->rules.layer[layer];
	int rc = folder ? file_list(folder, ".rules", &paths, &count) : 0;
	if (folder && access(folder, F_OK) < 0 && errno == ENOENT)
		log_warn("%s: there is no such folder; the layer %s has no rules", folder,
			 layer_names[layer]);
	if (rc < 0) {
		log_error("%s: %s", folder, strerror(-rc));
		return 2;
	}
	s->file = reallocarray(s->file, s->file_count + count + 1, sizeof(*s->file));
	if (!s->file)
		log_fatal("there is no memory");
	int status = 0;
	for (size_t i = 0; i < count; i++) {
		if (!check_file_name(paths[i])) {
			status = 1;
			continue;
		}
		int fd = open_plain(paths[i]);
		if (fd < 0) {
			cannot_read(paths[i], fd == -EINVAL ? "is no plain file" : strerror(-fd));
			status = 1;
			continue;
		}
		s->file[s->file_count++] = (struct rulefile){
			.path = arena_text(&s->conf->arena, paths[i]),
			.name = arena_printf(&s->conf->arena, "%s/%s", layer_names[layer],
					     strrchr(paths[i], '/') + 1),
			.layer = layer,
			.open = true,
			.fd = fd,
		};
	}
	file_list_free(paths, count);
	return status;
}

/* "lists/adult/domains" is "municipality/adult.domains": letters as in the names of rule files. */
static char *list_name(struct sources *s, const struct conf_source *c, const char *path)
{
	const char *slash = strrchr(path, '/'), *from = slash ? slash + 1 : path;
	if (strcmp(c->format, import_format_names[IMPORT_UT1]) == 0 && slash)
		while (slash > path && (from = slash, *--slash != '/'))
			;
	char *name = arena_printf(&s->conf->arena, "%s/%.*s", layer_names[c->layer], (int)FILE_NAME_MAX,
				  *from == '/' ? from + 1 : from);
	for (char *at = name + strlen(layer_names[c->layer]) + 1; *at; at++)
		if (!strchr(file_name_letters, *at))
			*at = *at == '/' ? '.' : '_';
	return name;
}

static bool name_taken(const struct sources *s, const char *name)
{
	bool taken = false;
	for (size_t i = 0; i < s->file_count; i++)
		taken |= strcmp(s->file[i].name, name) == 0;
	for (size_t i = 0; i < s->list_count; i++)
		for (size_t k = 0; k < s->list[i].import.count; k++)
			taken |= strcmp(s->list[i].name[k], name) == 0;
	return taken;
}

static int open_list(struct sources *s, const struct conf_source *c)
{
	char why[4352];
	struct source_list list = {.conf = c};
	if (import_open(c->file, (enum import_format)import_format(c->format), &list.import, why,
			sizeof(why)) < 0) {
		cannot_read(c->file, why + sources_named(why, c->file));
		return 1;
	}
	int status = 0;
	for (size_t i = 0; i < list.import.count; i++) {
		list.name[i] = list_name(s, c, list.import.file[i].path);
		if (name_taken(s, list.name[i])) {
			log_error(
				"rules.sources: %s: %s is the name of another file already; a decision could "
				"not say which of the two it means",
				c->file, list.name[i]);
			status = 1;
		}
	}
	s->list[s->list_count++] = list;
	return status;
}

static int open_lists(struct sources *s)
{
	int status = 0;
	s->list = calloc(s->conf->rules.source_count + 1, sizeof(*s->list));
	if (!s->list)
		log_fatal("there is no memory");
	for (size_t i = 0; i < s->conf->rules.source_count; i++)
		status |= open_list(s, &s->conf->rules.sources[i]);
	return status;
}

/* The folder beside the manifest; 0 or 2. */
static int open_folder(struct sources *s)
{
	const char *manifest = s->conf->rules.compiled;
	char *parent = file_resolve(manifest, "."), *folder = arena_printf(&s->conf->arena, "%s.d", manifest);
	int rc = parent ? file_mkdirs(parent, 0755) : -ENOMEM;
	free(parent);
	if (rc == 0 && mkdir(folder, 0755) < 0 && errno != EEXIST)
		rc = -errno;
	if (rc == 0)
		s->folder = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (rc == 0 && s->folder < 0)
		rc = -errno;
	/* One compile at a time: tidying would take another's new pieces away. Held until the last of us ends. */
	if (rc == 0 && flock(s->folder, LOCK_EX) < 0)
		rc = -errno;
	uid_t uid;
	gid_t gid;
	sandbox_account("trygg-compile", &uid, &gid);
	if (rc == 0 && geteuid() == 0 && (fchown(s->folder, uid, gid) < 0 || fchmod(s->folder, 0755) < 0))
		rc = -errno;
	if (rc < 0)
		log_error("%s: %s", folder, strerror(-rc));
	return rc < 0 ? 2 : 0;
}

static void read_previous(struct sources *s)
{
	char *text = NULL;
	size_t len = 0;
	if (file_read(s->conf->rules.compiled, MANIFEST_MAX, &text, &len) == 0 &&
	    manifest_parse(span_of(text, len), &s->previous) < 0)
		s->previous = (struct manifest){0};
	free(text);
}

int sources_read(const char *conf, bool write, struct sources *out)
{
	*out = (struct sources){.folder = -1, .begun_ms = clock_mono_ms()};
	if (conf_load(conf, sources_problem, NULL, &out->conf) < 0)
		return 2;
	if (build_start(out) < 0)
		log_fatal("there is no memory");
	int status = protect_all(out);
	for (int l = 0; l < LAYERS; l++) {
		int one = read_layer(out, (enum rule_layer)l), two = read_sealed(out, (enum rule_layer)l);
		status = one > status ? one : status;
		status = two > status ? two : status;
	}
	int lists = open_lists(out);
	status = lists > status ? lists : status;
	read_secret(out);
	if (status == 0 && write)
		status = open_folder(out);
	if (write)
		read_previous(out);
	return status;
}

void sources_clear(struct sources *s)
{
	build_free(s->build);
	for (size_t i = 0; i < s->file_count; i++)
		close(s->file[i].fd);
	free(s->file);
	for (size_t i = 0; i < s->sealed_count; i++)
		free(s->sealed[i]);
	free(s->sealed);
	for (size_t i = 0; i < s->list_count; i++)
		import_close(&s->list[i].import);
	free(s->list);
	free(s->categories);
	free(s->help_only);
	free(s->mandatory);
	conf_free(s->conf);
	if (s->folder >= 0)
		close(s->folder);
}
