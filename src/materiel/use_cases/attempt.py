"""Counting the tries of a secret, across processes and restarts."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from math import ceil

from materiel.domain.attempt import Limit
from materiel.errors import RuleBroken
from materiel.store import attempt as attempts
from materiel.store.engine import write_transaction


async def count_attempt(purpose: str, who: str, limit: Limit, *, now: datetime) -> timedelta | None:
    """Count one try; None when it is within the limit, else how long to wait before the next.

    Count before checking the secret: two simultaneous tries then cannot both be the last one allowed.

    Args:
        purpose: what is tried, `login` for example; two purposes never share a count.
        who: an account, a link or a network address; only its digest is kept.
    """
    async with write_transaction():
        tries, began_at = await attempts.count(_bucket(purpose, who), at=now, since=now - limit.window)
    return None if tries <= limit.most else began_at + limit.window - now


async def limit_tries(purpose: str, *limited: tuple[str, Limit], now: datetime) -> None:
    """Count one try for each of several, and refuse it when one of them is over its limit.

    Raises:
        RuleBroken: `login.too_many`.
    """
    # Every count is taken before any refusal: the answer is the same whichever limit is over.
    waits = [await count_attempt(purpose, who, limit, now=now) for who, limit in limited]
    wait = max((each for each in waits if each is not None), default=None)
    if wait is not None:
        minutes = max(1, ceil(wait / timedelta(minutes=1)))
        raise RuleBroken(
            "login.too_many",
            f"Trop d'essais. Attendez {minutes} minute{'s' if minutes > 1 else ''}, puis recommencez.",
        )


async def forget_attempts(purpose: str, who: str) -> None:
    """Start again from nothing, once the secret was right."""
    async with write_transaction():
        await attempts.forget(_bucket(purpose, who))


def _bucket(purpose: str, who: str) -> str:
    return hashlib.sha256(f"{purpose}|{who.strip().lower()}".encode()).hexdigest()
