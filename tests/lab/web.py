# SPDX-License-Identifier: GPL-2.0-or-later
"""
Web servers that remember every byte they were sent, and the pupil's side of it.

A Listener answers what a function of the test says, over plain TCP or TLS; a test can so say "the server never received
it" of a single byte. Names are not resolved: the pupil knows the address, as somebody does who goes round the resolver.
"""
import socket
import ssl
import subprocess
import tempfile
import threading
from pathlib import Path

PATIENCE_S = 5.0


class Listener:
    """`serve(sock, seen)` runs in a thread of its own for each connection; `seen` is a bytearray to fill."""

    def __init__(self, net, place, addresses, port, serve):
        self.serve, self.connections, self.listeners = serve, [], []
        for address in addresses:
            with net.inside(place):
                sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((address, port))
            sock.listen(256)
            self.listeners.append(sock)
            threading.Thread(target=self._accept, args=(sock,), daemon=True).start()

    def _accept(self, listener):
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            seen = bytearray()
            self.connections.append(seen)
            threading.Thread(target=self._one, args=(sock, seen), daemon=True).start()

    def _one(self, sock, seen):
        sock.settimeout(60)
        with sock:
            try:
                self.serve(sock, seen)
            except (OSError, ssl.SSLError):
                pass

    def received(self, marker):
        """The connections that were sent these bytes."""
        marker = marker.encode() if isinstance(marker, str) else marker
        return [bytes(c) for c in self.connections if marker.lower() in bytes(c).lower()]

    def close(self):
        for sock in self.listeners:
            sock.shutdown(socket.SHUT_RDWR)
            sock.close()


def keep(sock, seen):
    """Reads until the end and says nothing."""
    while chunk := sock.recv(65536):
        seen += chunk


def echo(sock, seen):
    while chunk := sock.recv(65536):
        seen += chunk
        sock.sendall(chunk)


def http(sock, seen):
    """Answers every request; bodies by Content-Length. `seen` gets the raw bytes."""
    rest = b""
    while True:
        while b"\r\n\r\n" not in rest:
            chunk = sock.recv(65536)
            if not chunk:
                return
            seen += chunk
            rest += chunk
        head, rest = rest.split(b"\r\n\r\n", 1)
        length = 0
        for line in head.split(b"\r\n")[1:]:
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        while len(rest) < length:
            chunk = sock.recv(65536)
            if not chunk:
                return
            seen += chunk
            rest += chunk
        rest = rest[length:]
        body = b"real " + head.split(b" ")[1] + b"\n"
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nContent-Type: text/plain\r\n\r\n" % len(body) + body)


class TlsSite(Listener):
    """Speaks TLS with a certificate of its own and echoes. `names` are the server names it was asked for."""

    def __init__(self, net, place, addresses, port, folder, curve=None, serve=echo):
        self.names, self.inner = [], serve
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*certificate(folder))
        self.context.sni_callback = lambda _sock, name, _context: self.names.append(name)
        if curve:
            self.context.set_ecdh_curve(curve)
        super().__init__(net, place, addresses, port, self._tls)

    def _tls(self, sock, seen):
        with self.context.wrap_socket(sock, server_side=True) as inner:
            self.inner(inner, seen)


CA = """[ca]
default_ca = own
[own]
database = {folder}/index
serial = {folder}/serial
new_certs_dir = {folder}
default_md = sha256
policy = any
[any]
commonName = supplied
[names]
subjectAltName = DNS:{name}
"""


def certify(name, certificate, key, since="20260101000000Z", until="20360101000000Z"):
    """A self-signed certificate of a fixed time: a test that sets its clock does not depend on the day it runs on."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "ca.conf").write_text(CA.format(folder=folder, name=name), encoding="ascii")
        (place / "index").touch()
        (place / "serial").write_text("01\n", encoding="ascii")
        steps = (["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                  "-keyout", str(key), "-out", f"{folder}/csr"],
                 ["ca", "-selfsign", "-batch", "-notext", "-config", f"{folder}/ca.conf", "-keyfile", str(key), "-in",
                  f"{folder}/csr", "-out", str(certificate), "-startdate", since, "-enddate", until, "-extensions", "names"])
        for step in steps:
            subprocess.run(["openssl", *step], check=True, capture_output=True)


def certificate(folder):
    """A self-signed one for whatever name; made once a folder."""
    crt, key = Path(folder) / "site.crt", Path(folder) / "site.key"
    if not crt.exists():
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "30", "-subj", "/CN=site.example", "-keyout", str(key), "-out", str(crt)], check=True,
                       capture_output=True)
    return str(crt), str(key)


def connect(net, source, server, port, place="pupil"):
    with net.inside(place):
        sock = socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT: one after the other, as clients take them
    sock.bind((source, 0))
    sock.settimeout(PATIENCE_S)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.connect((server, port))
    return sock


def read_end(sock):
    """All that comes until the end: (bytes, "end" | "reset" | "silence")."""
    data = b""
    try:
        while chunk := sock.recv(65536):
            data += chunk
        return data, "end"
    except ConnectionResetError:
        return data, "reset"
    except (socket.timeout, TimeoutError):
        return data, "silence"


def read_http(sock, count=1):
    """Up to `count` responses with Content-Length: ([(head, body)], how it went on)."""
    data, out = b"", []
    try:
        while len(out) < count:
            while b"\r\n\r\n" not in data:
                chunk = sock.recv(65536)
                if not chunk:
                    return out, "end"
                data += chunk
            head, rest = data.split(b"\r\n\r\n", 1)
            length = sum(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
            while len(rest) < length:
                chunk = sock.recv(65536)
                if not chunk:
                    return out, "end"
                rest += chunk
            out.append((head.decode("latin-1"), rest[:length]))
            data = rest[length:]
    except (ConnectionResetError, BrokenPipeError):
        return out, "reset"
    except (socket.timeout, TimeoutError):
        return out, "silence"
    return out, "open"


def client_context(**more):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    for name, value in more.items():
        setattr(context, name, value)
    return context


class TlsClient:
    """TLS over a socket with every byte under the test's control: `shape` cuts what is to be sent into segments."""

    def __init__(self, sock, name, shape=None, context=None):
        self.sock, self.shape = sock, shape or (lambda data: [data])
        self.into, self.out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = (context or client_context()).wrap_bio(self.into, self.out, server_hostname=name)

    def _flush(self):
        data = self.out.read()
        for piece in self.shape(data) if data else []:
            self.sock.sendall(piece)

    def _do(self, act):
        while True:
            try:
                done = act()
                self._flush()
                return done
            except ssl.SSLWantReadError:
                self._flush()
                chunk = self.sock.recv(65536)
                if chunk:
                    self.into.write(chunk)
                else:
                    self.into.write_eof()

    def handshake(self):
        """"fine", or how it failed: the alert's name, "reset", "end", "silence"."""
        try:
            self._do(self.tls.do_handshake)
            return "fine"
        except ssl.SSLError as error:
            return "end" if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)) else str(error.reason)
        except (ConnectionResetError, BrokenPipeError):
            return "reset"
        except (socket.timeout, TimeoutError):
            return "silence"

    def talk(self, data):
        """Sends and reads the same number of bytes back; what came."""
        got = b""
        self._do(lambda: self.tls.write(data))
        while len(got) < len(data):
            chunk = self._do(lambda: self.tls.read(65536))
            if not chunk:
                break
            got += chunk
        return got


def hello(name, **more):
    """The bytes of a client's first flight, by an implementation that is not ours."""
    client = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = client_context(**more).wrap_bio(*client, server_hostname=name)
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return client[1].read()

