# SPDX-License-Identifier: GPL-2.0-or-later
"""
First flights as browsers and older clients make them: their sizes, GREASE, order of extensions and key shares, with random
bytes where keys would be. Nobody could finish a handshake with them; whoever only reads a hello cannot tell.
"""
import os
import random
import struct

X25519, P256, P384, MLKEM = 29, 23, 24, 0x11EC
SHARE = {X25519: 32, P256: 65, P384: 97, MLKEM: 1216}
SUITES = [0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013, 0xC014, 0x9C, 0x9D, 0x2F, 0x35]
SIGNATURES = struct.pack("!H8H", 16, 0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601)


FLIGHT = 3200  # bytes of a server's


def grease(first=0):
    """One of the sixteen; with `first`, another one: they may not meet in one list."""
    return random.choice([n for n in range(0x0A0A, 0x10000, 0x1010) if n != first])


def words(*numbers):
    return struct.pack(f"!{len(numbers)}H", *numbers)


def counted(data, size="H"):
    return struct.pack("!" + size, len(data)) + data


def extension(kind, body=b""):
    return words(kind) + counted(body)


def server_name(name):
    return extension(0, counted(b"\0" + counted(name.encode())))


def groups(*numbers):
    return extension(10, counted(words(*numbers)))


def shares(*numbers):
    return extension(51, counted(b"".join(words(n) + counted(os.urandom(SHARE.get(n, 1))) for n in numbers)))


def versions(*numbers):
    return extension(43, counted(words(*numbers), "B"))


def alpn(*names):
    return extension(16, counted(b"".join(counted(n, "B") for n in names)))


def encrypted_hello():
    """What stands for Encrypted ClientHello where there is none."""
    sealed = os.urandom(random.choice([144, 176, 208, 240]))
    return extension(0xFE0D, b"\0" + words(1, 1) + os.urandom(1) + counted(os.urandom(32)) + counted(sealed))


def common(name):
    return [server_name(name), extension(23), extension(0xFF01, b"\0"), extension(11, b"\1\0"), extension(13, SIGNATURES),
            extension(5, b"\1\0\0\0\0")]


def pack(suites, extensions, session=32, version=0x0303):
    """One handshake message in one record."""
    body = words(version) + os.urandom(32) + counted(os.urandom(session), "B") + counted(words(*suites)) + b"\1\0"
    body += counted(b"".join(extensions))
    message = b"\1" + struct.pack("!I", len(body))[1:] + body
    return b"\x16\3\1" + counted(message)


def chromium(name):
    inner = common(name) + [
        groups(grease(), MLKEM, X25519, P256, P384), shares(grease(), MLKEM, X25519), extension(45, b"\1\1"),
        versions(grease(), 0x0304, 0x0303), alpn(b"h2", b"http/1.1"), extension(35), extension(18), extension(27, b"\2\0\2"),
        extension(0x44CD, counted(counted(b"h2", "B"))), encrypted_hello()]
    random.shuffle(inner)  # as it does, at every connection
    first = grease()
    return pack([grease(), *SUITES], [extension(first), *inner, extension(grease(first), b"\0")])


def firefox(name):
    return pack(SUITES, common(name) + [
        groups(MLKEM, X25519, P256, P384), alpn(b"h2", b"http/1.1"), extension(34, counted(words(0x0403, 0x0503))),
        shares(MLKEM, X25519, P256), versions(0x0304, 0x0303), extension(45, b"\1\1"), extension(28, words(0x4001)),
        extension(35), encrypted_hello()])


def safari(name):
    first = grease()
    return pack([grease(), *SUITES], [
        extension(first), *common(name), groups(grease(), MLKEM, X25519, P256, P384), alpn(b"h2", b"http/1.1"), extension(18),
        shares(grease(), MLKEM, X25519), extension(45, b"\1\1"), versions(grease(), 0x0304, 0x0303), extension(27, b"\2\0\1"),
        extension(grease(first), b"\0")])


def resumed(name):
    """With a ticket and early data behind the hello, in the same flight."""
    ticket = counted(counted(os.urandom(random.randrange(180, 1200))) + os.urandom(4)) + counted(counted(os.urandom(32), "B"))
    hello = pack(SUITES, common(name) + [groups(X25519, P256), shares(X25519), extension(45, b"\1\1"), versions(0x0304),
                                         extension(42), extension(41, ticket)])
    return hello + b"\x14\3\3\0\1\1" + record(os.urandom(400))


def padded(name):
    """A browser of 2018: padded to 512 bytes."""
    inner = common(name) + [groups(X25519, P256), shares(X25519), versions(0x0304, 0x0303), alpn(b"h2", b"http/1.1")]
    short = 508 - (len(pack(SUITES, inner)) - 5)
    return pack(SUITES, inner + [extension(21, bytes(max(0, short)))])


def old(name):
    """TLS 1.2 with a ticket of its own time."""
    return pack(SUITES[3:], common(name) + [groups(P256, P384), extension(35, os.urandom(random.choice([0, 192, 1100])))],
                session=random.choice([0, 32]))


def device(name):
    """A printer, a clock: what fits one line."""
    return pack([0xC02F, 0x9C], [server_name(name), groups(P256), extension(13, SIGNATURES)], session=0)


def openssl(name):
    """OpenSSL 3 as curl, wget and Python use it: the name first, renegotiation as a cipher."""
    return pack([0x1302, 0x1303, 0x1301, *SUITES[3:], 0xFF], [
        server_name(name), extension(11, b"\3\0\1\2"), groups(X25519, P256, 30, 25, P384), extension(35),
        alpn(b"h2", b"http/1.1"), extension(22), extension(23), extension(13, SIGNATURES), versions(0x0304, 0x0303),
        extension(45, b"\1\1"), shares(X25519)])


def gnutls(name):
    """GnuTLS 3.7, as apt does: the name in the middle, two shares."""
    return pack(SUITES, [
        extension(23), extension(22), extension(5, b"\1\0\0\0\0"), extension(0xFF01, b"\0"), server_name(name),
        extension(11, b"\1\0"), extension(35), groups(P256, P384, 25, X25519, 30), shares(P256, X25519),
        versions(0x0304, 0x0303, 0x0302),
        extension(13, SIGNATURES), extension(45, b"\2\1\0"), extension(28, words(0x4001))])


def golang(name):
    """Go 1.24: post-quantum, and no padding, ticket or compression."""
    return pack(SUITES, [
        server_name(name), extension(5, b"\1\0\0\0\0"), groups(MLKEM, X25519, P256, P384, 25), extension(11, b"\1\0"),
        extension(13, SIGNATURES), extension(0xFF01, b"\0"), extension(23), alpn(b"h2", b"http/1.1"), extension(18),
        versions(0x0304, 0x0303), shares(MLKEM, X25519)])


def java(name):
    """Java 17: two lists of signatures, renegotiation last."""
    return pack(SUITES + [0x9E, 0x9F, 0x33, 0x39, 0x67, 0x6B], [
        server_name(name), extension(5, b"\1\0\0\0\0"), groups(X25519, P256, P384, 25, 30, 256, 257), extension(11, b"\1\0"),
        extension(17, b"\0\7\2\0\4\0\0\0\0"), extension(23), extension(35), extension(13, SIGNATURES), versions(0x0304, 0x0303),
        extension(45, b"\1\1"), extension(50, SIGNATURES), shares(X25519, P256), extension(0xFF01, b"\0")])


def ancient(name):
    """TLS 1.0 by a device of 2010."""
    inner = [server_name(name), groups(P256), extension(11, b"\1\0"), extension(35)]
    hello = pack([0x2F, 0x35, 0x05, 0x0A, 0xC009, 0xC00A], inner, session=0, version=0x0301)
    return hello[:1] + b"\3\0" + hello[3:]


def server_flight():
    """What a server says to any of them, as far as it can be read: ServerHello, change_cipher_spec, sealed records."""
    body = words(0x0303) + os.urandom(32) + counted(os.urandom(32), "B") + words(0x1301) + b"\0"
    body += counted(extension(43, words(0x0304)) + extension(51, words(X25519) + counted(os.urandom(32))))
    hello = b"\x16\3\3" + counted(b"\2" + struct.pack("!I", len(body))[1:] + body)
    return hello + b"\x14\3\3\0\1\1" + record(os.urandom(FLIGHT - len(hello) - 6 - 5))


def record(data):
    return b"\x17\3\3" + counted(data)


SHAPES = [chromium, firefox, safari, openssl, gnutls, golang, java, resumed, padded, old, ancient, device]
