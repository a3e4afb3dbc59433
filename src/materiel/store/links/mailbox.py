"""Changes of institutions' mailboxes: the last one not settled counts, for one service and one institution."""

from __future__ import annotations

import hmac
from datetime import datetime
from uuid import UUID

from materiel.domain.visitors.mailbox import MailboxChange
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.tables import MailboxChangeRow

_CHANGE = Mapper(MailboxChange, MailboxChangeRow, given=("insee_code",))

_PENDING = (
    "SELECT * FROM mailbox_change WHERE service = {{}} AND {column} = {{}} AND of_authority = {{}}"
    " AND settled_at IS NULL ORDER BY id DESC LIMIT 1"
)
_PENDING_SCHOOL = Statement(_PENDING.format(column="school"))
_PENDING_MUNICIPALITY = Statement(_PENDING.format(column="municipality"))
_TRY = Statement("UPDATE mailbox_change SET attempts = attempts + 1 WHERE id = {} RETURNING code_hash")
_SETTLE = Statement("UPDATE mailbox_change SET settled_at = {}, confirmed = {} WHERE id = {} AND settled_at IS NULL")


async def insert(change: MailboxChange, code_hash: str) -> None:
    """Add a change with the digest of its code, in the transaction that writes its message."""
    row = _CHANGE.row(change, municipality=change.insee_code, code_hash=code_hash, settled_at=None, confirmed=False)
    await insert_rows(MailboxChangeRow, row)


async def pending(
    service_id: UUID, *, school_id: UUID | None = None, insee_code: str | None = None, of_authority: bool = False
) -> MailboxChange | None:
    """What awaits its code for an institution of a service, or None."""
    if school_id is not None:
        row = await _PENDING_SCHOOL.fetch_one(service_id, school_id, of_authority)
    else:
        row = await _PENDING_MUNICIPALITY.fetch_one(service_id, insee_code, of_authority)
    return _CHANGE.value(row, insee_code=row["municipality"]) if row is not None else None


async def try_code(change_id: UUID, code_hash: str) -> bool:
    """Compare a digest with the code's in constant time, and count the try."""
    row = await _TRY.fetch_one(change_id)
    return row is not None and hmac.compare_digest(row["code_hash"], code_hash)


async def settle(change_id: UUID, at: datetime, *, confirmed: bool) -> None:
    """End a change: its code was typed, or it was given up or replaced."""
    await _SETTLE.fetch(at, confirmed, change_id)
