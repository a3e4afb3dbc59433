"""What was said of the use of items: one note for an item of a loan and a day. Every read names the service."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from materiel.domain.circuit.use import UseNote
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.statement import Statement
from materiel.store.tables import UseNoteRow

_NOTE = Mapper(UseNote, UseNoteRow)

_WRITE = Statement(
    "INSERT INTO use_note (id, service, loan, item, level, said_on, noted_by, noted_at, settled_at)"
    " VALUES ({}, {}, {}, {}, {}, {}, {}, {}, NULL)"
    " ON CONFLICT (loan, item, said_on) DO UPDATE SET level = excluded.level, noted_by = excluded.noted_by,"
    " noted_at = excluded.noted_at, settled_at = NULL"
)
_OF_LOAN = Statement("SELECT * FROM use_note WHERE loan = {} AND service = {} ORDER BY said_on DESC, item")
_OF_ITEM = Statement("SELECT * FROM use_note WHERE item = {} AND service = {} ORDER BY said_on DESC, loan")
_SETTLE = Statement(
    "UPDATE use_note SET settled_at = {} WHERE loan = {} AND service = {} AND level = 'unused' AND settled_at IS NULL"
    " RETURNING id"
)


async def write(notes: Sequence[UseNote]) -> None:
    """Keep what was said; for an item, a loan and a day already noted, the last said stands."""
    for note in notes:
        await _WRITE.fetch(
            note.id,
            note.service_id,
            note.loan_id,
            note.item_id,
            note.level.value,
            note.said_on,
            note.noted_by,
            note.noted_at,
        )


async def of_loan(loan_id: UUID, service_id: UUID) -> list[UseNote]:
    """What was said under a loan, the last meeting first."""
    return [_NOTE.value(row) for row in await _OF_LOAN.fetch(loan_id, service_id)]


async def of_item(item_id: UUID, service_id: UUID) -> list[UseNote]:
    """What was said of an item under every loan that is kept, the last meeting first."""
    return [_NOTE.value(row) for row in await _OF_ITEM.fetch(item_id, service_id)]


async def settle(loan_id: UUID, service_id: UUID, at: datetime) -> bool:
    """Say that what was found without use is dealt with; False when nothing waited."""
    return bool(await _SETTLE.fetch(at, loan_id, service_id))
