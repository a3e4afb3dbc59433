"""Stocktakes: opening fixes what is expected, closing freezes the results. Every read names the service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from materiel.domain.circuit.stocktake import Stocktake, StocktakePlace
from materiel.errors import Conflict, NotFound
from materiel.store.circuit.stocktake.expected import FROM, HOLDER, IN_THE_STOCK, KIND_NOW, PLACE_NOW, RESULT, WAITS
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import insert as insert_rows
from materiel.store.engine.rows import placeholders, update_version
from materiel.store.engine.statement import Statement
from materiel.store.tables import StocktakeRow

_STOCKTAKE = Mapper(Stocktake, StocktakeRow)
_BY_ID = Statement("SELECT * FROM stocktake WHERE id = {} AND service = {}")
_PAGE = Statement("SELECT * FROM stocktake WHERE service = {} AND id < {} ORDER BY id DESC LIMIT {}")
_RUNNING = Statement("SELECT * FROM stocktake WHERE service = {} AND closed_at IS NULL ORDER BY id")
_LAST = UUID(int=(1 << 128) - 1)

_RANDOM_ID = (
    "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a'"
    " || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))"
)
_EXPECT = (
    "INSERT INTO stocktake_line (id, stocktake, service, item, kind, place, school, loan, is_extra)"
    f" SELECT %s, stocktake.id, item.service, item.id, {KIND_NOW}, {PLACE_NOW}, holder.school, holder.id, %s"
    f" FROM stocktake JOIN item ON item.service = stocktake.service{HOLDER}"
    " LEFT JOIN school ON school.id = holder.school WHERE stocktake.id = {} AND "
)
_FREEZE = Statement(
    f"UPDATE stocktake_line SET (result, waits) = (SELECT {RESULT}, {WAITS}{FROM} WHERE line.id = stocktake_line.id)"
    " WHERE stocktake = {}"
)


async def insert(stocktake: Stocktake) -> None:
    """Add a stocktake."""
    await insert_rows(StocktakeRow, _STOCKTAKE.row(stocktake))


async def get(stocktake_id: UUID, service_id: UUID) -> Stocktake:
    """The stocktake of an id in a service.

    Raises:
        NotFound: `stocktake.not_found`.
    """
    row = await _BY_ID.fetch_one(stocktake_id, service_id)
    if row is None:
        raise NotFound("stocktake.not_found", "Ce récolement n'existe pas dans votre service.")
    return _STOCKTAKE.value(row)


async def page(service_id: UUID, *, limit: int, after: UUID | None = None) -> list[Stocktake]:
    """At most `limit` stocktakes of a service, the last opened first."""
    return [_STOCKTAKE.value(row) for row in await _PAGE.fetch(service_id, after or _LAST, limit)]


async def running(service_id: UUID) -> list[Stocktake]:
    """The stocktakes of a service that go on, the oldest first."""
    return [_STOCKTAKE.value(row) for row in await _RUNNING.fetch(service_id)]


async def save(stocktake: Stocktake) -> Stocktake:
    """Write a stocktake back and return it with its version raised.

    Raises:
        Conflict: `stocktake.changed`.
    """
    version = await update_version(StocktakeRow, _STOCKTAKE.row(stocktake))
    if version is None:
        raise Conflict("stocktake.changed", "Ce récolement a été modifié entre-temps. Rechargez-le, puis recommencez.")
    return replace(stocktake, version=version)


async def expect(stocktake: Stocktake) -> int:
    """Write down where each item of a stocktake is now: what is expected; how many there are."""
    conditions, values = [IN_THE_STOCK], list[object]()
    if len(stocktake.kinds) < len(StocktakePlace):
        conditions.append(f"{KIND_NOW} IN ({placeholders(stocktake.kinds)})")
        values += [each.value for each in stocktake.kinds]
    named = []
    for column, codes in (("school.uai", stocktake.schools), ("school.municipality", stocktake.municipalities)):
        if codes:
            named.append(f"{column} IN ({placeholders(codes)})")
            values += codes
    if named:
        conditions.append(f"(holder.id IS NULL OR {' OR '.join(named)})")
    await _expecting(" AND ".join(conditions), is_extra=False).fetch(stocktake.id, *values)
    row = await Statement("SELECT count(*) AS found FROM stocktake_line WHERE stocktake = {}").fetch_one(stocktake.id)
    return row["found"] if row is not None else 0


async def add_extra(stocktake_id: UUID, item_ids: Sequence[UUID]) -> None:
    """Add items that were not expected, and that are seen all the same."""
    if item_ids:
        await _expecting(f"item.id IN ({placeholders(item_ids)})", is_extra=True).fetch(stocktake_id, *item_ids)


async def freeze(stocktake_id: UUID) -> None:
    """Write the result of each line as it is now: nothing that happens later changes it."""
    await _FREEZE.fetch(stocktake_id)


def _expecting(condition: str, *, is_extra: bool) -> Statement:
    flag = "TRUE" if is_extra else "FALSE"
    sqlite, postgres = (_EXPECT % (made, flag) + condition for made in (_RANDOM_ID, "gen_random_uuid()"))
    return Statement(sqlite, postgres=postgres)
