# SPDX-License-Identifier: GPL-2.0-or-later
"""The ClientHello: RFC 8446 4.1.2 and 5.1, RFC 6066 3, and what daemon/lib/proto/tls.h refuses beyond them."""
from . import Bad, More
from .dns import text

HELLO_MAX, RECORDS_MAX, EXTENSIONS_MAX, SERVER_NAME, ECH = 65536, 4096, 128, 0, 0xFE0D


class Handshake:
    """Handshake bytes, one by one, out of their records."""

    def __init__(self, data):
        self.data, self.at, self.left, self.records, self.limit = data, 0, 0, 0, None

    def raw(self):
        if self.at >= len(self.data):
            raise More
        self.at += 1
        return self.data[self.at - 1]

    def record(self):
        if self.raw() != 22 or self.raw() != 3:
            raise Bad
        self.raw()
        self.left = self.raw() << 8 | self.raw()
        self.records += 1
        if not 1 <= self.left <= 16384 or self.records > RECORDS_MAX:
            raise Bad

    def bytes(self, count):
        if self.limit is not None:
            if count > self.limit:
                raise Bad
            self.limit -= count
        out = bytearray()
        for _ in range(count):
            if self.left == 0:
                self.record()
            out.append(self.raw())
            self.left -= 1
        return bytes(out)

    def number(self, count):
        return int.from_bytes(self.bytes(count), "big")

    def vector(self, count, least, unit):
        length = self.number(count)
        if length < least or length % unit:
            raise Bad
        self.bytes(length)


def server_name(hello, length):
    listed, kind, size = hello.number(2), hello.number(1), hello.number(2)
    if listed + 2 != length or size + 3 != listed or kind != 0 or not 1 <= size <= 255:
        raise Bad
    return hello.bytes(size)


def extensions(hello):
    seen, name, ech = set(), None, False
    if hello.limit == 0:
        return name, ech
    if hello.number(2) != hello.limit:
        raise Bad
    while hello.limit:
        kind, length = hello.number(2), hello.number(2)
        if kind in seen or len(seen) == EXTENSIONS_MAX:
            raise Bad
        seen.add(kind)
        if kind == SERVER_NAME:
            name = server_name(hello, length)
            host(name)
        else:
            hello.bytes(length)
            ech = ech or kind == ECH
    return name, ech


def host(raw):
    """The canonical form of a name or an address literal (daemon/lib/name/host.h)."""
    from .http import ipv4, ipv6                 # one grammar of addresses is enough
    if any(b >= 0x80 for b in raw):
        raise Bad
    name = raw.decode("ascii")
    if name.startswith("[") or ":" in name:
        if "\0" in name or (name.startswith("[") and not name.endswith("]")):
            raise Bad
        return ipv6(name[1:-1] if name.startswith("[") else name)
    name = name[:-1] if name.endswith(".") else name
    address = ipv4(name)
    if address:
        return address
    if any(c in "#%/:<>?@[\\]^|" or c <= " " or c == "\x7f" for c in name):
        raise Bad
    labels = [label.encode() for label in name.split(".")]
    if len(name) > 253 or any(not 1 <= len(label) <= 63 for label in labels):
        raise Bad
    return text(labels)


def say(data):
    hello = Handshake(data)
    try:
        if hello.number(1) != 1:
            raise Bad
        length = hello.number(3)
        if length > HELLO_MAX:
            raise Bad
        hello.limit = length
        hello.bytes(2 + 32)
        hello.vector(1, 0, 1)
        hello.vector(2, 2, 2)
        hello.vector(1, 1, 1)
        name, ech = extensions(hello)
        if hello.limit or hello.left:
            raise Bad
    except More:
        return "more"
    except Bad:
        return "bad"
    return f"{'' if name is None else host(name)} {hello.at} {'e' if ech else '-'}"
