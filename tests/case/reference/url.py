# SPDX-License-Identifier: GPL-2.0-or-later
"""
Paths and search words in the one form that trygg-rules(5) promises, by RFC 3986 and the Unicode data of Python. Character by
character: a character is what is left of it after NFKC and case folding, a mark what it is together with what stands
before it.
"""
import re
import unicodedata

from . import Bad

PATH_MAX, WORDS_MAX, NAME_MAX = 4096, 2048, 47
ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")  # RFC 3986 2.3
FOLDERS = "find hashtag keyword query search searchresults sok søk sokeresultat tag tags".split()
PARAMETERS = frozenset("""
    q as_q as_epq as_oq oq  p  text  query search_query search search_term search_text searchfor searchphrase searchquery
    searchstring searchterm searchtext searchword srsearch srch  wd word words  _nkw k field-keywords st st.query
    s sp sok søk sokeord søkeord soketekst søketekst sokestreng frase fritekst  keyword keywords kw term terms phrase prompt
    ask question find lookfor qry qs qt querystring tag hashtag""".split())
# East Asian compatibility forms and Hangul stay as people type them (daemon/lib/name/fold.py).
AS_TYPED = ((0x1100, 0x115E), (0x1161, 0x11FF), (0x2E80, 0x2FDF), (0x3131, 0x3163), (0x3165, 0x33FF), (0xAC00, 0xD7FF),
            (0xF900, 0xFAFF), (0xFFA1, 0xFFDC), (0x2F800, 0x2FA1F))
# Default_Ignorable_Code_Point without the format characters and variation selectors.
UNSEEN = frozenset([0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2065, 0x3164, 0xFFA0, *range(0xE0000, 0xE1000)])


def decoded(raw):
    """Until nothing is left to decode."""
    while True:
        once = ESCAPE.sub(lambda m: bytes([int(m[1], 16)]), raw)
        if once == raw:
            return raw
        raw = once


# ---- Paths --------------------------------------------------------------------------------------------------


def without_dots(path):
    """RFC 3986 5.2.4, its steps A to E to the letter."""
    out = []
    while path:
        if path.startswith((b"../", b"./")):
            path = path[path.index(b"/") + 1:]
        elif path.startswith(b"/./") or path == b"/.":
            path = b"/" + path[3:]
        elif path.startswith(b"/../") or path == b"/..":
            path = b"/" + path[4:]
            del out[-1:]
        elif path in (b".", b".."):
            path = b""
        else:
            end = path.find(b"/", 1)
            end = len(path) if end < 0 else end
            out.append(path[:end])
            path = path[end:]
    return b"".join(out)


def printable(raw):
    """Bytes that are no text as %XX."""
    text = raw.decode("utf-8", "surrogateescape")
    return "".join(f"%{ord(c) & 0xFF:02X}" if c < " " or c == "\x7f" or 0xDC80 <= ord(c) <= 0xDCFF else c for c in text).encode()


def canonical_path(raw):
    path = decoded(raw)
    if len(path) > PATH_MAX:
        raise Bad
    path = printable(without_dots(re.sub(rb"/+", b"/", path.replace(b"\\", b"/"))))
    if len(path) > PATH_MAX:
        raise Bad
    return path


def canonical_query(raw):
    return ESCAPE.sub(lambda m: bytes([int(m[1], 16)]) if int(m[1], 16) in UNRESERVED else m[0], raw)


# ---- Words --------------------------------------------------------------------------------------------------


def is_mark(c):
    return unicodedata.category(c) in ("Mn", "Me")


def as_typed(c):
    return unicodedata.category(c) in ("Cn", "Co", "Cs") or any(first <= ord(c) <= last for first, last in AS_TYPED)


def folded(text):
    while True:
        once = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        if once == text:
            return text
        text = once


def put(text, c):
    """`text` and one more character."""
    if unicodedata.category(c) == "Cf" or ord(c) in UNSEEN:
        return text
    if as_typed(c):
        return text + c
    if not is_mark(c):
        return text + "".join(f for f in folded(c) if not is_mark(f)).strip()
    both = unicodedata.normalize("NFC", text[-1:] + c)
    return text[:-1] + both if text and len(both) == 1 and folded(both) == both else text


def value(raw):
    text = ""
    for c in raw.decode("utf-8", "surrogateescape"):
        c = chr(ord(c) & 0xFF) if 0xDC80 <= ord(c) <= 0xDCFF else c  # Latin-1
        if unicodedata.category(c) in ("Cc", "Zs", "Zl", "Zp"):
            text += " " if text and text[-1] != " " else ""
        else:
            text = put(text, c)
    return text.removesuffix(" ")


def parameter(raw):
    """Whether it is one of those that carry what a person typed; filter[q] is q, q[] is q."""
    name = decoded(raw)
    if len(name) > NAME_MAX:
        return False
    outer, bracket, inner = name.partition(b"\0")[0].partition(b"[")
    inner = inner.partition(b"]")[0]
    return value(inner if bracket and inner else outer) in PARAMETERS


def of_path(path):
    segments = path.split(b"/")
    for folder, segment in zip(segments, segments[1:]):
        if value(folder) in FOLDERS:
            yield value(decoded(re.sub(rb"[+_-]", b" ", segment)))


def of_query(query):
    for pair in re.split(rb"[&;]", query):
        name, equals, raw = pair.partition(b"=")
        if equals and parameter(name):
            yield value(decoded(raw.replace(b"+", b" ")))


def read(target):
    """The canonical path with its query, and the search words."""
    raw, mark, query = target.partition(b"?")
    path = canonical_path(raw)
    words = [w for w in (*of_path(path), *of_query(query)) if w]
    whole = path + mark + canonical_query(query)
    return whole[:PATH_MAX], "\n".join(words).encode()[:WORDS_MAX]
