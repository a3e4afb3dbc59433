"""A request sent twice under one key acts once.

The key is claimed, the request run and its answer kept in one transaction: after a crash either all three are there
or none, and of two simultaneous duplicates the second waits for the first, then reads its answer. A refusal undoes the
claim with everything else: it left no trace, so the same request may be tried again. Old keys are forgotten by
`housekeeping`: their answers hold data that need not stay twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from materiel.domain.roles import Actor
from materiel.errors import Conflict
from materiel.store import idempotency as keys
from materiel.store.engine import enclosing_transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One keyed request. `request_hash` is a SHA-256 over its method, address and body."""

    actor: Actor
    key: str
    request_hash: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was answered: an HTTP status and its body as text; `replayed` when it was answered before."""

    status: int
    body: str
    replayed: bool = False


class _Refused(Exception):
    """Carries a refusal out of the transaction, which it rolls back."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class _Taken(Exception):
    """Another request claimed the key first, and has ended."""


async def answer_once(claim: Claim, run: Callable[[], Awaitable[Answer]]) -> Answer:
    """Run the request the first time; answer the same the next times.

    Args:
        claim: who asks, under which key, and what.
        run: does the work, use cases included, and tells its answer; run at most once, in this task.

    Raises:
        Conflict: `idempotency.key_reused`, the key came with another request.
    """
    if (kept := await _kept(claim)) is not None:
        return kept
    try:
        async with enclosing_transaction():
            if not await keys.claim(claim.actor.id, claim.key, claim.request_hash, at=claim.at):
                raise _Taken
            answer = await run()
            if answer.status >= 400:
                raise _Refused(answer)
            await keys.keep(claim.actor.id, claim.key, answer.status, answer.body)
            return answer
    except _Refused as refusal:
        return refusal.answer
    except _Taken:
        kept = await _kept(claim)
        if kept is None:
            raise LookupError("an idempotency key was taken and is gone") from None
        return kept


async def _kept(claim: Claim) -> Answer | None:
    row = await keys.find(claim.actor.id, claim.key)
    if row is None:
        return None
    if row.request_hash != claim.request_hash:
        raise Conflict(
            "idempotency.key_reused",
            "Cette clé Idempotency-Key a déjà servi pour une autre demande. "
            "Donnez une clé nouvelle à chaque demande nouvelle.",
        )
    return Answer(status=row.status_code, body=row.body, replayed=True)
