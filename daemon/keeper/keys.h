/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper's signing key on the disk: FOLDER/key (secret, mode 0600) and FOLDER/key.pub. */
#ifndef TRYGG_KEEPER_KEYS_H
#define TRYGG_KEEPER_KEYS_H

#include "incident/seal.h"

/*
 * Reads the key, or makes it at the first start. A secret that cannot be used is moved aside and a new one made: `lost` says so, and the journals begin again with an alarm.
 * 0, or the negative errno of a disk that does not take it.
 */
int keys_open(const char *folder, struct seal_key *out, bool *lost);

#endif
