/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "help/receipt.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* Things outdoors, without letters that not every keyboard has; none sounds like another. */
static const char words[128][8] = {
	"and",   "agurk",  "alm",   "ask",   "bark",   "bie",    "blad",  "bris",   "bukk",   "busk",
	"bever", "brygge", "dal",   "damm",  "dugg",   "eik",    "elg",   "elv",    "eng",    "ert",
	"fjell", "fisk",   "fjord", "foss",  "frost",  "fugl",   "furu",  "gaupe",  "geit",   "gran",
	"gress", "grus",   "gull",  "hare",  "hassel", "hav",    "hegg",  "hest",   "himmel", "holme",
	"humle", "hval",   "is",    "jord",  "jerv",   "kano",   "katt",  "klippe", "korn",   "krabbe",
	"kvist", "lam",    "lerke", "lin",   "lind",   "lyng",   "maur",  "meis",   "mose",   "mus",
	"myr",   "natt",   "nype",  "odde",  "orre",   "oter",   "padde", "pil",    "plomme", "poppel",
	"ravn",  "regn",   "rein",  "rev",   "rips",   "rogn",   "rose",  "rype",   "sand",   "sau",
	"sel",   "selje",  "sild",  "siv",   "skare",  "skjell", "skog",  "sky",    "snegl",  "sol",
	"spurv", "stein",  "sti",   "stork", "strand", "sump",   "svale", "svane",  "tang",   "tare",
	"tind",  "torsk",  "trane", "tre",   "ugle",   "ulv",    "vann",  "varde",  "vidde",  "vind",
	"vinge", "vipe",   "vik",   "alke",  "bro",    "ost",    "telt",  "hytte",  "melk",   "seter",
	"lykt",  "bok",    "lampe", "pinne", "lunde",  "laks",   "sopp",  "kongle",
};

void receipt_make(char out[static RECEIPT_TEXT_SIZE])
{
	out[0] = '\0';
	for (int i = 0; i < 4; i++) {
		size_t used = strlen(out);
		snprintf(out + used, RECEIPT_TEXT_SIZE - used, "%s%.8s", i > 0 ? " " : "",
			 words[randombytes_uniform(128)]);
	}
}
