/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `notice` and `poster`: papers made from the running configuration. */
#include <errno.h>
#include <qrencode.h>
#include <string.h>

#include "catalogue/notice.h"
#include "ctl/help.h"

enum ctl_exit notice_run(struct ctl *c)
{
	enum { OPTION_HTML };
	struct help_site site;
	enum ctl_exit rc = CTL_FAILED;
	int language = help_site_load(c->conf, &site) ? help_site_language(&site, c->operand[0]) : -1;
	if (language >= 0) {
		struct notice notice;
		notice_make(c->conf, site.texts, site.duty, (enum language)language, &notice);
		if (c->value[OPTION_HTML])
			notice_html(&notice, site.texts, (enum language)language, stdout);
		else
			notice_text(&notice, stdout);
		notice_clear(&notice);
		rc = CTL_YES;
	}
	help_site_clear(&site);
	return rc;
}

enum ctl_exit poster_run(struct ctl *c)
{
	char url[300];
	struct help_site site;
	enum ctl_exit rc = CTL_FAILED;
	int language = help_site_load(c->conf, &site) ? help_site_language(&site, c->operand[0]) : -1;
	conf_help_url(c->conf, url, sizeof url);
	if (language >= 0 && url[0] == '\0') {
		(void)fprintf(stderr,
			      "tryggctl: there is no help address to lead to; see help.addresses in %s\n",
			      c->conf->path);
	} else if (language >= 0) {
		/* A quarter of it may be torn or dirty. */
		QRcode *code = QRcode_encodeString8bit(url, 0, QR_ECLEVEL_Q);
		if (code != NULL) {
			struct poster_code drawn = {code->width, code->data};
			poster_html(c->conf, site.texts, (enum language)language, &drawn, stdout);
			QRcode_free(code);
			rc = CTL_YES;
		} else {
			(void)fprintf(stderr, "tryggctl: no code can be made of %s: %s\n", url,
				      strerror(errno));
		}
	}
	help_site_clear(&site);
	return rc;
}
