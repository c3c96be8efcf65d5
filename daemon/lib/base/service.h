/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The little of systemd's interface that services need, spoken directly: sockets handed in (LISTEN_FDS,
 * sd_listen_fds(3)), readiness, status, watchdog and the descriptor store (NOTIFY_SOCKET, sd_notify(3)); and
 * our own control sockets. Without systemd all of it quietly does nothing.
 */
#ifndef TRYGG_BASE_SERVICE_H
#define TRYGG_BASE_SERVICE_H

#include <stddef.h>
#include <sys/types.h>

#include "base/span.h"

enum { SERVICE_FD_FIRST = 3, SERVICE_FDS_MAX = 8 };

/* Number of descriptors handed in; they start at SERVICE_FD_FIRST and get close-on-exec. */
int service_fds(void);
/* The FDNAME of handed-in descriptor `fd`, "" when unnamed; borrowed from the environment. */
const char *service_fd_name(int fd);
/* Sends the newline-separated assignments ("READY=1"); 0, or a negative errno (-ENOENT: no manager). */
int service_notify(const char *assignments);
/* The same with one descriptor attached (FDSTORE=1). */
int service_notify_fd(const char *assignments, int fd);

/*
 * Keeps the process on core `n` modulo the number of cores: gate and engine of a pair share one, because a wake-up across
 * cores costs more than all inspection. 0, or a negative errno, with which it stays on any core.
 */
int service_pin(unsigned n);

/* AF_UNIX SOCK_SEQPACKET. listen replaces a stale socket. Return a descriptor or a negative errno. */
int service_listen(const char *path, mode_t mode);
int service_connect(const char *path);
/*
 * One message with up to SERVICE_FDS_MAX descriptors. recv returns the length, 0 at end, or a negative errno.
 */
int service_send(int sock, struct span message, const int *fds, size_t fd_count);
ssize_t service_recv(int sock, void *buffer, size_t size, int *fds, size_t *fd_count);
/* The user id at the other end of the socket, (uid_t)-1 when unknown. */
uid_t service_peer_uid(int sock);

#endif
