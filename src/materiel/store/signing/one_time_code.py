"""One-time codes: only the latest of a link and a purpose counts."""

from __future__ import annotations

import hmac
from datetime import datetime
from uuid import UUID

from materiel.domain.signing.one_time_code import OneTimeCode
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.tables import OneTimeCodeRow

_CODE = Mapper(OneTimeCode, OneTimeCodeRow)

_LATEST = Statement("SELECT * FROM one_time_code WHERE link = {} AND purpose = {} ORDER BY id DESC LIMIT 1")
_BY_ID = Statement("SELECT * FROM one_time_code WHERE id = {}")
_SENT = Statement("SELECT * FROM one_time_code WHERE link = {} AND created_at > {} ORDER BY id")
_TO_NUMBER = Statement("SELECT count(*) AS sent FROM one_time_code WHERE sent_to = {} AND created_at > {}")
_HASH = Statement("SELECT code_hash FROM one_time_code WHERE id = {}")
_TRY = Statement("UPDATE one_time_code SET attempts = attempts + 1 WHERE id = {} RETURNING attempts")
_USE = Statement("UPDATE one_time_code SET used_at = {} WHERE id = {} AND used_at IS NULL RETURNING id")


async def insert(code: OneTimeCode, code_hash: str) -> None:
    """Add a code by its digest, in the transaction that writes its message."""
    await insert_rows(OneTimeCodeRow, _CODE.row(code, code_hash=code_hash))


async def get(code_id: UUID) -> OneTimeCode | None:
    """The code of an id, usable or not; None once it is forgotten."""
    row = await _BY_ID.fetch_one(code_id)
    return _CODE.value(row) if row is not None else None


async def latest(link_id: UUID, purpose: str) -> OneTimeCode | None:
    """The last code sent to a link for a purpose, usable or not, or None."""
    row = await _LATEST.fetch_one(link_id, purpose)
    return _CODE.value(row) if row is not None else None


async def sent_since(link_id: UUID, since: datetime) -> list[OneTimeCode]:
    """The codes sent to a link since an instant, whatever their purpose and what became of them, oldest first."""
    return [_CODE.value(row) for row in await _SENT.fetch(link_id, since)]


async def sent_to_number(number: str, since: datetime) -> int:
    """How many codes went by SMS to a number since an instant, whatever their links."""
    row = await _TO_NUMBER.fetch_one(number, since)
    sent: int = row["sent"] if row is not None else 0
    return sent


async def try_code(code_id: UUID, code_hash: str) -> tuple[bool, int]:
    """Compare a digest with the code's in constant time and count the try; whether it is right, and the tries made."""
    tried = await _TRY.fetch_one(code_id)
    known = await _HASH.fetch_one(code_id)
    if tried is None or known is None:
        raise LookupError("the code was read in this transaction and is gone")
    return hmac.compare_digest(known["code_hash"], code_hash), tried["attempts"]


async def use(code_id: UUID, at: datetime) -> bool:
    """Spend a code; False when it was spent already."""
    return await _USE.fetch_one(at, code_id) is not None
