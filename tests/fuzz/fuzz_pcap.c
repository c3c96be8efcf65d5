/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pcap_next(): ends for every file, and every packet lies inside it. */
#include <stdlib.h>

#include "net/pcap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pcap p;
	struct pcap_packet got;
	uint64_t last = 0;
	if (pcap_open(&p, span_of(data, size)) < 0)
		return 0;
	while (pcap_next(&p, &got) == PCAP_PACKET) {
		if (got.number != ++last || last > size || got.wire_len < got.packet.len)
			abort();
		if (got.packet.len > 0 &&
		    (got.packet.at < data || got.packet.at + got.packet.len > data + size))
			abort();
	}
	return 0;
}
