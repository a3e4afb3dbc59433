"""How often something was tried, in a window that begins with the first try."""

from __future__ import annotations

from datetime import datetime

from materiel.store.statement import Statement

# One statement, hence atomic: of twenty simultaneous tries, each reads a different count.
_COUNT = Statement(
    "INSERT INTO attempt (bucket, window_started_at, count) VALUES ({}, {}, 1)"
    " ON CONFLICT (bucket) DO UPDATE SET"
    " count = CASE WHEN attempt.window_started_at > {} THEN attempt.count + 1 ELSE 1 END,"
    " window_started_at = CASE WHEN attempt.window_started_at > {}"
    " THEN attempt.window_started_at ELSE excluded.window_started_at END"
    " RETURNING count, window_started_at"
)
_FORGET = Statement("DELETE FROM attempt WHERE bucket = {}")


async def count(bucket: str, *, at: datetime, since: datetime) -> tuple[int, datetime]:
    """Count one try at an instant: how many since the window began, and when it began.

    `since` is the earliest beginning of a window still open.
    """
    row = await _COUNT.fetch_one(bucket, at, since, since)
    assert row is not None
    return row["count"], row["window_started_at"]


async def forget(bucket: str) -> None:
    """Start again from nothing."""
    await _FORGET.fetch(bucket)
