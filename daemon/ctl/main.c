/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tryggctl: the one tool for people.
 *
 * Neighbours: it reads the configuration, the compiled set, the catalogue and the journals; asks gate, engine, keeper and
 * help over their control sockets; runs trygg-compile beside it and the system's nft, iptables and ip.
 * User: whoever calls it; the firewall verbs need CAP_NET_ADMIN.
 * Links: hs_runtime libconfig idn2 jansson sodium. It cannot compile patterns and does not listen anywhere.
 * Worst case: a wrong firewall; every change is one transaction a table, and `firewall remove` takes all of it away.
 */
#include "base/log.h"
#include "ctl/ctl.h"

int main(int argc, char **argv)
{
	log_open("tryggctl");
	return ctl_main(argc, argv);
}
