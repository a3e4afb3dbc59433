"""What was said of the use of items: one note for an item of a loan and a day. Every read names the service."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from materiel.domain.circuit.use import UseNote
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.statement import Statement, in_order
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
UNUSED_IN_A_ROW = (
    "FROM use_note AS note INDEXED BY ix_use_note_unused"
    " CROSS JOIN loan ON loan.id = note.loan WHERE note.service = {} AND note.level = 'unused'"
    " AND note.settled_at IS NULL AND loan.status = 'handed_over' AND loan.recalled_on IS NULL"
    " AND EXISTS (SELECT 1 FROM loan_item WHERE loan_item.loan = note.loan AND loan_item.item = note.item"
    " AND loan_item.handed_over_on IS NOT NULL AND loan_item.removed_on IS NULL)"
    " AND NOT EXISTS (SELECT 1 FROM use_note AS later WHERE later.loan = note.loan AND later.item = note.item"
    " AND later.said_on > note.said_on)"
    " AND (SELECT former.level FROM use_note AS former WHERE former.loan = note.loan AND former.item = note.item"
    " AND former.said_on < note.said_on ORDER BY former.said_on DESC LIMIT 1) = 'unused'"
)
"""The last note of each item and the one before, both without use; what is asked back already, or settled, waits for
nobody. Read it `in_order`, of a service.
"""

# After a death nothing is asked (E29).
_UNUSED = in_order(
    f"SELECT note.* {UNUSED_IN_A_ROW} AND NOT EXISTS"
    " (SELECT 1 FROM pupil WHERE pupil.id = loan.pupil AND pupil.died_on IS NOT NULL)"
    " AND (note.loan > {} OR (note.loan = {} AND note.item > {})) ORDER BY note.loan, note.item LIMIT {}"
)
_SETTLE = Statement(
    "UPDATE use_note SET settled_at = {} WHERE loan = {} AND service = {} AND level = 'unused' AND settled_at IS NULL"
    " RETURNING id"
)

_WITHDRAW = Statement("DELETE FROM use_note WHERE loan = {} AND service = {} AND said_on = {} RETURNING id")


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


async def unused(service_id: UUID, *, limit: int, after: tuple[UUID, UUID] | None = None) -> list[UseNote]:
    """The last notes of at most `limit` items found unused twice in a row, after a loan and an item of it."""
    loan_id, item_id = after or (UUID(int=0), UUID(int=0))
    return [_NOTE.value(row) for row in await _UNUSED.fetch(service_id, loan_id, loan_id, item_id, limit)]


async def settle(loan_id: UUID, service_id: UUID, at: datetime) -> bool:
    """Say that what was found without use is dealt with; False when nothing waited."""
    return bool(await _SETTLE.fetch(at, loan_id, service_id))


async def withdraw(loan_id: UUID, service_id: UUID, said_on: date) -> bool:
    """Forget what was noted of a day under a loan; False when nothing was."""
    return bool(await _WITHDRAW.fetch(loan_id, service_id, said_on))
