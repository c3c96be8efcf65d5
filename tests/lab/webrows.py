# SPDX-License-Identifier: GPL-2.0-or-later
"""
The frame of the evasion tests of the web: a school with servers that keep every byte, and rows. A row is tried on IPv4 and
IPv6, whole and in pieces, and is one of

    stopped   a rule of the school stopped it; the server never received it
    refused   no two servers read it alike; the flow ends on both sides, one `evasion` with that reason, and the server
              never received it
    passes    the server received exactly these bytes

"Never received" is said of the whole request: of an undecided one the server may see a beginning, and can do nothing with it.
"""
import collections
import itertools

from check import attempt
from evasion import Evasion
from net import wait_for
from pupil import RawTcp
from school import STOPPED, WEB4, WEB6
from web import Listener, connect, keep, read_end

PASSING = "bibliotek.example"
RULE = "national/test.rules:9"


def whole(data):
    return [data]


def bytewise(data):
    return [data[i:i + 1] for i in range(len(data))]


def thirds(data):
    return [data[:len(data) // 3], data[len(data) // 3:-1], data[-1:]]


SHAPES = {"whole": whole, "in segments of one byte": bytewise, "in three pieces": thirds}


class WebRows(Evasion):
    """Rows against a server that keeps and says nothing."""

    def __init__(self, port, **school):
        super().__init__(**school)
        self.port, self.stops = port, collections.Counter()  # by rule
        self.names = itertools.count(1)

    def __enter__(self):
        super().__enter__()
        self.site = Listener(self.school, "internet", [WEB4, WEB6], self.port, keep)
        return self

    def host(self, stopped=True):
        """A host that occurs once."""
        return f"h{next(self.names):05d}x.{STOPPED if stopped else PASSING}"

    def web(self):
        return WEB6 if ":" in self.pupil.address else WEB4

    def send(self, pieces):
        """(what came back, how it ended) of a connection of its own."""
        broken = False
        with connect(self.school, self.pupil.address, self.web(), self.port) as sock:
            for piece in pieces:
                try:
                    sock.sendall(piece)
                except ConnectionError:
                    broken = True
                    break
            sock.settimeout(3)
            data, how = read_end(sock)
        self.pupil.settle()
        return data, "reset" if broken else how

    def arrived(self, data, shape):
        """What the server has of it that it must not have: of what was sent whole nothing, else not all."""
        end = 120 if shape == "whole" else len(data)
        return [bytes(c)[-200:] for c in self.site.connections if bytes(c).startswith(data[:end])]

    def row_refused(self, row, text, data, reason, shapes=("whole", "in segments of one byte")):
        for shape in shapes:
            got, how = self.send(SHAPES[shape](data))
            self.reasons[reason] += 1
            seen = self.arrived(data, shape)
            self.ok(how == "reset" and not got and not seen, self.sentence(row, f"{text}, {shape}, is refused"), (how, got, seen))

    def row_stopped(self, row, text, data, shapes=("whole", "in segments of one byte"), rule=RULE):
        for shape in shapes:
            got, how = self.send(SHAPES[shape](data))
            self.stops[rule] += 1
            seen = self.arrived(data, shape)
            self.ok(how in ("end", "reset") and not seen, self.sentence(row, f"{text}, {shape}, is stopped"), (how, got, seen))

    def row_passes(self, row, text, data, shapes=("whole", "in segments of one byte")):
        for shape in shapes:
            with connect(self.school, self.pupil.address, self.web(), self.port) as sock:
                for piece in SHAPES[shape](data):
                    sock.sendall(piece)
                self.pupil.settle()
                why = attempt(lambda: wait_for("the bytes at the server", lambda: data in map(bytes, self.site.connections), 3))
            self.ok(not why, self.sentence(row, f"{text}, {shape}, passes unchanged"), why)

    def check_journal(self):
        """Every refusal and every stop, once, with its reason and its rule."""
        self.check_reasons()
        sums = collections.Counter()
        for record in self.school.incidents():
            sums[record["rule"]] += record["count"]
        for rule, stops in sorted(self.stops.items()):
            self.equal(sums[rule], stops, f"the journal has the {stops} stops by {rule}")


class RawWeb(RawTcp):
    """A TCP client made of single packets, for a port of the web."""

    def __init__(self, rows, address, seq=1000):
        super().__init__(rows.pupil, address, seq)
        self.rows = rows

    def segment(self, flags, payload=b"", seq=None, options=b"", ack=None):
        import wire  # pylint: disable=import-outside-toplevel
        return wire.tcp(self.address, self.rows.web(), self.port, self.rows.port, self.seq if seq is None else seq,
                        self.ack if ack is None else ack, flags, payload, options)

    def send(self, flags, payload=b"", make=None, **more):
        import wire  # pylint: disable=import-outside-toplevel
        data = self.segment(flags, payload, **more)
        make = make or (lambda src, dst, protocol, body: [wire.ip(src, dst, protocol, body)])
        self.pupil.inject(*make(self.address, self.rows.web(), wire.TCP, data))
