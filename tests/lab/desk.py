# SPDX-License-Identifier: GPL-2.0-or-later
"""The review desk of a test: keeper, courier and trygg-review in a folder, and people who use it as browsers do."""
import ctypes
import hashlib
import http.client
import os
import re
import socket
import subprocess
import urllib.parse

from evidence import APPEND, BUILD, ROOT, Courier, Keeper, Sender, kill_program, receipt, told, wait_for

CATEGORIES = """
categories = {
	self-harm = { titles = { nb = "Selvskading"; en = "Self-harm"; }; severity = 3; log = "concern"; topics = ["general"]; };
	games = { titles = { nb = "Spill"; en = "Games"; }; severity = 0; log = "event"; action = "refuse"; };
	violence = { titles = { nb = "Vold"; en = "Violence"; }; severity = 4; log = "concern"; topics = ["general"]; };
};
"""
GROUPS = """
groups = {
	primary = { networks = ["10.1.0.0/16"]; stage = "primary"; pupils = 120; };
	lower-secondary = { networks = ["10.2.0.0/16"]; stage = "lower-secondary"; pupils = 12; };
};
"""
DUTY = """
duty = { terms = []; no_school = []; school_hours = "mo-su 06:00-22:00"; persons = {
	kari = { name = "Kari Prøve"; kind = "nurse"; hours = "mo-su 00:00-24:00"; };
	ola = { name = "Ola Prøve"; kind = "nurse"; role = "deputy"; hours = "mo-su 00:00-24:00"; };
}; };
"""


def seal(publics, content, word):
    """A box as help makes it (incident/box.h), by libsodium itself."""
    sodium = ctypes.CDLL("libsodium.so.23")
    assert sodium.sodium_init() >= 0
    key, nonce = os.urandom(32), os.urandom(24)
    out = b"TRYGBOX1" + receipt(word) + bytes([len(publics)])
    for public in publics:
        sealed = ctypes.create_string_buffer(80)
        sodium.crypto_box_seal(sealed, key, ctypes.c_ulonglong(32), public)
        out += hashlib.blake2b(public, digest_size=32).digest()[:8] + sealed.raw
    plain = content + b"\x80"
    plain += bytes(-len(plain) % 1024)
    sealed = ctypes.create_string_buffer(len(plain) + 16)
    sodium.crypto_secretbox_easy(sealed, plain, ctypes.c_ulonglong(len(plain)), nonce, key)
    return out + nonce + sealed.raw


class Answer:
    """Status, fields, text."""

    def __init__(self, response):
        self.status = response.status
        self.fields = {k.lower(): v for k, v in response.getheaders()}
        self.cookies = [v for k, v in response.getheaders() if k.lower() == "set-cookie"]
        self.text = response.read().decode("utf-8")

    def csrf(self):
        found = re.search(r'name="csrf" value="([0-9a-f]{64})"', self.text)
        return found.group(1) if found else ""


class LocalConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self.path))


class Person:
    """One browser: a cookie, no redirects followed."""

    def __init__(self, desk, **fields):
        self.desk, self.extra = desk, fields
        self.cookie = self.csrf = ""

    def ask(self, path, form=None, body=None, method=None, **fields):
        headers = {"Accept": "text/html", "Accept-Language": "nb", **self.extra, **fields}
        if self.cookie:
            headers["Cookie"] = self.cookie
        if form is not None:
            body = urllib.parse.urlencode(form)
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
            headers.setdefault("Sec-Fetch-Site", "same-origin")
        link = self.desk.connection("X-Remote-User" in headers)
        link.request(method or ("GET" if body is None else "POST"), path, body, headers)
        answer = Answer(link.getresponse())
        link.close()
        for cookie in answer.cookies:
            name = cookie.split(";")[0]
            if not name.startswith("trygg-lang"):
                self.cookie = "" if name.endswith("=") else name
        self.csrf = answer.csrf() or self.csrf
        return answer

    def send(self, path, **form):
        return self.ask(path, {"csrf": self.csrf, **form})

    def upload(self, path, **parts):
        """A form with files."""
        edge = "----WebKitFormBoundaryx7"
        body = "".join(f'--{edge}\r\nContent-Disposition: form-data; name="{name}"; filename="x"\r\n'
                       f"Content-Type: application/octet-stream\r\n\r\n{value}\r\n" for name, value in parts.items())
        return self.ask(path, body=body + f"--{edge}--\r\n", **{"Content-Type": f"multipart/form-data; boundary={edge}",
                                                               "Sec-Fetch-Site": "same-origin"})

    def sign_in(self, name, password, reason="daily"):
        return self.ask("/sign-in", {"name": name, "password": password, "reason": reason})


class Desk:
    """trygg-review beside a keeper and a courier."""

    def __init__(self, keeper, **review):
        self.keeper = keeper
        self.process = None
        self.local = keeper.folder / "desk.sock"
        settings = {"https": "false", "names": '["localhost", "127.0.0.1"]', "pages": f'"{ROOT}/config/review"', **review}
        with keeper.conf.open("a", encoding="utf-8") as conf:
            conf.write(CATEGORIES + GROUPS + DUTY)
            conf.write(f'help = {{ catalogue = "{ROOT}/config/catalogue.conf"; }};\n')
            conf.write("review = { " + " ".join(f"{k} = {v};" for k, v in settings.items()) + " };\n")

    def connection(self, local=False):
        return LocalConnection(self.local) if local else http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def start(self, *before):
        note = self.keeper.folder / "notify-review"
        (self.keeper.folder / "run").chmod(0o1777)
        note.unlink(missing_ok=True)
        self.local.unlink(missing_ok=True)
        tcp, unix = socket.socket(), socket.socket(socket.AF_UNIX)
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tcp.bind(("127.0.0.1", getattr(self, "port", 0)))
        unix.bind(str(self.local))
        self.port = tcp.getsockname()[1]
        for listener in (tcp, unix):
            listener.listen(64)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify, open(self.keeper.log, "ab") as log:
            notify.bind(str(note))
            note.chmod(0o777)
            notify.setblocking(False)
            env = dict(os.environ, NOTIFY_SOCKET=str(note), TRYGG_CLOCK_FILE=str(self.keeper.clock), LISTEN_FDS="2",
                       TZ="Europe/Oslo")
            script = f'exec 3<&{tcp.fileno()} 4<&{unix.fileno()}; LISTEN_PID=$$ exec "$@"'
            self.process = subprocess.Popen(["bash", "-c", script, "sh", *before, str(BUILD / "trygg-review"), "-c",
                                             str(self.keeper.conf)], env=env, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, pass_fds=(tcp.fileno(), unix.fileno()))
            wait_for("trygg-review", lambda: self.process.poll() is not None or told(notify, b"READY=1"), 20)
        assert self.process.poll() is None, self.keeper.log.read_text(encoding="utf-8")
        tcp.close()
        unix.close()
        return self

    def children(self):
        """How many processes it has."""
        path = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        with open(path, encoding="ascii") as listed:
            return len(listed.read().split())

    def kill(self):
        kill_program(self.process)
        self.process = None

    def add(self, name, role, *words):
        """The one-time secret."""
        status, said = self.keeper.tool("review", "user", "add", name, "--role", role, *words)
        assert status == 0, said
        return said.split()[-1]

    def key(self, name, phrase):
        """(the public key, the text of the secret key file)."""
        secret = self.keeper.folder / f"{name}.secret"
        words = [str(BUILD / "tryggctl"), "-c", str(self.keeper.conf), "keys", "make", name, "--secret", str(secret)]
        done = subprocess.run(words, input=phrase + "\n", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False)
        assert done.returncode == 0, done.stdout
        public = (self.keeper.folder / f"keys/{name}.pub").read_text(encoding="ascii").split()[2]
        return bytes.fromhex(public), secret.read_text(encoding="ascii")

    def member(self, name, role, *words, password="en lang og rar setning", **fields):
        """Somebody who is signed in with a password of their own."""
        person = Person(self, **fields)
        secret = self.add(name, role, *words)
        assert person.sign_in(name, secret).status == 303
        person.ask("/settings")
        answer = person.send("/settings/password", old=secret, new=password, again=password)
        assert answer.status == 303, answer.text
        person.ask("/settings")
        return person


class Place:
    """All of it, ended in order."""

    def __init__(self, **review):
        self.keeper = Keeper()
        self.desk = Desk(self.keeper, **review)
        self.courier = Courier(self.keeper)

    def __enter__(self):
        self.keeper.start()
        self.courier.start()
        wait_for("the store", self.courier.store.exists)
        wait_for("its tables", lambda: self.courier.position("audit")[0] > 0 or self.courier.rows("SELECT 1"))
        self.desk.start()
        return self

    def __exit__(self, *_):
        self.desk.kill()
        self.courier.kill()
        self.keeper.kill()
        self.keeper.__exit__()

    def stops(self, *records):
        """Incidents through keeper and courier into the store."""
        self.senders = getattr(self, "senders", 0) + 1
        sender = Sender(self.keeper, f"engine@0-{self.senders:016x}")
        for fields in records:
            sender.put(APPEND, **{"severity": 3, "count": 1, "action": "help", "group": "primary", "proto": "dns", **fields})
        sender.settle()
        self.courier.caught_up()
