"""Loans and deposits with their lines, and the history of where they were.

A line is written at its place in `Loan.items`: lines are added and changed, never removed, so the database keeps
which item was in which loan. Its partial unique index allows one open line an item.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from materiel.domain.loan.loan import Loan, LoanItem, LoanOrigin, LoanStatus
from materiel.domain.loan.placement import Placement
from materiel.domain.papers.old_paper import OldPaper
from materiel.domain.usage import Basis, Custody
from materiel.errors import Conflict, NotFound
from materiel.store.engine.constraints import refusing
from materiel.store.engine.database import Row
from materiel.store.engine.ids import new_row_id
from materiel.store.engine.mapper import Mapper, Part
from materiel.store.engine.rows import column_names, placeholders, update_version
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.statement import Statement
from materiel.store.places import school as schools
from materiel.store.tables import LoanItemRow, LoanRow, LoanSchoolRow

MOST = 1_000
"""More loans than one pupil, one item or one school holds in all its years."""

_LINE = Mapper(LoanItem, LoanItemRow)
_LOAN = Mapper(
    Loan,
    LoanRow,
    given=("school_uai", "basis", "paper"),
    parts={"items": Part(_LINE, of="loan", order="position")},
)
_PAPER = Mapper(OldPaper, LoanRow, prefix="paper_")
_NO_PAPER = _PAPER.row(OldPaper())
_BASIS = Mapper(Basis, LoanRow, prefix="basis_")
_NO_BASIS = {"basis_kind": None, "basis_reference": "", "basis_decided_on": None, "basis_valid_until": None}
# The amendment that brings an item in is noted by `await_agreement` alone: a loan read before must not undo it.
_LINE_COLUMNS = tuple(column for column in column_names(LoanItemRow) if column != "agreed_by")
_LINE_CHANGES = (column for column in _LINE_COLUMNS if column not in {"id", "loan", "item", "position", "added_on"})

_SELECT = (
    f"SELECT {_LOAN.selected('loan')}, {_BASIS.selected('loan')}, {_PAPER.selected('loan')}, place.uai"
    " FROM loan JOIN school AS place ON place.id = loan.school"
)
_BY_ID = _LOAN.statement(f"{_SELECT} WHERE loan.id = {{}} AND loan.service = {{}}")
_OPEN_OF_ITEM = _LOAN.statement(
    f"{_SELECT} JOIN loan_item ON loan_item.loan = loan.id WHERE loan_item.item = {{}} AND loan_item.removed_on IS NULL"
)
_ENDS_BEFORE = (
    "FROM loan WHERE service = {} AND usage = 'individual' AND status = 'handed_over' AND recalled_on IS NULL"
    " AND ends_on < {}"
)
_COUNT_ENDING = Statement(f"SELECT count(*) AS found {_ENDS_BEFORE}")
_ENDING = Statement(f"SELECT id {_ENDS_BEFORE} AND id > {{}} ORDER BY id LIMIT {{}}")
_DECISION = Statement("SELECT decision FROM loan WHERE id = {}")
_WRITE_LINE = Statement(
    f"INSERT INTO loan_item ({', '.join(_LINE_COLUMNS)}) VALUES ({placeholders(_LINE_COLUMNS)})"
    " ON CONFLICT (loan, position) DO UPDATE SET "
    + ", ".join(f"{column} = excluded.{column}" for column in _LINE_CHANGES)
)
_AGREE_BY = Statement(
    "UPDATE loan_item SET agreed_by = {} WHERE loan = {} AND item = {} AND removed_on IS NULL RETURNING id"
)
_AWAIT_RENEWAL = Statement("UPDATE loan SET renewal = {}, renewal_ends_on = {} WHERE id = {} RETURNING id")
_PLACEMENT = Mapper(Placement)
_PLACED = "place.uai AS school_uai, loan_school.custody, loan_school.since"
_SCHOOLS = Statement(
    f"SELECT {_PLACED} FROM loan_school"
    " JOIN school AS place ON place.id = loan_school.school WHERE loan_school.loan = {} ORDER BY loan_school.id"
)
_PLACEMENTS = (
    f"SELECT loan_school.loan, {_PLACED} FROM loan_school"
    " JOIN school AS place ON place.id = loan_school.school WHERE loan_school.loan IN ({}) ORDER BY loan_school.id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLoan:
    """A loan to add: `decision` is the JSON of the one at its creation, kept as it was.

    `override_by`: the actor who imposed the loan, with its `override_reason`. `school_id`: of the loan's school, when
    the caller has read it.
    """

    loan: Loan
    decision: str
    override_by: str = ""
    school_id: UUID | None = None


async def insert(loan: Loan, decision_json: str, *, override_by: str = "", school_id: UUID | None = None) -> None:
    """Add a loan, its lines and its first placement; see `insert_many`."""
    new = NewLoan(loan=loan, decision=decision_json, override_by=override_by, school_id=school_id)
    await insert_many([new], loan.created_at)


async def insert_many(added: Sequence[NewLoan], created_at: datetime) -> None:
    """Add loans, their lines and their first placements, in few statements. Call it inside a write transaction.

    Args:
        created_at: its instant, which their values may be older than.

    Raises:
        Conflict: `item.already_lent`, one of the items is in another open loan.
        NotFound: `school.not_found`.
    """
    placed = [(each, each.school_id or await schools.id_of(each.loan.school_uai)) for each in added]
    owns = (
        {
            "school": at,
            "override_by": new.override_by,
            "decision": new.decision,
            "created_at": created_at,
            "meets_on": None,
        }
        for new, at in placed
    )
    await insert_rows(
        LoanRow, *(_written(new.loan) | own | _marks(new.loan) for new, own in zip(added, owns, strict=True))
    )
    with refusing({"loan_item_item_key": _lent()}):
        await insert_rows(
            LoanItemRow,
            *(
                _LINE.row(line, id=new_row_id(), loan=new.loan.id, position=position)
                for new in added
                for position, line in enumerate(new.loan.items)
            ),
        )
    await insert_rows(
        LoanSchoolRow, *(_placement(new.loan.id, at, new.loan.custody, new.loan.starts_on) for new, at in placed)
    )


def _marks(loan: Loan) -> dict[str, bool]:
    """What triggers keep from here on, as they would have it: no domain value bears these."""
    paper = loan.paper if loan.origin is LoanOrigin.TAKEN_OVER else None
    return {
        "unsigned": paper is not None and (paper.signed_on is None or paper.ended_on is not None),
        "reserves": any(line.handed_over_on is None and line.removed_on is None for line in loan.items),
    }


async def get(loan_id: UUID, service_id: UUID) -> Loan:
    """The loan of an id in a service.

    Raises:
        NotFound: `loan.not_found`.
    """
    row = await _BY_ID.fetch_one(loan_id, service_id)
    if row is None:
        raise unknown()
    return _loan(row)


async def get_many(loan_ids: Sequence[UUID], service_id: UUID) -> list[Loan]:
    """The loans of these ids that are a service's, in the order asked; the others are left out."""
    if not loan_ids:
        return []
    statement = _LOAN.statement(f"{_SELECT} WHERE loan.service = {{}} AND loan.id IN ({placeholders(loan_ids)})")
    found = {row["id"]: _loan(row) for row in await statement.fetch(service_id, *loan_ids)}
    return [found[loan_id] for loan_id in loan_ids if loan_id in found]


async def decision(loan_id: UUID) -> str:
    """The JSON of the decision taken at the creation of a loan.

    Raises:
        NotFound: `loan.not_found`.
    """
    row = await _DECISION.fetch_one(loan_id)
    if row is None:
        raise NotFound("loan.not_found", "Ce prêt n’existe pas.")
    text: str = row["decision"]
    return text


async def open_loan_of(item_id: UUID) -> Loan | None:
    """The loan that holds or reserves an item, or None; at most one, by the database's own constraint."""
    row = await _OPEN_OF_ITEM.fetch_one(item_id)
    return _loan(row) if row is not None else None


async def open_of_items(item_ids: Sequence[UUID], service_id: UUID) -> dict[UUID, Loan]:
    """The loans of a service that hold or reserve these items, by item."""
    if not item_ids:
        return {}
    held = _LOAN.statement(
        f"{_SELECT} WHERE loan.service = {{}} AND loan.id IN (SELECT loan FROM loan_item WHERE removed_on IS NULL"
        f" AND item IN ({placeholders(item_ids)}))"
    )
    found = [_loan(row) for row in await held.fetch(service_id, *item_ids)]
    return {line.item_id: loan for loan in found for line in loan.items if line.removed_on is None}


async def taken_over_of(service_id: UUID, pupil_ids: Sequence[UUID], uais: Sequence[str]) -> list[Loan]:
    """The running loans taken over of these pupils, and those of no pupil in these schools, unchanged since."""
    found: list[Loan] = []
    # Apart: a choice between the two is answered by reading every loan.
    for condition, asked in (("loan.pupil IN ({})", pupil_ids), ("loan.pupil IS NULL AND place.uai IN ({})", uais)):
        if asked:
            running = _LOAN.statement(
                f"{_SELECT} WHERE loan.service = {{}} AND loan.status = 'handed_over' AND loan.version = 1"
                f" AND loan.origin = '{LoanOrigin.TAKEN_OVER.value}' AND {condition.format(placeholders(asked))}"
            )
            found += [_loan(row) for row in await running.fetch(service_id, *asked)]
    return found


async def add_items(loan: Loan, more: Sequence[LoanItem]) -> None:
    """Add items to a loan that the same piece of work has just entered: nobody has read it without them.

    Raises:
        Conflict: `item.already_lent`, one of the items is in another open loan.
    """
    await _write_lines(replace(loan, items=(*loan.items, *more)), loan.items)


async def take_back(loan_ids: Sequence[UUID]) -> None:
    """Delete loans that an import not yet undone has made; the database refuses it for any other."""
    if loan_ids:
        for table, column in (
            ("loan_item", "loan"),
            ("loan_school", "loan"),
            ("campaign_line", "loan"),
            ("loan_pause", "loan"),
            ("loan", "id"),
        ):
            await Statement(f"DELETE FROM {table} WHERE {column} IN ({placeholders(loan_ids)})").fetch(*loan_ids)


async def save(loan: Loan, *, was: Loan | None = None) -> Loan:
    """Write a loan back, lines included, and return it with its version raised.

    Call it inside a write transaction.

    Args:
        was: the loan as it was read: its school and its lines are then written if they changed.

    Raises:
        Conflict: `loan.changed`, someone wrote it since it was read; `item.already_lent`.
        NotFound: `school.not_found`.
    """
    row = _written(loan)
    if was is None or was.school_uai != loan.school_uai:
        row["school"] = await schools.id_of(loan.school_uai)
    version = await update_version(LoanRow, row)
    if version is None:
        raise Conflict("loan.changed", "Ce prêt a été modifié entre-temps. Rechargez-le, puis recommencez.")
    await _write_lines(loan, was.items if was else ())
    return replace(loan, version=version)


async def await_agreement(loan_id: UUID, item_ids: Sequence[UUID], document_id: UUID) -> None:
    """Note the amendment that brings items into a loan; call it in the transaction that issues it."""
    for item_id in item_ids:
        await _AGREE_BY.fetch(document_id, loan_id, item_id)


async def await_renewal(loan_id: UUID, document_id: UUID, ends_on: date | None) -> None:
    """Note the amendment that will give a loan another last day, once it is signed by all."""
    await _AWAIT_RENEWAL.fetch(document_id, ends_on, loan_id)


async def add_school(loan_id: UUID, school_id: UUID, custody: Custody, since: date) -> None:
    """Add a placement to the history of a loan."""
    await insert_rows(LoanSchoolRow, _placement(loan_id, school_id, custody, since))


def _placement(loan_id: UUID, school_id: UUID, custody: Custody, since: date) -> dict[str, Any]:
    return {"id": new_row_id(), "loan": loan_id, "school": school_id, "custody": custody.value, "since": since}


async def schools_of(loan_id: UUID) -> list[Placement]:
    """The placements of a loan, first to last."""
    return [_PLACEMENT.value(row) for row in await _SCHOOLS.fetch(loan_id)]


async def placements(loan_ids: Sequence[UUID]) -> dict[UUID, list[Placement]]:
    """The placements of several loans, first to last."""
    if not loan_ids:
        return {}
    found: dict[UUID, list[Placement]] = defaultdict(list)
    for row in await Statement(_PLACEMENTS.format(placeholders(loan_ids))).fetch(*loan_ids):
        found[row["loan"]].append(_PLACEMENT.value(row))
    return found


async def count_ending_before(day: date, service_id: UUID) -> int:
    """How many individual loans of a service, handed over and not claimed back, end before a day."""
    row = await _COUNT_ENDING.fetch_one(service_id, day)
    return int(row["found"]) if row else 0


async def ids_ending_before(day: date, service_id: UUID, *, limit: int, after: UUID | None = None) -> list[UUID]:
    """At most `limit` of them after one of them, oldest first."""
    return [row["id"] for row in await _ENDING.fetch(service_id, day, after or UUID(int=0), limit)]


async def page(
    service_id: UUID,
    *,
    status: LoanStatus | None = None,
    school_uai: str = "",
    pupil_id: UUID | None = None,
    item_id: UUID | None = None,
    limit: int,
    after: UUID | None = None,
) -> list[Loan]:
    """At most `limit` loans of a service after one of them, oldest first; `item_id` also finds past loans."""
    filters = {
        "loan.status = {}": status.value if status else None,
        "place.uai = {}": school_uai or None,
        "loan.pupil = {}": pupil_id,
        "loan.id IN (SELECT loan FROM loan_item WHERE item = {})": item_id,
    }
    wanted = {condition: value for condition, value in filters.items() if value is not None}
    rows = await _page_statement(tuple(wanted)).fetch(service_id, after or UUID(int=0), *wanted.values(), limit)
    return [_loan(row) for row in rows]


async def open_of_pupils(pupil_ids: Sequence[UUID], service_id: UUID) -> list[Loan]:
    """The open loans, drafts included, of these pupils of a service, oldest first."""
    if not pupil_ids:
        return []
    held = _LOAN.statement(
        f"{_SELECT} WHERE loan.service = {{}} AND loan.pupil IN ({placeholders(pupil_ids)}) ORDER BY loan.id"
    )
    found = [_loan(row) for row in await held.fetch(service_id, *pupil_ids)]
    return [each for each in found if each.is_open]


@lru_cache
def _page_statement(conditions: tuple[str, ...]) -> Statement:
    where = " AND ".join(("loan.service = {}", "loan.id > {}", *conditions))
    return _LOAN.statement(f"{_SELECT} WHERE {where} ORDER BY loan.id LIMIT {{}}")


async def _write_lines(loan: Loan, before: Sequence[LoanItem]) -> None:
    with refusing({"loan_item_item_key": _lent()}):
        for position, line in enumerate(loan.items):
            if position < len(before) and before[position] == line:
                continue
            row = _LINE.row(line, id=new_row_id(), loan=loan.id, position=position)
            await _WRITE_LINE.fetch(*(row[column] for column in _LINE_COLUMNS))


def _lent() -> Conflict:
    return Conflict(
        "item.already_lent",
        "Ce matériel est déjà dans un autre prêt en cours, qui le réserve ou le détient. "
        "Terminez ou annulez ce prêt, ou choisissez un autre matériel.",
    )


def unknown() -> NotFound:
    """The refusal of a loan that is not the service's."""
    return NotFound("loan.not_found", "Ce prêt n’existe pas dans votre service. Vérifiez le lien.")


def _loan(row: Row) -> Loan:
    basis = _BASIS.value(row) if row["basis_kind"] is not None else None
    paper = _PAPER.value(row) if row["origin"] == LoanOrigin.TAKEN_OVER.value else None
    return _LOAN.value(row, school_uai=row["uai"], basis=basis, paper=paper)


def _written(loan: Loan) -> dict[str, Any]:
    basis = _NO_BASIS if loan.basis is None else _BASIS.row(loan.basis)
    return _LOAN.row(loan, **basis, **(_NO_PAPER if loan.paper is None else _PAPER.row(loan.paper)))
