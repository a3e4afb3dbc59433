"""The stocktakes of the tests: opened, counted, read."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from tests.use_cases import loan_cast as cast

from materiel.domain.circuit.stocktake import OpenStocktake, Stocktake, StocktakeFigures, StocktakeResult
from materiel.use_cases.circuit.stocktake.counting import CountCodes, CountedCodes, count_codes
from materiel.use_cases.circuit.stocktake.opening import open_stocktake, read_line, read_stocktake

UNTIL = cast.TODAY + timedelta(days=30)
LATER = cast.NOW + timedelta(days=3)


async def opened(**asked: object) -> Stocktake:
    values: dict[str, object] = {"name": "Récolement 2026", "closes_on": UNTIL}
    command = OpenStocktake(**{**values, **asked})  # type: ignore[arg-type]
    return await open_stocktake(command, actor=cast.MANAGER, now=cast.NOW)


async def counted(stocktake: Stocktake, *codes: str, place: str = "", complete: bool = False) -> CountedCodes:
    command = CountCodes(stocktake_id=stocktake.id, codes=codes, place=place, complete=complete)
    return await count_codes(command, actor=cast.MANAGER, now=LATER)


async def figures(stocktake: Stocktake) -> StocktakeFigures:
    return (await read_stocktake(stocktake.id, actor=cast.READER)).figures


async def result(stocktake: Stocktake, item_id: UUID) -> StocktakeResult:
    return (await read_line(stocktake.id, item_id, actor=cast.READER)).result
