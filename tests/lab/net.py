# SPDX-License-Identifier: GPL-2.0-or-later
"""
Network namespaces for tests: named after this process, joined by veth pairs, both families, gone on every exit.

A Net only knows wires, addresses and processes; school.py puts Trygg on them. Nothing here sleeps for a fixed
time: duplicate address detection is off, so addresses work at once, and whatever takes time is waited for as
an event with a limit.
"""
import atexit
import contextlib
import ctypes
import fcntl
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
NAMES = "/run/netns"
FILES = "/etc/netns"  # what `ip netns exec` puts over /etc
PREFIX = "trygg-lab-"


class LabError(Exception):
    """The test bench itself failed; the message is one sentence for the reader."""


def wait_for(what, condition, seconds=10.0, every=0.005):
    """Returns the first true value of condition(); fails with a sentence when there is none in time."""
    until = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > until:
            raise LabError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(every)


def alive(pid):
    return os.path.exists(f"/proc/{pid}")


def run(*command, check=True, **more):
    """Runs a command to its end; its output is in the error when it fails."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=more.pop("timeout", 60), check=False, **more)
    except FileNotFoundError as error:
        raise LabError(f"{command[0]} is not there: build it with make, or install it") from error
    except subprocess.TimeoutExpired as error:
        raise LabError(f"`{' '.join(command)}` did not end in {error.timeout:g} s") from error
    if check and done.returncode != 0:
        raise LabError(f"`{' '.join(command)}` ended with {done.returncode}: {done.stdout.strip()}")
    return done


def sweep():
    """Removes namespaces of test processes that are no more (kill -9, power)."""
    for name in os.listdir(NAMES) if os.path.isdir(NAMES) else []:
        owner = name[len(PREFIX):].split("-")[0] if name.startswith(PREFIX) else ""
        if owner.isdigit() and not alive(owner):
            remove_namespace(name)


def remove_namespace(name):
    """Ends what still runs inside, then deletes it."""
    pids = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True, check=False).stdout
    for pid in pids.split():
        if int(pid) != os.getpid():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
    subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
    shutil.rmtree(f"{FILES}/{name}", ignore_errors=True)
    with contextlib.suppress(OSError):
        os.rmdir(FILES)  # only when it is empty


class Net:
    """Namespaces and processes of one test."""

    def __init__(self, prefix=None):
        """`prefix` names namespaces that stay for people; without it they belong to this process."""
        if os.geteuid() != 0:
            raise LabError("network namespaces need root: run the tests as root")
        sweep()
        self.prefix = prefix or f"{PREFIX}{os.getpid()}-"
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self.places = {}
        self.processes = []
        self.keep = False
        atexit.register(self.close)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, lambda *_: sys.exit(130))

    # ---- namespaces and wires --------------------------------------------------------------------------

    def add(self, *places):
        for place in places:
            name = self.prefix + place
            run("ip", "netns", "add", name)
            self.places[place] = os.open(f"{NAMES}/{name}", os.O_RDONLY | os.O_CLOEXEC)
            self.sysctl(place, "net/ipv6/conf/default/accept_dad", 0)
            self.sysctl(place, "net/ipv6/conf/all/accept_dad", 0)
            self.sysctl(place, "net/ipv6/conf/default/accept_ra", 0)
            self.ip(place, "link set lo up")

    def ip(self, place, *lines):
        """`ip` commands in a place, one text each."""
        done = subprocess.run(["ip", "-n", self.prefix + place, "-batch", "-"], input="\n".join(lines) + "\n",
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            raise LabError(f"ip in {place}: {done.stdout.strip()}")

    def wire(self, place, link, other, other_link):
        """A veth pair between two places, up at both ends."""
        self.ip(place, f"link add {link} type veth peer name {other_link} netns {self.prefix + other}",
                f"link set {link} up")
        self.ip(other, f"link set {other_link} up")

    def address(self, place, link, *addresses):
        self.ip(place, *[f"address add {a} dev {link}" + (" nodad" if ":" in a else "") for a in addresses])

    def resolv_conf(self, place, *servers):
        """What libc asks in a place, for programs started by `ip netns exec`."""
        folder = f"{FILES}/{self.prefix}{place}"
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/resolv.conf", "w", encoding="ascii") as file:
            file.write("".join(f"nameserver {s}\n" for s in servers))

    def link_local(self, place, link):
        """The fe80:: address of an interface, with the zone for sockets in that place."""
        out = self.sh(place, "ip", "-6", "-o", "address", "show", "dev", link, "scope", "link").stdout.split()
        return out[out.index("inet6") + 1].split("/")[0]

    @contextlib.contextmanager
    def inside(self, place):
        """Sockets made and processes started in this block belong to the place."""
        self._enter(self.places[place])
        try:
            yield
        finally:
            self._enter(self.home)

    @staticmethod
    def _enter(descriptor):
        if LIBC.setns(descriptor, CLONE_NEWNET) != 0:
            raise LabError(f"setns: {os.strerror(ctypes.get_errno())}")

    def sysctl(self, place, name, value):
        with self.inside(place), open(f"/proc/sys/{name}", "w", encoding="ascii") as file:
            file.write(str(value))

    # ---- processes -------------------------------------------------------------------------------------

    def sh(self, place, *command, check=True, **more):
        """Runs a command in a place to its end."""
        with self.inside(place):
            return run(*command, check=check, **more)

    def iptables(self, place, rule, families="46"):
        """One rule text for both families, or for the ones named."""
        for family in families:
            self.sh(place, "iptables" if family == "4" else "ip6tables", "-w", *rule.split())

    def start(self, place, *command, log=None, env=None, ready=None, **more):
        """
        Starts a process that dies with this one (unless .keep). `ready` is a text to wait for in its output, the rest of
        which stop() returns; without it the output goes to the file `log`.
        """
        out = open(log, "ab") if log else subprocess.DEVNULL  # pylint: disable=consider-using-with
        with self.inside(place):
            bond = [] if self.keep else ["setpriv", "--pdeathsig", "KILL", "--"]
            process = subprocess.Popen([*bond, *command], env=env, start_new_session=self.keep,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE if ready else out,
                                       stderr=subprocess.STDOUT, **more)
        self.processes.append(process)
        if ready:
            self._wait_text(process, command, ready)
        return process

    @staticmethod
    def _wait_text(process, command, ready, seconds=10.0):
        seen = b""
        until = time.monotonic() + seconds
        while ready.encode() not in seen:
            left = until - time.monotonic()
            if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
                raise LabError(f"`{command[0]}` did not say `{ready}` in {seconds:g} s, only: {seen!r}")
            chunk = os.read(process.stdout.fileno(), 4096)
            if not chunk:
                raise LabError(f"`{command[0]}` ended before it said `{ready}`, saying: {seen!r}")
            seen += chunk

    @staticmethod
    def stop(process, seconds=10.0):
        """SIGTERM, then the exit status and what was left on a captured output."""
        if process.poll() is None:
            process.terminate()
        try:
            out, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired as error:
            process.kill()
            process.wait()
            raise LabError(f"`{' '.join(process.args)}` did not end within {seconds:g} s of SIGTERM") from error
        return process.returncode, (out or b"").decode(errors="replace")

    def close(self):
        if self.keep:
            return
        for process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes = []
        for place, descriptor in self.places.items():
            os.close(descriptor)
            remove_namespace(self.prefix + place)
        self.places = {}


class Sniffer:
    """Everything that arrives on one interface, from the IP header on, with what conntrack and NAT made of it."""

    def __init__(self, net, place, link, protocol=0x0003):
        with net.inside(place):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
            self.socket.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)  # SO_RCVBUFFORCE
            self.socket.bind((link, protocol))
        fcntl.fcntl(self.socket, fcntl.F_SETFL, os.O_NONBLOCK)
        self.packets = []

    def pump(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                frame, where = self.socket.recvfrom(70000)
                if where[2] != socket.PACKET_OUTGOING:
                    self.packets.append(frame[14:])
        return self.packets

    def carried(self, text):
        """Packets that carry these bytes, letters in any case."""
        wanted = text.lower()
        return [p for p in self.pump() if wanted in p.lower()]
