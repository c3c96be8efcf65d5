/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Capabilities are set by the bare system call: libcap would be one more library in the two programs that
 * hold privileges, for two calls.
 */
#include "base/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NOBODY = 65534, WORDS = 2 };

void sandbox_account(const char *user, uid_t *uid, gid_t *gid)
{
	const struct passwd *pw = getpwnam(user);
	*uid = pw ? pw->pw_uid : NOBODY;
	*gid = pw ? pw->pw_gid : NOBODY;
}

void sandbox_group(const char *group, gid_t *gid)
{
	const struct group *gr = getgrnam(group);
	if (gr)
		*gid = gr->gr_gid;
}

static int capabilities_get(struct __user_cap_data_struct data[static WORDS])
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	return syscall(SYS_capget, &head, data) < 0 ? -errno : 0;
}

static int capabilities_set(const struct __user_cap_data_struct data[static WORDS])
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	return syscall(SYS_capset, &head, data) < 0 ? -errno : 0;
}

/* Leaves exactly `keep` permitted (and inheritable and ambient when the next program shall have them). */
static int capabilities_keep(const int *keep, bool ambient)
{
	struct __user_cap_data_struct data[WORDS], have[WORDS];
	int rc = capabilities_get(have);
	if (rc < 0)
		return rc;
	memset(data, 0, sizeof data);
	for (; keep && *keep >= 0; keep++) {
		int word = *keep / 32;
		uint32_t bit = 1u << (*keep % 32);
		if (!(have[word].permitted & bit))
			continue;
		data[word].permitted |= bit;
		if (ambient)
			data[word].inheritable |= bit;
	}
	/* Units without capabilities are not even allowed to ask for capset. */
	if (memcmp(data, have, sizeof data) != 0)
		rc = capabilities_set(data);
	for (int c = 0; rc == 0 && ambient && c < WORDS * 32; c++)
		if (data[c / 32].permitted >> (c % 32) & 1 &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, c, 0, 0) < 0)
			rc = -errno;
	return rc;
}

static int become(const char *user)
{
	uid_t uid;
	gid_t gid;
	sandbox_account(user, &uid, &gid);
	int groups = uid == NOBODY ? setgroups(0, NULL) : initgroups(user, gid);
	if (groups < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return -errno;
	return 0;
}

int sandbox_enter(const char *user, const int *keep, bool ambient)
{
	struct rlimit none = {0, 0};
	int rc = 0;
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return -errno;
	if (geteuid() == 0)
		rc = become(user);
	if (rc == 0)
		rc = capabilities_keep(keep, ambient);
	/* A handler of cores that the kernel pipes to does not ask for the limit. */
	if (rc == 0 && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || setrlimit(RLIMIT_CORE, &none) < 0 ||
			prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0))
		rc = -errno;
	return rc;
}
