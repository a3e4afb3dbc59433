"""Needs of pupils, and what of the stock is counted for them. Every read names the service."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from materiel.domain.circuit.need import STILL_WAITED, Need, NeedFilter, NeedLine, NeedStage
from materiel.domain.usage import Basis
from materiel.errors import Conflict, NotFound
from materiel.store.engine.database import Row
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.rows import placeholders, update_version
from materiel.store.engine.search import words_of
from materiel.store.engine.statement import Statement
from materiel.store.tables import NeedRow

_NEED = Mapper(Need, NeedRow, given=("basis",))
_BASIS = Mapper(Basis, NeedRow, prefix="basis_")

LINE_SELECT = "need.*, pupil.last_name, pupil.first_name, school.name AS school_name, school.uai AS school_uai"
LINE_FROM = "FROM need JOIN pupil ON pupil.id = need.pupil JOIN school ON school.id = pupil.school"
_SELECT = f"SELECT {LINE_SELECT} {LINE_FROM}"
_BY_ID = Statement("SELECT * FROM need WHERE id = {} AND service = {}")
_LINE = Statement(f"{_SELECT} WHERE need.id = {{}} AND need.service = {{}}")
_MEET = Statement(
    "UPDATE need SET state = 'met', met_on = {}, version = version + 1 WHERE loan = {} AND state = 'open' RETURNING id"
)
_REOPEN = Statement(
    "UPDATE need SET state = 'open', met_on = NULL, version = version + 1 WHERE loan = {} AND state = 'met'"
    " RETURNING id"
)
_RELEASE = Statement(
    "UPDATE need SET loan = NULL, version = version + 1 WHERE loan = {} AND state = 'open' RETURNING id"
)
_OF_LOAN = Statement("SELECT * FROM need WHERE loan = {} AND service = {} ORDER BY id")
_WAITING = "need.service = {} AND need.state = 'open'"
# A deceased pupil waits for nothing (E29).
_LIVING = "pupil.died_on IS NULL"
_UNSERVED = Statement(
    f"{_SELECT} WHERE {_WAITING} AND {_LIVING} AND need.loan IS NULL ORDER BY need.notified_on, need.id LIMIT {{}}"
)
_STAGES = {
    NeedStage.ASKED: "need.state = 'asked'",
    NeedStage.TO_FIND: "need.state = 'open' AND need.loan IS NULL AND need.received_on IS NULL"
    " AND need.order_reference = ''",
    NeedStage.ORDERED: "need.state = 'open' AND need.loan IS NULL AND need.received_on IS NULL"
    " AND need.order_reference <> ''",
    NeedStage.RECEIVED: "need.state = 'open' AND need.loan IS NULL AND need.received_on IS NOT NULL",
    NeedStage.PREPARED: "need.state = 'open' AND need.loan IS NOT NULL",
    NeedStage.MET: "need.state = 'met'",
    NeedStage.CLOSED: "need.state = 'closed'",
}

_WAITS = (NeedStage.ASKED, NeedStage.TO_FIND, NeedStage.ORDERED, NeedStage.RECEIVED, NeedStage.PREPARED)
_TALLIED = {
    stage: f"{condition} AND {_LIVING}"
    if stage in _WAITS
    else f"{condition} AND need.met_on >= {{}}"
    if stage is NeedStage.MET
    else condition
    for stage, condition in _STAGES.items()
}
_TALLY = Statement(
    "SELECT "
    + ", ".join(f"count(*) FILTER (WHERE {condition}) AS {stage.value}" for stage, condition in _TALLIED.items())
    + f" {LINE_FROM} WHERE need.service = {{}}"
)

MOST_UNSERVED = 500
"""Needs looked at when an item comes back: the oldest are served first."""


async def insert(*added: Need) -> None:
    """Add needs."""
    await insert_rows(NeedRow, *map(_written, added))


async def take_back(need_ids: Sequence[UUID]) -> None:
    """Delete needs that an import made, and that is undone."""
    if need_ids:
        await Statement(f"DELETE FROM need WHERE id IN ({placeholders(need_ids)})").fetch(*need_ids)


async def get(need_id: UUID, service_id: UUID) -> Need:
    """The need of an id in a service.

    Raises:
        NotFound: `need.not_found`.
    """
    row = await _BY_ID.fetch_one(need_id, service_id)
    if row is None:
        raise _unknown()
    return _need(row)


async def line(need_id: UUID, service_id: UUID) -> NeedLine:
    """The same with its pupil and the school.

    Raises:
        NotFound: `need.not_found`.
    """
    row = await _LINE.fetch_one(need_id, service_id)
    if row is None:
        raise _unknown()
    return need_line(row)


async def save(need: Need) -> Need:
    """Write a need back and return it with its version raised.

    Raises:
        Conflict: `need.changed`.
    """
    version = await update_version(NeedRow, _written(need))
    if version is None:
        raise Conflict("need.changed", "Ce besoin a été modifié entre-temps. Rechargez-le, puis recommencez.")
    return replace(need, version=version)


async def page(
    service_id: UUID, wanted: NeedFilter, *, limit: int, after: tuple[date, UUID] | None = None
) -> list[NeedLine]:
    """At most `limit` needs of a service that answer a filter, the longest waiting first, after one of them."""
    conditions, values = _asked(service_id, wanted)
    if after is not None:
        conditions.append("(need.notified_on > {} OR (need.notified_on = {} AND need.id > {}))")
        values += [after[0], *after]
    rows = await Statement(
        f"{_SELECT} WHERE {' AND '.join(conditions)} ORDER BY need.notified_on, need.id LIMIT {{}}"
    ).fetch(*values, limit)
    return [need_line(row) for row in rows]


async def count(service_id: UUID, wanted: NeedFilter) -> int:
    """How many needs of a service answer a filter."""
    conditions, values = _asked(service_id, wanted)
    row = await Statement(
        "SELECT count(*) AS found FROM need JOIN pupil ON pupil.id = need.pupil WHERE " + " AND ".join(conditions)
    ).fetch_one(*values)
    return row["found"] if row is not None else 0


async def tally(service_id: UUID, met_since: date) -> dict[NeedStage, int]:
    """How many needs are at each stage, in one statement: of living pupils while they wait, met since a day."""
    row = await _TALLY.fetch_one(met_since, service_id)
    return {stage: row[stage.value] for stage in NeedStage} if row is not None else {}


async def notified_since(service_id: UUID) -> list[date]:
    """The days of the notifications that still wait, the oldest first."""
    rows = await Statement(
        f"SELECT need.notified_on FROM need JOIN pupil ON pupil.id = need.pupil WHERE {_WAITING} AND {_LIVING}"
        " ORDER BY need.notified_on"
    ).fetch(service_id)
    return [row["notified_on"] for row in rows]


async def of_pupil(pupil_id: UUID, service_id: UUID) -> list[Need]:
    """Every need of a pupil, the oldest first."""
    rows = await Statement("SELECT * FROM need WHERE pupil = {} AND service = {} ORDER BY notified_on, id").fetch(
        pupil_id, service_id
    )
    return [_need(row) for row in rows]


async def of_pupils(pupil_ids: Collection[UUID], service_id: UUID) -> list[Need]:
    """Every need of some pupils."""
    wanted = list(pupil_ids)
    if not wanted:
        return []
    of_these = Statement(f"SELECT * FROM need WHERE service = {{}} AND pupil IN ({placeholders(wanted)})")
    return [_need(row) for row in await of_these.fetch(service_id, *wanted)]


async def get_many(need_ids: Sequence[UUID], service_id: UUID) -> list[Need]:
    """Those of these needs that are a service's."""
    if not need_ids:
        return []
    of_these = Statement(f"SELECT * FROM need WHERE service = {{}} AND id IN ({placeholders(need_ids)})")
    return [_need(row) for row in await of_these.fetch(service_id, *need_ids)]


async def of_loan(loan_id: UUID, service_id: UUID) -> list[Need]:
    """The needs that a loan meets or is to meet."""
    return [_need(row) for row in await _OF_LOAN.fetch(loan_id, service_id)]


async def unserved(service_id: UUID) -> list[NeedLine]:
    """The needs of living pupils for which no loan is prepared, the longest waiting first."""
    return [need_line(row) for row in await _UNSERVED.fetch(service_id, MOST_UNSERVED)]


async def meet(loan_id: UUID, on: date) -> list[UUID]:
    """Note that the needs of a loan are met by its hand-over; those that were open."""
    return [row["id"] for row in await _MEET.fetch(on, loan_id)]


async def reopen(loan_id: UUID) -> list[UUID]:
    """Let the needs of a loan wait whose hand-over is taken back, the loan still prepared for them; those that did."""
    return [row["id"] for row in await _REOPEN.fetch(loan_id)]


async def release(loan_id: UUID) -> list[UUID]:
    """Let the needs of a loan that is given up wait again; those that did."""
    return [row["id"] for row in await _RELEASE.fetch(loan_id)]


def _asked(service_id: UUID, wanted: NeedFilter) -> tuple[list[str], list[object]]:
    conditions = ["need.service = {}", _LIVING] if wanted.state in STILL_WAITED else ["need.service = {}"]
    values: list[object] = [service_id]
    if wanted.state is not None:
        conditions.append("need.state = {}")
        values.append(wanted.state.value)
    if wanted.stage is not None:
        conditions.append(_STAGES[wanted.stage])
    if wanted.kind is not None:
        conditions.append("need.kind = {}")
        values.append(wanted.kind.value)
    if wanted.since is not None:
        conditions.append("need.met_on >= {}")
        values.append(wanted.since)
    if wanted.pupil_id is not None:
        conditions.append("need.pupil = {}")
        values.append(wanted.pupil_id)
    for word in words_of(wanted.q):
        conditions.append("pupil.search LIKE {}")
        values.append(f"%{word}%")
    return conditions, values


def _unknown() -> NotFound:
    return NotFound("need.not_found", "Ce besoin n’existe pas dans votre service.")


def _written(need: Need) -> dict[str, object]:
    return _NEED.row(need, **_BASIS.row(need.basis))


def _need(row: Row) -> Need:
    return _NEED.value(row, basis=_BASIS.value(row))


def need_line(row: Row) -> NeedLine:
    """The line of a row of `LINE_SELECT`."""
    return NeedLine(
        need=_need(row), **{name: row[name] for name in ("last_name", "first_name", "school_uai", "school_name")}
    )
