#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""
A bad cable between two interfaces: `shim.py ONE OTHER LOSS SWAP TWICE` carries frames both ways and loses, delays or doubles
each with these probabilities. Kernels without netem have nothing else. Frames must be whole and have their checksums:
offloads off on both sides. Prints "ready"; ended by SIGTERM, it prints how many were lost, swapped and doubled.
"""
import random
import select
import signal
import socket
import sys
import time

HELD_S = 0.004  # at most; three later frames end it as well


class Side:
    def __init__(self, link):
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.sock.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)  # SO_RCVBUFFORCE
        self.sock.bind((link, 3))
        self.held = []  # (when it goes at the latest, how many may pass before it, frame)

    def send(self, frame):
        try:
            self.sock.send(frame)
        except OSError:
            pass  # a full or broken wire loses frames too

    def carry(self, frame, loss, swap, twice, counts):
        """A frame on its way out of this side."""
        dice = random.random()
        if dice < loss:
            counts["lost"] += 1
        elif dice < loss + swap:
            counts["swapped"] += 1
            self.held.append([time.monotonic() + HELD_S, random.randrange(1, 4), frame])
            return
        else:
            self.send(frame)
            if dice < loss + swap + twice:
                counts["doubled"] += 1
                self.held.append([time.monotonic() + HELD_S, random.randrange(0, 4), frame])
        for waiting in self.held:
            waiting[1] -= 1
        self.flush()

    def flush(self):
        now = time.monotonic()
        for waiting in [w for w in self.held if w[0] <= now or w[1] <= 0]:
            self.held.remove(waiting)
            self.send(waiting[2])


def main():
    one, other = Side(sys.argv[1]), Side(sys.argv[2])
    chances = [float(word) for word in sys.argv[3:6]]
    counts = {"lost": 0, "swapped": 0, "doubled": 0}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    print("ready", flush=True)
    try:
        while True:
            for sock in select.select([one.sock, other.sock], [], [], HELD_S / 2)[0]:
                here, there = (one, other) if sock is one.sock else (other, one)
                frame, where = here.sock.recvfrom(70000)
                if where[2] != socket.PACKET_OUTGOING:
                    there.carry(frame, *chances, counts)
            one.flush()
            other.flush()
    finally:
        print(" ".join(f"{name}={n}" for name, n in counts.items()), flush=True)


if __name__ == "__main__":
    main()
