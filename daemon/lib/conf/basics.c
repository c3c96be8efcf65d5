/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names that pass in every school, whatever a list says: where health and emergency services speak, what tells devices the time,
 * and what devices ask to find out whether there is a network. Stopping one of the last makes a whole class believe that the
 * network is down; stopping one of the first can cost more. They stand in the program and not in a file that could be lost.
 */
#include "conf/conf.h"

static const char health[] = "health and emergency", time[] = "the time",
		  network[] = "a test of connectivity";

const struct conf_basic conf_basics[] = {
	{"dsb.no", health},
	{"fhi.no", health},
	{"helsedirektoratet.no", health},
	{"helsenorge.no", health},
	{"politiet.no", health},
	{"varsom.no", health},
	{"ntp.ubuntu.com", time},
	{"pool.ntp.org", time},
	{"time.apple.com", time},
	{"time.google.com", time},
	{"time.windows.com", time},
	{"captive.apple.com", network},
	{"connectivity-check.ubuntu.com", network},
	{"connectivitycheck.android.com", network},
	{"connectivitycheck.gstatic.com", network},
	{"detectportal.firefox.com", network},
	{"dns.msftncsi.com", network},
	{"ipv4only.arpa", network},
	{"msftconnecttest.com", network},
	{"network-test.debian.org", network},
	{"networkcheck.kde.org", network},
	{"nmcheck.gnome.org", network},
	{"www.msftncsi.com", network},
};
const size_t conf_basic_count = sizeof conf_basics / sizeof conf_basics[0];
