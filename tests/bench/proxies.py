# SPDX-License-Identifier: GPL-2.0-or-later
"""
Others to compare with: squid and e2guardian as transparent HTTP proxies on the gateway, set up as light as they go: nothing
cached, logged or scanned, one stopped name, one process on the core that gate and engine have otherwise.
"""
import contextlib
import re
import shutil
from pathlib import Path

from net import LabError, wait_for
from school import STOPPED

SQUID = f"""http_port 3128
http_port 3129 intercept
acl stopped dstdomain .{STOPPED}
http_access deny stopped
http_access allow all
cache deny all
access_log none
cache_log %(folder)s/squid.log
cache_store_log none
netdb_filename none
pid_filename none
pinger_enable off
coredump_dir %(folder)s
hosts_file %(folder)s/hosts
workers 1
via off
forwarded_for transparent
visible_hostname gateway.example
shutdown_lifetime 0 seconds
max_filedescriptors 8192
"""
E2_PORT, SQUID_PORT = 8080, 3129
E2_OPTIONS = {"loglevel": "0", "nodaemon": "on", "nologger": "on", "weightedphrasemode": "0", "maxcontentfiltersize": "1",
              "maxcontentramcachescansize": "1", "logconnectionhandlingerrors": "off", "httpworkers": "100"}


def cpu_s(pid):
    """User and system time of all threads of a process, to the nanosecond."""
    return sum(int(p.read_text(encoding="ascii").split()[0]) for p in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def hosts(school, names):
    """Names without a resolver, for programs that look them up again; in the file that `ip netns exec` puts over /etc."""
    text = "".join(f"{address} {name}\n" for name, address in {"localhost": "127.0.0.1", **names}.items())
    (school.folder / "hosts").write_text(text, encoding="ascii")
    for place in ("gateway", "pupil"):
        school.resolv_conf(place, "127.0.0.1")
        Path(f"/etc/netns/{school.prefix}{place}/hosts").write_text(text, encoding="ascii")


def e2guardian_conf(school):
    """Debian's, with our options; its folder is left as it is."""
    text = Path("/etc/e2guardian/e2guardian.conf").read_text(encoding="utf-8")
    options = {**E2_OPTIONS, "pidfilename": f"'{school.folder}/e2guardian.pid'", "originalip": "on"}
    for name, value in options.items():
        text, count = re.subn(rf"^#?\s*{name}\s*=.*$", f"{name} = {value}", text, flags=re.MULTILINE)
        if not count:
            text += f"\n{name} = {value}\n"
    shutil.copy("/etc/e2guardian/e2guardianf1.conf", school.folder)  # it is looked for beside the other
    path = school.folder / "e2guardian.conf"
    path.write_text(text, encoding="utf-8")
    return path


def listening(school, port):
    return bool(school.sh("gateway", "ss", "-Hltn", f"sport = :{port}").stdout.strip())


def start(school, name):
    """Runs until the school is gone; its process."""
    if name == "squid":
        (school.folder / "squid.conf").write_text(SQUID % {"folder": school.folder}, encoding="ascii")
        school.folder.chmod(0o777)
        command = ["squid", "-N", "-f", str(school.folder / "squid.conf")]
    else:
        command = ["e2guardian", "-N", "-c", str(e2guardian_conf(school))]
    process = school.start("gateway", "ip", "netns", "exec", school.prefix + "gateway", "taskset", "-c", "0", *command,
                           log=school.folder / f"{name}.log")
    port = SQUID_PORT if name == "squid" else E2_PORT
    wait_for(f"{name} to listen", lambda: process.poll() is not None or listening(school, port), 30)
    if process.poll() is not None:
        raise LabError(f"{name} ended: {(school.folder / f'{name}.log').read_text(encoding='utf-8')[-800:]}")
    return process


@contextlib.contextmanager
def in_the_way(school, name):
    """The proxy instead of Trygg."""
    port = SQUID_PORT if name == "squid" else E2_PORT
    rule = f"PREROUTING -i lan0 -p tcp --dport 80 -j REDIRECT --to-ports {port}"
    school.ctl("firewall", "remove")
    school.iptables("gateway", f"-t nat -A {rule}", "4")
    try:
        yield
    finally:
        school.iptables("gateway", f"-t nat -D {rule}", "4")
        school.ctl("firewall", "apply")
