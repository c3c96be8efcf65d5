/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The firewall verbs: show, apply, remove, check. `watch` is firewall_watch.c. */
#include <string.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "ctl/firewall.h"

static bool has_interfaces(const struct ctl *c)
{
	if (c->conf->inspect.interfaces.count > 0)
		return true;
	(void)fprintf(stderr, "%s: inspect.interfaces: is empty, name the interfaces towards the pupils\n",
		      c->conf_path);
	return false;
}

static void print_findings(const struct findings *f, FILE *out)
{
	(void)fputs(f->text, out);
}

enum ctl_exit firewall_show_run(struct ctl *c)
{
	static const struct firewall_present nothing;
	const char *as = c->value[0];
	if (!has_interfaces(c))
		return CTL_FAILED;
	if (as && strcmp(as, "nft") != 0 && strcmp(as, "iptables") != 0) {
		(void)fprintf(stderr, "tryggctl: --as %s is unknown, allowed are nft, iptables\n", as);
		return CTL_FAILED;
	}
	if (as ? strcmp(as, "nft") == 0 : firewall_pick() == BACKEND_NFT) {
		(void)printf("# nft -f -\n");
		firewall_nft(c->conf, firewall_generation(c->conf), stdout);
		return CTL_YES;
	}
	(void)printf("# iptables-restore --noflush\n");
	firewall_iptables(c->conf, firewall_generation(c->conf), 4, &nothing, stdout);
	(void)printf("\n# ip6tables-restore --noflush\n");
	firewall_iptables(c->conf, firewall_generation(c->conf), 6, &nothing, stdout);
	return CTL_YES;
}

/* Puts the rules in place unless they are; false after a message. */
static bool put_in_place(const struct ctl *c)
{
	struct findings f = {0};
	if (firewall_check_own(c->conf, &f) == 0 && f.broken == 0) {
		f = (struct findings){0};
		if (firewall_generation_apply(c->conf, &f) < 0) {
			print_findings(&f, stderr);
			return false;
		}
		(void)printf("the rules are in place already\n");
		return true;
	}
	f = (struct findings){0};
	enum firewall_backend backend = firewall_pick();
	if (firewall_apply(c->conf, backend, &f) < 0) {
		print_findings(&f, stderr);
		return false;
	}
	(void)printf("the rules are in place, by %s\n", backend == BACKEND_NFT ? "nftables" : "iptables");
	return true;
}

enum ctl_exit firewall_apply_run(struct ctl *c)
{
	struct findings f = {0};
	if (!has_interfaces(c))
		return CTL_FAILED;
	int lock = firewall_lock(c->conf);
	bool good = put_in_place(c);
	if (lock >= 0)
		(void)close(lock);
	if (!good)
		return CTL_FAILED;
	if (firewall_check(c->conf, &f) < 0) {
		print_findings(&f, stderr);
		return CTL_FAILED;
	}
	firewall_check_help(c->conf, &f);
	print_findings(&f, stdout);
	return f.count ? CTL_NO : CTL_YES;
}

enum ctl_exit firewall_remove_run(struct ctl *c)
{
	struct findings f = {0};
	int lock = firewall_lock(c->conf);
	int rc = firewall_remove(c->conf, &f);
	if (lock >= 0)
		(void)close(lock);
	if (rc < 0) {
		print_findings(&f, stderr);
		return CTL_FAILED;
	}
	(void)printf("our rules are gone: nothing is inspected\n");
	return CTL_YES;
}

enum ctl_exit firewall_check_run(struct ctl *c)
{
	struct findings f = {0};
	if (!has_interfaces(c))
		return CTL_FAILED;
	if (firewall_check(c->conf, &f) < 0) {
		print_findings(&f, stderr);
		return CTL_FAILED;
	}
	firewall_check_help(c->conf, &f);
	print_findings(&f, stdout);
	if (f.count == 0)
		(void)printf("intact: every DNS and web request of %zu interface%s goes to the filter\n",
			     c->conf->inspect.interfaces.count,
			     c->conf->inspect.interfaces.count == 1 ? "" : "s");
	return f.count ? CTL_NO : CTL_YES;
}
