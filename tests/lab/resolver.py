# SPDX-License-Identifier: GPL-2.0-or-later
"""
A resolver that remembers: answers every question with a fixed address and keeps what it was sent, so that a test can
say "the server never received it". TCP streams are kept as bytes, judged by whoever asks.
"""
import contextlib
import os
import selectors
import socket
import struct
import threading

import wire

REAL4, REAL6 = "10.9.9.9", "2001:db8:9::9"


class Resolver:
    """Runs in a thread of the test until close(); listens on port 53 (or `port`) of the given addresses."""

    def __init__(self, net, place, *addresses, port=53):
        self.datagrams, self.messages, self.streams = [], [], {}
        self.lock = threading.Lock()
        self.poll = selectors.DefaultSelector()
        self.wake, self.waker = os.pipe()
        self.poll.register(self.wake, selectors.EVENT_READ, None)
        with net.inside(place):
            for address in addresses:
                for kind, act in ((socket.SOCK_DGRAM, self._datagram), (socket.SOCK_STREAM, self._accept)):
                    self._listen(address, port, kind, act)
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _listen(self, address, port, kind, act):
        listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if "%" in address:
            listener.bind(socket.getaddrinfo(address, port, type=kind)[0][4])
        else:
            listener.bind((address, port))
        if kind == socket.SOCK_STREAM:
            listener.listen(64)
        listener.setblocking(False)
        self.poll.register(listener, selectors.EVENT_READ, act)

    def _serve(self):
        while True:
            for key, _ in self.poll.select():
                if key.data is None:
                    return
                with contextlib.suppress(BlockingIOError, ConnectionError):
                    key.data(key.fileobj)

    def _datagram(self, sock):
        message, peer = sock.recvfrom(65535)
        with self.lock:
            self.datagrams.append(message)
        sock.sendto(answer(message), peer)

    def _accept(self, sock):
        stream, peer = sock.accept()
        stream.setblocking(False)
        with self.lock:
            self.streams[peer[:2]] = b""
        rest = bytearray()

        def read(_):
            try:
                chunk = stream.recv(65535)
            except ConnectionError:
                chunk = b""
            if not chunk:
                self.poll.unregister(stream)
                stream.close()
                return
            with self.lock:
                self.streams[peer[:2]] += chunk
            rest.extend(chunk)
            self._whole_messages(stream, rest)

        self.poll.register(stream, selectors.EVENT_READ, read)

    def _whole_messages(self, stream, rest):
        while len(rest) >= 2 and len(rest) >= 2 + struct.unpack("!H", rest[:2])[0]:
            length = struct.unpack("!H", rest[:2])[0]
            message = bytes(rest[2:2 + length])
            del rest[:2 + length]
            with self.lock:
                self.messages.append(message)
            stream.sendall(wire.framed(answer(message)))

    def received(self, marker):
        """Every whole message that came over UDP or TCP and carries these bytes, letters in any case."""
        marker = (marker.encode() if isinstance(marker, str) else marker).lower()
        with self.lock:
            return [m for m in self.datagrams + self.messages if marker in m.lower()]

    def close(self):
        os.write(self.waker, b"x")
        self.thread.join()
        for key in list(self.poll.get_map().values()):
            if key.data is not None:
                key.fileobj.close()
        os.close(self.wake)
        os.close(self.waker)


def answer(message):
    """Whatever was asked: one address record of the kind that fits, or none when the question cannot be read."""
    end = question_end(message)
    if end is None:
        return message[:2] + b"\x81\x81" + bytes(8)
    qtype = struct.unpack("!H", message[end - 4:end - 2])[0]
    data = wire.packed(REAL6) if qtype == wire.AAAA else wire.packed(REAL4)
    rtype = qtype if qtype in (wire.A, wire.AAAA) else wire.TXT
    data = data if rtype != wire.TXT else b"\4real"
    return (message[:2] + b"\x81\x80" + struct.pack("!4H", 1, 1, 0, 0) + message[12:end] + b"\xc0\x0c" +
            struct.pack("!HHIH", rtype, 1, 3600, len(data)) + data)


def question_end(message):
    at = 12
    while at < len(message) and message[at]:
        if message[at] >= 64:
            return None
        at += 1 + message[at]
    return at + 5 if at + 5 <= len(message) else None
