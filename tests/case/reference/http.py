# SPDX-License-Identifier: GPL-2.0-or-later
"""HTTP/1 requests: RFC 9112 read strictly, byte after byte, and what daemon/lib/proto/http.h refuses beyond it."""
import ipaddress
import re
import socket
import string

from . import Bad, More, url

TCHAR = frozenset((string.ascii_letters + string.digits + "!#$%&'*+-.^_`|~").encode())      # RFC 9110 5.6.2
TARGET = frozenset(range(0x21, 0x7F)) - {ord("#")}
FIELD_VCHAR = frozenset([9, *range(0x20, 0x7F), *range(0x80, 0x100)])
HEXDIG = frozenset(string.hexdigits.encode())
HEAD_MAX = 65536
IN_HEAD_ONLY = {b"host", b"content-length", b"transfer-encoding", b"connection", b"upgrade", b"expect"}
NUMBER = re.compile(r"0[xX][0-9a-fA-F]*|0[0-7]*|[1-9][0-9]*", re.ASCII)


class Input:
    """The bytes of one connection, taken in order."""

    def __init__(self, data):
        self.data, self.at, self.end = data, 0, None

    def peek(self):
        if self.end is not None and self.at >= self.end:
            raise Bad("too long")
        if self.at >= len(self.data):
            raise More
        return self.data[self.at]

    def take(self, allowed):
        byte = self.peek()
        if byte not in allowed:
            raise Bad
        self.at += 1
        return byte

    def literal(self, text):
        for byte in text:
            self.take((byte,))

    def run(self, allowed, most=None):
        start = self.at
        while self.peek() in allowed and (most is None or self.at - start < most):
            self.at += 1
        return self.data[start:self.at]


def elements(value):
    return [e.strip(b" \t") for e in value.split(b",")]


# ---- Hosts ----


def ipv4(text):
    """inet_aton(3), with its own grammar instead of glibc's, which stops at a blank."""
    parts = text.split(".")
    if not 1 <= len(parts) <= 4 or not all(NUMBER.fullmatch(p) for p in parts):
        return None
    values = [int(p, 16) if p[:2] in ("0x", "0X") and p[2:] else int(p[1:], 8) if p[0] == "0" and p[1:].isdigit()
              else 0 if p[0] == "0" else int(p) for p in parts]
    if any(v > 255 for v in values[:-1]) or values[-1] >= 256 ** (5 - len(values)):
        return None
    number = sum(v << (24 - 8 * i) for i, v in enumerate(values[:-1])) + values[-1]
    return str(ipaddress.IPv4Address(number))


def ipv6(text):
    try:
        return socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, text))
    except OSError:
        raise Bad from None


def authority(raw, port_needed=False):
    """uri-host [ ":" port ] to the canonical host."""
    match = re.fullmatch(rb"(\[[^\]]*\]|[A-Za-z0-9._-]+)(?::([0-9]{0,5}))?", raw)
    if not match or (port_needed and not match[2]) or int(match[2] or 0) > 65535:
        raise Bad
    host = match[1].decode("ascii", "replace")
    if host[0] == "[":
        if "\0" in host:
            raise Bad
        return ipv6(host[1:-1])
    host = host[:-1] if host[-1] == "." else host
    address = ipv4(host)
    if address:
        return address
    labels = host.split(".")
    if len(host) > 253 or any(not 1 <= len(label) <= 63 for label in labels):
        raise Bad
    return host.lower()


# ---- Heads ----


class Head:
    def __init__(self):
        self.method = self.target = b""
        self.minor = 0
        self.host = self.length = None
        self.chunked = self.tab = False
        self.connection, self.upgrade = [], []
        self.accept = {b"text/html": 0.0, b"application/json": 0.0, b"application/problem+json": 0.0}


def request_line(source, head):
    head.method = source.run(TCHAR, 32)
    if not head.method:
        raise Bad
    source.literal(b" ")
    head.target = source.run(TARGET)
    if not head.target:
        raise Bad
    source.literal(b" HTTP/1.")
    head.minor = source.take(b"01") - ord("0")
    source.literal(b"\r\n")


def weight(parameters):
    for parameter in parameters:
        match = re.match(rb"[qQ]=(?=[01])(.*)", parameter, re.DOTALL)
        if match:
            digits = re.sub(rb"[^0-9]", b"", match[1])[:4]
            return min(1.0, sum(int(chr(d)) / 10 ** i for i, d in enumerate(digits)))
    return 1.0


def accept(head, value):
    for one in elements(value):
        name, *parameters = [p.strip(b" \t") for p in one.split(b";")]
        if name.lower() in head.accept:
            head.accept[name.lower()] = max(head.accept[name.lower()], weight(parameters))


def field(head, name, value):
    """What a line means as soon as it is there."""
    name = name.lower()
    if name == b"host":
        if head.host is not None:
            raise Bad
        head.host = value
    elif name == b"content-length":
        if head.length is not None or not re.fullmatch(rb"[0-9]{1,18}", value):
            raise Bad
        head.length = int(value)
    elif name == b"transfer-encoding":
        if head.chunked or head.minor == 0 or value.lower() != b"chunked":
            raise Bad
        head.chunked = True
    elif name == b"connection":
        head.connection += [o.lower() for o in elements(value)]
    elif name == b"upgrade":
        head.upgrade += [o.lower() for o in elements(value) if o]
    elif name == b"expect" and value.lower() != b"100-continue":
        raise Bad
    elif name == b"accept":
        accept(head, value)


def field_line(source):
    name = source.run(TCHAR)
    if not name:
        raise Bad
    source.literal(b":")
    value = source.run(FIELD_VCHAR)
    source.literal(b"\r\n")
    # llhttp, and the servers built on it, do not take a tab behind these for white space.
    framing = name.lower() in (b"content-length", b"transfer-encoding")
    return name, value.strip(b" \t"), framing and b"\t" in value[len(value.rstrip(b" \t")):]


def hosts(head):
    """RFC 9112 3.2: the hosts that the target and the Host field name."""
    named = [] if head.host is None else [authority(head.host)]
    if head.method == b"CONNECT":
        named.append(authority(head.target, port_needed=True))
    elif head.target == b"*":
        if head.method != b"OPTIONS":
            raise Bad
    elif not head.target.startswith(b"/"):
        match = re.fullmatch(rb"[hH][tT][tT][pP][sS]?://([^/]*)(/.*)?", head.target)
        if not match:
            raise Bad
        named.append(authority(match[1]))
    return named


def check(head):
    if head.tab or (head.chunked and head.length is not None):
        raise Bad
    if head.method == b"CONNECT" and (head.chunked or head.length is not None):
        raise Bad
    named = hosts(head)
    if not named or (head.minor == 1 and head.host is None) or len(set(named)) > 1:
        raise Bad
    return named[0]


def read_head(source, over):
    source.end = source.at + HEAD_MAX
    empty = 0
    while source.peek() == 0x0D and empty < 8:
        source.literal(b"\r\n")
        empty += 1
    if over:
        source.peek()
        raise Bad
    head = Head()
    request_line(source, head)
    while source.peek() != 0x0D:
        name, value, tab = field_line(source)
        field(head, name, value)
        head.tab = head.tab or tab
    source.literal(b"\r\n")
    source.end = None
    return head, check(head)


def closes(head):
    return b"close" in head.connection or (head.minor == 0 and b"keep-alive" not in head.connection)


def target(head):
    """What rules see of it; an absolute form without a path asks for "/" (RFC 9112 3.2.2)."""
    if head.method == b"CONNECT" or head.target == b"*":
        return "- "
    path = head.target if head.target.startswith(b"/") else b"/" + head.target.split(b"/", 3)[3] \
        if head.target.count(b"/") > 2 else b"/"
    return " ".join(map(shown, url.read(path)))


def shown(raw):
    return "".join(chr(b) if 0x20 < b < 0x7F and b not in b"%|" else f"%{b:02X}" for b in raw)


def words(head, host):
    html = head.accept[b"text/html"]
    json = max(head.accept[b"application/json"], head.accept[b"application/problem+json"])
    empty = not head.chunked and not head.length
    flags = "n" if head.method in (b"GET", b"HEAD") and html > 0 else ""
    flags += "j" if json > html else ""
    flags += "h" if head.method == b"HEAD" else ""
    upgrade = head.method == b"GET" and head.minor == 1 and empty
    flags += "u" if upgrade and b"upgrade" in head.connection and set(head.upgrade) == {b"websocket"} else ""
    flags += "t" if head.method == b"CONNECT" else ""
    flags += "c" if closes(head) else ""
    length = "chunked" if head.chunked else str(head.length or 0)
    return f"{head.method.decode()} {host} {length} {flags} {target(head)}|"


# ---- Bodies ----


def read_length(source, length):
    have = source.data[source.at:source.at + length]
    begins = have.lstrip(b"\r\n")[:16]
    if re.match(rb"[A-Z]{3,} (/|[hH][tT][tT][pP])", begins):
        raise Bad
    source.at += len(have)
    if len(have) < length:
        raise More


def read_chunks(source):
    while True:
        size = source.run(HEXDIG, 15)
        if not size:
            raise Bad
        source.literal(b"\r\n")
        if int(size, 16) == 0:
            break
        skipped = min(int(size, 16), len(source.data) - source.at)
        source.at += skipped
        if skipped < int(size, 16):
            raise More
        source.literal(b"\r\n")
    source.end = source.at + HEAD_MAX
    while source.peek() != 0x0D:
        name = source.run(TCHAR)
        if not name or source.peek() != ord(":") or name.lower() in IN_HEAD_ONLY:
            raise Bad
        source.literal(b":")
        source.run(FIELD_VCHAR)
        source.literal(b"\r\n")
    source.literal(b"\r\n")
    source.end = None


def say(data):
    source, said, over, inside = Input(data), "", False, False
    try:
        while source.at < len(data):
            head, host = read_head(source, over)
            said += words(head, host)
            over = closes(head)
            inside = True
            if head.chunked:
                read_chunks(source)
            elif head.length:
                read_length(source, head.length)
            inside = False
    except More:
        return said + ("body" if inside else "more")
    except Bad:
        return said + "bad"
    return said + "end"
