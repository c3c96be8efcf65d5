# SPDX-License-Identifier: GPL-2.0-or-later
"""
A keeper of its own for a test, and senders that speak to it as engine and help do (wire/record.h): records with
numbers, kept until acknowledged, sent again after a reconnect.
"""
import contextlib
import hashlib
import json
import os
import select
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = Path(os.environ.get("TRYGG_BUILD", ROOT / "build"))
JOURNALS = ("incident", "feedback", "contact", "audit")
EVENTS = ("incident", "count", "repeat", "feedback", "contact", "audit", "gap", "key", "checkpoint")
HELLO, APPEND, TALLY, ACK, OPEN, CLOSE, BYE = range(1, 8)
BOX, WITHDRAW, TOLD = 8, 9, 10
DONE, IS_READ, UNKNOWN = range(3)  # what became of a withdrawal
SRC = "help-00000000000000b0"
STATUS, CHECK, RELOAD, FLUSH, GAP, PURGE = range(1, 7)
NOBODY = 65534

RECORD = struct.Struct("=IHBBQqqQBB6s48s40s16s16s1025s160s17s40s40s160s65s5x")
TEXTS = ("src", "category", "action", "proto", "name", "rule", "set", "group", "subject", "detail", "sealed")
MAGIC = 0x54525232


def record(kind, journal="incident", event="incident", nr=0, time_ms=0, until_ms=0, count=0, severity=0, date_only=0,
           magic=MAGIC, **texts):
    """A message; texts are str or bytes."""
    fields = [texts.get(name, b"") for name in TEXTS]
    fields = [x.encode("utf-8") if isinstance(x, str) else x for x in fields]
    return RECORD.pack(magic, kind, JOURNALS.index(journal), EVENTS.index(event), nr, time_ms, until_ms, count, severity,
                       date_only, b"", *fields)


def wait_for(what, condition, seconds=10):
    """The condition's value once it is true; an error when it never is."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise TimeoutError(f"waited {seconds} s for {what}")


def told(notify, word):
    try:
        return word in notify.recv(4096)
    except BlockingIOError:
        return False


def start_program(place, name, *before):
    """Runs a program with the place's configuration; returns when it says that it is ready."""
    path = place.folder / f"notify-{name}"
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify, open(place.log, "ab") as log:
        notify.bind(str(path))
        path.chmod(0o777)
        notify.setblocking(False)
        env = dict(os.environ, NOTIFY_SOCKET=str(path), TRYGG_CLOCK_FILE=str(place.clock))
        process = subprocess.Popen([*before, str(BUILD / name), "-c", str(place.conf)], env=env,
                                   stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for(name, lambda: process.poll() is not None or told(notify, b"READY=1"), 20)
    return process


def kill_program(process):
    if process and process.poll() is None:
        process.kill()
        process.wait()


def control(path, verb, number=0, text=""):
    """(status, {name: value} of the answer's lines)."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
        sock.settimeout(30)
        sock.connect(str(path))
        sock.send(struct.pack("=IIQ256s", 0x54524332, verb, number, text.encode("ascii")))
        answer = sock.recv(32768)
    if not answer:
        raise ConnectionError(f"{path} went away")
    _, status, length = struct.unpack_from("=IiI", answer)
    lines = answer[12:12 + length].decode("utf-8").splitlines()
    return status, dict(line.rsplit(" ", 1) for line in lines if " " in line)


class Keeper:
    """trygg-keeper in a folder of its own."""

    def __init__(self, folder=None):
        self.own = folder is None
        self.folder = Path(folder or tempfile.mkdtemp(prefix="trygg-keeper-"))
        self.folder.chmod(0o755)
        self.journal = self.folder / "journal"
        self.conf = self.folder / "trygg.conf"
        self.clock = self.folder / "clock"
        self.conf.write_text(f'gateway = {{ id = "gw-lab"; run_folder = "{self.folder}/run"; }};\n'
                             f'journal = {{ folder = "{self.journal}"; }};\n'
                             f'store = {{ url = "sqlite:{self.folder}/store/store.db"; }};\n', encoding="ascii")
        self.path = self.folder / "run/keeper.sock"
        self.log = self.folder / "log"
        self.process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        if self.own:
            shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, *before):
        """Returns when keeper says that it is ready; `before` are words in front of the command."""
        self.process = start_program(self, "trygg-keeper", *before)
        return self

    def kill(self):
        kill_program(self.process)
        self.process = None

    def stop(self):
        """The exit status of an orderly end."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=30)
        self.process = None
        return status

    def running(self):
        return self.process is not None and self.process.poll() is None

    def set_clock(self, seconds):
        fresh = self.clock.with_suffix(".new")
        fresh.write_text(f"{seconds}\n", encoding="ascii")
        fresh.rename(self.clock)

    # ---- control -----------------------------------------------------------------------------------------

    def ask(self, verb, number=0, text=""):
        return control(self.folder / "run/keeper-control.sock", verb, number, text)

    def status(self, name):
        return int(self.ask(STATUS)[1][name])

    # ---- what is on the disk -----------------------------------------------------------------------------

    def segments(self, journal="incident"):
        return sorted((self.journal / journal).glob("*.jsonl"))

    def records(self, journal="incident"):
        """All records in the order of their numbers."""
        found = [json.loads(line) for path in self.segments(journal) for line in path.read_bytes().splitlines()]
        return sorted(found, key=lambda r: r["seq"])

    def counts(self):
        """{(day, category, action, group, rule, detail): count} that wait for the end of the day."""
        result = {}
        path = self.journal / "counts"
        for line in path.read_text(encoding="ascii").splitlines() if path.exists() else []:
            word, *fields = line.split("\t")
            if word == "count":
                day, count, _severity, *key = fields
                result[(day, *key)] = int(count)
        return result

    def tool(self, *words):
        """(exit status, output) of tryggctl."""
        done = subprocess.run([str(BUILD / "tryggctl"), "-c", str(self.conf), *words],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return done.returncode, done.stdout

    def verify(self, *words):
        return self.tool("journal", "verify", *words)


def receipt(word):
    return hashlib.blake2b(word.encode("ascii"), digest_size=32, key=b"trygg receipt").digest()


def box(word, fill=b"\x5a"):
    """What a box looks like to who cannot open it (incident/box.h)."""
    return b"TRYGBOX1" + receipt(word) + bytes([3]) + os.urandom(88 * 3) + os.urandom(24 + 16) + fill * 1024


def digest(content):
    return hashlib.blake2b(content, digest_size=32).hexdigest()


class Help:
    """A sender that sends a box before each record of one, as help does, and keeps both until they are acknowledged."""

    def __init__(self, keeper, src=SRC):
        self.keeper, self.src, self.nr = keeper, src, 0

    def message(self, content, length=None):
        size = len(content) if length is None else length
        return struct.pack("=IHH48s", MAGIC, BOX, size, self.src.encode("ascii")) + content

    def record(self, nr, content, **fields):
        return record(APPEND, src=self.src, nr=nr, journal="contact", event="contact", count=1, sealed=digest(content), **fields)

    def talk(self, *messages, wait=1):
        """Sends; the answers until the acknowledgement of `wait`; None when the connection was ended."""
        answers = []
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
            sock.settimeout(5)
            sock.connect(str(self.keeper.path))
            try:
                for message in (record(HELLO, src=self.src), *messages):
                    sock.send(message)
                while True:
                    got = sock.recv(4096)
                    if not got:
                        return None
                    answers.append(RECORD.unpack(got))
                    if answers[-1][1] == ACK and answers[-1][4] >= wait:
                        return answers
            except OSError:
                return None

    def contact(self, word, action="asked", kind="nurse", **fields):
        content = box(word)
        self.nr += 1
        asked = self.record(self.nr, content, action=action, detail=kind, **fields)
        answers = self.talk(self.message(content), asked, wait=self.nr)
        return content if answers else None

    def withdraw(self, word):
        self.nr += 1
        answers = self.talk(record(WITHDRAW, src=self.src, nr=self.nr, journal="contact", event="contact",
                                   sealed=receipt(word).hex()), wait=self.nr)
        return [a[7] for a in answers or [] if a[1] == TOLD and a[4] == self.nr]


class Courier:
    """trygg-courier beside a keeper, and its store as Python's own SQLite reads it."""

    def __init__(self, keeper):
        self.keeper = keeper
        self.store = keeper.folder / "store/store.db"
        self.process = None

    def start(self, *before):
        self.process = start_program(self.keeper, "trygg-courier", *before)
        return self

    def kill(self):
        kill_program(self.process)
        self.process = None

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=30)
        self.process = None
        return status

    def status(self, name):
        return int(control(self.keeper.folder / "run/courier.sock", STATUS)[1][name])

    def rows(self, question, *values):
        with contextlib.closing(sqlite3.connect(f"file:{self.store}?mode=ro", uri=True, timeout=20)) as store:
            return store.execute(question, values).fetchall()

    def number(self, question, *values):
        return self.rows(question, *values)[0][0]

    def position(self, journal="incident"):
        question = "SELECT seq, trouble FROM position WHERE journal = ?"
        found = self.rows(question, JOURNALS.index(journal)) if self.store.exists() else []
        return found[0] if found else (0, "")

    def caught_up(self, journal="incident", seconds=20):
        """Until every record of the journal is in the store."""
        last = self.keeper.records(journal)[-1]["seq"]
        wait_for(f"the store to know record {last}", lambda: self.position(journal)[0] >= last, seconds)


class Sender:
    """Keeps what it sent until it is acknowledged."""

    def __init__(self, keeper, src="engine@0-0123456789abcdef", flight=200):
        self.keeper, self.src, self.flight = keeper, src, flight
        self.sock = None
        self.nr = 0
        self.waiting = []  # (nr, message), oldest first
        self.sent = 0      # of waiting, on this connection
        self.acknowledged = 0
        self.windows = 0

    def connect(self):
        self.close()
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            sock.connect(str(self.keeper.path))
            sock.setblocking(False)
            sock.send(record(HELLO, src=self.src, count=self.windows))
        except OSError:
            sock.close()
            return False
        self.sock, self.sent = sock, 0
        return True

    def close(self):
        if self.sock:
            self.sock.close()
        self.sock = None

    def put(self, kind=APPEND, **fields):
        self.nr += 1
        self.waiting.append((self.nr, record(kind, src=self.src, nr=self.nr, **fields)))

    def tell(self, kind, windows=0):
        self.windows = windows
        self.sock.send(record(kind, src=self.src, count=windows))

    def push(self):
        """Sends and reads what can be without waiting; False when there is no connection."""
        if not self.sock and not self.connect():
            return False
        try:
            while self.sent < min(len(self.waiting), self.flight):
                self.sock.send(self.waiting[self.sent][1])
                self.sent += 1
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            return False
        return self.read()

    def read(self):
        try:
            while True:
                message = self.sock.recv(4096)
                if not message:
                    self.close()
                    return False
                fields = RECORD.unpack(message)
                assert fields[1] == ACK and fields[4] <= self.nr
                while self.waiting and self.waiting[0][0] <= fields[4]:
                    self.waiting.pop(0)
                    self.sent -= 1
                    self.acknowledged += 1
        except BlockingIOError:
            return True
        except OSError:
            self.close()
            return False

    def settle(self, seconds=20):
        """Until everything is acknowledged."""
        end = time.monotonic() + seconds
        while self.waiting:
            if time.monotonic() > end:
                raise TimeoutError(f"{len(self.waiting)} records of {self.src} were not acknowledged")
            if not self.push():
                time.sleep(0.01)
            elif self.sock and self.waiting:
                select.select([self.sock], [], [], 0.02)
        return self
