# SPDX-License-Identifier: GPL-2.0-or-later
"""
Packets and captures by hand: nothing but struct, so that every odd byte of a case stands where the case says it.
"""
import ipaddress
import struct

CLIENT4, CLIENT6 = "10.2.0.9", "fd00:2::9"
SERVER4, SERVER6 = "198.51.100.53", "2001:db8:53::53"
A, AAAA, SVCB, HTTPS, ANY = 1, 28, 64, 65, 255
FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32


# ---- DNS ----------------------------------------------------------------------------------------------------
def name(text):
    labels = [label.encode("latin-1") for label in text.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def header(flags=0x0100, qd=1, an=0, ns=0, ar=0, number=0x1234):
    return struct.pack("!6H", number, flags, qd, an, ns, ar)


def question(qname, qtype=A, qclass=1):
    return (qname if isinstance(qname, bytes) else name(qname)) + struct.pack("!2H", qtype, qclass)


def edns(size=1232, flags=0, options=b"", version=0):
    return b"\0" + struct.pack("!HHBBHH", 41, size, 0, version, flags, len(options)) + options


def option(code, data):
    return struct.pack("!2H", code, len(data)) + data


def query(qname, qtype=A, opt=b"", number=0x1234, **more):
    return header(ar=1 if opt else 0, number=number, **more) + question(qname, qtype) + opt


def framed(message):
    return struct.pack("!H", len(message)) + message


# ---- IP -----------------------------------------------------------------------------------------------------
def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def packed(address):
    return ipaddress.ip_address(address).packed


def ip4(source, target, protocol, body, options=b"", fragment=0x4000, length=None):
    words = 5 + len(options) // 4
    head = struct.pack("!BBHHHBBH4s4s", 0x40 | words, 0, length if length is not None else words * 4 + len(body), 7, fragment,
                       64, protocol, 0, packed(source), packed(target)) + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


def ip6(source, target, protocol, body, length=None):
    return struct.pack("!IHBB", 6 << 28, length if length is not None else len(body), protocol, 64) + packed(source) + \
        packed(target) + body


def ip(source, target, protocol, body, **more):
    return (ip6 if ":" in source else ip4)(source, target, protocol, body, **more)


def pseudo(source, target, protocol, length):
    return packed(source) + packed(target) + struct.pack("!IHH", length, 0, protocol)


def udp_datagram(source, target, payload, sport=40000, dport=53):
    head = struct.pack("!4H", sport, dport, 8 + len(payload), 0)
    total = checksum(pseudo(source, target, 17, len(head) + len(payload)) + head + payload)
    return head[:6] + struct.pack("!H", total or 0xffff) + payload


def udp(payload, source=CLIENT4, target=None, **more):
    target = target or (SERVER6 if ":" in source else SERVER4)
    return ip(source, target, 17, udp_datagram(source, target, payload, **more))


class Tcp:
    """A connection of a client: makes the client's segments, and the server's where a case wants to show both sides."""

    ports = iter(range(50000, 60000))

    def __init__(self, source=CLIENT4, isn=1000, port=None, to=53):
        self.to = to
        self.source, self.target = source, SERVER6 if ":" in source else SERVER4
        self.port = port or next(Tcp.ports)
        self.isn = isn
        self.server_isn = 777000

    def segment(self, at, payload=b"", flags=ACK | PSH, options=b""):
        """`at` is the offset in the stream: 0 is the first byte behind the SYN."""
        seq = (self.isn + 1 + at) % 2**32
        ack = self.server_isn + 1 if flags & ACK else 0
        head = struct.pack("!HHIIBBHHH", self.port, self.to, seq, ack, (20 + len(options)) // 4 << 4, flags, 64240, 0, 0) + options
        total = checksum(pseudo(self.source, self.target, 6, len(head) + len(payload)) + head + payload)
        return ip(self.source, self.target, 6, head[:16] + struct.pack("!H", total) + head[18:] + payload)

    def server(self, flags, payload=b"", ack=0):
        head = struct.pack("!HHIIBBHHH", self.to, self.port, self.server_isn, (self.isn + 1 + ack) % 2**32, 5 << 4, flags, 64240, 0, 0)
        return ip(self.target, self.source, 6, head + payload)

    def open(self):
        return [self.segment(-1, flags=SYN, options=b"\2\4\5\xb4"), self.server(SYN | ACK), self.segment(0, flags=ACK)]

    def say(self, data, cuts=()):
        """The data from offset 0 on, cut at the given places."""
        places = [0, *cuts, len(data)]
        return [self.segment(a, data[a:b]) for a, b in zip(places, places[1:])]

    def close(self, at):
        return [self.segment(at, flags=FIN | ACK)]


# ---- TLS ----------------------------------------------------------------------------------------------------
def vector(size, data):
    return len(data).to_bytes(size, "big") + data


def extension(kind, data):
    return struct.pack("!H", kind) + vector(2, data)


def server_name(*names):
    return extension(0, vector(2, b"".join(b"\0" + vector(2, n.encode("latin-1")) for n in names)))


def hello(*extensions, kind=1):
    body = b"\3\3" + bytes(range(32)) + b"\0" + vector(2, b"\x13\x01") + b"\1\0"
    return bytes([kind]) + vector(3, body + vector(2, extension(43, b"\2\3\4") + b"".join(extensions)))


def records(data, piece=16384):
    return b"".join(b"\x16\3\1" + vector(2, data[i:i + piece]) for i in range(0, len(data), piece))


# ---- Captures -----------------------------------------------------------------------------------------------
RAW, ETHERNET, LOOPBACK, SLL, SLL2 = 101, 1, 0, 113, 276


def pcap(packets, link=RAW, order="<", nano=False, snap=65535):
    out = struct.pack(order + "IHHiIII", 0xa1b23c4d if nano else 0xa1b2c3d4, 2, 4, 0, 0, snap, link)
    for i, packet in enumerate(packets):
        kept = packet[:snap]
        out += struct.pack(order + "IIII", 1700000000 + i, 0, len(kept), len(packet)) + kept
    return out


def block(kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))


def pcapng(frames):
    """`frames` are (link, frame); each link gets an interface."""
    links = sorted({link for link, _ in frames})
    out = block(0x0a0d0d0a, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1))
    out += b"".join(block(1, struct.pack("<HHI", link, 0, 0)) for link in links)
    for link, frame in frames:
        out += block(6, struct.pack("<IIIII", links.index(link), 0, 0, len(frame), len(frame)) + frame)
    return out


def ether_type(packet):
    return b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00"


def ethernet(packet, tags=b""):
    return b"\2\0\0\0\0\1\2\0\0\0\0\2" + tags + ether_type(packet) + packet
