# SPDX-License-Identifier: GPL-2.0-or-later
"""
hold, gate and an engine on the gateway of a Place, with the fewest rules that feed the queue: what tests 1xx stand on.

The engine is tests/lab/engine_accept; TRYGG_ENGINE=real runs them with the shipped trygg-engine and its configuration,
except where a test needs an engine that does something odd.
The rules count, in the path behind the queue, packets to port 53 without the judged bit (on_failure = "pass") or drop
and count them ("drop"), as `tryggctl firewall` does.
"""
import json
import os
import re
import socket
import struct

from check import scaled
from net import wait_for
from school import BUILD, DNS4, DNS6, School

MASK, JUDGED, REPLY = 0xFF0000, 0x10000, 0x20000
REAL = os.environ.get("TRYGG_ENGINE") == "real"
STATUS = 1


class GateLab(School):
    """`words` go to engine_accept; `environment` to hold and gate."""

    def __init__(self, words=(), on_failure="pass", hold_ms=2000, length=8192, engine=True, **environment):
        super().__init__(options={"inspect.on_failure": f'"{on_failure}"', "inspect.hold_ms": hold_ms})
        self.words, self.on_failure, self.with_engine = list(words), on_failure, engine
        self.environment = {"TRYGG_RUN": self.run_folder, "TRYGG_ON_FAILURE": on_failure, "TRYGG_HOLD_MS": hold_ms,
                            "TRYGG_QUEUE_LENGTH": length, "TRYGG_MARK_MASK": hex(MASK), **environment}
        self.echo = None
        self.loads = 0

    @property
    def real(self):
        return REAL and set(self.words) <= {"refuse"}

    # ---- programs ----------------------------------------------------------------------------------------

    def units(self):
        env = [f"env = {key}={value}" for key, value in self.environment.items()]
        hold = ("hold@0", [f"exec = {BUILD}/trygg-hold 0", "notify = yes", *env])
        if self.real:
            keeper = ("keeper", [f"exec = {BUILD}/trygg-keeper -c {self.conf}", "notify = yes"])
            return [keeper, hold, ("engine@0", [f"exec = {BUILD}/trygg-engine -c {self.conf} 0", "notify = yes"])]
        command = " ".join([str(BUILD / "tests/lab/engine_accept"), str(self.run_folder), "0", *self.words])
        return [hold, ("engine@0", [f"exec = {command}", "notify = yes"])]

    def begin(self):
        """Everything up; the rules come last, so that the first packet already finds the pair."""
        self.echo = self.start("internet", str(BUILD / "tests/bench/dns_echo"), DNS4, DNS6, ready="ready")
        if self.real:
            self.ctl("compile")
        first = None if self.with_engine else ("hold@0",)
        text = "".join(f"[{name}]\n" + "".join(line + "\n" for line in lines) + f"log = {self.folder}/{name}.log\n\n"
                       for name, lines in self.units() if not first or name in first)
        (self.folder / "units").write_text(text, encoding="utf-8")
        self.init = self.start("gateway", *self.init_command(self.folder / "units"), log=self.folder / "init.log")
        wait_for("init's state file", (self.folder / "state").exists)  # written when its socket listens
        self.tell("wait")
        self.rules()
        return self

    def rules(self):
        for proto in ("udp", "tcp"):
            self.iptables("gateway", f"-t mangle -A PREROUTING -i lan0 -p {proto} --dport 53 -j NFQUEUE --queue-num 0")
        verdict = " -j DROP" if self.on_failure == "drop" else ""
        for proto in ("udp", "tcp"):
            self.iptables("gateway", f"-t mangle -A FORWARD -i lan0 -p {proto} -m conntrack --ctorigdstport 53 "
                                     f"-m mark ! --mark {JUDGED:#x}/{JUDGED:#x} -m comment --comment unjudged{verdict}")
        self.iptables("gateway", f"-t raw -A OUTPUT -m mark --mark {REPLY:#x}/{REPLY:#x} -j CT --notrack")

    def unjudged(self):
        """Packets that the later chain saw without the judged bit, both families and protocols."""
        total = 0
        for tool in ("iptables-save", "ip6tables-save"):
            text = self.sh("gateway", tool, "-c", "-t", "mangle").stdout
            total += sum(int(n) for n in re.findall(r"^\[(\d+):\d+\] .*--comment unjudged", text, re.MULTILINE))
        return total

    def gate_pid(self):
        """gate is hold's only child; 0 while there is none."""
        pid = self.state("hold@0")[0]
        try:
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
                return int((file.read().split() or ["0"])[0])
        except (FileNotFoundError, ProcessLookupError):
            return 0

    def gate_status(self):
        """{counter: value} as gate's control socket says."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
            sock.settimeout(10)
            sock.connect(str(self.run_folder / "gate-control@0.sock"))
            sock.send(struct.pack("=IIQ256s", 0x54524332, STATUS, 0, b""))
            answer = sock.recv(32768)
        text = answer[12:].decode("ascii")
        return {name.removeprefix("trygg_gate_"): int(value) for name, value in (l.split() for l in text.splitlines())}

    def kernel(self):
        """waiting, dropped, user_dropped, last id of queue 0."""
        text = self.sh("gateway", "cat", "/proc/net/netfilter/nfnetlink_queue").stdout.split()
        return int(text[2]), int(text[5]), int(text[6]), int(text[7])

    # ---- traffic -----------------------------------------------------------------------------------------

    def load(self, count, *words, address=DNS4, wait=True):
        """Numbered questions; the result as dns_load prints it, or what finish() takes."""
        command = [str(BUILD / "tests/bench/dns_load"), "--to", address, "--count", str(count), "--sockets", "16",
                   *map(str, words)]
        if wait:
            return json.loads(self.sh("pupil", *command, timeout=300).stdout)
        self.loads += 1
        log = self.folder / f"load-{self.loads}.json"
        process = self.start("pupil", *command, log=log)
        return process, log

    @staticmethod
    def finish(background, seconds=120):
        process, log = background
        process.wait(timeout=seconds)
        return json.loads(log.read_text(encoding="ascii"))


__all__ = ["GateLab", "REAL", "scaled", "DNS4", "DNS6", "BUILD"]
