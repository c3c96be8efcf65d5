# SPDX-License-Identifier: GPL-2.0-or-later
"""
Being the pupil's device: ordinary questions, questions that are wrong on purpose, and packets past the kernel.

What must never arrive is proved without waiting: after the odd packet a sentinel question follows on the same path; the
queue keeps the order, so when the sentinel's answer is here, everything before it has been judged and delivered.
"""
import contextlib
import itertools
import socket
import struct

import dns.message
import dns.rdatatype

import wire
from net import LabError, wait_for

PATIENCE_S = 5.0


class Pupil:
    """Sockets in one namespace (`pupil`) towards one server address."""

    numbers = itertools.count(0x1000)
    ports = itertools.count(20000)  # a port taken again within a quarter of a second looks like an evasion (tcp-resync)

    def __init__(self, net, address, server, place="pupil", link="eth0", gateway_link=("gateway", "lan0"),
                 sentinel="last.pass.example"):
        self.net, self.address, self.server, self.place, self.link = net, address, server, place, link
        self.sentinel = sentinel
        self.family = socket.AF_INET6 if ":" in server else socket.AF_INET
        self.gateway_mac = bytes.fromhex(mac(net, *gateway_link).replace(":", ""))

    def socket(self, kind=socket.SOCK_DGRAM):
        """A socket of the pupil's address."""
        with self.net.inside(self.place):
            sock = socket.socket(self.family, kind)
            port = next(self.ports) if kind == socket.SOCK_STREAM else 0
            sock.bind(socket.getaddrinfo(self.address, port, type=kind)[0][4])
        sock.settimeout(PATIENCE_S)
        return sock

    def _server(self, port=53):
        with self.net.inside(self.place):  # zones are numbers that differ from place to place
            return socket.getaddrinfo(self.server, port, type=socket.SOCK_DGRAM)[0][4]

    # ---- UDP ---------------------------------------------------------------------------------------------

    def udp(self, message, sock=None):
        """One datagram and its answer; None when none came although the sentinel's did."""
        with contextlib.ExitStack() as stack:
            if sock is None:
                sock = stack.enter_context(self.socket())
            sock.sendto(message, self._server())
            self.settle()
            sock.setblocking(False)
            try:
                return sock.recvfrom(65535)[0]
            except BlockingIOError:
                return None
            finally:
                sock.settimeout(PATIENCE_S)

    def ask(self, qname, qtype=wire.A, **more):
        """An ordinary question as dnspython reads its answer; None when there is none."""
        number = next(self.numbers) & 0xFFFF
        answer = self.udp(wire.query(qname, qtype, number=number, **more))
        return None if answer is None else dns.message.from_wire(answer)

    def settle(self):
        """Returns when everything sent before has been judged, delivered and answered."""
        with self.socket() as sock:
            number = next(self.numbers) & 0xFFFF
            sock.sendto(wire.query(self.sentinel, number=number), self._server())
            try:
                while sock.recvfrom(65535)[0][:2] != struct.pack("!H", number):
                    pass
            except socket.timeout as error:
                raise LabError(f"the sentinel question to {self.server} got no answer in {PATIENCE_S:g} s") from error

    # ---- past the kernel ---------------------------------------------------------------------------------

    def inject(self, *packets):
        """Whole IP packets straight onto the wire."""
        with self.net.inside(self.place), socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM) as sock:
            for packet in packets:
                kind = 0x0800 if packet[0] >> 4 == 4 else 0x86DD
                sock.sendto(packet, (self.link, kind, 0, 0, self.gateway_mac))

    def udp_packets(self, make, message):
        """
        `make(src, dst, protocol, udp_bytes)` turns the datagram into packets; they go past the kernel, the answer comes
        to an ordinary socket.
        """
        with self.socket() as sock:
            port = sock.getsockname()[1]
            datagram = wire.udp(self.address, self.server, port, 53, message)
            self.inject(*make(self.address, self.server, wire.UDP, datagram))
            self.settle()
            sock.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                return sock.recvfrom(65535)[0]
        return None

    # ---- TCP ---------------------------------------------------------------------------------------------

    def connect(self):
        sock = self.socket(socket.SOCK_STREAM)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.connect(self._server())
        return sock

    @staticmethod
    def read_messages(sock, count):
        """Up to `count` framed answers; fewer when the other side ends or resets the stream: (messages, how it ended)."""
        data, out = b"", []
        try:
            while len(out) < count:
                chunk = sock.recv(65535)
                if not chunk:
                    return out, "end"
                data += chunk
                while len(data) >= 2 and len(data) >= 2 + struct.unpack("!H", data[:2])[0]:
                    length = struct.unpack("!H", data[:2])[0]
                    out.append(data[2:2 + length])
                    data = data[2 + length:]
        except ConnectionResetError:
            return out, "reset"
        except socket.timeout:
            return out, "silence"
        return out, "open"

    def tcp(self, message):
        """One framed question over a connection of its own: (answer or None, how it ended)."""
        with self.connect() as sock:
            sock.sendall(wire.framed(message))
            answers, how = self.read_messages(sock, 1)
        return (answers[0] if answers else None), how


def mac(net, place, link):
    out = net.sh(place, "ip", "-o", "link", "show", "dev", link).stdout.split()
    return out[out.index("link/ether") + 1]


def addresses(answer):
    """The address records of an answer as texts."""
    return [str(r) for rrset in answer.answer for r in rrset
            if rrset.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA)]


class RawTcp:
    """
    A TCP client made of single packets, from an address that no kernel answers for, so that segments can be cut,
    repeated and fragmented at will. The gateway is told the device's hardware address by hand.
    """

    ports = itertools.count(41000)

    def __init__(self, pupil, address, seq=1000):
        self.pupil, self.address, self.seq, self.ack = pupil, address, seq, 0
        self.port = next(self.ports)
        net = pupil.net
        net.ip("gateway", f"neigh replace {address} lladdr {mac(net, pupil.place, pupil.link)} dev lan0 nud permanent")
        with net.inside(pupil.place):
            self.sniff = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
            self.sniff.bind((pupil.link, 3))
        self.sniff.settimeout(PATIENCE_S)

    def segment(self, flags, payload=b"", seq=None, options=b""):
        return wire.tcp(self.address, self.pupil.server, self.port, 53, self.seq if seq is None else seq, self.ack, flags,
                        payload, options)

    def send(self, flags, payload=b"", make=None, **more):
        data = self.segment(flags, payload, **more)
        make = make or (lambda src, dst, protocol, body: [wire.ip(src, dst, protocol, body)])
        self.pupil.inject(*make(self.address, self.pupil.server, wire.TCP, data))

    def receive(self):
        """The next segment for this flow: (flags, seq, ack, payload); None when nothing comes."""
        try:
            while True:
                packet, where = self.sniff.recvfrom(70000)
                if where[1] not in (0x0800, 0x86DD) or where[2] == socket.PACKET_OUTGOING:
                    continue
                if wire.ends(packet)[1] != self.address:
                    continue
                protocol, body = wire.transport(packet)
                if protocol != wire.TCP or struct.unpack("!H", body[2:4])[0] != self.port:
                    continue
                seq, ack, offset, flags = struct.unpack("!IIBB", body[4:14])
                return flags, seq, ack, body[(offset >> 4) * 4:]
        except socket.timeout:
            return None

    def open(self, make=None):
        self.send(wire.SYN, options=b"\2\4\5\xb4", make=make)
        got = self.receive()
        if not got or not got[0] & wire.SYN:
            return False
        self.ack = got[1] + 1
        self.seq += 1
        self.send(wire.ACK, make=make)
        return True

    def say(self, payload, make=None):
        self.send(wire.ACK | wire.PSH, payload, make=make)
        self.seq += len(payload)

    def hear(self):
        """The message of an answer, "reset", or "end" when there is none at the end of flow or patience."""
        data = b""
        while len(data) < 2 or len(data) < 2 + struct.unpack("!H", data[:2])[0]:
            got = self.receive()
            if got is None:
                break
            if got[0] & wire.RST:
                return "reset"
            if got[3] and got[1] == self.ack:
                data += got[3]
                self.ack += len(got[3])
                self.send(wire.ACK)
            if got[0] & wire.FIN:
                break
        return data[2:] or "end"

    def close(self):
        self.send(wire.RST)
        self.sniff.close()


def wait_resolver(resolver, marker):
    return wait_for(f"the server to receive {marker}", lambda: resolver.received(marker), 5)
