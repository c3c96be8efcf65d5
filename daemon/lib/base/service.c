/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/service.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

int service_fds(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	if (!pid || !fds || strtol(pid, NULL, 10) != (long)getpid())
		return 0;
	long n = strtol(fds, NULL, 10);
	if (n < 0 || n > SERVICE_FDS_MAX * 8)
		return 0;
	for (int fd = SERVICE_FD_FIRST; fd < SERVICE_FD_FIRST + (int)n; fd++)
		if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
			return 0;
	return (int)n;
}

const char *service_fd_name(int fd)
{
	static char name[64];
	const char *at = getenv("LISTEN_FDNAMES");
	for (int i = SERVICE_FD_FIRST; at && i < fd; i++) {
		at = strchr(at, ':');
		at = at ? at + 1 : NULL;
	}
	if (!at)
		return "";
	(void)snprintf(name, sizeof name, "%.*s", (int)strcspn(at, ":"), at);
	return name;
}

/* A leading @ means the abstract namespace, as in NOTIFY_SOCKET. */
static int address_of(const char *path, struct sockaddr_un *out, socklen_t *len)
{
	size_t n = strlen(path);
	if (n == 0 || n >= sizeof out->sun_path)
		return -ENAMETOOLONG;
	memset(out, 0, sizeof *out);
	out->sun_family = AF_UNIX;
	memcpy(out->sun_path, path, n);
	if (path[0] == '@')
		out->sun_path[0] = '\0';
	*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (path[0] != '@'));
	return 0;
}

/* A message header with room for descriptors; `control` belongs to the caller. */
union control_room {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int) * SERVICE_FDS_MAX)];
};

static void attach(struct msghdr *m, union control_room *room, const int *fds, size_t count)
{
	memset(room, 0, sizeof *room);
	m->msg_control = room->bytes;
	m->msg_controllen = CMSG_SPACE(sizeof(int) * count);
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int) * count);
	memcpy(CMSG_DATA(c), fds, sizeof(int) * count);
}

static int notify(const char *assignments, const int *fd)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to;
	socklen_t len;
	if (!path)
		return -ENOENT;
	int rc = address_of(path, &to, &len);
	if (rc < 0)
		return rc;
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return -errno;
	struct iovec v = {.iov_len = strlen(assignments)};
	memcpy(&v.iov_base, &assignments, sizeof v.iov_base);
	struct msghdr m = {.msg_name = &to, .msg_namelen = len, .msg_iov = &v, .msg_iovlen = 1};
	union control_room room;
	if (fd)
		attach(&m, &room, fd, 1);
	rc = sendmsg(sock, &m, MSG_NOSIGNAL) < 0 ? -errno : 0;
	(void)close(sock);
	return rc;
}

int service_notify(const char *assignments)
{
	return notify(assignments, NULL);
}

int service_notify_fd(const char *assignments, int fd)
{
	return notify(assignments, &fd);
}

int service_listen(const char *path, mode_t mode)
{
	struct sockaddr_un at;
	socklen_t len;
	int rc = address_of(path, &at, &len);
	if (rc < 0)
		return rc;
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sock < 0)
		return -errno;
	(void)unlink(path);
	if (bind(sock, (struct sockaddr *)&at, len) < 0 || chmod(path, mode) < 0 || listen(sock, 64) < 0) {
		rc = -errno;
		(void)close(sock);
		return rc;
	}
	return sock;
}

int service_connect(const char *path)
{
	struct sockaddr_un to;
	socklen_t len;
	int rc = address_of(path, &to, &len);
	if (rc < 0)
		return rc;
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sock < 0)
		return -errno;
	if (connect(sock, (struct sockaddr *)&to, len) < 0) {
		rc = -errno;
		(void)close(sock);
		return rc;
	}
	return sock;
}

int service_send(int sock, struct span message, const int *fds, size_t fd_count)
{
	struct iovec v = {.iov_len = message.len};
	memcpy(&v.iov_base, &message.at, sizeof v.iov_base);
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
	union control_room room;
	if (fd_count > SERVICE_FDS_MAX)
		return -EINVAL;
	if (fd_count > 0)
		attach(&m, &room, fds, fd_count);
	return sendmsg(sock, &m, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static void close_all(const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		(void)close(fds[i]);
}

ssize_t service_recv(int sock, void *buffer, size_t size, int *fds, size_t *fd_count)
{
	struct iovec v = {buffer, size};
	union control_room room;
	struct msghdr m = {.msg_iov = &v,
			   .msg_iovlen = 1,
			   .msg_control = room.bytes,
			   .msg_controllen = sizeof room.bytes};
	size_t wanted = fd_count ? *fd_count : 0;
	if (fd_count)
		*fd_count = 0;
	ssize_t got = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
	if (got < 0)
		return -errno;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
		int came[SERVICE_FDS_MAX];
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(came, CMSG_DATA(c), n * sizeof(int));
		if (!fds || n > wanted) { /* more than was asked for: nobody would own them */
			close_all(came, n);
			return -EBADMSG;
		}
		memcpy(fds, came, n * sizeof(int));
		*fd_count = n;
	}
	if (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
		if (fd_count) {
			close_all(fds, *fd_count);
			*fd_count = 0;
		}
		return -EMSGSIZE;
	}
	return got;
}

uid_t service_peer_uid(int sock)
{
	struct ucred peer;
	socklen_t len = sizeof peer;
	if (getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return (uid_t)-1;
	return peer.uid;
}

int service_pin(unsigned n)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(n % (unsigned)(cores > 0 ? cores : 1), &set);
	return sched_setaffinity(0, sizeof set, &set) < 0 ? -errno : 0;
}
