"""What families say of the condition of items. Words are written once; a reading alone is added."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from materiel.domain.circuit.condition.remark import ConditionRemark
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.tables import ConditionRemarkRow

_REMARK = Mapper(ConditionRemark, ConditionRemarkRow)
_OF_LOAN = Statement("SELECT * FROM condition_remark WHERE loan = {} AND service = {} ORDER BY id")
_READ = Statement(
    "UPDATE condition_remark SET read_at = {}, read_by = {}"
    " WHERE loan = {} AND item = {} AND service = {} AND read_at IS NULL RETURNING id"
)


async def insert(remark: ConditionRemark) -> None:
    """Keep what a family said."""
    await insert_rows(ConditionRemarkRow, _REMARK.row(remark))


async def of_loan(loan_id: UUID, service_id: UUID) -> list[ConditionRemark]:
    """What was said of the items of a loan, in the order in which it came."""
    return [_REMARK.value(row) for row in await _OF_LOAN.fetch(loan_id, service_id)]


async def note_reading(loan_id: UUID, item_id: UUID, service_id: UUID, *, by: str, at: datetime) -> int:
    """Say that what was said of an item is read. How many were not."""
    return len(await _READ.fetch(at, by, loan_id, item_id, service_id))
