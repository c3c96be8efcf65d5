#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Makes the input.pcap of every case: make.py FOLDER writes FOLDER/NAME/input.pcap. The captures stand in the tree beside what
is expected of them; tests/case/run makes them again and fails when they differ, so that what a case is about can be read here.
"""
import random
import struct
import sys
from pathlib import Path

from packets import *  # noqa: F403  the vocabulary of this file
from packets import (A, AAAA, ACK, ANY, CLIENT4, CLIENT6, ETHERNET, FIN, HTTPS, LOOPBACK, PSH, RAW, RST, SERVER4, SERVER6, SLL,
                     SLL2, SVCB, SYN, URG, Tcp, edns, ether_type, ethernet, extension, framed, header, hello, ip, ip4, ip6, name,
                     option, pcap, pcapng, query, question, records, server_name, udp, udp_datagram)

STOPPED, PASSING = "stopped.example", "pass.example"
FAMILIES = (CLIENT4, CLIENT6)


def dns_udp():
    many = edns(4096, 0x8000, option(10, b"cookie00") + option(12, bytes(64)) + option(65001, b"x"))
    packets = []
    for client in FAMILIES:
        packets += [udp(q, client) for q in (
            query(PASSING), query(STOPPED), query("www." + STOPPED, AAAA), query("StOpPeD.eXaMpLe", HTTPS),
            query(STOPPED, ANY), query("not" + STOPPED), query(STOPPED + ".lan"), query("exact.example"),
            query("www.exact.example"), query("open." + STOPPED), query("deep.open." + STOPPED), query("pro-ana.example"),
            query("xn--blbr-toa.example"), query("_dmarc." + STOPPED, 16), query("kept.example", opt=many),
            query("www.kept.example"), query("."), query("a\"b<c>.example"))]
        packets.append(ip(client, SERVER6 if ":" in client else SERVER4, 17,
                          udp_datagram(client, SERVER6 if ":" in client else SERVER4, query(STOPPED), dport=5353)))
    return pcap(packets)


def groups():
    clients = ["10.2.0.9", "10.4.0.9", "10.4.9.9", "10.99.0.1", "10.6.0.1", "10.0.0.53", "fd00:4::1"]
    names = [STOPPED, "game.example", "illegal.example", "listed.example", "unknown.example"]
    return pcap([udp(query(n), c) for c in clients for n in names])


def dns_malformed():
    tail = struct.pack("!2H", 1, 1)
    plain = question(PASSING)
    messages = [
        header(qd=0), header(qd=0) + plain, header(qd=2) + plain + question(STOPPED), header(qd=65535) + plain,
        header() + b"\xc0\x0c" + tail, header() + b"\3www\xc0\x00" + tail, header() + b"\xc0\x12" + tail + name(STOPPED),
        header() + b"\x41a\0" + tail, header() + b"\x81a\0" + tail,
        header() + plain + b"\0", header() + plain + query(STOPPED),
        header(an=1) + plain + name("a.example") + tail + bytes(4) + b"\0\4abcd",
        header(ns=1) + plain + name("a.example") + tail + bytes(4) + b"\0\0",
        header(ar=1) + plain + name("a.example") + tail + bytes(4) + b"\0\4abcd", header(ar=1) + plain,
        header(flags=0x8180) + plain, header(flags=0x0900) + plain, header(flags=0x2100) + plain, header(flags=0x2900) + plain,
        header() + question(PASSING, A, 3), header() + question(PASSING, A, 255), header() + question(PASSING, 252),
        header() + question(PASSING, 251), header(ar=2) + plain + edns() + edns(),
        header() + question(b"\x07ex.mple\0"), header() + question(b"\3a\\b\0"), header() + question(b"\3a\0b\0"),
        header() + question(b"\3a\nb\0"), header() + question(b"\2\xc3\xa6\0"),
        header() + question(b"\x3f" + b"a" * 63 + b"\x3f" + b"b" * 63 + b"\x3f" + b"c" * 63 + b"\x3e" + b"d" * 62 + b"\0"),
        header() + question(b"\x3f" + b"a" * 63 + b"\x3f" + b"b" * 63 + b"\x3f" + b"c" * 63 + b"\x3d" + b"d" * 61 + b"\0"),
        header()[:11], b"", query(PASSING)[:-1], query(PASSING)[:20],
    ]
    return pcap([udp(m, client) for client in FAMILIES for m in messages])


def canaries():
    names = ["use-application-dns.net", "USE-application-dns.net", "www.use-application-dns.net", "mask.icloud.com",
             "mask-h2.icloud.com", "mask-api.icloud.com", "www.icloud.com", "a.mask.icloud.com"]
    return pcap([udp(query(n)) for n in names] + [udp(query("_dns.resolver.arpa", SVCB)), udp(query("resolver.arpa", A))])


def tcp_splits():
    packets = []
    for client in FAMILIES:
        for isn in (1000, 0xffffffe0, 0xffffffff):
            data = framed(query(STOPPED)) + framed(query("www." + PASSING, AAAA, edns())) + framed(query(PASSING))
            one = framed(query(STOPPED))
            for cuts in ((), (1,), (2,), range(1, len(data)), (20,), (len(one),), (len(one) - 1, len(one) + 1),
                         (len(data) - 1,), (5, 50)):
                tcp = Tcp(client, isn)
                packets += tcp.open() + tcp.say(data, list(cuts)) + tcp.close(len(data))
    return pcap(packets)


def tcp_disorder():
    """Any order, with repetitions that say the same: one line a question, at the packet that closes the last hole."""
    dice = random.Random(7)
    packets = []
    for client in FAMILIES:
        for turn in range(12):
            data = b"".join(framed(query(f"q{i}." + (STOPPED if i % 2 else PASSING))) for i in range(3))
            tcp = Tcp(client, 0xfffffff0 if turn % 2 else 5)
            places = sorted(dice.sample(range(1, len(data)), 9))
            pieces = list(zip([0, *places], [*places, len(data)]))
            again = [(max(0, a - 3), min(len(data), b + 4)) for a, b in dice.sample(pieces, 4)]
            pieces = pieces[::-1] if turn == 0 else pieces
            if turn > 0:
                pieces += again
                dice.shuffle(pieces)
            packets += tcp.open() + [tcp.segment(a, data[a:b]) for a, b in pieces]
    return pcap(packets)


def tcp_versions():
    """Two versions of a position end the flow, whichever of them is harmless and in whatever shape they come."""
    packets = []
    bad, good = framed(query(STOPPED)), framed(query("passxxx.example"))
    assert len(bad) == len(good)
    for client in FAMILIES:
        def flow(*pieces):
            tcp = Tcp(client, 0xffffffd0)
            packets.extend(tcp.open() + [tcp.segment(at, data) for at, data in pieces])
        flow((0, good[:20]), (0, bad[:20]), (20, bad[20:]))          # the beginning again, otherwise
        flow((20, bad[20:]), (20, good[20:]), (0, bad[:20]))         # beyond a hole
        flow((0, good), (0, bad))                                    # after it was judged
        flow((0, bad[:-1]), (10, good[10:]))                         # an overlap that goes on
        flow((0, good[:25]), (15, bad[15:40]), (40, good[40:]))      # in the middle
        flow((0, good[:20]), (0, good), (0, good))                   # the same again is no second version
        flow((0, good), (-10000, bad), (2**31, bad), (70000, bad))   # outside of every window
        flow((-10, b"x" * 10 + bad[:20]), (0, good))                 # a prefix before the stream (seqovl)
    return pcap(packets)


def tcp_oddities():
    tcp = Tcp(CLIENT4, port=41000)
    good = framed(query(PASSING))
    packets = tcp.open() + [
        tcp.segment(0, good[:10], flags=ACK | PSH | URG), tcp.segment(0, good[:10], options=b"\x13\x12" + bytes(16) + b"\1\1"),
        tcp.segment(0, good[:10], flags=PSH), tcp.segment(0, good[:10], flags=SYN | ACK), tcp.segment(0, b"", flags=SYN | FIN),
        tcp.segment(0, good[:20]), tcp.segment(19, b"\0", flags=ACK), tcp.segment(19, b"", flags=ACK),  # keep-alives
        tcp.segment(20, flags=RST), tcp.segment(20, flags=FIN | ACK), tcp.segment(20, good[20:]),       # decoys, then the rest
        tcp.segment(-1, flags=SYN),                                                                      # the SYN again
        tcp.segment(30, flags=SYN),                                                                      # too near (T13)
    ]
    late = Tcp(CLIENT4, port=41001)
    packets += [late.segment(0, good), late.segment(len(good), good)]         # met in mid-stream: strange, no request
    late.isn = 0x40000000
    packets += late.open() + late.say(good)                                  # begun anew, far away
    early = Tcp(CLIENT4, port=41002)
    packets += [early.segment(-1, good, flags=SYN)] + early.open() + early.say(good)
    lies = (struct.pack("!H", 11) + bytes(11) + good, struct.pack("!H", 65535) + good, b"\0\0" + good,
            struct.pack("!H", len(good) + 1) + good[2:], framed(query(PASSING) + b"\0") + good)
    for lie in lies:
        tcp = Tcp(CLIENT6)
        packets += tcp.open() + tcp.say(lie)
    return pcap(packets)


def ip6_headers():
    datagram = udp_datagram(CLIENT6, SERVER6, query(STOPPED))

    def chain(kinds, body=datagram, last=17):
        """Extension headers of the given kinds and bodies (from the third byte on), then UDP."""
        out = b""
        for i, (_, data) in enumerate(kinds):
            following = kinds[i + 1][0] if i + 1 < len(kinds) else last
            units = 0 if kinds[i][0] == 44 else (2 + len(data)) // 8 - 1
            out += bytes([following, units]) + data
        return ip6(CLIENT6, SERVER6, kinds[0][0], out + body)
    pad = b"\1\4\0\0\0\0"
    return pcap([
        ip6(CLIENT6, SERVER6, 17, datagram),
        chain([(0, pad)]), chain([(60, pad)]), chain([(44, b"\0\0\1\2\3\4")]), chain([(0, pad), (60, pad), (44, b"\0\0\1\2\3\4")]),
        chain([(60, pad)] * 8), chain([(60, pad)] * 9), chain([(0, pad), (0, pad)]), chain([(60, pad), (0, pad)]),
        chain([(60, b"\1\xfc" + bytes(252))]), chain([(60, b"\1\xfe" + bytes(254) + pad[:6])]),
        chain([(43, b"\0\0\0\0\0\0")]), chain([(43, b"\4\0\0\0\0\0")]), chain([(43, b"\4\1\0\0\0\0")]),
        chain([(44, b"\0\1\1\2\3\4")]), chain([(44, b"\0\x08\1\2\3\4")]),
        chain([(0, b"\xc2\4\0\1\0\0")]), chain([(60, b"\1\5\0\0\0\0")]),
        ip6(CLIENT6, SERVER6, 17, datagram, length=0), ip6(CLIENT6, SERVER6, 17, datagram, length=len(datagram) + 1),
        ip6(CLIENT6, SERVER6, 17, datagram) + b"trailing", chain([(60, pad)], last=59), chain([(60, pad)], last=50),
        chain([(60, pad)], last=253),
    ])


def ip4_lies():
    datagram = udp_datagram(CLIENT4, SERVER4, query(STOPPED))
    longer = datagram[:4] + struct.pack("!H", len(datagram) + 1) + datagram[6:]
    return pcap([
        ip4(CLIENT4, SERVER4, 17, datagram), ip4(CLIENT4, SERVER4, 17, datagram) + b"trailing",
        ip4(CLIENT4, SERVER4, 17, datagram, options=b"\1\1\1\0"), ip4(CLIENT4, SERVER4, 17, datagram, fragment=0x2000),
        ip4(CLIENT4, SERVER4, 17, datagram[8:], fragment=1), ip4(CLIENT4, SERVER4, 17, datagram, length=0),
        ip4(CLIENT4, SERVER4, 17, datagram, length=20 + len(datagram) + 1), ip4(CLIENT4, SERVER4, 17, longer),
        ip4(CLIENT4, SERVER4, 17, datagram + b"\0"), ip4(CLIENT4, SERVER4, 1, datagram), ip4(CLIENT4, SERVER4, 17, datagram[:7]),
        ip4(CLIENT4, SERVER4, 17, datagram[:8]), b"\x50" + ip4(CLIENT4, SERVER4, 17, datagram)[1:], b"", b"\x45",
    ])


def cut_short():
    return pcap([udp(query(PASSING)), udp(query("a-name-that-is-longer-than-the-capture.stopped.example"))], snap=80)


def links():
    four, six = udp(query(STOPPED)), udp(query(STOPPED), CLIENT6)
    frames = []
    for packet in (four, six):
        frames += [(RAW, packet), (ETHERNET, ethernet(packet)), (ETHERNET, ethernet(packet, b"\x81\0\0\5")),
                   (ETHERNET, ethernet(packet, b"\x88\xa8\0\5\x81\0\0\6")),
                   (SLL, b"\0\0\0\1\0\6\2\0\0\0\0\1\0\0" + ether_type(packet) + packet),
                   (SLL2, ether_type(packet) + bytes(2) + b"\0\0\0\2\0\1\0\6\2\0\0\0\0\1\0\0" + packet),
                   (LOOPBACK, (b"\2\0\0\0" if packet is four else b"\0\0\0\x1e") + packet),
                   (147, packet), (ETHERNET, b"\xff" * 12 + b"\x08\x06" + bytes(28))]
    return pcapng(frames)


def byte_order():
    return pcap([ethernet(udp(query(STOPPED)), b"\x81\0\0\5"), ethernet(udp(query(PASSING), CLIENT6))], ETHERNET, ">", nano=True)


def observe():
    tcp = Tcp(CLIENT4)
    data = framed(query(STOPPED)) + framed(query(PASSING))
    late = Tcp(CLIENT4)
    return pcap([udp(query(n)) for n in (PASSING, STOPPED, "illegal.example", "game.example", "use-application-dns.net",
                                         "kept.example")] +
                [udp(header(qd=2) + question(PASSING) + question(STOPPED))] + tcp.open() + tcp.say(data, [7]) +
                [late.segment(0, data)])


def trial():
    return pcap([udp(query(n)) for n in ("tried.example", "www.tried.example", "both.tried.example", "a.deep.stopped.example",
                                         "illegal.example", "new.example", "game.example", "open.stopped.example")])


def talk(client, port, data, cuts=(), isn=1000):
    tcp = Tcp(client, isn, to=port)
    return tcp.open() + tcp.say(data, list(cuts)) + tcp.close(len(data))


def request(host, target="/", method="GET", more="", body=b""):
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    return f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{length}{more}\r\n".encode("latin-1") + body


def http():
    packets = []
    three = request(PASSING, "/a", "POST", body=b"x" * 300) + request(STOPPED, "/b") + request("www." + PASSING, "/c")
    chunked = request(PASSING, "/", "POST", "Transfer-Encoding: chunked\r\n") + b"5\r\nhello\r\n0\r\n\r\n" + request(STOPPED)
    for client in FAMILIES:
        for cuts in ((), range(1, len(three)), (3,), (len(three) - 1,), (40, 350)):
            packets += talk(client, 80, three, cuts)
        packets += talk(client, 80, chunked) + talk(client, 80, chunked, range(0, len(chunked), 7))
        for data in (request(STOPPED.upper() + ".:80"), request("x", f"http://{STOPPED}/").replace(b"Host: x", b"Host: " + STOPPED.encode()),
                     request("wiki.example", "/forum/x"), request("wiki.example", "/./%66orum/x"), request("wiki.example", "/about"),
                     request("sok.example", "/s?q=Word+To%20stop"), request("10.1.2.3"),
                     request(STOPPED + ":443", STOPPED + ":443", "CONNECT")):
            packets += talk(client, 80, data)
        for data in (request(PASSING).replace(b"Host:", b"Host :"), request(PASSING, more=f"Host: {STOPPED}\r\n"),
                     b"GET /\r\n", request(PASSING).replace(b"\r\n", b"\n"), b"PRI * HTTP/2.0\r\n\r\n",
                     request(PASSING, more="Transfer-Encoding: chunked\r\n") + b"0x5\r\n" + request(STOPPED)):
            packets += talk(client, 80, data)
    return pcap(packets)


def tls():
    packets = []
    for client in FAMILIES:
        for name_ in (STOPPED, "www." + PASSING, STOPPED.upper()):
            data = hello(extension(0x0a0a, b""), server_name(name_), extension(0xfe0d, bytes(50)))
            whole, small = records(data), records(data, 1)
            for stream, cuts in ((whole, ()), (whole, range(1, len(whole))), (whole, (60,)), (small, ()), (small, (100, 200))):
                packets += talk(client, 443, stream, cuts)
        packets += talk(client, 443, records(hello())) + talk(client, 443, records(hello(extension(21, bytes(20000)), server_name(STOPPED))))
        first = hello(server_name(PASSING))
        for data in (b"GET / HTTP/1.1\r\n\r\n", records(hello(server_name(PASSING, STOPPED))),
                     records(hello(server_name(PASSING), server_name(STOPPED))), records(hello(server_name("a..b"))),
                     records(first) + b"\x14\3\3\0\1\1" + records(hello(server_name(STOPPED))),
                     records(first[:20]) + b"\x16\3\1\0\0" + records(first[20:]), records(hello(kind=2))):
            packets += talk(client, 443, data)
    return pcap(packets)


CASES = {f.__name__.replace("_", "-"): f for f in (
    dns_udp, groups, dns_malformed, canaries, tcp_splits, tcp_disorder, tcp_versions, tcp_oddities, ip6_headers, ip4_lies,
    cut_short, links, byte_order, observe, trial, http, tls)}


def main():
    folder = Path(sys.argv[1])
    for case, make in CASES.items():
        (folder / case).mkdir(parents=True, exist_ok=True)
        Tcp.ports = iter(range(50000, 60000))
        (folder / case / "input.pcap").write_bytes(make())


if __name__ == "__main__":
    main()
