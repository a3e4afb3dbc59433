"""How often a secret may be tried (a password, a code), and how long to wait after wrong tries. Pure.

A try is counted for the account **and** where it comes from: a stranger never keeps the owner out. A device from which
the account was opened before is counted apart from everybody else. Tries of one account from elsewhere are counted
together too, widely, so that a thousand addresses do not guess a thousand times as fast.

Source: NIST SP 800-63B, § 5.2.2 (at most 100 consecutive failures; a wait that grows, 30 seconds up to an hour; what
comes from where the subscriber was authenticated before is let through); OWASP, « Slow Down Online Guessing Attacks
with Device Cookies ».
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

LONGEST_WINDOW = timedelta(hours=24)
"""No count lasts longer: what is older is forgotten."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` tries in a `window` that begins with the first one."""

    most: int
    window: timedelta

    def free_at(self, tries: int, began_at: datetime, at: datetime) -> datetime:
        """When the next try may be made, after so many since the window began, the last of them at an instant."""
        return began_at + self.window if tries >= self.most else at


@dataclass(frozen=True, slots=True)
class Slowdown:
    """`free` wrong tries without waiting, then a wait that doubles from `first` to `longest`, for a whole `window`."""

    free: int
    first: timedelta
    longest: timedelta
    window: timedelta = LONGEST_WINDOW

    def free_at(self, tries: int, began_at: datetime, at: datetime) -> datetime:
        """When the next try may be made; see `Limit.free_at`."""
        if tries < self.free:
            return at
        # Beyond twenty doublings any wait is the longest one.
        doubled: timedelta = self.first * 2 ** min(tries - self.free, 20)
        return at + min(doubled, self.longest)


@dataclass(frozen=True, slots=True)
class Guard:
    """How one secret is guarded.

    Args:
        purpose: what is tried; two purposes never share a count.
        pair: for an account and a device that it knows, else for an account and a network.
        strangers: for an account, from everywhere that it does not know.
        network: for a network that no account knows, whatever the account.
    """

    purpose: str
    pair: Slowdown
    strangers: Slowdown | None = None
    network: Limit | None = None


# Five tries leave room for a capital lock. From one network: 5, then 7 that wait 30 s to 32 min, then one an hour: 34
# guesses a day. From a thousand networks: 100, then one each quarter of an hour: 198 a day for one account.
PAIR = Slowdown(5, timedelta(seconds=30), timedelta(hours=1))
STRANGERS = Slowdown(100, timedelta(minutes=1), timedelta(minutes=15))
# A code has a million values and three are right: 118 tries a day are one chance in 2,800, for whoever knows the
# password already.
CODE_STRANGERS = Slowdown(20, timedelta(minutes=1), timedelta(minutes=15))

PASSWORD = Guard("login", PAIR, STRANGERS, Limit(100, timedelta(minutes=15)))
"""An académie goes out to the Internet through a few addresses: the limit by network is wide."""

CODE = Guard("second_factor", PAIR, CODE_STRANGERS, Limit(60, timedelta(minutes=15)))
OWN_PASSWORD = Guard("own_password", PAIR)
"""Asked again inside an open session, which somebody may have left open."""

STATE_SIGNATURE = Guard("state_signature", PAIR)
"""The code of the phone, asked again inside an open session to sign for the State."""

MAILBOX_CODE = Guard("mailbox_code", Slowdown(10, timedelta(seconds=30), timedelta(hours=1)))
"""Typed by an account of the service, for one institution: a code serves five times, and two of them are free."""


def seconds_of(wait: timedelta) -> int:
    """The whole seconds of a wait: one at least, never less than the truth."""
    return max(1, ceil(wait.total_seconds()))


def wait_in_french(wait: timedelta) -> str:
    """How long to wait, as a person reads it: seconds, then whole minutes, then hours; never less than the truth."""
    seconds = seconds_of(wait)
    if seconds < 60:
        return f"{seconds} seconde{'s' if seconds > 1 else ''}"
    minutes = ceil(seconds / 60)
    if minutes < 60:
        return f"{minutes} minute{'s' if minutes > 1 else ''}"
    hours = ceil(minutes / 60)
    return f"{hours} heure{'s' if hours > 1 else ''}"
