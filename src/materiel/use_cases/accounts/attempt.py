"""Counting the tries of a secret, across processes and restarts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from materiel.domain.accounts.attempt import Guard, Limit, Slowdown, seconds_of, wait_in_french
from materiel.domain.accounts.visit import Visit
from materiel.errors import TooManyRequests
from materiel.store.accounts import attempt as attempts
from materiel.store.accounts.attempt import Count
from materiel.store.engine.database import in_one_visit, write_transaction

Counted = tuple[str, Limit | Slowdown]
"""Who is counted (an account, a network; only its digest is kept), and what it may try."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One try, counted already as a wrong one."""

    own: str
    shared: tuple[str, ...]

    async def succeeded(self) -> None:
        """The secret was right: its own count starts again from nothing, the others count one try less."""
        async with write_transaction():
            # In the order of `count_tries`: neither ever waits for the other.
            for bucket in sorted((self.own, *self.shared)):
                await (attempts.forget(bucket) if bucket == self.own else attempts.give_back(bucket))


async def begin_trial(
    guard: Guard, account: str, visit: Visit | None = None, *, is_known: bool = False, now: datetime
) -> Trial:
    """Count one try of a secret before it is checked: two simultaneous tries then cannot both be the last allowed.

    Args:
        account: whose secret it is.
        visit: None for whoever is known already, wherever it comes from.
        is_known: the account was opened from this device before: it is counted apart from everybody else.

    Raises:
        TooManyRequests: `login.too_many`, with the seconds to wait in `retry_after`.
    """
    if visit is None or is_known:
        limits: list[Counted] = [(f"{account}|{visit.device if visit else ''}", guard.pair)]
    else:
        limits = [(f"{account}|{visit.network}", guard.pair)]
        if guard.strangers is not None:
            limits.append((f"strangers|{account}", guard.strangers))
        if guard.network is not None:
            limits.append((f"network|{visit.network}", guard.network))
    wait = await count_tries(guard.purpose, limits, now=now)
    if wait:
        raise TooManyRequests(
            "login.too_many",
            f"Trop d'essais. Attendez {wait_in_french(wait)}, puis recommencez.",
            retry_after=seconds_of(wait),
        )
    own, *shared = [_bucket(guard.purpose, who) for who, _ in limits]
    return Trial(own, tuple(shared))


@in_one_visit
async def count_tries(purpose: str, limits: Sequence[Counted], *, now: datetime) -> timedelta:
    """Count one try for each of several, or for none when one of them has to wait: how long, nothing when it may go.

    Args:
        purpose: what is tried; two purposes never share a count.
    """
    wait = timedelta(0)
    async with write_transaction():
        counted: list[tuple[str, Count]] = []
        # In one order for everybody: two tries never wait for each other's counts.
        for bucket, limit in sorted((_bucket(purpose, who), limit) for who, limit in limits):
            count = await attempts.locked(bucket, now)
            # A beginning to come was written before the clock was put right.
            if not timedelta(0) <= now - count.began_at < limit.window:
                count = Count(0, now, None)
            wait = max(wait, (count.free_at or now) - now)
            tries = count.tries + 1
            counted.append((bucket, Count(tries, count.began_at, limit.free_at(tries, count.began_at, now))))
        if not wait:
            for bucket, count in counted:
                await attempts.write(bucket, count)
    return wait


def _bucket(purpose: str, who: str) -> str:
    return hashlib.sha256(f"{purpose}|{who.strip().lower()}".encode()).hexdigest()
