"""When the lease of a worker has ended: in time, or because a clock that was set back since wrote it."""

from __future__ import annotations

from datetime import datetime, timedelta

ENDED = "(lease_until < {} OR lease_until > {})"
"""SQL, to be given the two values of `bounds`."""


def bounds(now: datetime, lease: timedelta) -> tuple[datetime, datetime]:
    """Between which instants a lease holds: nobody waits for one that ends farther ahead than anything writes."""
    return now, now + 2 * lease
