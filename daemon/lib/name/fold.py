#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-or-later
"""
Writes fold.inc, the tables of words.c, from the Unicode data that Python carries (NFKC, case folding, general categories).

    daemon/lib/name/fold.py > daemon/lib/name/fold.inc     when a newer Unicode shall be known
    daemon/lib/name/fold.py --check                        whether the file agrees with the Unicode at hand

Unicode never changes how a character it knows is normalised or folded, so a file of an older version stays right: the check
asks that every row is still true, and that none is missing where the versions are the same. Left out are ideographs and
squared words of East Asian compatibility (they have no case, and nobody hides a Latin word in them) and Hangul, which is
composed as people type it.
"""
import sys
import unicodedata as ucd
from pathlib import Path

FILE = Path(__file__).with_name("fold.inc")
SKIPPED = ((0x2E80, 0x2FDF), (0x1100, 0x115E), (0x1161, 0x11FF), (0x3131, 0x3163), (0x3165, 0x33FF), (0xAC00, 0xD7FF),
           (0xF900, 0xFAFF), (0xFFA1, 0xFFDC), (0x2F800, 0x2FA1F))
# Default ignorable code points that are no format characters.
UNSEEN = {0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2065, 0x3164, 0xFFA0} | set(range(0xE0000, 0xE1000))
# Letters that carry no mark but that people write for one another, and look-alikes of other alphabets.
ALIKE = {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ŧ": "t", "ŋ": "n", "ı": "i", "ɑ": "a",
         "ɡ": "g", "ɪ": "i", "ɴ": "n", "ʀ": "r", "ʏ": "y", "ʟ": "l", "ᴀ": "a", "ʙ": "b", "ᴄ": "c", "ᴅ": "d", "ᴇ": "e", "ꜰ": "f",
         "ɢ": "g", "ʜ": "h", "ᴊ": "j", "ᴋ": "k", "ᴍ": "m", "ᴏ": "o", "ᴘ": "p", "ꜱ": "s", "ᴛ": "t", "ᴜ": "u", "ᴠ": "v", "ᴡ": "w",
         "ᴢ": "z", "а": "a", "в": "b", "с": "c", "ԁ": "d", "е": "e", "һ": "h", "і": "i", "ј": "j", "к": "k", "м": "m", "о": "o",
         "р": "p", "ѕ": "s", "т": "t", "у": "y", "х": "x", "ѵ": "v", "α": "a", "ε": "e", "ι": "i", "κ": "k", "ν": "v", "ο": "o",
         "ρ": "p", "τ": "t", "υ": "u", "χ": "x", "€": "e"}


def known(c):
    return ucd.category(chr(c)) not in ("Cs", "Co", "Cn") and not any(a <= c <= b for a, b in SKIPPED)


def fold(c):
    text = chr(c)
    while True:
        folded = ucd.normalize("NFKC", ucd.normalize("NFKC", text).casefold())
        if folded == text:
            return text
        text = folded


def shown(c):
    """What is left of a folded character as words.c writes it: marks without a letter and blanks at the border fall away."""
    return "".join(t for t in fold(c) if ucd.category(t) not in ("Mn", "Me")).strip()


def plain(text):
    out = "".join(ALIKE.get(c, c) for c in text if ucd.category(c) not in ("Mn", "Me"))
    split = "".join(c for c in ucd.normalize("NFD", out) if ucd.category(c) not in ("Mn", "Me"))
    return "".join(ALIKE.get(c, c) for c in split)


def runs(codes):
    out = []
    for c in sorted(codes):
        if out and out[-1][1] == c - 1:
            out[-1][1] = c
        else:
            out.append([c, c])
    return out


def steps(pairs):
    """(first, last, step, distance): characters whose folded one lies equally far away."""
    out = []
    for c, to in pairs:
        last = out[-1] if out else None
        if last and last[3] == to - c and (c - last[1] == last[2] or last[0] == last[1] and c - last[1] == 2):
            last[1], last[2] = c, c - last[1]
        else:
            out.append([c, c, 1, to - c])
    return out


def tables():
    every = [c for c in range(0x80, 0x110000) if known(c)]
    unseen = UNSEEN | {c for c in range(0x80, 0x110000) if ucd.category(chr(c)) == "Cf"}
    marks = {c for c in every if ucd.category(chr(c)) in ("Mn", "Me")} - unseen
    blanks = {c for c in every if fold(c) == " "}
    unseen |= {c for c in every if c not in marks and c not in blanks and not shown(c)}
    folded = {c: shown(c) for c in every if c not in marks | unseen | blanks and fold(c) != chr(c)}
    # A few marks are other marks (U+0341 is U+0301), and one is two.
    folded |= {c: fold(c) for c in marks if len(fold(c)) == 1 and ord(fold(c)) in marks and fold(c) != chr(c)}
    composed = []
    for c in every:
        parts = ucd.decomposition(chr(c)).split()
        if len(parts) == 2 and parts[0][0] != "<" and c not in folded and ucd.normalize("NFC", chr(c)) == chr(c):
            base, mark = (int(p, 16) for p in parts)
            if mark in marks and fold(base) == chr(base):
                composed.append((base, mark, c))
    for mark in (m for m in marks if len(fold(m)) > 1):
        for base in sorted({row[0] for row in composed}):
            both = ucd.normalize("NFC", chr(base) + chr(mark))
            if len(both) == 1 and fold(ord(both)) == both:
                composed.append((base, mark, ord(both)))
    return {
        "steps": [tuple(s) for s in steps([(c, ord(t)) for c, t in sorted(folded.items()) if len(t) == 1])],
        "texts": [(c, t) for c, t in sorted(folded.items()) if len(t) > 1],
        "unseen": [tuple(r) for r in runs(unseen)],
        "marks": [tuple(r) for r in runs(marks)],
        "composed": sorted(composed),
        "plain": [(c, plain(chr(c))) for c in every if c not in folded and c not in marks and c not in unseen and
                  plain(chr(c)) not in ("", chr(c))],
    }


def cell(value):
    if isinstance(value, str):
        return '"' + "".join(c if " " <= c <= "~" and c not in '"\\?' else
                             "".join(f"\\{b:03o}" for b in c.encode()) for c in value) + '"'
    return f"{value:#x}" if value >= 10 else str(value)


def show(name, what, kind, rows, out):
    out.append(f"\n/* {what} */\nstatic const {kind} {name}[] = {{")
    line = "\t"
    for row in rows:
        text = "{" + ", ".join(cell(v) for v in row) + "}, "
        if len(line) + len(text) > 118:
            out.append(line.rstrip())
            line = "\t"
        line += text
    out.append(line.rstrip() + "\n};")


def source():
    t = tables()
    out = ["/* SPDX-License-Identifier: GPL-2.0-or-later */",
           f"/* Made by fold.py from Unicode {ucd.unidata_version}: change that, not this. */"]
    show("fold_steps", "NFKC and case folding to one character, some distance away.", "struct fold_step", t["steps"], out)
    show("fold_texts", "The same to more than one.", "struct fold_text", t["texts"], out)
    show("fold_unseen", "Characters that leave no trace on a screen.", "struct fold_run", t["unseen"], out)
    show("fold_marks", "Marks that combine with the letter before them.", "struct fold_run", t["marks"], out)
    show("fold_composed", "What a letter and a mark are together, in order of both.", "struct fold_pair", t["composed"], out)
    show("fold_plain", "Letters and what is left of them without marks.", "struct fold_text", t["plain"], out)
    return "\n".join(out) + "\n"


def main():
    if sys.argv[1:] != ["--check"]:
        sys.stdout.write(source())
        return 0
    mine, file = source(), FILE.read_text(encoding="ascii")
    version = file.partition("Unicode ")[2].partition(":")[0]
    if version == ucd.unidata_version:
        fine = mine == file
    else:
        rows = lambda text: {row for line in text.split("\n") if line[:1] == "\t" for row in line.strip().split("}, ")}  # noqa: E731
        newer = mine[:mine.index("fold_marks")]
        # Runs grow with new characters; every row that says what becomes of one character must still stand.
        single = {r for r in rows(file) if '"' in r}
        fine = single <= rows(newer) | rows(mine)
    print(f"{'ok' if fine else 'not ok'} - the folding tables are what fold.py makes of Unicode {version}")
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
