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

    def __init__(self, masquerade=True):
        super().__init__()
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

    def __init__(self, masquerade=True, options=None, rules=None, programs=None):
        """`options`: {"inspect.on_failure": '"drop"'}; `rules`: {"school/extra.rules": text} beside the shipped ones."""
        super().__init__(masquerade)
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
        for name, text in (rules or {}).items():
            self.write_rules(name, text)
        self.write_conf(options or {})
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

    def write_rules(self, name, text):
        path = self.folder / "etc/rules.d" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    # ---- the tool ----------------------------------------------------------------------------------------

    def ctl(self, *arguments, check=True):
        """tryggctl on the gateway: (status, output). With check only 0 and explain's 3 are good."""
        done = self.sh("gateway", str(self.programs / "tryggctl"), "-c", str(self.conf), *arguments, check=False)
        if check and done.returncode not in (0, 3):
            raise LabError(f"tryggctl {' '.join(arguments)} ended with {done.returncode}: {done.stdout.strip()}")
        return done.returncode, done.stdout

    def explain(self, name, *arguments):
        return json.loads(self.ctl("explain", "--json", *arguments, name)[1])
