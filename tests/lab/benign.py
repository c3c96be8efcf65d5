# SPDX-License-Identifier: GPL-2.0-or-later
"""
What nobody may touch: the clients of ordinary days, each as a function that talks to a server and returns why it was
not content, or an empty text. Every byte is compared, at both ends where the end is ours.
"""
import collections
import hashlib
import itertools
import os
import random
import socket
import ssl
import struct
import subprocess
import tempfile
from pathlib import Path

import shapes
from net import LabError
from web import TlsClient, client_context, read_end

HTTP, ECHO, DIGEST, TLS, RETRY = 80, 8080, 8443, 443, 8444
SIZES = {"small": 700, "page": 60_000, "picture": 400_000}
PATIENCE_S = 90
NGINX = """daemon off;
worker_processes 1;
pid "%(folder)s/nginx.pid";
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000;
  default_type text/html;
  %(temporary)s
  root "%(folder)s/site";
  ssl_certificate "%(folder)s/site.crt";
  ssl_certificate_key "%(folder)s/site.key";
  ssl_protocols TLSv1.2 TLSv1.3;
  server { listen %(four)s:80; listen %(six)s:80; listen %(four)s:443 ssl http2; listen %(six)s:443 ssl http2; }
  server { listen %(four)s:8444 ssl; listen %(six)s:8444 ssl; ssl_ecdh_curve secp384r1; }
}
"""


def start_nginx(net, place, folder, four="*", six="[::]"):
    folder = Path(folder)
    (folder / "site").mkdir()
    for name, size in SIZES.items():
        (folder / "site" / name).write_bytes(random.randbytes(size))
    temporary = " ".join(f'{k}_temp_path "{folder}";' for k in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    text = NGINX % {"folder": folder, "temporary": temporary, "four": four, "six": six}
    (folder / "nginx.conf").write_text(text, encoding="ascii")
    return net.start(place, "nginx", "-e", str(folder / "nginx.log"), "-c", str(folder / "nginx.conf"), log=folder / "nginx.log")


# ---- Servers of our own: what came is answered with its digest -------------------------------------------------


def exactly(sock, count, seen):
    data = b""
    while len(data) < count:
        chunk = sock.recv(min(65536, count - len(data)))
        if not chunk:
            raise ConnectionError("the client ended early")
        data += chunk
    seen.update(data)
    return data


def digest(sock, _):
    """A TLS server to look at: answers the first record with a flight, reads to the end, then tells the digest of all."""
    sock.settimeout(PATIENCE_S)
    seen = hashlib.sha256()
    exactly(sock, struct.unpack("!H", exactly(sock, 5, seen)[3:])[0], seen)
    sock.sendall(shapes.server_flight())
    while chunk := sock.recv(65536):
        seen.update(chunk)
    sock.sendall(seen.digest())


def echo_http(sock, _):
    """Every request is answered with the digest of its head and body."""
    sock.settimeout(PATIENCE_S)
    rest = b""
    while True:
        while b"\r\n\r\n" not in rest:
            chunk = sock.recv(65536)
            if not chunk:
                return
            rest += chunk
        head, rest = rest.split(b"\r\n\r\n", 1)
        length = sum(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        while len(rest) < length:
            rest += sock.recv(65536)
        body, rest = rest[:length], rest[length:]
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\n" + hashlib.sha256(head + body).hexdigest().encode())


# ---- Clients ------------------------------------------------------------------------------------------------


class Day:
    """Who asks whom: `source` and `server` addresses, the site's folder."""

    def __init__(self, net, source, server, folder, most=300_000):
        """`most`: bytes of an upload."""
        self.net, self.source, self.server, self.folder, self.most = net, source, server, Path(folder), most
        self.host = f"[{server}]" if ":" in server else server
        self.shapes = collections.Counter()  # of hellos

    def connect(self, port):
        with self.net.inside("pupil"):
            sock = socket.socket(socket.AF_INET6 if ":" in self.server else socket.AF_INET, socket.SOCK_STREAM)
        sock.settimeout(PATIENCE_S)  # of the handshake too: three lost packets are seven seconds
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.bind((self.source, 0))
        sock.connect((self.server, port))
        return sock

    def run(self, *command, stdin=b""):
        with self.net.inside("pupil"):
            return subprocess.run(command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE_S,
                                  check=False)


def same_file(day, name, data):
    return "" if data == (day.folder / "site" / name).read_bytes() else f"{name}: {len(data)} other bytes: {data[-200:]!r}"


TURN = itertools.cycle(shapes.SHAPES)


def browser_hello(day):
    """A hello of the next shape, in one write, cut once, or in small pieces; then data both ways."""
    shape = next(TURN)
    day.shapes[shape.__name__] += 1
    data = shape(f"www{random.randrange(1000)}.bibliotek.example")
    cut = random.choice([len(data), random.randrange(1, len(data)), 96])
    more = shapes.record(random.randbytes(random.choice([100, 16000]))) * random.choice([1, 8])
    with day.connect(DIGEST) as sock:
        for piece in [data[i:i + cut] for i in range(0, len(data), cut)]:
            sock.sendall(piece)
        first = b""
        while len(first) < shapes.FLIGHT:
            chunk = sock.recv(shapes.FLIGHT - len(first))
            if not chunk:
                return f"{shape.__name__}: ended after {len(first)} bytes"
            first += chunk
        sock.sendall(more)
        sock.shutdown(1)
        got, how = read_end(sock)
    return "" if (got, how) == (hashlib.sha256(data + more).digest(), "end") else f"{shape.__name__}: {got!r} {how}"


def python_tls(day):
    """A whole handshake by Python's ssl, now and then one where the server asks for a second hello, then a file."""
    context = client_context()
    if random.random() < 0.3:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    with day.connect(random.choice([TLS, TLS, RETRY])) as sock:
        client = TlsClient(sock, random.choice([None, "www.bibliotek.example", "xn--bltbr-vua.example"]), context=context)
        how = client.handshake()
        if how != "fine":
            return how
        client._do(lambda: client.tls.write(b"GET /page HTTP/1.0\r\n\r\n"))  # pylint: disable=protected-access
        data = b""
        while len(data.partition(b"\r\n\r\n")[2]) < SIZES["page"]:
            chunk = client._do(lambda: client.tls.read(65536))  # pylint: disable=protected-access
            if not chunk:
                break
            data += chunk
    return same_file(day, "page", data.partition(b"\r\n\r\n")[2])


def openssl(day):
    more = random.choice([[], ["-tls1_2"], ["-groups", "P-384:X25519"], ["-noservername"], ["-alpn", "h2,http/1.1"]])
    name = [] if "-noservername" in more else ["-servername", "bibliotek.example"]
    done = day.run("openssl", "s_client", "-connect", f"{day.host}:{random.choice([TLS, RETRY])}", *name, *more)
    return "" if b"BEGIN CERTIFICATE" in done.stdout else f"{more}: {done.stdout[-300:]!r}"


def curl(day):
    """HTTP and HTTPS (with h2), one file, or three on one connection; or an upload."""
    if random.random() < 0.25:
        body = random.randbytes(random.choice([10, 20_000, day.most]))
        done = day.run("curl", "-sSg", "--data-binary", "@-", "-H", "Expect:", f"http://{day.host}:{ECHO}/up", stdin=body)
        head = (f"POST /up HTTP/1.1\r\nHost: {day.host}:{ECHO}\r\nUser-Agent: {CURL}\r\nAccept: */*\r\n"
                f"Content-Length: {len(body)}\r\nContent-Type: application/x-www-form-urlencoded").encode()
        return "" if done.stdout == hashlib.sha256(head + body).hexdigest().encode() else f"upload: {done.stdout!r}"
    scheme, name = random.choice(["http", "https"]), random.choice(list(SIZES))
    host = "www.bibliotek.example"
    port = 80 if scheme == "http" else 443
    urls = [f"{scheme}://{host}/{name}"] * random.choice([1, 3])
    done = day.run("curl", "-sSgk", "--resolve", f"{host}:{port}:{day.host}", *urls)
    size = SIZES[name]
    return same_file(day, name, done.stdout[:size]) or same_file(day, name, done.stdout[-size:])


def wget(day):
    scheme, name = random.choice(["http", "https"]), random.choice(list(SIZES))
    done = day.run("wget", "-q", "--no-check-certificate", "-O", "-", f"{scheme}://{day.host}/{name}")
    return same_file(day, name, done.stdout)


def apt(day):
    """apt's own HTTP method, many files at a time; it compares the digests itself."""
    with tempfile.TemporaryDirectory(dir=day.folder) as folder:
        words = []
        for n, name in enumerate(list(SIZES) * 3):
            known = hashlib.sha256((day.folder / "site" / name).read_bytes()).hexdigest()
            words += [f"http://{day.host}/{name}?{n}", f"{folder}/{n}", f"SHA256:{known}"]
        done = day.run("/usr/lib/apt/apt-helper", "-o", "APT::Sandbox::User=root", "download-file", *words)
        missing = [n for n, name in enumerate(list(SIZES) * 3) if not Path(folder, str(n)).exists()
                   or Path(folder, str(n)).read_bytes() != (day.folder / "site" / name).read_bytes()]
    return f"{missing} of apt: {done.stdout[-300:]!r}" if missing or done.returncode else ""


def pipeline(day):
    """Ten requests before the first answer, as apt sends them, in segments cut anywhere."""
    more = "Host: deb.bibliotek.example\r\nCache-Control: max-age=0\r\nAccept: text/*\r\nUser-Agent: Debian APT-HTTP/1.3 (2.6.1)"
    heads = [f"GET /pool/main/p/part{n}_1.0_amd64.deb HTTP/1.1\r\n{more}".encode() for n in range(10)]
    data = b"".join(h + b"\r\n\r\n" for h in heads)
    with day.connect(ECHO) as sock:
        while data:
            cut = random.choice([len(data), random.randrange(1, 400), 1])
            sock.sendall(data[:cut])
            data = data[cut:]
        sock.shutdown(1)
        got, how = read_end(sock)
    want = [hashlib.sha256(h).hexdigest().encode() for h in heads]
    answers = b"".join(b"HTTP/1.1 200 OK\r\nContent-Length: 64\r\n\r\n" + w for w in want)
    return "" if (got, how) == (answers, "end") else f"pipeline: {got!r} {how}"


def keep_alive(day):
    """A connection used again and again, bodies between."""
    with day.connect(ECHO) as sock:
        for n in range(8):
            body = os.urandom(random.choice([0, 5, 5000]))
            head = f"POST /form{n} HTTP/1.1\r\nHost: www.bibliotek.example\r\nContent-Length: {len(body)}".encode()
            sock.sendall(head + b"\r\n\r\n")
            if body:
                sock.sendall(body)
            got = b""
            while len(got.partition(b"\r\n\r\n")[2]) < 64:
                chunk = sock.recv(4096)
                if not chunk:
                    return f"keep-alive: ended at {n}"
                got += chunk
            if not got.endswith(hashlib.sha256(head + body).hexdigest().encode()):
                return f"keep-alive: other bytes at {n}"
    return ""


CURL = ""
CLIENTS = [browser_hello] * 8 + [python_tls] * 2 + [openssl] + [curl] * 2 + [wget] + [pipeline] * 2 + [keep_alive] * 2 + [apt]


def one(day, number):
    """Why this flow was not content: a client by its number."""
    client = CLIENTS[number % len(CLIENTS)]
    try:
        why = client(day)
    except (OSError, LabError, ssl.SSLError, subprocess.SubprocessError) as error:
        why = f"{type(error).__name__}: {error}"
    return f"{client.__name__}: {why}" if why else ""


def know_curl():
    """What curl calls itself."""
    global CURL  # pylint: disable=global-statement
    CURL = "curl/" + subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
