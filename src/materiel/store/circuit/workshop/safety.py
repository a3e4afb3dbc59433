"""Safety recalls and the items that each concerns. Every read names the service, but those of a line's holder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from materiel.domain.circuit.workshop.safety import (
    SafetyCase,
    SafetyLine,
    SafetyRecall,
    SafetyTreatment,
)
from materiel.domain.item.item import Item
from materiel.domain.loan.loan import OPEN_STATUSES
from materiel.domain.usage import Custody
from materiel.errors import Conflict, NotFound
from materiel.store.engine.database import Row
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import ROWS_AT_ONCE, placeholders, update_version
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.search import words_of
from materiel.store.engine.statement import Statement, words
from materiel.store.item import item as items
from materiel.store.item.item import ITEM
from materiel.store.tables import SafetyLineRow, SafetyRecallRow

_RECALL = Mapper(SafetyRecall, SafetyRecallRow)
_LINE = Mapper(SafetyLine, SafetyLineRow)

_OPEN = words(OPEN_STATUSES)
_FREES = words(each for each in SafetyTreatment if each.frees)
_HELD_BY = (
    "(SELECT loan.id FROM loan_item JOIN loan ON loan.id = loan_item.loan WHERE loan_item.item = line.item"
    f" AND loan.status IN ({_OPEN}) AND loan_item.handed_over_on IS NOT NULL AND loan_item.removed_on IS NULL LIMIT 1)"
)
_CASES = (
    "SELECT told.*, loan.id AS held_by, loan.custody, loan.school AS at, loan.pupil AS lent_to,"
    " CASE WHEN loan.custody = 'school' OR pupil.id IS NULL THEN school.name"
    " ELSE pupil.first_name || ' ' || pupil.last_name END AS holder"
    f" FROM (SELECT line.*, {_HELD_BY} AS held FROM safety_line AS line WHERE line.%s) AS told"
    " LEFT JOIN loan ON loan.id = told.held LEFT JOIN pupil ON pupil.id = loan.pupil"
    " LEFT JOIN school ON school.id = loan.school ORDER BY told.id"
)
_OF_RECALL = Statement(_CASES % "recall = {}")
_OF_LOAN = Statement(
    _CASES % "recall = {} AND line.item IN (SELECT loan_item.item FROM loan_item WHERE loan_item.loan = {})"
)
_BY_ID = Statement("SELECT * FROM safety_recall WHERE id = {} AND service = {}")
_LIST = Statement("SELECT * FROM safety_recall WHERE service = {} AND id < {} ORDER BY id DESC LIMIT {}")
_NEWEST = Statement("SELECT * FROM safety_recall WHERE service = {} ORDER BY id DESC LIMIT {}")
_OF_ITEM = Statement(
    "SELECT line.*, safety_recall.title FROM safety_line AS line JOIN safety_recall ON safety_recall.id = line.recall"
    " WHERE line.item = {} AND safety_recall.service = {} ORDER BY line.id"
)
_TOLD_SINCE = Statement("SELECT COUNT(DISTINCT loan) AS found FROM safety_line WHERE recall = {} AND told_at >= {}")
_HELD_BACK = (
    "EXISTS (SELECT 1 FROM safety_line AS line JOIN safety_recall ON safety_recall.id = line.recall"
    " WHERE line.item = item.id AND safety_recall.closed_on IS NULL"
    f" AND (line.treatment IS NULL OR line.treatment NOT IN ({_FREES})))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyOfItem:
    """A line as the sheet of its item tells it: with the danger that its recall is about."""

    line: SafetyLine
    title: str


async def insert(recall: SafetyRecall) -> None:
    """Add a recall."""
    await insert_rows(SafetyRecallRow, _RECALL.row(recall))


async def save(recall: SafetyRecall) -> SafetyRecall:
    """Write a recall back and return it with its version raised.

    Raises:
        Conflict: `safety_recall.changed`.
    """
    version = await update_version(SafetyRecallRow, _RECALL.row(recall))
    if version is None:
        raise Conflict("safety_recall.changed", "Ce rappel a été modifié entre-temps. Rechargez-le, puis recommencez.")
    return replace(recall, version=version)


async def get(recall_id: UUID, service_id: UUID) -> SafetyRecall:
    """The recall of an id in a service.

    Raises:
        NotFound: `safety_recall.not_found`.
    """
    row = await _BY_ID.fetch_one(recall_id, service_id)
    if row is None:
        raise NotFound("safety_recall.not_found", "Ce rappel de sécurité n’existe pas dans votre service.")
    return _RECALL.value(row)


async def newest(service_id: UUID, *, limit: int, before: UUID | None = None) -> list[SafetyRecall]:
    """At most `limit` recalls of a service, the newest first, opened before one of them."""
    rows = await (_LIST.fetch(service_id, before, limit) if before is not None else _NEWEST.fetch(service_id, limit))
    return [_RECALL.value(row) for row in rows]


async def candidates(service_id: UUID, words: str) -> list[Item]:
    """The items of a service whose record holds each of these words somewhere; a rule says which are concerned."""
    wanted = words_of(words)
    if not wanted:
        return []
    statement = Statement(
        "SELECT item.* FROM item WHERE item.service = {}" + " AND item.search LIKE {}" * len(wanted) + " ORDER BY id"
    )
    return [ITEM.value(row) for row in await statement.fetch_planned(service_id, *(f"%{word}%" for word in wanted))]


async def add_lines(lines: Sequence[SafetyLine]) -> None:
    """Add the items that a recall concerns."""
    if lines:
        await insert_rows(SafetyLineRow, *(_LINE.row(each) for each in lines))


async def save_line(line: SafetyLine) -> None:
    """Write a line back."""
    row = _LINE.row(line)
    changed = [name for name in row if name not in ("id", "recall", "item")]
    statement = Statement(f"UPDATE safety_line SET {', '.join(f'{name} = {{}}' for name in changed)} WHERE id = {{}}")
    await statement.fetch(*(row[name] for name in changed), line.id)


async def loans_told_since(recall_id: UUID, since: datetime) -> int:
    """How many loans were told of a recall from an instant on."""
    row = await _TOLD_SINCE.fetch_one(recall_id, since)
    return int(row["found"]) if row is not None else 0


async def hold(item_ids: Sequence[UUID]) -> None:
    """Hold items back, or let them go, as the recalls that concern them say now; their versions are raised."""
    for start in range(0, len(item_ids), ROWS_AT_ONCE):
        some = item_ids[start : start + ROWS_AT_ONCE]
        await Statement(
            f"UPDATE item SET safety_hold = {_HELD_BACK}, version = version + 1"
            f" WHERE id IN ({placeholders(some)}) AND safety_hold <> {_HELD_BACK}"
        ).fetch(*some)


async def cases(recall: SafetyRecall) -> list[SafetyCase]:
    """Every item that a recall concerns, with who holds it now, in the order in which they were added."""
    rows = await _OF_RECALL.fetch(recall.id)
    found = await items.get_many([row["item"] for row in rows], recall.service_id)
    return [_case(row, item) for row, item in zip(rows, found, strict=True)]


async def cases_of_loan(recall: SafetyRecall, loan_id: UUID) -> list[SafetyCase]:
    """Those of them that a loan holds now."""
    rows = [row for row in await _OF_LOAN.fetch(recall.id, loan_id) if row["held_by"] == loan_id]
    found = await items.get_many([row["item"] for row in rows], recall.service_id)
    return [_case(row, item) for row, item in zip(rows, found, strict=True)]


async def of_item(item_id: UUID, service_id: UUID) -> list[SafetyOfItem]:
    """The recalls that concern an item, the oldest first."""
    return [
        SafetyOfItem(line=_LINE.value(row), title=row["title"]) for row in await _OF_ITEM.fetch(item_id, service_id)
    ]


async def awaited_of(item_ids: Sequence[UUID], service_id: UUID) -> list[tuple[SafetyRecall, SafetyCase]]:
    """The recalls under way for which nothing has been done yet, of items that somebody holds."""
    if not item_ids:
        return []
    rows = await Statement(
        _CASES % "treatment IS NULL AND line.recall IN"
        " (SELECT id FROM safety_recall WHERE service = {} AND closed_on IS NULL)"
        f" AND line.item IN ({placeholders(item_ids)})"
    ).fetch(service_id, *item_ids)
    recalls = {recall_id: await get(recall_id, service_id) for recall_id in {row["recall"] for row in rows}}
    found = await items.get_many([row["item"] for row in rows], service_id)
    return [(recalls[row["recall"]], _case(row, item)) for row, item in zip(rows, found, strict=True)]


def _case(row: Row, item: Item) -> SafetyCase:
    return SafetyCase(
        line=_LINE.value(row),
        item=item,
        held_by=row["held_by"],
        holder=row["holder"] or "",
        at_school=row["custody"] == Custody.SCHOOL,
        mailbox=str(row["at"] if row["custody"] == Custody.SCHOOL or row["lent_to"] is None else row["lent_to"]),
    )
