"""Stocktakes: open one, which fixes what is expected, and read how it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.circuit.stocktake import (
    LineFilter,
    OpenStocktake,
    PlaceFigures,
    Stocktake,
    StocktakeFigures,
    StocktakeLine,
    UnknownReading,
    checked_stocktake,
    kinds_of,
)
from materiel.domain.language.identifiers import clean_uai
from materiel.store.circuit.stocktake import line as lines
from materiel.store.circuit.stocktake import sighting
from materiel.store.circuit.stocktake import stocktake as stocktakes
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.places import municipality as municipalities
from materiel.store.places import school as schools
from materiel.use_cases.papers.printable import printable


@dataclass(frozen=True, slots=True, kw_only=True)
class StocktakeSheet:
    """A stocktake, how many of each result, and its places, those with gaps first."""

    stocktake: Stocktake
    figures: StocktakeFigures
    places: Sequence[PlaceFigures]


@in_one_visit
async def open_stocktake(command: OpenStocktake, *, actor: Actor, now: datetime) -> Stocktake:
    """Write down where each item is today: what is expected until the closing.

    Raises:
        NotFound: `school.not_found`, `municipality.not_found`.
        RuleBroken: `stocktake.invalid`, `text.not_printable`.
    """
    actor.require(Permission.WRITE)
    today = actor.civil_date(now)
    async with write_transaction():
        named = [(await schools.by_uai(clean_uai(uai), actor.service_id)).uai for uai in command.schools]
        communes = [(await municipalities.get(code, actor.service_id)).insee_code for code in command.municipalities]
        stocktake = Stocktake(
            id=new_id(),
            service_id=actor.service_id,
            name=command.name,
            kinds=kinds_of(command.kinds, is_narrowed=bool(named or communes)),
            schools=tuple(dict.fromkeys(named)),
            municipalities=tuple(dict.fromkeys(communes)),
            opened_on=today,
            opened_at=now,
            opened_by=actor.id,
            closes_on=command.closes_on,
        )
        stocktake = printable(checked_stocktake(stocktake, today))
        await stocktakes.insert(stocktake)
        expected = await stocktakes.expect(stocktake)
        await journal.by(actor, now).note("stocktake.opened", stocktake.id, {"expected": expected})
    return stocktake


async def list_stocktakes(*, actor: Actor, limit: int, after: UUID | None = None) -> list[Stocktake]:
    """The stocktakes of the service, the last opened first."""
    actor.require(Permission.READ)
    return await stocktakes.page(actor.service_id, limit=limit, after=after)


async def read_stocktake(stocktake_id: UUID, *, actor: Actor) -> StocktakeSheet:
    """How a stocktake stands, place by place.

    Raises:
        NotFound: `stocktake.not_found`.
    """
    actor.require(Permission.READ)
    stocktake = await stocktakes.get(stocktake_id, actor.service_id)
    found = await lines.places(stocktake.id, actor.service_id)
    unknown = await lines.unknown_count(stocktake.id, actor.service_id)
    return StocktakeSheet(stocktake=stocktake, figures=lines.summed(found, unknown), places=found)


async def list_lines(
    stocktake_id: UUID, wanted: LineFilter, *, actor: Actor, limit: int, after: UUID | None = None
) -> list[StocktakeLine]:
    """At most `limit` items of a stocktake, in the order of their ids, after one of them.

    Raises:
        NotFound: `stocktake.not_found`.
    """
    actor.require(Permission.READ)
    stocktake = await stocktakes.get(stocktake_id, actor.service_id)
    return await lines.page(stocktake.id, actor.service_id, wanted, limit=limit, after=after)


async def read_line(stocktake_id: UUID, item_id: UUID, *, actor: Actor) -> StocktakeLine:
    """What is known of one item.

    Raises:
        NotFound: `stocktake.not_found`, `stocktake.line_not_found`.
    """
    actor.require(Permission.READ)
    stocktake = await stocktakes.get(stocktake_id, actor.service_id)
    return await lines.get(stocktake.id, actor.service_id, item_id)


async def list_unknown(
    stocktake_id: UUID, *, actor: Actor, limit: int, after: UUID | None = None
) -> list[UnknownReading]:
    """The codes that were read and name no item of the service.

    Raises:
        NotFound: `stocktake.not_found`.
    """
    actor.require(Permission.READ)
    stocktake = await stocktakes.get(stocktake_id, actor.service_id)
    return await sighting.readings(stocktake.id, actor.service_id, limit=limit, after=after)
