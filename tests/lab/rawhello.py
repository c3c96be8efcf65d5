# SPDX-License-Identifier: GPL-2.0-or-later
"""ClientHellos byte by byte (RFC 8446 4.1.2), right or wrong on purpose."""
import os
import struct

SERVER_NAME, GROUPS, VERSIONS, SHARES, PADDING, ECH = 0, 10, 43, 51, 21, 0xFE0D


def vector(size, data):
    return len(data).to_bytes(size, "big") + data


def extension(kind, data):
    return struct.pack("!H", kind) + vector(2, data)


def server_name(*names, kind=0):
    names = [n.encode("latin-1") if isinstance(n, str) else n for n in names]
    return extension(SERVER_NAME, vector(2, b"".join(bytes([kind]) + vector(2, n) for n in names)))


def message(*extensions, session=b"\5" * 32, ciphers=b"\x13\x01\x13\x02", kind=1):
    """The handshake message without records; supported versions and a key share come first."""
    known = [extension(VERSIONS, b"\2\3\4"), extension(GROUPS, b"\0\2\0\x1d"),
             extension(SHARES, vector(2, b"\0\x1d" + vector(2, os.urandom(32))))]
    body = (b"\3\3" + os.urandom(32) + vector(1, session) + vector(2, ciphers) + b"\1\0" +
            vector(2, b"".join([*known, *extensions])))
    return bytes([kind]) + vector(3, body)


def records(data, piece=16384, version=b"\3\1", kind=22):
    return b"".join(bytes([kind]) + version + vector(2, data[i:i + piece]) for i in range(0, len(data), piece))


def grease():
    return extension(0x0A0A, b"") + extension(0xFAFA, b"\0")


def post_quantum():
    """A hybrid key share (X25519MLKEM768) of its real size."""
    return extension(0x8A8A, b"") + extension(0x1234, os.urandom(1216))
