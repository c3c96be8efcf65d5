# SPDX-License-Identifier: GPL-2.0-or-later
"""
The frame of the evasion tests: a school with a resolver that remembers, every row tried on IPv4 and IPv6, and at the end
the evasions in the journal counted by reason. A row is one of

    stopped   the answer is ours (help address or no data), the server never received the question
    passes    the server received exactly these bytes and its answer came back
    refused   the server never received it; FORMERR or silence, and one more `evasion` with that reason
"""
import collections
import itertools
import struct

import dns.message
import dns.rcode

import wire
from check import Checks
from pupil import Pupil, addresses
from resolver import REAL4, REAL6, Resolver
from school import DNS4, DNS6, HELP4, HELP6, PUPIL4, PUPIL6, STOPPED, School

FORMERR = 1


class Evasion(Checks):
    """Checks with a school around them."""

    markers = itertools.count(1)

    def __init__(self, **school):
        super().__init__()
        self.options = school
        self.reasons = collections.Counter()
        self.pupil = None

    def __enter__(self):
        super().__enter__()
        self.school = School(**self.options)
        self.server = Resolver(self.school, "internet", DNS4, DNS6)
        self.school.start_programs()
        return self

    def families(self):
        """The pupil of each family in turn."""
        for address, server in ((PUPIL4, DNS4), (PUPIL6, DNS6)):
            self.pupil = Pupil(self.school, address, server)
            yield self.pupil

    def marker(self):
        """A label that occurs once."""
        return f"m{next(self.markers):05d}x"

    def sentence(self, row, text):
        return f"{row} IPv{6 if ':' in self.pupil.address else 4}: {text}"

    # ---- the three outcomes ------------------------------------------------------------------------------

    def is_stop(self, answer, qtype=wire.A):
        """Why it is not our answer to a stopped question, or an empty text."""
        if answer is None:
            return "no answer"
        try:
            message = dns.message.from_wire(answer)
        except dns.exception.DNSException as error:
            return f"an answer that cannot be read: {error}"
        if message.rcode() != dns.rcode.NOERROR:
            return f"answer is {dns.rcode.to_text(message.rcode())}"
        wanted = {wire.A: [HELP4], wire.AAAA: [HELP6]}.get(qtype, [])
        if addresses(message) != wanted or len(message.answer) != len(wanted):
            return f"wanted {wanted}, got {message.answer}"
        if not wanted and not any(r.rdtype == wire.SOA for r in message.authority):
            return "no data, but no SOA in the authority section"
        return ""

    def stopped(self, row, text, message, marker, qtype=wire.A, send=None):
        answer = (send or self.pupil.udp)(message)
        why = self.is_stop(answer, qtype)
        got = self.server.received(marker)
        return self.ok(not why and not got, self.sentence(row, text + " is stopped"),
                       f"{why}\nthe server received {got}")

    def passes(self, row, text, message, marker, send=None):
        answer = (send or self.pupil.udp)(message)
        got = self.server.received(marker)
        real = answer is not None and (wire.packed(REAL4) in answer or wire.packed(REAL6) in answer or b"real" in answer)
        return self.ok(got == [message] and real, self.sentence(row, text + " passes unchanged"),
                       f"answer {answer}\nthe server received {got}")

    def refused(self, row, text, message, reason, marker=None, send=None):
        answer = (send or self.pupil.udp)(message)
        got = self.server.received(marker or message)
        code = None if answer is None or len(answer) < 12 else answer[3] & 15
        if reason:
            self.reasons[reason] += 1
        return self.ok(not got and (answer is None or code == FORMERR), self.sentence(row, text + " never reaches the server"),
                       f"answer {answer}\nthe server received {got}")

    # ---- the journal -------------------------------------------------------------------------------------

    def settle_journal(self):
        """The engine ends in order, so that every window is closed and every record durable."""
        self.school.tell("stop", "engine@0")
        return self.school.incidents()

    def check_reasons(self):
        records = [r for r in self.settle_journal() if r["category"] == "evasion"]
        first = collections.Counter(r["detail"] for r in records if r["event"] == "incident")
        sums = collections.Counter()
        for r in records:
            sums[r["detail"]] += r["count"]
        for reason, count in sorted(self.reasons.items()):
            self.ok(first[reason] >= 1 and sums[reason] == count,
                    f"the journal has an evasion `{reason}`, counted {count} times",
                    f"{first[reason]} incidents, sum {sums[reason]}")
        extra = set(sums) - set(self.reasons)
        self.ok(not extra, "the journal has no evasion beside these", extra)
        named = [r for r in records if r["subject"] or r["name"]]
        self.ok(not named, "no evasion points at a device or tells a name", named)
        status, said = self.school.ctl("journal", "verify", check=False)
        self.ok(status == 0, "the journal verifies", said)


def is_formerr(answer, number):
    return answer is not None and len(answer) >= 12 and answer[:2] == struct.pack("!H", number) and answer[3] & 15 == FORMERR


__all__ = ["Evasion", "STOPPED", "is_formerr"]
