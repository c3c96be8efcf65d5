/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ring between gate and engine: all that crosses between the process that holds the firewall and the
 * process that reads pupils' bytes.
 *
 * gate makes two memfds per engine generation and hands them over gate's socket together with two eventfds
 * (doorbells) and the read end of hold's pipe. `packets` is written by gate alone (sealed FUTURE_WRITE,
 * SHRINK, GROW, SEAL: the engine cannot write, and nobody can truncate); `answers` is written by the engine
 * (sealed SHRINK, GROW, SEAL). Each side keeps its own indexes in private memory and publishes them here;
 * what it reads of the other's is checked before use. Indexes run freely and are taken modulo the slot count.
 * Integers are in host order: both ends are on one machine and of one build.
 */
#ifndef TRYGG_WIRE_PACKET_H
#define TRYGG_WIRE_PACKET_H

#include <stdatomic.h>
#include <stdint.h>

enum {
	RING_MAGIC = 0x54524732, /* "TRG2" */
	RING_SLOTS = 128,
	RING_HEADER_BYTES = 4096,
	RING_PACKET_BYTES = 65536 + 512, /* one packet slot: 64 KiB of packet and its head */
	RING_ANSWER_BYTES = 8192,        /* one answer slot */
	RING_COPY_MAX = 65531,  /* the kernel's largest copy range with a 32-bit length attribute (m) */
	REPLY_MAX = 3,          /* replies a packet */
	REPLY_BYTES_MAX = 2500, /* one reply packet, IP header included */
};

/* First page of each memfd. */
struct ring_header {
	uint32_t magic;
	uint32_t slots;
	uint32_t slot_bytes;
	uint32_t generation;       /* of the engine, from 1 */
	_Atomic uint32_t written;  /* slots published so far */
	_Atomic uint32_t sleeping; /* the reader waits for the doorbell: a hint, never relied upon */
};

/* What the kernel told about a packet; `bytes` holds the packet from its IP header on. */
struct packet_slot {
	uint64_t id;          /* gate's own number, rising; never the kernel's */
	uint32_t mark;        /* the packet's mark as it came */
	uint32_t in_ifindex;  /* interface it came in by */
	uint32_t len;         /* bytes captured */
	uint32_t wire_len;    /* bytes of the whole packet; larger than len: captured short */
	uint16_t hw_protocol; /* 0x0800 or 0x86dd */
	uint8_t hook;         /* NF_INET_PRE_ROUTING 0, NF_INET_FORWARD 2 */
	uint8_t flags;        /* PACKET_* */
	uint32_t queue;
	uint8_t bytes[];
};

enum {
	PACKET_REPEAT = 1, /* offered to an earlier engine before: treat like a retransmission */
	PACKET_ALONE = 2,  /* offered alone by the poison rule */
	PACKET_GSO = 4,
	PACKET_CSUM_NOT_READY = 8,
	/*
	 * Not a packet but a notice: two engines died of a packet and gate has dropped it. `bytes` holds the
	 * packet's source address and nothing else (`len` is 4 or 16, 0 when it was too short to have one);
	 * hw_protocol, hook, in_ifindex and mark are the packet's. The engine records an `evasion` for the
	 * client and answers like any packet, with ANSWER_DROP and no replies.
	 */
	PACKET_POISON = 16,
};

enum answer_verdict { ANSWER_DROP = 0, ANSWER_ACCEPT = 1 };

/*
 * Which way a reply leaves; gate picks mark and socket by it, and checks it (reply.h): REPLY_TO_CLIENT goes
 * back to the packet's sender, addresses and ports exchanged; REPLY_TO_SERVER goes on in the packet's place,
 * addresses and ports as they are in it.
 */
enum reply_way {
	REPLY_TO_CLIENT = 0, /* untracked, out of the packet's own interface */
	REPLY_TO_SERVER = 1, /* tracked, so that source NAT applies */
};

struct reply_slot {
	uint32_t way; /* enum reply_way */
	uint32_t len;
	uint8_t bytes[REPLY_BYTES_MAX];
};

struct answer_slot {
	uint64_t id;
	uint32_t verdict;     /* enum answer_verdict */
	uint32_t mark;        /* bits within the mark mask, which gate sets beside its own judged bit */
	uint32_t reply_count; /* at most REPLY_MAX */
	uint32_t reserved;
	struct reply_slot replies[REPLY_MAX];
};

_Static_assert(sizeof(struct answer_slot) <= RING_ANSWER_BYTES, "an answer fits its slot");

/* The message that carries the descriptors, in this order. */
enum { RING_FD_PACKETS, RING_FD_ANSWERS, RING_FD_BELL_ENGINE, RING_FD_BELL_GATE, RING_FD_HOLD, RING_FDS };

struct ring_hello {
	uint32_t magic;
	uint32_t generation;
};

/*
 * Meaning of the bits of the owner's mark mask, lowest first, so that any contiguous mask of at least eight
 * bits serves: bit 0 = judged (every accept carries it), bit 1 = our own reply, exempt from connection
 * tracking, bits 2.. = policy generation of a decided flow (0 = undecided, MARK_WATCHED = its server's packets are
 * to be seen too). The firewall keeps the last of these in the connection mark of web flows.
 */
enum { MARK_GENERATIONS = 62, MARK_WATCHED = 63 };
#define MARK_LOW(mask) ((mask) & (~(mask) + 1u))
#define MARK_JUDGED(mask) (MARK_LOW(mask))
#define MARK_REPLY(mask) (MARK_LOW(mask) << 1)
#define MARK_GENERATION(mask, n) ((MARK_LOW(mask) * ((uint32_t)(n) << 2)) & (mask))
/* On the way to the queue: a SYN between ends whose connection is open, as far as the kernel knows. */
#define MARK_RESUMED(mask) MARK_GENERATION(mask, MARK_WATCHED)

#endif
