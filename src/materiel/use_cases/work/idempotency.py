"""A request sent twice under one key acts once.

The key is claimed, the request run and its answer kept in one transaction: after a crash either all three are there
or none, and of two simultaneous duplicates the second waits for the first, then reads its answer. A refusal undoes the
claim with everything else: it left no trace, so the same request may be tried again. Old keys are forgotten by
`housekeeping`: their answers hold data that need not stay twice. What is written by batches goes by `keyed_batches`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from materiel.domain.accounts.roles import Actor
from materiel.errors import Conflict
from materiel.store.engine.database import enclosing_transaction
from materiel.store.work import idempotency as keys


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
        Conflict: `idempotency.key_reused`, the key came with another request; `idempotency.under_way`.
    """
    if (known := await keys.find(claim.actor.id, claim.key)) is not None:
        return answer_of(claim, known)
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
        known = await keys.find(claim.actor.id, claim.key)
        if known is None:
            raise LookupError("an idempotency key was taken and is gone") from None
        return answer_of(claim, known)


def answer_of(claim: Claim, known: keys.KnownKey) -> Answer:
    """The answer kept under a key.

    Raises:
        Conflict: `idempotency.key_reused`; `idempotency.under_way`, there is none yet.
    """
    if known.request_hash != claim.request_hash:
        raise Conflict(
            "idempotency.key_reused",
            "Cette clé Idempotency-Key a déjà servi pour une autre demande. "
            "Donnez une clé nouvelle à chaque demande nouvelle.",
        )
    if known.status_code is None:
        raise under_way()
    return Answer(status=known.status_code, body=known.body or "", replayed=True)


def under_way() -> Conflict:
    """The same request, under the same key, has not ended yet."""
    return Conflict(
        "idempotency.under_way",
        "Cette demande est déjà en cours sous la même clé Idempotency-Key. Renvoyez-la à l'identique "
        "dans quelques instants : vous aurez sa réponse.",
    )
