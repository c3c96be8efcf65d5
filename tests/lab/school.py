# SPDX-License-Identifier: GPL-2.0-or-later
"""
A school: pupil - gateway - internet in network namespaces, both families, and Trygg on the gateway as it is shipped.

    pupil eth0  10.2.0.2   fd00:2::2          a device of a lower-secondary school
    gateway lan0 10.2.0.1  fd00:2::1          help address 10.0.0.5, fd00::5
    gateway wan0 10.200.0.1  2001:db8:200::1
    internet eth0 10.200.0.53  2001:db8:200::53   a resolver; .80 a web site

The configuration is config/trygg.conf with the few lines changed that any school changes, plus what a test says.
"""
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from net import LabError, Net, run, wait_for

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = Path(os.environ.get("TRYGG_BUILD") or ROOT / os.environ.get("BUILD", "build"))
PUPIL4, PUPIL6 = "10.2.0.2", "fd00:2::2"
LAN4, LAN6 = "10.2.0.1", "fd00:2::1"
WAN4, WAN6 = "10.200.0.1", "2001:db8:200::1"
DNS4, DNS6 = "10.200.0.53", "2001:db8:200::53"
WEB4, WEB6 = "10.200.0.80", "2001:db8:200::80"
HELP4, HELP6 = "10.0.0.5", "fd00::5"
STOPPED, PASSING = "stopp-test.example", "bibliotek.example"


class Place(Net):
    """The wires alone: a gateway that routes and masquerades, and nothing of Trygg."""

    def __init__(self, masquerade=True, prefix=None):
        super().__init__(prefix)
        self.folder = Path(tempfile.mkdtemp(prefix=self.prefix))
        self.folder.chmod(0o755)
        self.add("pupil", "gateway", "internet")
        self.wire("gateway", "lan0", "pupil", "eth0")
        self.wire("gateway", "wan0", "internet", "eth0")
        self.address("pupil", "eth0", f"{PUPIL4}/16", f"{PUPIL6}/64")
        self.address("gateway", "lan0", f"{LAN4}/16", f"{LAN6}/64")
        self.address("gateway", "wan0", f"{WAN4}/24", f"{WAN6}/64")
        self.address("gateway", "lo", f"{HELP4}/32", f"{HELP6}/128")
        self.address("internet", "eth0", f"{DNS4}/24", f"{DNS6}/64", f"{WEB4}/24", f"{WEB6}/64")
        self.sysctl("gateway", "net/ipv4/ip_forward", 1)
        self.sysctl("gateway", "net/ipv6/conf/all/forwarding", 1)
        self.ip("pupil", f"route add default via {LAN4}", f"route add default via {LAN6}")
        if masquerade:
            self.iptables("gateway", "-t nat -A POSTROUTING -o wan0 -j MASQUERADE")
        else:
            self.ip("internet", f"route add default via {WAN4}", f"route add default via {WAN6}")

    def close(self):
        super().close()
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)


def set_option(text, path, value):
    """The configuration with one option set, wherever it stood; `value` in libconfig's own syntax."""
    section, name = path.split(".")
    found = re.search(rf"^{section}\s*[=:]\s*\{{", text, re.MULTILINE)
    if not found:
        return f"{text}\n{section} = {{ {name} = {value}; }};\n"
    end = re.compile(r"^\};?", re.MULTILINE).search(text, found.end()).start()
    body, count = re.subn(rf"^(\s*){name}\s*=\s*[^;]*;", rf"\g<1>{name} = {value};", text[found.end():end], flags=re.MULTILINE)
    if not count:
        body = f"\n\t{name} = {value};{body}"
    return text[:found.end()] + body + text[end:]


class School(Place):
    """A Place with Trygg on its gateway. Not started until start()."""

    def __init__(self, masquerade=True, options=None, rules=None, programs=None, prefix=None, words=False):
        """
        `options`: {"inspect.on_failure": '"drop"'}; `rules`: {"school/extra.rules": text} beside the shipped ones; `words`:
        the search patterns too.
        """
        super().__init__(masquerade, prefix)
        self.programs = Path(programs or BUILD)
        self.conf = self.folder / "etc/trygg.conf"
        self.run_folder = self.folder / "run"
        self.journal = self.folder / "journal"
        self.run_folder.mkdir(mode=0o777)
        self.journal.mkdir(mode=0o777)
        for folder in (self.run_folder, self.journal):
            folder.chmod(0o777)
        shutil.copytree(ROOT / "config", self.folder / "etc")
        shutil.copytree(ROOT / "rules", self.folder / "etc/rules.d")
        if not words:
            self.without_words()
        for name, text in (rules or {}).items():
            self.write_rules(name, text)
        self.write_conf(options or {})
        self.pairs = 1
        self.init = None

    def write_conf(self, options):
        text = (ROOT / "config/trygg.conf").read_text(encoding="utf-8")
        ours = {
            "gateway.run_folder": f'"{self.run_folder}"', "rules.compiled": f'"{self.folder}/rules.trygg"',
            "help.texts": '"texts"', "help.pages": '"pages"', "journal.folder": f'"{self.journal}"',
            "gateway.school": '"Eksempel skole"', "gateway.municipality": '"Eksempel kommune"',
        }
        for path, value in {**ours, **options}.items():
            text = set_option(text, path, value)
        self.conf.write_text(text, encoding="utf-8")

    def without_words(self):
        """The shipped search patterns take long to compile and are the matter of 223; all lines keep their numbers."""
        for file in (self.folder / "etc/rules.d").glob("*/*.rules"):
            text = file.read_text(encoding="utf-8")
            file.write_text(re.sub(r"^(?=(allow )?search\s)", "# ", text, flags=re.MULTILINE), encoding="utf-8")

    def write_rules(self, name, text):
        path = self.folder / "etc/rules.d" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    # ---- the programs ----------------------------------------------------------------------------------

    def units(self):
        """What systemd/ says, for tests/lab/init: (name, lines) in the order of starting."""
        program = lambda name, *words: "exec = " + " ".join([str(self.programs / name), *map(str, words)])  # noqa: E731
        units = [
            ("keeper", [program("trygg-keeper", "-c", self.conf), "notify = yes"]),
            ("help", [program("trygg-help", "-c", self.conf), "notify = yes",
                      f"listen = http {HELP4} 80", f"listen = http {HELP6} 80"]),
        ]
        for n in range(self.pairs):
            units += [
                (f"hold@{n}", [program("trygg-hold", n), f"env-file = {self.folder}/gate.env", "notify = yes"]),
                (f"engine@{n}", [program("trygg-engine", "-c", self.conf, n), "notify = yes"]),
            ]
        return units

    def init_command(self, *words):
        return [str(self.programs / "tests/lab/init"), "-s", str(self.folder / "state"), *map(str, words)]

    def start_programs(self, firewall=True):
        """Compiles, starts everything, waits until all are ready, then lets the firewall feed the queue."""
        self.ctl("compile")
        (self.folder / "gate.env").write_text(self.ctl("check", "--env")[1], encoding="ascii")
        text = "".join(f"[{name}]\n" + "".join(line + "\n" for line in lines) + f"log = {self.folder}/{name}.log\n\n"
                       for name, lines in self.units())
        (self.folder / "units").write_text(text, encoding="utf-8")
        self.init = self.start("gateway", *self.init_command(self.folder / "units"), log=self.folder / "init.log")
        wait_for("init's state file", (self.folder / "state").exists)
        self.wait_ready()
        if firewall:
            self.ctl("firewall", "apply")

    def wait_ready(self, seconds=30):
        """Until every unit is ready; gives up early on one that dies again and again."""
        def settled():
            states = [self.state(name) for name, _ in self.units()]
            if any(starts > 5 and state != "ready" for _, starts, state in states):
                return "a program ends whenever it is started"
            return all(state == "ready" for _, _, state in states)
        try:
            settled = wait_for("the programs to be ready", settled, seconds)
        except LabError as error:
            settled = str(error)
        if settled is not True:
            raise LabError(f"{settled}\n{self.logs()}")

    def tell(self, *words):
        """A command to init; its failure is shown with what the programs said."""
        done = self.sh("gateway", *self.init_command(*words), check=False)
        if done.returncode != 0:
            raise LabError(f"init {' '.join(map(str, words))}: {done.stdout.strip()}\n{self.logs()}")

    def state(self, name):
        """(pid, starts, state) of a unit."""
        for line in (self.folder / "state").read_text(encoding="ascii").splitlines():
            unit, pid, starts, state = line.split()
            if unit == name:
                return int(pid), int(starts), state
        raise LabError(f"init knows no unit {name}")

    def logs(self, lines=12):
        """The end of what every program said."""
        out = ""
        for path in sorted(self.folder.glob("*.log")):
            text = path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
            out += "".join(f"{path.stem}: {line}\n" for line in text)
        return out

    # ---- the tool ----------------------------------------------------------------------------------------

    def ctl(self, *arguments, check=True):
        """tryggctl on the gateway: (status, output). With check only 0 and explain's 3 are good."""
        done = self.sh("gateway", str(self.programs / "tryggctl"), "-c", str(self.conf), *arguments, check=False)
        if check and done.returncode not in (0, 3):
            raise LabError(f"tryggctl {' '.join(arguments)} ended with {done.returncode}: {done.stdout.strip()}")
        return done.returncode, done.stdout

    def explain(self, name, *arguments):
        return json.loads(self.ctl("explain", "--json", *arguments, name)[1])

    def status(self):
        """{program's socket: {counter: value}} as `tryggctl status --json` prints it."""
        return json.loads(self.ctl("status", "--json", check=False)[1])

    def counter(self, name):
        """A counter, summed over all programs and the firewall that have it."""
        return sum(part[name] for part in self.status().values() if isinstance(part, dict) and name in part)

    def incidents(self, journal="incident"):
        """The records of a journal, oldest first."""
        records = []
        for path in sorted((self.journal / journal).glob("*.jsonl")):
            records += [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]
        return records
