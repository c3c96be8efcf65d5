# SPDX-License-Identifier: GPL-2.0-or-later
"""
Packets and DNS messages byte by byte, right or wrong on purpose: what a helpful library would refuse to write.

Message parts are plain bytes, so that a test says exactly what is on the wire; good answers are read with
dnspython, an implementation that is not ours.
"""
import itertools
import socket
import struct

UDP, TCP = 17, 6
HOP_BY_HOP, ROUTING, FRAGMENT, DESTINATION = 0, 43, 44, 60
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
A, NS, CNAME, SOA, NULL, TXT, AAAA, SRV, NAPTR, OPT = 1, 2, 5, 6, 10, 16, 28, 33, 35, 41
SVCB, HTTPS, IXFR, AXFR, ANY = 64, 65, 251, 252, 255


IDENTS = itertools.count(0x1001)


# ---- DNS ---------------------------------------------------------------------------------------------------


def labels(*parts):
    """Labels as they are, each a text or bytes, and the root."""
    out = b""
    for part in parts:
        part = part.encode("ascii") if isinstance(part, str) else part
        out += bytes([len(part)]) + part
    return out + b"\0"


def name(text):
    return labels(*[p for p in text.rstrip(".").split(".") if p])


def header(number, flags=0x0100, qd=1, an=0, ns=0, ar=0):
    return struct.pack("!6H", number, flags, qd, an, ns, ar)


def question(qname, qtype=A, qclass=1):
    return (name(qname) if isinstance(qname, str) else qname) + struct.pack("!HH", qtype, qclass)


def query(qname, qtype=A, number=0x1234, flags=0x0100, qclass=1, opt=None):
    """One well-formed question; `opt` is a whole OPT record from edns()."""
    return header(number, flags, ar=0 if opt is None else 1) + question(qname, qtype, qclass) + (opt or b"")


def option(code, value=b""):
    return struct.pack("!HH", code, len(value)) + value


def edns(*options, size=1232, version=0, do=False):
    data = b"".join(options)
    return b"\0" + struct.pack("!HHIH", OPT, size, version << 16 | (0x8000 if do else 0), len(data)) + data


def record(qname, rtype, data, ttl=60, rclass=1):
    owner = name(qname) if isinstance(qname, str) else qname
    return owner + struct.pack("!HHIH", rtype, rclass, ttl, len(data)) + data


def framed(message):
    """As over TCP (RFC 1035 4.2.2)."""
    return struct.pack("!H", len(message)) + message


# ---- IP ----------------------------------------------------------------------------------------------------


def family(address):
    return 6 if ":" in address else 4


def packed(address):
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def pseudo(src, dst, protocol, length):
    if family(src) == 4:
        return packed(src) + packed(dst) + struct.pack("!BBH", 0, protocol, length)
    return packed(src) + packed(dst) + struct.pack("!II", length, protocol)


def udp(src, dst, sport, dport, payload):
    length = 8 + len(payload)
    head = struct.pack("!HHHH", sport, dport, length, 0)
    total = checksum(pseudo(src, dst, UDP, length) + head + payload) or 0xFFFF
    return head[:6] + struct.pack("!H", total) + payload


def tcp(src, dst, sport, dport, seq, ack, flags, payload=b"", options=b"", window=64240):
    options += b"\0" * (-len(options) % 4)
    length = 20 + len(options) + len(payload)
    head = struct.pack("!HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF,
                       (5 + len(options) // 4) << 4, flags, window, 0, 0)
    total = checksum(pseudo(src, dst, TCP, length) + head + options + payload)
    return head[:16] + struct.pack("!HH", total, 0) + options + payload


def ipv4(src, dst, protocol, payload, ident=1, offset=0, more=False, ttl=64, options=b""):
    """`offset` in bytes, a multiple of eight."""
    options += b"\0" * (-len(options) % 4)
    head = struct.pack("!BBHHHBBH4s4s", 0x45 + len(options) // 4, 0, 20 + len(options) + len(payload), ident,
                       offset // 8 | (0x2000 if more else 0), ttl, protocol, 0, packed(src), packed(dst)) + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def ipv6(src, dst, protocol, payload, hop=64):
    return struct.pack("!IHBB", 6 << 28, len(payload), protocol, hop) + packed(src) + packed(dst) + payload


def ip(src, dst, protocol, payload):
    return (ipv4 if family(src) == 4 else ipv6)(src, dst, protocol, payload)


def options_header(following, options=b"\1\4\0\0\0\0"):
    """A hop-by-hop or destination-options header; PadN unless told otherwise."""
    body = options + b"\0" * (-(len(options) + 2) % 8)
    return bytes([following, (len(body) + 2) // 8 - 1]) + body


def fragment_header(following, ident, offset=0, more=False):
    return struct.pack("!BBHI", following, 0, offset | (1 if more else 0), ident)


def fragments(src, dst, protocol, payload, *cuts):
    """The payload in pieces cut at these offsets (multiples of eight), each a packet."""
    ident = next(IDENTS)  # pieces of an earlier datagram may still wait for their rest
    edges = [0, *cuts, len(payload)]
    out = []
    for start, end in zip(edges, edges[1:]):
        more = end < len(payload)
        if family(src) == 4:
            out.append(ipv4(src, dst, protocol, payload[start:end], ident=ident, offset=start, more=more))
        else:
            out.append(ipv6(src, dst, FRAGMENT,
                            fragment_header(protocol, ident, start, more) + payload[start:end]))
    return out


def atomic_fragment(src, dst, protocol, payload, ident=0x77):
    return ipv6(src, dst, FRAGMENT, fragment_header(protocol, ident) + payload)


def transport(packet):
    """(protocol, bytes behind the IP headers) of a received packet; extension headers are not expected in answers."""
    if packet[0] >> 4 == 4:
        total = struct.unpack("!H", packet[2:4])[0]
        return packet[9], packet[(packet[0] & 15) * 4:total]
    return packet[6], packet[40:40 + struct.unpack("!H", packet[4:6])[0]]


def ends(packet):
    """(source, destination) as texts."""
    if packet[0] >> 4 == 4:
        return socket.inet_ntop(socket.AF_INET, packet[12:16]), socket.inet_ntop(socket.AF_INET, packet[16:20])
    return socket.inet_ntop(socket.AF_INET6, packet[8:24]), socket.inet_ntop(socket.AF_INET6, packet[24:40])
