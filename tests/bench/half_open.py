#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Both ends of somebody who begins and never ends: `half_open.py serve ADDRESS` accepts on port 80 and keeps; `half_open.py ask
SOURCE COUNT ADDRESS` opens connections, sends half a request on each, and keeps them all. Both print "ready", the asking one
then "done" and how many were refused; ended by SIGTERM. A process may have as many descriptors as the limit says.
"""
import os
import signal
import socket
import sys

HALF = b"GET /half HTTP/1.1\r\nHost: www.bibliotek.example\r\nX-Filler: " + b"x" * 400


def serve(address):
    listener, kept = socket.socket(), []
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, 80))
    listener.listen(4096)
    print("ready", flush=True)
    while True:
        kept.append(listener.accept()[0])


def ask(source, count, address):
    kept, refused = [], 0
    print("ready", flush=True)
    for _ in range(count):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
        sock.settimeout(5)
        try:
            sock.bind((source, 0))
            sock.connect((address, 80))
            sock.sendall(HALF)
        except OSError:
            refused += 1
        kept.append(sock)
    print(f"done {refused}", flush=True)
    signal.pause()


if __name__ == "__main__":
    os.nice(10)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    else:
        ask(sys.argv[2], int(sys.argv[3]), sys.argv[4])
