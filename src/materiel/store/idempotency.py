"""Keys of requests already answered, kept in the transaction of what they answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from materiel.store.ids import new_id
from materiel.store.statement import Statement

_FIND = Statement("SELECT request_hash, status_code, body FROM idempotency WHERE actor = {} AND key = {}")
_CLAIM = Statement(
    "INSERT INTO idempotency (id, actor, key, request_hash, status_code, body, created_at)"
    " VALUES ({}, {}, {}, {}, NULL, NULL, {}) ON CONFLICT (actor, key) DO NOTHING RETURNING id"
)
_KEEP = Statement("UPDATE idempotency SET status_code = {}, body = {} WHERE actor = {} AND key = {}")


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The first answer to a key: its HTTP status and JSON text, and the hash of what was asked."""

    request_hash: str
    status_code: int
    body: str


async def find(actor_id: str, key: str) -> KeptAnswer | None:
    """The answer kept under a key of an actor, or None."""
    row = await _FIND.fetch_one(actor_id, key)
    if row is None or row["status_code"] is None:
        return None
    return KeptAnswer(row["request_hash"], row["status_code"], row["body"])


async def claim(actor_id: str, key: str, request_hash: str, *, at: datetime) -> bool:
    """Take a key; False when it is taken. A simultaneous claim waits for the end of the other's transaction."""
    return await _CLAIM.fetch_one(new_id(), actor_id, key, request_hash, at) is not None


async def keep(actor_id: str, key: str, status_code: int, body: str) -> None:
    """Keep the answer to a key claimed in this transaction."""
    await _KEEP.fetch(status_code, body, actor_id, key)
