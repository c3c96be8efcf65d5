# SPDX-License-Identifier: GPL-2.0-or-later
"""DNS questions: RFC 1035 4.1, RFC 9619, RFC 6891, and what daemon/lib/proto/dns.h refuses beyond them."""
import struct

from . import Bad, More

AXFR, IXFR, OPT, SIG, TSIG, IN = 252, 251, 41, 24, 250, 1
NAME_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


def numbers(data, at, form):
    size = struct.calcsize(form)
    if at + size > len(data):
        raise Bad
    return struct.unpack_from(form, data, at), at + size


def labels(data, at):
    """An uncompressed name; its labels and where it ends."""
    found, total = [], 0
    while True:
        (length,), at = numbers(data, at, "!B")
        total += 1 + length
        if length > 63 or total > 255:
            raise Bad
        if length == 0:
            return found, at
        (label,), at = numbers(data, at, f"!{length}s")
        found.append(label)


def text(name):
    """RFC 4343 2.1, with the bytes refused that are read in two ways."""
    parts = []
    for label in name:
        if any(b < 0x20 or b >= 0x7F or b in b".\\" for b in label):
            raise Bad
        parts.append("".join(chr(b).lower() if b in NAME_BYTES else f"\\{b:03d}" for b in label))
    return ".".join(parts)


def options(data):
    at = 0
    while at < len(data):
        (_, length), at = numbers(data, at, "!HH")
        at += length
        if at > len(data):
            raise Bad


def additional(data, at, count):
    """Where the records end, and what OPT says: at most one OPT, at most one signature, and that as the last."""
    size = secured = None
    if count > 2:
        raise Bad
    for i in range(count):
        owner, at = labels(data, at)
        (kind, klass, ttl, length), at = numbers(data, at, "!HHIH")
        (rdata,), at = numbers(data, at, f"!{length}s")
        if kind == OPT:
            if size is not None or owner:
                raise Bad
            options(rdata)
            size, secured = max(klass, 512), bool(ttl & 0x8000)
        elif kind not in (TSIG, SIG) or i + 1 < count:
            raise Bad
    return at, size, secured


def message(data):
    (ident, flags, questions, answers, authorities, extra), at = numbers(data, 0, "!6H")
    if flags & 0xF800 or questions != 1 or answers or authorities:
        raise Bad
    name, at = labels(data, at)
    (kind, klass), at = numbers(data, at, "!HH")
    if klass != IN or kind in (AXFR, IXFR):
        raise Bad
    host = text(name)
    at, size, secured = additional(data, at, extra)
    if at != len(data):
        raise Bad
    edns = f"{size}{'d' if secured else ''}" if size else "-"
    return f"{ident} {host} {kind} {edns}"


def say(data):
    """The bytes as a datagram, then as a stream."""
    said = []
    try:
        said.append(message(data))
    except Bad:
        said.append("bad")
    try:
        if len(data) < 2:
            raise More
        length = struct.unpack_from("!H", data)[0]
        if not 12 <= length <= 4096:
            raise Bad
        if len(data) < 2 + length:
            raise More
        said.append(message(data[2:2 + length]))
    except Bad:
        said.append("bad")
    except More:
        said.append("more")
    return "|".join(said)
