"""What is known of each item of a stocktake, by place and in all; pages by key. Every read names the service."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from materiel.domain.circuit.stocktake import (
    GapAct,
    LineFilter,
    PlaceFigures,
    SightedBy,
    Sighting,
    StocktakeFigures,
    StocktakeLine,
    StocktakePlace,
    StocktakeResult,
)
from materiel.domain.circuit.workshop.passport import CountRow
from materiel.domain.item.item import ItemStatus
from materiel.errors import NotFound
from materiel.store.circuit.stocktake.expected import FROM, RESULT, WAITS
from materiel.store.engine.database import Row
from materiel.store.engine.rows import as_date
from materiel.store.engine.statement import Statement

_OF = " WHERE line.stocktake = {} AND line.service = {}"
_LINE = (
    "SELECT line.item, line.kind, line.place, line.loan, line.is_extra, line.seen, line.seen_on, line.seen_by,"
    " line.seen_place, line.settled, line.settled_on, line.note, item.inventory_number, item.designation, item.status,"
    f" school.uai, school.name AS school_name, {RESULT} AS known, {WAITS} AS is_waiting{FROM}{_OF}"
)
_OF_ITEM = Statement(
    f"SELECT stocktake.opened_on, line.seen_on, {RESULT} AS known{FROM} WHERE line.item = {{}} AND line.service = {{}}"
    " ORDER BY stocktake.opened_at DESC, stocktake.id DESC"
)
_ONE = Statement(f"{_LINE} AND line.item = {{}}")
# Grouped before it is summed: each line is judged once, and the groups are few.
_BY_PLACE = Statement(
    "SELECT told.*, school.uai, school.name FROM (SELECT line.kind, line.place, line.school, line.is_extra,"
    f" {RESULT} AS known, {WAITS} AS is_waiting, count(*) AS found, max(line.seen_on) AS last_on"
    " FROM stocktake_line AS line JOIN stocktake ON stocktake.id = line.stocktake JOIN item ON item.id = line.item"
    f"{_OF} GROUP BY 1, 2, 3, 4, 5, 6) AS told"
    " LEFT JOIN school ON school.id = told.school"
)
_UNKNOWN = Statement("SELECT count(*) AS found FROM stocktake_reading WHERE stocktake = {} AND service = {}")


async def places(stocktake_id: UUID, service_id: UUID) -> list[PlaceFigures]:
    """Each place, those with gaps first, then those that are silent."""
    of_place: dict[tuple[str, str, UUID | None], list[Row]] = {}
    for row in await _BY_PLACE.fetch(stocktake_id, service_id):
        of_place.setdefault((row["kind"], row["place"], row["school"]), []).append(row)
    return sorted((_place(rows) for rows in of_place.values()), key=_by_urgency)


async def unknown_count(stocktake_id: UUID, service_id: UUID) -> int:
    """How many codes were read that name nothing."""
    row = await _UNKNOWN.fetch_one(stocktake_id, service_id)
    return row["found"] if row is not None else 0


def summed(found: list[PlaceFigures], unknown: int) -> StocktakeFigures:
    """What the places add up to."""
    names = ("expected", "found", "elsewhere", "missing", "silent", "extra", "undecided")
    added = {name: sum(getattr(each.figures, name) for each in found) for name in names}
    return StocktakeFigures(unknown=unknown, **added)


async def page(
    stocktake_id: UUID, service_id: UUID, wanted: LineFilter, *, limit: int, after: UUID | None = None
) -> list[StocktakeLine]:
    """At most `limit` items of a stocktake that answer a filter, in the order of their ids, after one of them."""
    conditions, values = _asked(wanted)
    conditions.append("line.item > {}")
    values.append(after or UUID(int=0))
    rows = await Statement(f"{_LINE} AND {' AND '.join(conditions)} ORDER BY line.item LIMIT {{}}").fetch(
        stocktake_id, service_id, *values, limit
    )
    return [_line(row) for row in rows]


async def count(stocktake_id: UUID, service_id: UUID, wanted: LineFilter) -> int:
    """How many answer a filter."""
    conditions, values = _asked(wanted)
    narrowed = "".join(f" AND {each}" for each in conditions)
    row = await Statement(f"SELECT count(*) AS found{FROM}{_OF}{narrowed}").fetch_one(stocktake_id, service_id, *values)
    return row["found"] if row is not None else 0


async def get(stocktake_id: UUID, service_id: UUID, item_id: UUID) -> StocktakeLine:
    """What is known of one item of a stocktake.

    Raises:
        NotFound: `stocktake.line_not_found`.
    """
    row = await _ONE.fetch_one(stocktake_id, service_id, item_id)
    if row is None:
        raise NotFound("stocktake.line_not_found", "Ce matériel n'est pas de ce récolement.")
    return _line(row)


async def of_item(item_id: UUID, service_id: UUID) -> list[CountRow]:
    """What each stocktake of a service knows of an item, the latest first."""
    return [
        CountRow(
            opened_on=as_date(row["opened_on"]),
            result=StocktakeResult(row["known"]),
            seen_on=None if row["seen_on"] is None else as_date(row["seen_on"]),
        )
        for row in await _OF_ITEM.fetch(item_id, service_id)
    ]


def _asked(wanted: LineFilter) -> tuple[list[str], list[object]]:
    conditions, values = list[str](), list[object]()
    if wanted.result is not None:
        conditions.append(f"{RESULT} = {{}}")
        values.append(wanted.result.value)
    if wanted.kind is not None:
        conditions.append("line.kind = {}")
        values.append(wanted.kind.value)
    if wanted.place:
        kind, _, called = wanted.place.partition(":")
        conditions.append("line.kind = {} AND " + ("line.place = {}" if kind == "store" else "school.uai = {}"))
        values += [kind, called]
    if wanted.waits:
        conditions.append(WAITS)
    return conditions, values


def _by_urgency(each: PlaceFigures) -> tuple[object, ...]:
    return -each.figures.undecided, -each.figures.missing, -each.figures.silent, each.kind, each.title


def _place(rows: list[Row]) -> PlaceFigures:
    """A place, from the groups of its lines that are alike."""
    figures: Counter[str] = Counter()
    for row in rows:
        figures[row["known"]] += row["found"]
        figures["extra" if row["is_extra"] else "expected"] += row["found"]
        figures["undecided"] += row["found"] if row["is_waiting"] else 0
    days = [as_date(row["last_on"]) for row in rows if row["last_on"] is not None]
    return PlaceFigures(
        kind=StocktakePlace(rows[0]["kind"]),
        place=rows[0]["place"],
        uai=rows[0]["uai"] or "",
        name=rows[0]["name"] or "",
        figures=StocktakeFigures(**figures),
        last_on=max(days, default=None),
    )


def _line(row: Row) -> StocktakeLine:
    return StocktakeLine(
        item_id=row["item"],
        inventory_number=row["inventory_number"],
        designation=row["designation"],
        status=ItemStatus(row["status"]),
        kind=StocktakePlace(row["kind"]),
        place=row["place"],
        uai=row["uai"] or "",
        school_name=row["school_name"] or "",
        loan_id=row["loan"],
        result=StocktakeResult(row["known"]),
        is_extra=bool(row["is_extra"]),
        waits=bool(row["is_waiting"]),
        seen=Sighting(row["seen"]) if row["seen"] else None,
        seen_on=row["seen_on"],
        seen_by=SightedBy(row["seen_by"]) if row["seen_by"] else None,
        seen_place=row["seen_place"],
        settled=GapAct(row["settled"]) if row["settled"] else None,
        settled_on=row["settled_on"],
        note=row["note"],
    )
