"""Licences of software and their seats. Every read names the service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from materiel.domain.circuit.workshop.licence import (
    CAME_BACK,
    ENDS_SOON,
    Licence,
    LicenceFilter,
    LicenceLine,
    LicenceSeat,
    LicenceStage,
    SeatCase,
)
from materiel.domain.item.item import ItemStatus
from materiel.domain.loan.loan import OPEN_STATUSES
from materiel.errors import Conflict, NotFound
from materiel.store.engine.database import Row
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import as_date, placeholders, update_version
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.search import searchable, words_of
from materiel.store.engine.statement import Statement, words
from materiel.store.tables import LicenceRow, LicenceSeatRow

_LICENCE = Mapper(Licence, LicenceRow)
_SEAT = Mapper(LicenceSeat, LicenceSeatRow)

_OPEN = words(OPEN_STATUSES)
_TAKEN = "seat.licence = licence.id AND NOT (seat.ended_as IS NOT NULL AND seat.gives_back)"
_TO_UNINSTALL = (
    "seat.licence = licence.id AND seat.ended_as IS NULL AND (seat.left_over"
    f" OR EXISTS (SELECT 1 FROM item WHERE item.id = seat.item AND item.status IN ({words(CAME_BACK)}))"
    f" OR EXISTS (SELECT 1 FROM loan WHERE loan.id = seat.loan AND loan.status NOT IN ({_OPEN})))"
)
_HOW_MANY = f"(SELECT count(*) FROM licence_seat AS seat WHERE {_TAKEN})"
_LEFT_OVER = f"EXISTS (SELECT 1 FROM licence_seat AS seat WHERE {_TO_UNINSTALL})"
_SELECT = (
    f"SELECT licence.*, {_HOW_MANY} AS taken,"
    f" (SELECT count(*) FROM licence_seat AS seat WHERE {_TO_UNINSTALL}) AS to_uninstall FROM licence"
)
_LINE = Statement(f"{_SELECT} WHERE licence.id = {{}} AND licence.service = {{}}")
_BY_ID = "SELECT * FROM licence WHERE id = {} AND service = {}"
_LOCKED = Statement(_BY_ID, postgres=f"{_BY_ID} FOR UPDATE")
_CASES = (
    f"SELECT seat.*, loan.status IS NOT NULL AND loan.status NOT IN ({_OPEN}) AS loan_is_over,"
    " licence.software, item.inventory_number, item.designation, item.status AS item_status,"
    " loan.starts_on, school.name AS place"
    " FROM licence_seat AS seat JOIN licence ON licence.id = seat.licence LEFT JOIN item ON item.id = seat.item"
    " LEFT JOIN loan ON loan.id = seat.loan LEFT JOIN school ON school.id = loan.school"
)
_OF_LICENCE = Statement(f"{_CASES} WHERE seat.licence = {{}} AND licence.service = {{}} ORDER BY seat.id")
_OF_ITEM = Statement(f"{_CASES} WHERE seat.item = {{}} AND licence.service = {{}} ORDER BY seat.id")
_OF_LOAN = Statement(f"{_CASES} WHERE seat.loan = {{}} AND licence.service = {{}} ORDER BY seat.id")
_ENDING = "(licence.ends_on IS NOT NULL AND licence.ends_on >= {} AND licence.ends_on <= {})"
_TO_SEE = f"licence.service = {{}} AND ({_ENDING} OR {_LEFT_OVER})"
_COUNT_TO_SEE = Statement(f"SELECT count(*) AS found FROM (SELECT 1 FROM licence WHERE {_TO_SEE} LIMIT {{}}) AS few")
_PAGE_TO_SEE = Statement(f"{_SELECT} WHERE {_TO_SEE} AND licence.id > {{}} ORDER BY licence.id LIMIT {{}}")


async def insert(licence: Licence) -> None:
    """Add a licence."""
    await insert_rows(LicenceRow, _written(licence))


async def save(licence: Licence) -> Licence:
    """Write a licence back and return it with its version raised.

    Raises:
        Conflict: `licence.changed`.
    """
    version = await update_version(LicenceRow, _written(licence))
    if version is None:
        raise Conflict("licence.changed", "Cette licence a été modifiée entre-temps. Rechargez-la, puis recommencez.")
    return replace(licence, version=version)


async def line(licence_id: UUID, service_id: UUID) -> LicenceLine:
    """The licence of an id in a service, with how many of its seats are taken.

    Raises:
        NotFound: `licence.not_found`.
    """
    row = await _LINE.fetch_one(licence_id, service_id)
    if row is None:
        raise _not_found()
    return _line(row)


async def locked(licence_id: UUID, service_id: UUID) -> Licence:
    """The same licence, for whoever counts its seats: nobody else takes one before this transaction ends.

    Raises:
        NotFound: `licence.not_found`.
    """
    row = await _LOCKED.fetch_one(licence_id, service_id)
    if row is None:
        raise _not_found()
    return _LICENCE.value(row)


async def page(
    service_id: UUID, wanted: LicenceFilter, *, limit: int, after: tuple[date, UUID] | None = None
) -> list[LicenceLine]:
    """At most `limit` licences of a service that answer a filter, the first bought first, after one of them."""
    conditions, values = _asked(service_id, wanted)
    if after is not None:
        conditions.append("(licence.bought_on > {} OR (licence.bought_on = {} AND licence.id > {}))")
        values += [after[0], *after]
    where = " AND ".join(conditions)
    statement = Statement(f"{_SELECT} WHERE {where} ORDER BY licence.bought_on, licence.id LIMIT {{}}")
    return [_line(row) for row in await statement.fetch(*values, limit)]


async def count(service_id: UUID, wanted: LicenceFilter) -> int:
    """How many licences of a service answer a filter."""
    conditions, values = _asked(service_id, wanted)
    row = await Statement(f"SELECT count(*) AS found FROM licence WHERE {' AND '.join(conditions)}").fetch_one(*values)
    return row["found"] if row is not None else 0


async def count_to_see(service_id: UUID, today: date, most: int) -> int:
    """How many licences end soon or have a seat to uninstall, counted up to `most`."""
    row = await _COUNT_TO_SEE.fetch_one(service_id, today, today + ENDS_SOON, most)
    return row["found"] if row is not None else 0


async def to_see(service_id: UUID, today: date, *, limit: int, after: UUID | None = None) -> list[LicenceLine]:
    """Those licences, the first registered first."""
    rows = await _PAGE_TO_SEE.fetch(service_id, today, today + ENDS_SOON, after or UUID(int=0), limit)
    return [_line(row) for row in rows]


async def cases(licence_id: UUID, service_id: UUID) -> list[SeatCase]:
    """Every seat of a licence, ended or not, the first taken first."""
    return [_case(row) for row in await _OF_LICENCE.fetch(licence_id, service_id)]


async def of_item(item_id: UUID, service_id: UUID) -> list[SeatCase]:
    """The seats that an item holds or held, the first taken first."""
    return [_case(row) for row in await _OF_ITEM.fetch(item_id, service_id)]


async def of_loan(loan_id: UUID, service_id: UUID) -> list[SeatCase]:
    """The seats that are or were lent with a loan."""
    return [_case(row) for row in await _OF_LOAN.fetch(loan_id, service_id)]


async def still_on(item_ids: Sequence[UUID], service_id: UUID) -> dict[UUID, list[str]]:
    """By item, the software that takes a seat on it now."""
    if not item_ids:
        return {}
    rows = await Statement(
        "SELECT seat.item, licence.software FROM licence_seat AS seat JOIN licence ON licence.id = seat.licence"
        f" WHERE licence.service = {{}} AND seat.ended_as IS NULL AND seat.item IN ({placeholders(item_ids)})"
        " ORDER BY seat.id"
    ).fetch(service_id, *item_ids)
    found: dict[UUID, list[str]] = {}
    for row in rows:
        found.setdefault(row["item"], []).append(row["software"])
    return found


async def add_seat(seat: LicenceSeat) -> None:
    """Add a seat."""
    await insert_rows(LicenceSeatRow, _SEAT.row(seat))


async def save_seat(seat: LicenceSeat) -> None:
    """Write a seat back."""
    row = _SEAT.row(seat)
    changed = [name for name in row if name not in ("id", "licence", "item", "loan")]
    statement = Statement(f"UPDATE licence_seat SET {', '.join(f'{name} = {{}}' for name in changed)} WHERE id = {{}}")
    await statement.fetch(*(row[name] for name in changed), seat.id)


def _asked(service_id: UUID, wanted: LicenceFilter) -> tuple[list[str], list[object]]:
    conditions: list[str] = ["licence.service = {}"]
    values: list[object] = [service_id]
    stage, soon = wanted.stage, wanted.today + ENDS_SOON
    if stage is LicenceStage.ENDED:
        conditions.append("licence.ends_on < {}")
        values.append(wanted.today)
    elif stage is LicenceStage.ENDS_SOON:
        conditions.append(_ENDING)
        values += [wanted.today, soon]
    elif stage is not None:
        conditions.append("(licence.ends_on IS NULL OR licence.ends_on > {})")
        values.append(soon)
        conditions.append(f"{_HOW_MANY} {'>=' if stage is LicenceStage.FULL else '<'} licence.seats")
    if wanted.with_uninstalls:
        conditions.append(_LEFT_OVER)
    for word in words_of(wanted.q):
        conditions.append("licence.search LIKE {}")
        values.append(f"%{word}%")
    return conditions, values


def _not_found() -> NotFound:
    return NotFound("licence.not_found", "Cette licence n’existe pas dans votre service.")


def _written(licence: Licence) -> dict[str, object]:
    return _LICENCE.row(licence, search=searchable(licence.software, licence.publisher))


def _line(row: Row) -> LicenceLine:
    return LicenceLine(licence=_LICENCE.value(row), taken=row["taken"], to_uninstall=row["to_uninstall"])


def _case(row: Row) -> SeatCase:
    return SeatCase(
        seat=_SEAT.value(row),
        software=row["software"],
        item_number=row["inventory_number"] or "",
        designation=row["designation"] or "",
        item_status=ItemStatus(row["item_status"]) if row["item_status"] else None,
        loan_place=row["place"] or "",
        loan_starts_on=as_date(row["starts_on"]) if row["starts_on"] else None,
        loan_is_over=bool(row["loan_is_over"]),
    )
