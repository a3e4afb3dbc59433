"""The last word on the items of stocktakes, the act that settled a gap, and the codes that name nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from materiel.domain.circuit.stocktake import (
    GapAct,
    SightedBy,
    Sighting,
    StocktakePlace,
    UnknownReading,
)
from materiel.store.circuit.stocktake.expected import FROM, HOLDER, KIND_NOW, PLACE_NOW, UNSEEN
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import as_date, placeholders
from materiel.store.engine.statement import Statement

_WORD = "seen = {}, seen_on = {}, seen_by = {}, seen_place = {}, settled = NULL, settled_on = NULL, note = ''"
_RUNNING = "SELECT id FROM stocktake WHERE service = {} AND closed_at IS NULL"
_UNSEEN_OF = (
    f"{FROM} WHERE line.stocktake = {{}} AND line.service = {{}} AND line.kind = {{}} AND %s AND NOT line.is_extra"
    f" AND {UNSEEN}"
)
_COUNT_UNSEEN = f"SELECT count(*) AS found{_UNSEEN_OF}"
_COMPLETE = (
    "UPDATE stocktake_line SET seen = 'absent', seen_on = {}, seen_by = 'account', seen_place = ''"
    f" WHERE id IN (SELECT line.id{_UNSEEN_OF})"
)
_SETTLE = Statement(
    "UPDATE stocktake_line SET settled = {}, settled_on = {}, note = {} WHERE stocktake = {} AND service = {}"
    " AND item = {}"
)
_NOTE_READING = Statement(
    "INSERT INTO stocktake_reading (id, stocktake, service, reading, place, read_on, why)"
    " VALUES ({}, {}, {}, {}, {}, {}, {}) ON CONFLICT (stocktake, reading) DO NOTHING RETURNING id"
)
_READING = Mapper(UnknownReading)
_READINGS = Statement(
    "SELECT * FROM stocktake_reading WHERE stocktake = {} AND service = {} AND id > {} ORDER BY id LIMIT {}"
)
_SILENT_HOMES = (
    "SELECT told.pupil FROM (SELECT DISTINCT loan.pupil"
    f"{FROM} JOIN loan ON loan.id = line.loan JOIN pupil ON pupil.id = loan.pupil AND pupil.died_on IS NULL"
    " WHERE line.stocktake = {} AND line.service = {}"
    f" AND line.kind = 'home' AND school.uai IN (%(uais)s) AND {UNSEEN}%(paused)s) AS told"
    " ORDER BY EXISTS (SELECT 1 FROM outbox WHERE outbox.pupil = told.pupil AND outbox.unique_key LIKE {}), told.pupil"
    " LIMIT {}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadItem:
    """An item whose code was read: where it was expected, None when it was not, and where it is by what is known now.

    `is_listed`: the stocktake has a line for it, expected or not.
    """

    item_id: UUID
    inventory_number: str
    public_code: str
    designation: str
    is_listed: bool
    expected: tuple[StocktakePlace, str, UUID | None] | None
    now: tuple[StocktakePlace, str, UUID | None]
    seen: Sighting | None
    seen_place: str


async def read_items(
    stocktake_id: UUID, service_id: UUID, codes: Sequence[str], numbers: Sequence[str]
) -> list[ReadItem]:
    """The items of the service that bear one of some codes of labels or inventory numbers."""
    if not codes and not numbers:
        return []
    either, values = [], list[object]()
    for column, some in (("public_code", codes), ("inventory_number", numbers)):
        if some:
            either.append(f"item.{column} IN ({placeholders(some)})")
            values += some
    rows = await Statement(
        "SELECT item.id, item.inventory_number, item.public_code, item.designation, line.id AS line, line.kind,"
        " NOT line.is_extra AS is_expected,"
        f" line.place, line.school, line.seen, line.seen_place, {KIND_NOW} AS kind_now, {PLACE_NOW} AS place_now,"
        f" holder.school AS school_now FROM item{HOLDER}"
        " LEFT JOIN stocktake_line AS line ON line.item = item.id AND line.stocktake = {}"
        f" WHERE item.service = {{}} AND ({' OR '.join(either)})"
    ).fetch(stocktake_id, service_id, *values)
    return [
        ReadItem(
            item_id=row["id"],
            inventory_number=row["inventory_number"],
            public_code=row["public_code"],
            designation=row["designation"],
            is_listed=row["line"] is not None,
            expected=(StocktakePlace(row["kind"]), row["place"], row["school"]) if row["is_expected"] else None,
            now=(StocktakePlace(row["kind_now"]), row["place_now"], row["school_now"]),
            seen=Sighting(row["seen"]) if row["seen"] else None,
            seen_place=row["seen_place"] or "",
        )
        for row in rows
    ]


async def sight(stocktake_id: UUID, item_ids: Sequence[UUID], seen: Sighting, on: date, place: str) -> None:
    """Write down that the service saw items, here or elsewhere; what was settled of them is open again."""
    if item_ids:
        await Statement(
            f"UPDATE stocktake_line SET {_WORD} WHERE stocktake = {{}} AND item IN ({placeholders(item_ids)})"
        ).fetch(seen.value, on, SightedBy.ACCOUNT.value, place, stocktake_id, *item_ids)


async def note_word(item_ids: Sequence[UUID], service_id: UUID, seen: Sighting, *, on: date, by: SightedBy) -> None:
    """Write down what whoever keeps items says of them, in the stocktakes of the service that go on."""
    if item_ids:
        await Statement(
            f"UPDATE stocktake_line SET {_WORD} WHERE stocktake IN ({_RUNNING}) AND item IN ({placeholders(item_ids)})"
        ).fetch(seen.value, on, by.value, "", service_id, *item_ids)


async def asked_of(item_ids: Sequence[UUID], service_id: UUID) -> dict[UUID, tuple[date, Sighting | None]]:
    """Which of some items a stocktake that goes on expects at a home: until when, and what was said of each."""
    if not item_ids:
        return {}
    rows = await Statement(
        "SELECT line.item, line.seen, stocktake.closes_on FROM stocktake_line AS line"
        " JOIN stocktake ON stocktake.id = line.stocktake WHERE stocktake.service = {} AND stocktake.closed_at IS NULL"
        f" AND line.kind = 'home' AND line.item IN ({placeholders(item_ids)}) ORDER BY stocktake.closes_on DESC"
    ).fetch(service_id, *item_ids)
    return {row["item"]: (row["closes_on"], Sighting(row["seen"]) if row["seen"] else None) for row in rows}


async def asked_of_schools(school_ids: Sequence[UUID], service_id: UUID) -> date | None:
    """Until when what is expected at some schools is asked; None for none. Of several stocktakes, the first to end:
    an answer is one for all.
    """
    if not school_ids:
        return None
    row = await Statement(
        "SELECT min(stocktake.closes_on) AS closes_on FROM stocktake WHERE stocktake.service = {}"
        " AND stocktake.closed_at IS NULL AND EXISTS (SELECT 1 FROM stocktake_line AS line"
        " WHERE line.stocktake = stocktake.id AND line.kind = 'school'"
        f" AND line.school IN ({placeholders(school_ids)}))"
    ).fetch_one(service_id, *school_ids)
    found = row["closes_on"] if row is not None else None
    return as_date(found) if found is not None else None


async def complete(
    stocktake_id: UUID, service_id: UUID, place: tuple[StocktakePlace, str, UUID | None], on: date
) -> int:
    """Say of every item of a place of which nothing was said that it was looked for and not seen; how many."""
    kind, called, school_id = place
    condition = "line.place = {}" if kind is StocktakePlace.STORE else "line.school = {}"
    where = (stocktake_id, service_id, kind.value, called if kind is StocktakePlace.STORE else school_id)
    row = await Statement(_COUNT_UNSEEN % condition).fetch_one(*where)
    await Statement(_COMPLETE % condition).fetch(on, *where)
    return row["found"] if row is not None else 0


async def settle(stocktake_id: UUID, service_id: UUID, item_id: UUID, act: GapAct, on: date, note: str = "") -> None:
    """Write down the act that settled a gap."""
    await _SETTLE.fetch(act.value, on, note, stocktake_id, service_id, item_id)


async def note_readings(stocktake_id: UUID, service_id: UUID, found: Sequence[UnknownReading]) -> int:
    """Keep codes that name nothing; one read before is kept once. How many are new."""
    new = [
        await _NOTE_READING.fetch_one(
            each.id, stocktake_id, service_id, each.reading, each.place, each.read_on, each.why
        )
        for each in found
    ]
    return sum(each is not None for each in new)


async def readings(
    stocktake_id: UUID, service_id: UUID, *, limit: int, after: UUID | None = None
) -> list[UnknownReading]:
    """The codes that name nothing, in the order in which they were read."""
    rows = await _READINGS.fetch(stocktake_id, service_id, after or UUID(int=0), limit)
    return [_READING.value(row) for row in rows]


async def silent_pupils(
    stocktake_id: UUID, service_id: UUID, uais: Sequence[str], *, paused: Sequence[UUID] = (), limit: int
) -> list[UUID]:
    """The living pupils of some schools whose homes have said nothing of an item, whoever was never asked first.

    Args:
        paused: loans left out.
    """
    left_out = f" AND loan.id NOT IN ({placeholders(paused)})" if paused else ""
    text = _SILENT_HOMES % {"uais": placeholders(uais), "paused": left_out}
    rows = await Statement(text).fetch(stocktake_id, service_id, *uais, *paused, f"stocktake:{stocktake_id}:%", limit)
    return [row["pupil"] for row in rows]
