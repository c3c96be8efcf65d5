# SPDX-License-Identifier: GPL-2.0-or-later
"""
A school with a pupil who has a browser: Debian's Chromium on the pupil's device, driven by playwright-core. What is stopped
lies under example.com too, because browsers treat `.example` and `.test` in a way of their own (no HTTPS upgrade).
"""
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lab"))
import benign  # noqa: E402
from check import REPEAT  # noqa: E402
from net import LabError, wait_for  # noqa: E402
from school import BUILD, DNS4, DNS6, HELP4, HELP6, PASSING, ROOT, WEB4, WEB6, School  # noqa: E402

FOLDER = BUILD / "browser"
PICTURES = BUILD / "pictures"


def modules():
    """node_modules as the lock file says, in the build folder."""
    lock = (HERE / "package-lock.json").read_bytes()
    mark = FOLDER / "installed"
    if mark.exists() and mark.read_bytes() == lock:
        return FOLDER
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, FOLDER)
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=FOLDER, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise LabError(f"npm ci (it needs the npm registry once): {done.stdout.strip()}")
    mark.write_bytes(lock)
    return FOLDER


def categories():
    """{id: action} of the shipped configuration."""
    text = (ROOT / "config/categories.conf").read_text(encoding="utf-8")
    found = re.findall(r"^\t([a-z-]+) = \{(.*?)^\t\};", text, re.MULTILINE | re.DOTALL)
    return {name: (re.search(r'\baction = "(\w+)"', body) or [0, "help"])[1] for name, body in found}


def stopped_names():
    """One name under example.com for each category that stops, and the rules that say so."""
    stopping = [name for name, action in categories().items() if action in ("help", "refuse")]
    names = {category: f"c{number:02}.example.com" for number, category in enumerate(stopping)}
    rules = 'owner "Eksempel skole"\nreason "Prøve"\nreviewed 2026-11-01\nreview-by 2027-11-01\n'
    return names, rules + "".join(f"category {category}\ndomain {name}\n" for category, name in names.items())


class BrowserSchool(School):
    """With a resolver that knows every name, and a web server behind it."""

    def __init__(self, **more):
        self.names, text = stopped_names()
        super().__init__(rules={"school/browser.rules": text, **more.pop("rules", {})}, **more)
        self.resolv_conf("pupil", DNS4)
        (self.folder / "nginx").mkdir()
        self.start("internet", "dnsmasq", "-k", "--no-resolv", "--no-hosts", "--pid-file=", f"--listen-address={DNS4},{DNS6}",
                   "--bind-interfaces", f"--address=/#/{WEB4}", f"--address=/#/{WEB6}", log=self.folder / "dnsmasq.log")

    def run(self, script, **more):
        """Runs tests/browser/SCRIPT on the pupil's device; its lines are ours. True when it ended well."""
        place = {"modules": str(modules()), "pictures": str(PICTURES), "help4": HELP4, "help6": HELP6, "passing": PASSING,
                 "web4": WEB4, "names": self.names, "full": REPEAT >= 30, **more}
        env = {**os.environ, "TRYGG_BROWSER": json.dumps(place), "HOME": str(self.folder)}
        done = subprocess.run(["ip", "netns", "exec", self.prefix + "pupil", "node", str(HERE / script)], env=env,
                              stdin=subprocess.DEVNULL, check=False)
        return done.returncode == 0


def web(school):
    """Plain HTTP and HTTPS behind the filter, for names that pass."""
    from web import certificate  # pylint: disable=import-outside-toplevel
    certificate(school.folder)
    for name in ("site.crt", "site.key"):
        (school.folder / name).rename(school.folder / "nginx" / name)
    return benign.start_nginx(school, "internet", school.folder / "nginx", WEB4, f"[{WEB6}]")


__all__ = ["BrowserSchool", "LabError", "categories", "wait_for", "web"]
