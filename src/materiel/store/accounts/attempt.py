"""How often something was tried, in a window that begins with the first try, and when the next try may be made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from materiel.store.engine.statement import Statement

_OPEN = Statement(
    "INSERT INTO attempt (bucket, window_started_at, count) VALUES ({}, {}, 0) ON CONFLICT (bucket) DO NOTHING"
)
_READ = "SELECT count, window_started_at, free_at FROM attempt WHERE bucket = {}"
# SQLite's writer is alone already.
_LOCKED = Statement(_READ, postgres=f"{_READ} FOR UPDATE")
_COUNT = Statement("UPDATE attempt SET count = {}, window_started_at = {}, free_at = {} WHERE bucket = {}")
_GIVE_BACK = Statement("UPDATE attempt SET count = count - 1, free_at = NULL WHERE bucket = {} AND count > 0")
# The row stays: whoever waits for it would find none.
_FORGET = Statement("UPDATE attempt SET count = 0, free_at = NULL WHERE bucket = {}")


@dataclass(frozen=True, slots=True)
class Count:
    """How many tries since a window began; no try before `free_at`, None for at once."""

    tries: int
    began_at: datetime
    free_at: datetime | None


async def locked(bucket: str, at: datetime) -> Count:
    """The count of a bucket, none yet included; nobody else counts in it until the transaction ends."""
    row = None
    while row is None:
        # Housekeeping may have deleted it between the two statements.
        await _OPEN.fetch(bucket, at)
        row = await _LOCKED.fetch_one(bucket)
    return Count(row["count"], row["window_started_at"], row["free_at"])


async def write(bucket: str, count: Count) -> None:
    """Write the count of a locked bucket."""
    await _COUNT.fetch(count.tries, count.began_at, count.free_at, bucket)


async def give_back(bucket: str) -> None:
    """Count one try less, and let the next one come at once."""
    await _GIVE_BACK.fetch(bucket)


async def forget(bucket: str) -> None:
    """Start again from nothing."""
    await _FORGET.fetch(bucket)
