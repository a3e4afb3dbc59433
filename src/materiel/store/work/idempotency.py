"""Keys of requests already answered, kept in the transaction of what they answered.

The key of a request that writes by batches is claimed before, by an owner who holds it until the end of a lease.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from materiel.store.engine.ids import new_id
from materiel.store.engine.statement import Statement

_FIND = Statement(
    "SELECT request_hash, status_code, body, owner, lease_until FROM idempotency WHERE actor = {} AND key = {}"
)
_CLAIM = Statement(
    "INSERT INTO idempotency (id, actor, key, request_hash, status_code, body, created_at, owner, lease_until)"
    " VALUES ({}, {}, {}, {}, NULL, NULL, {}, {}, {}) ON CONFLICT (actor, key) DO NOTHING RETURNING id"
)
_KEEP = Statement("UPDATE idempotency SET status_code = {}, body = {} WHERE actor = {} AND key = {}")
_UNANSWERED = "WHERE actor = {} AND key = {} AND owner = {} AND status_code IS NULL"
_TAKE_OVER = Statement(
    f"UPDATE idempotency SET owner = {{}}, lease_until = {{}} {_UNANSWERED} RETURNING created, updated"
)
_ADD_WRITTEN = Statement(
    "UPDATE idempotency SET created = created + {}, updated = updated + {}, lease_until = {}"
    f" {_UNANSWERED} RETURNING id"
)
_GIVE_UP = Statement(f"UPDATE idempotency SET owner = '' {_UNANSWERED} RETURNING created, updated")
_FORGET = Statement("DELETE FROM idempotency WHERE actor = {} AND key = {} AND owner = ''")


@dataclass(frozen=True, slots=True)
class KnownKey:
    """What is known of a key: the hash of what was asked, then the first answer, an HTTP status and its JSON text.

    Without an answer it is under way: `owner` works at it, until `lease_until`; an empty owner is nobody.
    """

    request_hash: str
    status_code: int | None
    body: str | None
    owner: str | None
    lease_until: datetime | None


async def find(actor_id: str, key: str) -> KnownKey | None:
    """What is known of a key of an actor, or None."""
    row = await _FIND.fetch_one(actor_id, key)
    return None if row is None else KnownKey(**row)


async def claim(
    actor_id: str,
    key: str,
    request_hash: str,
    *,
    at: datetime,
    owner: str | None = None,
    lease_until: datetime | None = None,
) -> bool:
    """Take a key; False when it is taken. A simultaneous claim waits for the end of the other's transaction."""
    return await _CLAIM.fetch_one(new_id(), actor_id, key, request_hash, at, owner, lease_until) is not None


async def keep(actor_id: str, key: str, status_code: int, body: str) -> None:
    """Keep the answer to a key claimed in this transaction, or held in it."""
    await _KEEP.fetch(status_code, body, actor_id, key)


async def take_over(
    actor_id: str, key: str, former: str, *, owner: str, lease_until: datetime
) -> tuple[int, int] | None:
    """Take a key from an owner who is gone, with the records created and updated so far; None when another did."""
    row = await _TAKE_OVER.fetch_one(owner, lease_until, actor_id, key, former)
    return None if row is None else (row["created"], row["updated"])


async def add_written(
    actor_id: str, key: str, owner: str, created: int, updated: int, *, lease_until: datetime
) -> bool:
    """Count what a batch wrote, in its transaction, and hold the key longer; False when it is no longer the owner's."""
    row = await _ADD_WRITTEN.fetch_one(created, updated, lease_until, actor_id, key, owner)
    return row is not None


async def give_up(actor_id: str, key: str, owner: str) -> None:
    """Leave a key without an answer: to nobody when something was written under it, else forgotten."""
    row = await _GIVE_UP.fetch_one(actor_id, key, owner)
    if row is not None and not (row["created"] or row["updated"]):
        await _FORGET.fetch(actor_id, key)
