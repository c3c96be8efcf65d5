/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who asks: the group with the longest matching prefix (equal prefixes do not pass the configuration check).
 */
#include "policy/policy.h"

const struct conf_group *policy_group(const struct conf *conf, const struct address *client)
{
	const struct conf_group *found = conf->guest;
	int longest = -1;
	for (size_t g = 0; g < conf->group_count; g++) {
		const struct conf_group *group = &conf->groups[g];
		for (size_t n = 0; n < group->network_count; n++) {
			const struct prefix *network = &group->networks[n];
			if (network->bits > longest && prefix_contains(network, client)) {
				longest = network->bits;
				found = group;
			}
		}
	}
	return found;
}
