"""How often a secret may be tried (a password, a code): by account or link, and by network address. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` tries in a `window` that begins with the first one."""

    most: int
    window: timedelta


# Ten tries leave room for a capital lock and a forgotten password, and take centuries to guess twelve characters.
# An académie goes out to the Internet through a few addresses: the limit by address is wide.
LOGIN_BY_ACCOUNT = Limit(10, timedelta(minutes=15))
LOGIN_BY_ADDRESS = Limit(100, timedelta(minutes=15))
OWN_PASSWORD = Limit(10, timedelta(minutes=15))
"""Asked again inside an open session, which somebody may have left open."""

CODE_BY_ACCOUNT = Limit(6, timedelta(minutes=15))
CODE_BY_ADDRESS = Limit(60, timedelta(minutes=15))
LONGEST_WINDOW = timedelta(hours=24)
"""No limit may have a longer window: what is older is forgotten."""
