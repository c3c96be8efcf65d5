# SPDX-License-Identifier: GPL-2.0-or-later
"""
How lab tests speak: `ok - sentence` or `not ok - sentence`, with what was seen instead. Leaving the `with` block by an
error is one more failure, never a silent end. TRYGG_REPEAT (30 = the full counts, `make check` uses 3) scales loads.
"""
import os
import sys
import time
import traceback

REPEAT = int(os.environ.get("TRYGG_REPEAT", "3"))


def scaled(full):
    """A full count, or the tenth of it that `make check` runs."""
    return max(1, full * REPEAT // 30)


def attempt(act):
    """Why it failed, or an empty text."""
    try:
        act()
    except Exception as error:  # pylint: disable=broad-except
        return str(error) or type(error).__name__
    return ""


class Checks:
    """Counts what held; a context manager around a test's whole work."""

    def __init__(self):
        self.passed = self.failed = 0

    def ok(self, held, sentence, seen=""):
        self.passed += bool(held)
        self.failed += not held
        print(f"{'ok' if held else 'not ok'} - {sentence}", flush=True)
        if not held and seen != "":
            for line in str(seen).splitlines() or [""]:
                print(f"#   {line}", flush=True)
        return bool(held)

    def equal(self, seen, wanted, sentence):
        return self.ok(seen == wanted, sentence, f"wanted {wanted!r}\nsaw    {seen!r}")

    def __enter__(self):
        self.since = time.monotonic()
        return self

    def __exit__(self, kind, error, trace):
        if kind is None or issubclass(kind, (SystemExit, KeyboardInterrupt)):
            return False
        self.failed += 1
        print(f"not ok - the test came to its end: {error}", flush=True)
        for line in "".join(traceback.format_tb(trace)[-3:]).splitlines():
            print(f"#   {line}", file=sys.stderr)
        return True

    def result(self):
        if self.passed + self.failed == 0:
            print("not ok - the test checked something")
            return 1
        return 1 if self.failed else 0
