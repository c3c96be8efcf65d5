# SPDX-License-Identifier: GPL-2.0-or-later
"""
Second readers of the protocols, each written from its RFC and the first comment of the header in daemon/lib/proto, not from
the C, in the plainest way there is. say(BYTES) puts what it read into the words of ../say.c.
"""


class More(Exception):
    """The bytes end here, and nothing is wrong so far."""


class Bad(Exception):
    """No proper request goes on like this."""
