/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Captures: pcap in both byte orders with micro- or nanoseconds, and pcapng; from it the IP packets, whatever
 * link they were seen on (raw IP, Ethernet with VLAN tags, Linux cooked v1 and v2, BSD loopback).
 */
#ifndef TRYGG_NET_PCAP_H
#define TRYGG_NET_PCAP_H

#include "base/cursor.h"

enum { PCAP_INTERFACES_MAX = 64 };

struct pcap {
	struct reader at;
	bool next_generation; /* pcapng */
	bool swapped;         /* little-endian file: the reader is big-endian */
	uint64_t number;      /* of the last packet, from 1, in the file's order */
	size_t interface_count;
	uint16_t link[PCAP_INTERFACES_MAX]; /* link type, one for pcap */
};

struct pcap_packet {
	uint64_t number;    /* 1-based, counting every packet of the file */
	struct span packet; /* from the IP header on; empty when the frame carries no IP */
	size_t wire_len;    /* of the packet before the capture cut it; larger than packet.len = cut short */
};

enum pcap_next {
	PCAP_PACKET,
	PCAP_END,
	PCAP_TORN, /* the file ends inside a packet, or is damaged from here on */
};

/*
 * 0, or -EBADMSG when the bytes are no capture, -ENOTSUP for an unknown version or link type. The bytes must
 * stay.
 */
int pcap_open(struct pcap *p, struct span file);
enum pcap_next pcap_next(struct pcap *p, struct pcap_packet *out);

#endif
