"""A keyed request that writes by batches acts once, without holding the others for the whole of it.

Its key is claimed in a transaction of its own, under a lease that each batch prolongs; its answer is kept in the
transaction of the end. A process that dies in the middle leaves the key without an answer: the same request sent again
takes it over, at once when that process is seen to be gone, else at the end of the lease, and finishes the work; its
answer tells of the whole. Sent again meanwhile, it is refused and may be tried again.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta

from materiel.errors import MaterielError
from materiel.store.engine.database import enclosing_transaction, in_one_visit, write_transaction
from materiel.store.work import idempotency as keys
from materiel.use_cases.imports.prepared import Batches, batches_of_request
from materiel.use_cases.work.idempotency import Answer, Claim, answer_of, under_way
from materiel.use_cases.work.job import Clock

LEASE = timedelta(minutes=2)
"""Longer than the reading of a file of which nothing has to be written."""

_at_work: set[str] = set()
"""The owners of this process."""


class KeyedBatches(Batches):
    """Batches that hold only while their key does, and count what they wrote beside it."""

    def __init__(self, claim: Claim, owner: str, clock: Clock, stack: AsyncExitStack, written: tuple[int, int]) -> None:
        """Of a key that this owner has just claimed."""
        self._claim, self._owner, self._clock, self._stack = claim, owner, clock, stack
        self._is_ending = False
        self.created, self.updated = written

    async def keep(self, created: int, updated: int) -> None:
        """Count them, and hold the key longer.

        Raises:
            Conflict: `idempotency.under_way`, another request took the key over, and nothing was written.
        """
        claim, until = self._claim, self._clock() + LEASE
        if not await keys.add_written(claim.actor.id, claim.key, self._owner, created, updated, lease_until=until):
            raise under_way()

    @asynccontextmanager
    async def end(self) -> AsyncIterator[None]:
        """The transaction of the end, left open for the answer."""
        self._is_ending = True
        await self._stack.enter_async_context(enclosing_transaction())
        await self.keep(0, 0)
        yield

    async def keep_answer(self, answer: Answer) -> None:
        """Keep the answer, in the transaction of the end if there was one."""
        if not self._is_ending:
            async with self.end():
                pass
        await keys.keep(self._claim.actor.id, self._claim.key, answer.status, answer.body)


async def answer_by_batches(claim: Claim, run: Callable[[], Awaitable[Answer]], *, clock: Clock) -> Answer:
    """Run the request the first time, its batches in transactions of their own; answer the same the next times.

    Args:
        claim: who asks, under which key, and what.
        run: does the work by `prepared.batches_of_request` and tells its answer, in this task.
        clock: the current instant, in UTC.

    Raises:
        Conflict: `idempotency.key_reused`; `idempotency.under_way`.
    """
    owner = f"{_machine()}:{os.getpid()}:{secrets.token_hex(4)}"
    _at_work.add(owner)
    try:
        taken = await _take(claim, owner, clock)
        return taken if isinstance(taken, Answer) else await _run(claim, run, owner, clock, taken)
    finally:
        _at_work.discard(owner)


async def _run(
    claim: Claim, run: Callable[[], Awaitable[Answer]], owner: str, clock: Clock, written: tuple[int, int]
) -> Answer:
    refused: Answer | None = None
    try:
        async with AsyncExitStack() as stack:
            batches = KeyedBatches(claim, owner, clock, stack, written)
            token = batches_of_request.set(batches)
            stack.callback(batches_of_request.reset, token)
            answer = await run()
            if answer.status < 400:
                await batches.keep_answer(answer)
                return answer
            refused = answer
            raise _Refused
    except _Refused:
        await _give_up(claim, owner)
    except MaterielError:
        await _give_up(claim, owner)
        raise
    if refused is None:
        raise LookupError("a refusal has an answer")
    return refused


class _Refused(Exception):
    """Carries a refusal out of the transaction of the end, which it rolls back."""


@in_one_visit
async def _take(claim: Claim, owner: str, clock: Clock) -> Answer | tuple[int, int]:
    """What was answered before; else the key, with what was written under it so far."""
    now = clock()
    async with write_transaction():
        if await keys.claim(
            claim.actor.id, claim.key, claim.request_hash, at=claim.at, owner=owner, lease_until=now + LEASE
        ):
            return 0, 0
    known = await keys.find(claim.actor.id, claim.key)
    if known is None:
        raise under_way()
    if known.status_code is None and known.request_hash == claim.request_hash and _is_free(known, now):
        async with write_transaction():
            written = await keys.take_over(
                claim.actor.id, claim.key, known.owner or "", owner=owner, lease_until=now + LEASE
            )
        if written is not None:
            return written
    return answer_of(claim, known)


def _is_free(known: keys.KnownKey, now: datetime) -> bool:
    """Whether nobody works at it any more: its owner is nobody, gone from this machine, or late."""
    if not known.owner or known.lease_until is None or known.lease_until <= now:
        return True
    host, process, _ = known.owner.rsplit(":", 2)
    if host != _machine():
        return False
    if int(process) == os.getpid():
        return known.owner not in _at_work
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _machine() -> str:
    return socket.gethostname()[:50]


@in_one_visit
async def _give_up(claim: Claim, owner: str) -> None:
    """A refusal leaves no key behind, so that the same request may be tried again."""
    async with write_transaction():
        await keys.give_up(claim.actor.id, claim.key, owner)
