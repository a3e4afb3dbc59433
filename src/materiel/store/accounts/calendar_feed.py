"""The private addresses of calendars: only the SHA-256 of their secrets is stored, and compared in constant time."""

from __future__ import annotations

import hmac
from datetime import datetime
from uuid import UUID

from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.tables import CalendarFeedRow

_BY_HASH = Statement("SELECT account, token_hash FROM calendar_feed WHERE token_hash = {}")
_OF_ACCOUNT = Statement("SELECT created_at FROM calendar_feed WHERE account = {}")
_REVOKE = Statement("DELETE FROM calendar_feed WHERE account = {} RETURNING account")


async def put(account_id: UUID, token_hash: str, now: datetime) -> None:
    """Keep the address of an account, instead of the former one."""
    await _REVOKE.fetch(account_id)
    await insert_rows(CalendarFeedRow, {"account": account_id, "token_hash": token_hash, "created_at": now})


async def account_of(token_hash: str) -> UUID | None:
    """Whose calendar an address is, by the hexadecimal SHA-256 of its secret."""
    row = await _BY_HASH.fetch_one(token_hash)
    if row is None or not hmac.compare_digest(row["token_hash"], token_hash):
        return None
    account: UUID = row["account"]
    return account


async def made_at(account_id: UUID) -> datetime | None:
    """When the address of an account was made; None when it has none."""
    row = await _OF_ACCOUNT.fetch_one(account_id)
    instant: datetime | None = row["created_at"] if row is not None else None
    return instant


async def revoke(account_id: UUID) -> bool:
    """Forget the address of an account; False when it has none."""
    return await _REVOKE.fetch_one(account_id) is not None
