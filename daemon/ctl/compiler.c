/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/compiler.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 12 };

/* trygg-compile as it belongs to this tryggctl: beside it, or where `make install` puts it. */
void compiler_path(char out[PATH_MAX])
{
	char self[PATH_MAX] = "";
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	char *slash = n > 0 ? strrchr(self, '/') : NULL;
	if (slash) {
		*slash = '\0';
		(void)snprintf(out, PATH_MAX, "%.*s/trygg-compile", PATH_MAX - 32, self);
		if (access(out, X_OK) == 0)
			return;
		(void)snprintf(out, PATH_MAX, "%.*s/../libexec/trygg/trygg-compile", PATH_MAX - 64, self);
		if (access(out, X_OK) == 0)
			return;
	}
	(void)snprintf(out, PATH_MAX, "/usr/libexec/trygg/trygg-compile");
}

_Noreturn static void become(const char *path, const char *const *arguments, bool quiet)
{
	const char *argv[ARGUMENTS_MAX + 2] = {path};
	/* Standard output is for the caller's own words alone. */
	int nowhere = quiet ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1;
	if (nowhere >= 0)
		(void)dup2(nowhere, STDOUT_FILENO);
	for (size_t i = 0; i < ARGUMENTS_MAX && arguments[i]; i++)
		argv[i + 1] = arguments[i];
	(void)execv(path, (char *const *)(const void *)argv);
	(void)fprintf(stderr, "tryggctl: %s cannot be started: %s\n", path, strerror(errno));
	_exit(CTL_FAILED);
}

enum ctl_exit compiler_run(const char *const *arguments, bool quiet)
{
	char path[PATH_MAX];
	compiler_path(path);
	(void)fflush(NULL);
	pid_t pid = fork();
	if (pid == 0)
		become(path, arguments, quiet);
	int status = 0;
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) <= CTL_FAILED)
		return (enum ctl_exit)WEXITSTATUS(status);
	(void)fprintf(stderr, "tryggctl: %s did not come to its end; the compiled set is unchanged\n", path);
	return CTL_FAILED;
}
